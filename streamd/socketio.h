/*
 * Socket.IO 5 on Engine.IO: namespaces, events, acknowledgements both ways, binary
 * attachments (https://socket.io/docs/v4/socket-io-protocol/). Whoever breaks the protocol
 * is closed. What events mean is a namespace's handler's.
 *
 * To add a namespace: a row in the table of whoever opens this.
 */
#ifndef SOCKETIO_H
#define SOCKETIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine.h"

struct arena;
struct socketio_client;
struct socketio_socket;

enum { SOCKETIO_NO_ACK = -1 };

struct socketio_attachment {
	const char *bytes;
	size_t size_bytes;
};

/*
 * What an event or an acknowledgement carries: the inside of a JSON array (`1,"two"`, or nothing), and what
 * its placeholders stand for. Borrowed; what came in is valid JSON, not terminated.
 */
struct socketio_arguments {
	const char *json;
	size_t size_bytes;
	const struct socketio_attachment *attachments;
	size_t attachment_count;
};

struct socketio_event {
	const char *name; /* as in the JSON text: quotes off, escapes on; terminated */
	struct socketio_arguments arguments;
	int64_t ack; /* for socketio_ack(); SOCKETIO_NO_ACK: none is waited for */
};

/* What a namespace does. Any may be null but connect and event. */
struct socketio_handler {
	/*
	 * A client connects; AUTH is a JSON object's text, "{}" when none came. True: he is in, and what is emitted
	 * here follows the acceptance. False: he hears WHY (its code is the message, the problem itself the data).
	 * ARENA is for this call, and for what WHY points at.
	 */
	bool (*connect)(struct socketio_socket *socket, const char *auth, size_t size_bytes,
	    struct arena *arena, struct problem *why);

	void (*event)(struct socketio_socket *socket, const struct socketio_event *event);

	/* As in struct engine_handler; tick by socketio_wait() or the outlet, for every socket of the client. */
	void (*moved)(struct socketio_socket *socket);
	void (*tick)(struct socketio_socket *socket);
	void (*settle)(struct socketio_socket *socket);
	void (*drained)(struct socketio_socket *socket);

	/* The server stops: say when to come back. The client's session is closed behind it. */
	void (*restart)(struct socketio_socket *socket);

	/* Disconnected, for whatever reason: let go of it. Exactly once after connect() said yes. */
	void (*closed)(struct socketio_socket *socket);
};

struct socketio_namespace {
	const char *name; /* "/", "/custom" */
	const struct socketio_handler *handler;
};

/* All borrowed. */
struct socketio_setup {
	const struct socketio_namespace *namespaces;
	size_t namespace_count;
	unsigned connect_s;	     /* whoever is in no namespace for so long is closed; 1…63 */
	uint32_t connects_max;	     /* of a client, whatever becomes of them; 0: no limit */
	size_t attachments_max;	     /* of a packet */
	size_t attachment_max_bytes; /* all of a packet's together */

	/* A client's handshake, and his end; either may be null. See struct engine_handler's asked and closed. */
	bool (*opened)(
	    struct socketio_client *client, struct exchange *exchange, struct problem *why);
	void (*closed)(struct socketio_client *client); /* after its sockets' */
};

/* An Engine.IO session that speaks Socket.IO. Read-only outside socketio.c but for its context. */
struct socketio_client {
	struct engine_session *session;
	struct socketio_socket *sockets;
	struct socketio_gathering
	    *gathering; /* a packet whose attachments are on their way; null */
	uint32_t connects;
	void *context;
};

/* A client in a namespace. Read-only outside socketio.c but for its context. */
struct socketio_socket {
	struct socketio_client *client;
	const struct socketio_namespace *namespace;
	struct socketio_socket *next; /* of the client's */
	struct socketio_question *questions;
	void *context;
	uint32_t asked;
	bool is_open, is_accepted;
};

/* What an engine needs (engine_setup) whose context is a struct socketio_setup. */
extern const struct engine_handler socketio_engine_handler;

/* Queues an event. NAME is as in JSON, without quotes. */
void socketio_emit(
    struct socketio_socket *socket, const char *name, const struct socketio_arguments *arguments);

typedef void socketio_answered(
    struct socketio_socket *socket, void *context, const struct socketio_arguments *arguments);

/*
 * Queues an event that asks for an acknowledgement. ANSWERED is called at most once, never when the socket is
 * closed first. False: too many are waited for already.
 */
bool socketio_ask(struct socketio_socket *socket, const char *name,
    const struct socketio_arguments *arguments, socketio_answered *answered, void *context);

/* Answers an event's acknowledgement. Nothing for SOCKETIO_NO_ACK. */
void socketio_ack(
    struct socketio_socket *socket, int64_t ack, const struct socketio_arguments *arguments);

/* Takes the socket out of its namespace, and tells it: stock clients do not come back by themselves. */
void socketio_disconnect(struct socketio_socket *socket);

/* Ends the client's whole session: stock clients come back. */
void socketio_close(struct socketio_client *client);

struct outlet *socketio_outlet(struct socketio_socket *socket);
bool socketio_is_websocket(const struct socketio_socket *socket);
bool socketio_deflates(const struct socketio_socket *socket);
void socketio_wait(struct socketio_socket *socket, unsigned seconds);

#endif
