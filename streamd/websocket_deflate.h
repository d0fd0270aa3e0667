/*
 * permessage-deflate (RFC 7692). Both sides begin every message anew ("no context
 * takeover"), so one compressor and one decompressor serve all connections, and a
 * message is compressed once for all who get it.
 */
#ifndef WEBSOCKET_DEFLATE_H
#define WEBSOCKET_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct websocket_deflate;

/* Larger messages are sent as they are: to compress them would hold up everybody else. */
enum { WEBSOCKET_DEFLATE_MOST = 1 << 20 };

enum {
	WEBSOCKET_WINDOW_MIN = 8,
	WEBSOCKET_WINDOW_MAX = 15,
	WEBSOCKET_WINDOW_SHARED = 12, /* of what is compressed once for many */
	WEBSOCKET_DEFLATE_ANSWER_SIZE = 112,
};

/* Never null; what it needs of zlib is made when first used. */
struct websocket_deflate *websocket_deflate_open(void);
void websocket_deflate_close(struct websocket_deflate **shared);

/* What was agreed on. Zeroed: nothing. */
struct websocket_terms {
	uint8_t window_bits;   /* how far back our compressor may look */
	bool is_window_wanted; /* he asked for that */
};

/*
 * Reads the value of a Sec-WebSocket-Extensions header; if there are several, each has its turn, in order. False:
 * malformed (6455, 9.1). Fills TERMS, unless it is filled already, from the first offer of permessage-deflate
 * that we can accept.
 */
bool websocket_deflate_offer(const char *header, struct websocket_terms *terms);

/* What the 101 says then. */
void websocket_deflate_answer(
    const struct websocket_terms *terms, char text[WEBSOCKET_DEFLATE_ANSWER_SIZE]);

/* A whole frame with a compressed message, for who agreed to a window of WINDOW_BITS or more. */
struct buffer *websocket_deflate_frame(struct websocket_deflate *shared, unsigned window_bits,
    int opcode, const char *bytes, size_t size_bytes);

/*
 * Decompresses a message of which all has come. Returns it, the caller's; or null, with the code to close with:
 * 1009 if it is more than MOST_BYTES, 1007 if it is broken.
 */
struct buffer *websocket_inflate(struct websocket_deflate *shared, const char *bytes,
    size_t size_bytes, size_t most_bytes, int *code);

#endif
