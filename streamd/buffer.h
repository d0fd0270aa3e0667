/*
 * Bytes that several owners share without copying: an event's text, encoded once,
 * waits in the queues of thousands of connections. Counted, never changed once shared.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint32_t references;
	uint32_t size_bytes;
	char bytes[];
};

/* Zeros for the caller to write over before it shares them; and a copy. Held once by the caller. */
struct buffer *buffer_new(size_t size_bytes);
struct buffer *buffer_copy(const char *bytes, size_t size_bytes);

/* One more, and one fewer, reference. Release takes the caller's pointer away; null is fine. */
struct buffer *buffer_hold(struct buffer *buffer);
void buffer_release(struct buffer **buffer);

/* A buffer that is being written. Zeroed is empty. */
struct writer {
	struct buffer *buffer;
	size_t room_bytes;
};

void writer_bytes(struct writer *writer, const char *bytes, size_t size_bytes);
void writer_text(struct writer *writer, const char *text);
void writer_number(struct writer *writer, uint64_t number);

/* What was written, given to the caller; never null. The writer is empty again. */
struct buffer *writer_finish(struct writer *writer);

#endif
