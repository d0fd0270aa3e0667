/*
 * A session from the inside, for the files of the engine: what it is made of, and the
 * few things that change it. Its two legs: polling (engine_polling.c) and a WebSocket
 * (engine_websocket.c); a session stands on one of them, and while it upgrades is
 * about to step onto the other.
 */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "engine.h"
#include "engine_payload.h"
#include "list.h"
#include "loop.h"
#include "outlet.h"

struct buffer;
struct client;
struct websocket;

enum {
	ENGINE_SID_RANDOM_BYTES = 16, /* it is all that a session's requests prove themselves by */
	ENGINE_SID_SIZE = 28,
	ENGINE_REQUEST_ID_SIZE = 64,
	ENGINE_BUCKETS = 4096
};

struct engine {
	struct engine_setup setup;
	struct engine_session *buckets[ENGINE_BUCKETS]; /* by sid */
	size_t count;
	uint64_t slow_cut;

	/* Heartbeats: those to be pinged, and those that owe a pong; each list by due time, for all wait equally long. */
	struct list quiet, pinged;
	struct loop_timer beat;
};

/* The leg that polls. */
struct engine_polling {
	struct engine_session *session; /* null: the session has left it */
	struct outlet outlet;		/* a piece a packet */
	struct loop_task turn;
	struct wheel_timer timer;
	struct client *poll;			 /* whose request waits for packets; null */
	char request_id[ENGINE_REQUEST_ID_SIZE]; /* of that */
	struct websocket *probe;		 /* that wants to take over; null */
	bool is_probed;				 /* and has asked whether it may */
	bool is_stalled;			 /* nothing was fetched since that was last asked */
	bool is_finishing;
};

struct engine_session {
	struct engine *engine;
	const struct engine_handler *handler;
	struct engine_session *next; /* of its bucket */
	union {
		struct list beat;
		struct loop_task reap;
	};
	int64_t due_ms;			/* ping, or the end */
	struct engine_polling *polling; /* null: it is on the WebSocket */
	struct websocket *websocket;	/* null: it polls */
	void *context;
	char sid[ENGINE_SID_SIZE];
	uint8_t websockets; /* that point here; it is freed after the last */
	bool is_listed;	    /* in the table */
	bool is_told;	    /* its handler knows of it */
	bool is_open, is_pinged, is_reaped;
};

/* What a client's packet does. False: the protocol is broken. */
bool engine_session_packet(struct engine_session *session, const struct engine_packet *packet);

/*
 * Ends it at once: its handler lets go, a request that waits gets what is queued and the packet WORD, its WebSockets
 * are closed.
 */
void engine_session_end(struct engine_session *session, const char *word);

/* A new one, not open yet. */
struct engine_session *engine_session_new(struct engine *engine);

/* Null: there is none. One that waits to be told its end is found too: it is not open. */
struct engine_session *engine_session_find(struct engine *engine, const char *sid);

/* The server stops. */
void engine_session_restart(struct engine_session *session);

/* The handshake is done. */
void engine_session_opened(struct engine_session *session);

/* The text of the handshake's packet. */
struct buffer *engine_session_greeting(const struct engine_session *session);

/* Nothing points at it any more? Then it is freed. */
void engine_session_release(struct engine_session *session);

/* Polling. */
struct engine_polling *engine_polling_open(struct engine_session *session);

/* It is left for a WebSocket; or the session ends, and what waits is told so with WORD. */
void engine_polling_close(struct engine_polling **polling);
void engine_polling_end(struct engine_polling *polling, const char *word);

/* EXCHANGE is a poll: answered with what is queued, or held until something is. */
void engine_polling_poll(struct engine_polling *polling, struct exchange *exchange);

/* Answers the poll that waits, if there is one, with the packet WORD alone; what is queued stays. */
void engine_polling_dismiss(struct engine_polling *polling, const char *word);

void engine_polling_send(
    struct engine_polling *polling, bool is_binary, const char *bytes, size_t size_bytes);

/* Answers EXCHANGE with what is queued. */
void engine_polling_give(struct engine_polling *polling, struct exchange *exchange);

/* WebSockets. */

/* EXCHANGE is the handshake of a session on a WebSocket from the start; or wants to upgrade it. */
void engine_websocket_open(struct engine_session *session, struct exchange *exchange);
void engine_websocket_probe(struct engine_session *session, struct exchange *exchange);

/* For who comes too late: the session is on another one. */
void engine_websocket_reject(struct engine *engine, struct exchange *exchange);

void engine_websocket_send(
    struct websocket *websocket, bool is_binary, const char *bytes, size_t size_bytes);

#endif
