/*
 * Which request is answered by what.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include <stdbool.h>
#include <stddef.h>

struct exchange;
struct server;

struct route {
	const char *pattern; /* {id} stands for a UUID */
	void (*handler)(struct exchange *exchange);
	const char
	    *methods; /* that it takes, as Allow has them; null: it is read only, by GET and HEAD */
	bool is_light; /* answered whatever else waits: it asks nobody, or not for long */
};

/* All of streamd's. */
extern const struct route routes_all[];
extern const size_t routes_count;

/* Answers a request that was read, now or later, by the routes of its server. */
void routes_answer(struct exchange *exchange);

/* Does HEAD, the bytes of a whole one, ask for what is answered whatever else waits? What brings a body is, too. */
bool routes_is_light(const struct server *server, const char *head, size_t size_bytes);

/* The handlers. */
void request_stream(struct exchange *exchange);
void request_poll(struct exchange *exchange);
void request_websocket(struct exchange *exchange);
void request_socketio(struct exchange *exchange);
void request_status(struct exchange *exchange);
void request_healthz(struct exchange *exchange);
void request_readyz(struct exchange *exchange);
void request_metrics(struct exchange *exchange);

#endif
