/*
 * An event of a channel: the bytes that every reader gets, untouched since the
 * database wrote them, and what a transport made of them, made once and shared.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

/* A transport that dresses events keeps the dressed form here. To add one: a name, and a transport that uses it. */
enum event_encoding {
	EVENT_ENCODING_SSE,
	EVENT_ENCODING_WEBSOCKET, /* a whole frame; so are the rest */
	EVENT_ENCODING_WEBSOCKET_DEFLATED,
	EVENT_ENCODING_SOCKETIO, /* its end is the packet, as polls have it */
	EVENT_ENCODING_SOCKETIO_DEFLATED,
	EVENT_ENCODINGS
};

struct event {
	uint64_t seq;
	uint32_t references;
	bool is_final;				   /* the channel's last */
	struct buffer *envelope;		   /* JSON, one line */
	struct buffer *encodings[EVENT_ENCODINGS]; /* null: not asked for yet */
};

/* Held once by the caller. ENVELOPE is copied. */
struct event *event_new(uint64_t seq, bool is_final, const char *envelope, size_t size_bytes);

/* When it happened, as its envelope tells, in ms since 1970. False: it does not. */
bool event_time(const struct event *event, int64_t *at_ms);

struct event *event_hold(struct event *event);
void event_release(struct event **event);

#endif
