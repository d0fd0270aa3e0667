/*
 * What the load generator must understand of what it receives: how many events
 * there are in some bytes, and where a WebSocket frame ends. Pure; and cheap, for
 * a million events a second pass through it.
 */
#ifndef BENCH_STREAMS_WIRE_H
#define BENCH_STREAMS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each event of a bench holds this character once, and nothing else does. */
#define WIRE_MARK '^'

enum {
	WIRE_FRAME_MAX = 256,
	WIRE_HEAD_MAX = 10
}; /* of frames that are sent; of heads that are received */

enum { WIRE_TEXT = 1, WIRE_CLOSE = 8, WIRE_PING = 9, WIRE_PONG = 10 };

/* A connection's place between two frames, or within one. */
struct wire_reader {
	uint64_t left; /* bytes of the payload that are still to come */
	uint8_t head[WIRE_HEAD_MAX];
	uint8_t head_bytes; /* of an unfinished head */
	bool is_start;	    /* the payload has not begun */
};

/* A part of a frame's payload: where it is, and how the frame began. */
struct wire_piece {
	int opcode;
	bool is_start;
	const char *bytes;
	size_t size_bytes;
};

/* Events in these bytes. */
size_t wire_count(const char *bytes, size_t size_bytes);

/* Takes the next piece off the front of *BYTES; false: no more there. */
bool wire_next(
    struct wire_reader *reader, const char **bytes, size_t *size_bytes, struct wire_piece *piece);

/* Writes a masked frame with a payload of at most WIRE_FRAME_MAX bytes; returns its size. */
size_t wire_frame(
    char frame[WIRE_FRAME_MAX + 8], int opcode, const char *payload, size_t size_bytes);

#endif
