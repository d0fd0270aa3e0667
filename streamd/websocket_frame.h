/*
 * WebSocket frames (RFC 6455, 5): bytes of a client in, pieces of messages and whole
 * control frames out, and the heads of what is sent to him. Pure, and it keeps no
 * bytes: an idle reader is these few words.
 */
#ifndef WEBSOCKET_FRAME_H
#define WEBSOCKET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/* RFC 6455, 7.4.1: those that we send ourselves. */
enum websocket_code {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	WEBSOCKET_UNSUPPORTED = 1003,
	WEBSOCKET_INVALID_DATA = 1007,
	WEBSOCKET_POLICY = 1008,
	WEBSOCKET_TOO_BIG = 1009,
	WEBSOCKET_FAILED = 1011,
	WEBSOCKET_RESTART = 1012,
	WEBSOCKET_TRY_LATER = 1013,
};

enum { WEBSOCKET_HEAD_MAX = 10, WEBSOCKET_CONTROL_MAX = 125 };

/* Zeroed but for the first two: nothing came yet. */
struct websocket_reader {
	uint32_t message_max_bytes; /* a compressed one may be a little more as it was sent */
	bool may_deflate;	    /* permessage-deflate was agreed on */

	uint8_t opcode;		/* of the message that is coming; 0: none */
	bool is_compressed;	/* it is */
	bool is_begun;		/* a piece of it was given */
	bool is_final;		/* its current frame is its last */
	uint8_t mask[4];	/* of that frame, as the next byte needs it */
	uint32_t left_bytes;	/* of that frame's payload */
	uint32_t message_bytes; /* of the message, that frame included */
};

enum websocket_found {
	WEBSOCKET_NOTHING, /* more bytes are needed */
	WEBSOCKET_DATA,	   /* the next piece of a message; may be empty */
	WEBSOCKET_CONTROL, /* a whole control frame */
	WEBSOCKET_BROKEN,  /* fail the connection with CODE, and read no more */
};

struct websocket_piece {
	enum websocket_found found;
	uint8_t opcode;		/* of the message, or of the control frame */
	bool is_first, is_last; /* piece of its message; both: it is all of it */
	bool is_compressed;	/* the whole message is */
	char *bytes;		/* unmasked, in place */
	size_t size_bytes;
	int code; /* when broken; and a word about it */
	const char *reason;
};

/*
 * Reads the next thing that BYTES begin with and returns how many of them it took; call it until it finds
 * nothing. What is not taken must come again, with more behind it: at most a head and a control frame's payload.
 * A frame that is wrong or too large is told as soon as its head says so.
 */
size_t websocket_read(
    struct websocket_reader *reader, char *bytes, size_t size_bytes, struct websocket_piece *piece);

/*
 * What a Close says (5.5.1). True: *CODE is its code, 0: it gave none. False: it may not say that; *CODE is what to
 * fail with.
 */
bool websocket_read_close(const char *bytes, size_t size_bytes, int *code);

/* Writes the head of a server's frame: not masked, final. Returns its size. */
size_t websocket_frame_head(
    char head[WEBSOCKET_HEAD_MAX], int opcode, bool is_compressed, size_t payload_bytes);

/* A whole frame. */
struct buffer *websocket_frame(int opcode, const char *bytes, size_t size_bytes);

/* A Close. CODE 0: an empty one. REASON is cut where it is full, between characters; null: none. */
struct buffer *websocket_frame_close(int code, const char *reason);

#endif
