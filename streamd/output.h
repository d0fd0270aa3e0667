/*
 * What waits to be sent on a connection: pieces of shared buffers and of literals,
 * in order. An empty one holds no memory. Pure: it knows no socket.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

struct iovec;
struct output_piece;

/* Zeroed is empty. */
struct output {
	struct output_piece *pieces;
	uint32_t first, end, room; /* of pieces */
	uint32_t size_bytes;	   /* that wait */
};

/* Appends SIZE bytes from OFFSET of BUFFER, and holds it until they are sent. */
void output_share(struct output *output, struct buffer *buffer, size_t offset, size_t size_bytes);

/* Appends all of BUFFER and takes over the caller's reference. */
void output_give(struct output *output, struct buffer *buffer);

/* Appends bytes that live as long as the process. */
void output_literal(struct output *output, const char *text);

/* Points VECTOR at the next bytes to send. Returns how many of its MOST places were used. */
size_t output_vector(const struct output *output, struct iovec *vector, size_t most);

/* The first SIZE bytes were sent. */
void output_sent(struct output *output, size_t size_bytes);

/* Forgets all. */
void output_clear(struct output *output);

#endif
