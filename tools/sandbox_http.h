/*
 * The sandbox's HTTP side: it turns a request into one call of sandbox.call() (sql/sandbox_route.sql), and the row that it
 * gets into the answer, or into the fault that was asked for. It knows no object of the gateway.
 */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include <stdint.h>

struct config;
struct http;
struct db;
struct webhook;

/* What else it works with; all borrowed. */
struct http_with {
	const struct config *config;
	struct db *db;
	struct webhook *webhook;
	const char *keys; /* of the API, one a line */
	int door_bell;	  /* an eventfd, written when the door is to be closed */
};

/* Null: logged. */
struct http *http_open(const struct http_with *with);

/* Ends what is waiting in a fault, and all connections. Null-safe. */
void http_close(struct http **http);

/* Takes over the connected socket FD. */
void http_accept(struct http *http, int fd);

/*
 * Until when nobody is to be let in, on the monotonic clock (the fault `refuse`): in the past, the door is open. Thread-safe.
 */
int64_t http_door_closed_until_ms(const struct http *http);

#endif
