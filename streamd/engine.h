/*
 * Engine.IO 4: sessions that outlive their requests, over HTTP long-polling or a
 * WebSocket, and the step from the one to the other in which nothing is lost or doubled
 * (https://socket.io/docs/v4/engine-io-protocol/). What messages mean is its handler's.
 *
 * A session's sid begins with the number of the streamd that holds it ("2.RANDOM"): a
 * request that reaches another one is handed over (handover.h).
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct engine_session;
struct exchange;
struct handover;
struct loop;
struct outlet;
struct problem;

struct engine_handler {
	/*
	 * A handshake: EXCHANGE is its request, to read, not to answer. What is to be known of it later goes into the
	 * session's context; nothing can be queued yet. False: it is refused with WHY, and the session never was.
	 */
	bool (*asked)(
	    struct engine_session *session, struct exchange *exchange, struct problem *why);

	/* It is open. What is queued here leaves right behind the handshake. */
	void (*opened)(struct engine_session *session);

	/* A message, whole and borrowed, not terminated; valid UTF-8 unless it is binary. */
	void (*message)(
	    struct engine_session *session, bool is_binary, const char *bytes, size_t size_bytes);

	/* It is on a WebSocket now: engine_session_outlet() is another, what was queued is in it, a wait is forgotten. */
	void (*moved)(struct engine_session *session);

	/* The time set by engine_session_wait(), or by the outlet, is over. */
	void (*tick)(struct engine_session *session);

	/* The turn's end: the last chance to queue. Only after the outlet was touched. */
	void (*settle)(struct engine_session *session);

	/* All that was queued has left. */
	void (*drained)(struct engine_session *session);

	/* The server stops: say when to come back, and close it. */
	void (*restart)(struct engine_session *session);

	/* It is over, for whatever reason: let go of it. Exactly once after asked() said yes. */
	void (*closed)(struct engine_session *session);

	/* Nothing can reach the session any more: free what its context is. Also after asked() said no. */
	void (*reap)(struct engine_session *session);
};

/* All borrowed. */
struct engine_setup {
	struct loop *loop;
	struct handover *handover; /* null: there is no other streamd */
	unsigned number;	   /* of this streamd; 1… */
	unsigned ping_interval_ms, ping_timeout_ms;
	size_t sessions_max;	  /* beyond it handshakes get 503; 0: no limit */
	size_t payload_max_bytes; /* of a message, and of a POST's body */
	bool may_deflate;	  /* WebSockets */
	size_t output_max_bytes;  /* unsent bytes at which a polling client is cut */
	const struct engine_handler *handler;
	const void *context;
};

struct engine *engine_open(const struct engine_setup *setup);

/* Ends all sessions at once. Their memory goes at the end of the loop's turn, so let there be one more. */
void engine_close(struct engine **engine);

/* The server stops: every session's handler is told. Its WebSockets and polls may have been told before; once is enough. */
void engine_drain(struct engine *engine);

/* Answers a request to Engine.IO's path, whatever its method but OPTIONS: handshakes, polls, posts, WebSockets. */
void engine_request(struct engine *engine, struct exchange *exchange);

/* How many were cut because they did not fetch what waited for them. */
uint64_t engine_slow_cut(const struct engine *engine);

const void *engine_context(const struct engine *engine);

/* A session, as its handler sees it. It stays valid until the turn in which it was closed ends. */
struct engine *engine_of(const struct engine_session *session);
void *engine_session_context(const struct engine_session *session);
void engine_session_set_context(struct engine_session *session, void *context);
bool engine_session_is_websocket(const struct engine_session *session);

/* May frames that were compressed once for many be queued (websocket_deflates())? */
bool engine_session_deflates(const struct engine_session *session);

/*
 * Where to queue, then touch. On a WebSocket each piece is a frame, whole with its header. While it polls each
 * piece is one packet: its text from the type's digit on ("42[…]").
 */
struct outlet *engine_session_outlet(struct engine_session *session);

/* Queues a message. */
void engine_session_send(
    struct engine_session *session, bool is_binary, const char *bytes, size_t size_bytes);

/* Calls tick() once, in SECONDS (1…63) from now; 0: never. */
void engine_session_wait(struct engine_session *session, unsigned seconds);

/* Ends it: closed() is called within, and what was queued before still leaves. */
void engine_session_close(struct engine_session *session);

#endif
