/*
 * A client: his connection, the request that he makes on it, and the stream that
 * it may become. One request a connection: afterwards it closes, or streams.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "connection.h"

struct database_query;
struct exchange;
struct server;
struct stream;
struct tally_entry;

struct client {
	struct connection connection;
	struct server *server;
	struct exchange *exchange;     /* null: no request yet, or answered */
	struct stream *stream;	       /* null: none */
	struct database_query *review; /* may he go on watching? (session_review.c) */
	size_t scanned;		       /* of a head that is not whole yet */
	struct tally_entry *by_user,
	    *by_address; /* that his stream is counted under (admission.c) */
	bool is_held_poll;
};

extern const struct connection_owner client_owner;

/* Takes over a socket that was accepted. CONTEXT is the server. */
void client_accepted(void *context, int fd);

#endif
