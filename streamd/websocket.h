/*
 * A WebSocket on a client's connection (RFC 6455, 7692): messages in and out, pings
 * answered, and one end, whatever brought it. Who uses it gives it a table of callbacks.
 *
 * Idle it holds no buffer. It is freed with the client, so a pointer to it is good until
 * the turn after closed(); whatever is called on one that is over does nothing.
 */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "websocket_frame.h"

struct exchange;
struct outlet;
struct websocket;

/* Any row but message and closed may be null. */
struct websocket_handler {
	/* A whole one; text is valid UTF-8. The bytes are borrowed for this call. */
	void (*message)(
	    struct websocket *websocket, bool is_text, const char *bytes, size_t size_bytes);

	/* The time set by websocket_wait() is over. */
	void (*tick)(struct websocket *websocket);

	/* The turn ends: the last chance to queue before it is written. Only after its outlet was touched. */
	void (*settle)(struct websocket *websocket);

	/* All that was queued has left. */
	void (*drained)(struct websocket *websocket);

	/* The server stops: close it, with 1012 and when to come back. Null: 1012 alone. */
	void (*restart)(struct websocket *websocket);

	/*
	 * It is over, for whatever reason: let go of it and of its outlet. Exactly once; from within a call of its
	 * user only when that closes its outlet.
	 */
	void (*closed)(struct websocket *websocket);
};

struct websocket_options {
	size_t message_max_bytes;
	bool may_deflate;
	const char *protocol; /* the subprotocol chosen (websocket_offers_protocol()); null: none */
};

/*
 * Answers 101 and makes the exchange's client a WebSocket; or answers the problem (400, 426) and returns null.
 * Ends the exchange either way. Messages come after the caller has returned.
 */
struct websocket *websocket_accept(struct exchange *exchange,
    const struct websocket_options *options, const struct websocket_handler *handler,
    void *context);

void *websocket_context(const struct websocket *websocket);

/* Whole frames may be queued there directly while it is open; then touch it. Who finishes it has queued a Close. */
struct outlet *websocket_outlet(struct websocket *websocket);
bool websocket_is_open(const struct websocket *websocket);

/* May he be sent what was compressed once for many (with WEBSOCKET_WINDOW_SHARED)? */
bool websocket_deflates(const struct websocket *websocket);

/* A message, as one frame; compressed if that was agreed. The bytes are copied. */
void websocket_send(
    struct websocket *websocket, bool is_text, const char *bytes, size_t size_bytes);

/*
 * A ping; if nothing at all came since the last one, the peer is gone, and so is this. It is closed, with 1008, if
 * a message that had begun by then is not whole yet.
 */
void websocket_ping(struct websocket *websocket);

/* Calls tick once, in SECONDS (1…63) from now; 0: never. */
void websocket_wait(struct websocket *websocket, unsigned seconds);

/*
 * Sends a Close behind what is queued, at the turn's end, and ends the connection when the peer's has come, or soon.
 * CODE 0: without one. REASON: UTF-8, cut at 123 bytes; null: none.
 */
void websocket_close(struct websocket *websocket, int code, const char *reason);

#endif
