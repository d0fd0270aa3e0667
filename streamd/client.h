/*
 * A client: his connection and the protocol that he speaks on it. He begins with one HTTP
 * request. Then the answer ends, or goes on as a stream, or the connection becomes
 * something else altogether: a WebSocket.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "connection.h"

struct client;
struct exchange;
struct server;

/* What becomes of what happens on a client's connection; any row but input may be null. See struct connection_owner. */
struct client_protocol {
	/* Takes what it can of the bytes; returns how many. The rest comes again, with more behind it. */
	size_t (*input)(struct client *client, char *bytes, size_t size_bytes);
	void (*settle)(struct client *client);
	void (*drained)(struct client *client);
	void (*timeout)(struct client *client);

	/* The server stops: say so, and finish. */
	void (*restart)(struct client *client);

	/* It is over, for whatever reason: let go of everything. Exactly once. */
	void (*closed)(struct client *client);

	/* Nothing can reach the client any more: free his state. */
	void (*reap)(struct client *client);
};

struct client {
	struct connection connection;
	struct server *server;
	const struct client_protocol *protocol;
	void *state;		   /* the protocol's own */
	struct exchange *exchange; /* null: no request yet, or answered */
	size_t scanned;		   /* of a head that is not whole yet */
};

extern const struct connection_owner client_owner;

/* Takes over a socket that was accepted. CONTEXT is the server. */
void client_accepted(void *context, int fd);

/* The same for one that another streamd accepted, and has read so much of (handover.h). */
void client_received(void *context, int fd, const char *bytes, size_t size_bytes);

/*
 * From here on he speaks PROTOCOL; what was before hears no more of him, not even the end. What he sent right
 * behind his request comes to its input. Any timer that was set still runs.
 */
void client_become(struct client *client, const struct client_protocol *protocol, void *state);

#endif
