/*
 * A message put together of its pieces: decompressed, its text checked, its size limited.
 * Pure. One that came in a single piece is not copied, and what was is freed behind it.
 */
#ifndef WEBSOCKET_MESSAGE_H
#define WEBSOCKET_MESSAGE_H

#include <stdbool.h>

#include "buffer.h"

struct websocket_deflate;
struct websocket_piece;

/* Zeroed: nothing came yet. */
struct websocket_message {
	struct writer writer; /* what came, as it came */
	uint8_t utf8;
};

/*
 * Adds a piece of data. If it is the message's last, PIECE becomes the whole message, good until it is cleared.
 * False: it has become WEBSOCKET_BROKEN, with 1007 or 1009: text fails at its first wrong byte, but compressed
 * text only when all of it has come.
 */
bool websocket_message_add(struct websocket_message *message, struct websocket_piece *piece,
    struct websocket_deflate *shared, size_t most_bytes);

void websocket_message_clear(struct websocket_message *message);

#endif
