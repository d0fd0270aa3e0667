/*
 * Transports: how what happens on a stream becomes bytes. A transport is pure:
 * events in, bytes and a verdict out. It touches no socket, no timer, no log, so
 * that it is tested without any of them, and all share one stream (stream.h).
 *
 * To add a transport: a file that fills this table, its name in transport_names, who
 * opens streams with it (a row in routes.c, or a dialogue's voice), and, when it dresses
 * events its own way, a name in enum event_encoding; as WebSocket frames by
 * transport_frame.h.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "position.h"

struct buffer;
struct event;
struct output;
struct websocket_deflate;
struct writer;

enum transport_verdict {
	TRANSPORT_STAY,
	TRANSPORT_CLOSE, /* all is said: send it and close */
	TRANSPORT_LEAVE, /* these channels are done with: watch them no more, but stay */
	TRANSPORT_ASK,	 /* its opener must look anew before anything can be said */
};

/* Why a stream is ended that could go on. */
enum transport_reason {
	TRANSPORT_RESTART,	   /* come back with the cursor, but not all at once */
	TRANSPORT_SESSION_ENDED,   /* signed out: there is nothing to come back to */
	TRANSPORT_UNAUTHENTICATED, /* he never said who he is */
	TRANSPORT_FORBIDDEN,	   /* he said that he is somebody else */
	TRANSPORT_FLOODED,	   /* he sends too much */
	TRANSPORT_UNREADABLE,	   /* he sends what is no text */
};

/* What a transport with several forms on the wire makes of its text. */
enum transport_dress {
	TRANSPORT_BARE,
	TRANSPORT_FRAMED,   /* a WebSocket frame */
	TRANSPORT_DEFLATED, /* the same, events compressed */
	TRANSPORT_CHUNKED,  /* as HTTP/1.1 knows when it has all (RFC 9112, 7.1) */
};

/* How the stream begins, for its client. */
enum transport_mode { TRANSPORT_LIVE, TRANSPORT_RESUMED, TRANSPORT_RESET };

/* The stream as a transport sees it. */
struct transport_view {
	const char *epoch;
	const struct position *positions; /* in the order asked for */
	size_t count;
	enum transport_mode mode;
	bool is_final;		/* every channel is finished, and all of it was given */
	uint32_t events;	/* given before this call */
	uint32_t chance;	/* at random, for spreading out */
	struct buffer **memory; /* the transport's own; null at first, released with the stream */
	enum transport_dress dress;
	struct websocket_deflate *deflate; /* for compressed events */
};

struct transport {
	const char *name;	  /* in metrics */
	const char *content_type; /* of the answer that carries the stream; null: it is none */
	enum transport_dress dress;
	bool is_alike; /* events are the same for all readers: their view has no positions */

	/* The stream begins. DENIED are the channels asked for in vain. */
	enum transport_verdict (*open)(const struct transport_view *view, const char *const *denied,
	    size_t denied_count, struct output *output);

	/* The next event of CHANNEL; its position in VIEW is past it already. */
	enum transport_verdict (*event)(const struct transport_view *view, const char *channel,
	    struct event *event, struct output *output);

	/* All that there is was given, for now. */
	enum transport_verdict (*settle)(const struct transport_view *view, struct output *output);

	/* The interval is over: a heartbeat is due, or the wait has ended. */
	enum transport_verdict (*tick)(const struct transport_view *view, struct output *output);

	/* CHANNEL may not be watched any longer; the rest goes on. */
	enum transport_verdict (*denied)(
	    const struct transport_view *view, const char *channel, struct output *output);

	/* The stream is ended for REASON. */
	enum transport_verdict (*drain)(
	    const struct transport_view *view, enum transport_reason reason, struct output *output);
};

extern const struct transport transport_sse, transport_poll, transport_status;
extern const struct transport transport_poll_chunked, transport_status_chunked;
extern const struct transport transport_websocket, transport_websocket_deflated;
extern const struct transport transport_socketio_poll, transport_socketio,
    transport_socketio_deflated;

/* What they call themselves, for metrics: each name once. */
enum { TRANSPORT_NAMES = 5 };
extern const char *const transport_names[TRANSPORT_NAMES];

/* Where TRANSPORT's name stands among them. */
size_t transport_place(const struct transport *transport);

/* JSON parts that transports share. */
const char *transport_mode_name(enum transport_mode mode);
void transport_write_heads(struct writer *writer, const struct transport_view *view);
void transport_write_names(struct writer *writer, const char *const *names, size_t count);

/* What came of an opening, as members of an object: "epoch":…,"mode":…,"heads":…,"denied":… */
void transport_write_open(struct writer *writer, const struct transport_view *view,
    const char *const *denied, size_t denied_count);

/* When to come back after the server stopped: spread out, for all are cut at once. */
uint32_t transport_retry_ms(const struct transport_view *view);

#endif
