/*
 * The lobby: clients whose request has come, and waits for its turn. So many are answered at
 * once; the others cost no more than their head's bytes, and those that ask nobody else for
 * their answer (is the process alive?) pass by.
 */
#ifndef LOBBY_H
#define LOBBY_H

#include <stdbool.h>
#include <stddef.h>

#include "loop.h"

struct client;
struct server;

/* A member of the server. */
struct lobby {
	struct loop_task call;
	struct list waiting;
	size_t count;
	bool is_calling;
	const struct client *called; /* whose turn it is just now; null: nobody's */
};

void lobby_start(struct lobby *lobby);

/*
 * May CLIENT's request, of which HEAD are the bytes, be answered now? False: it is his turn later, when his input is
 * offered again; and while too many wait, nobody else is let in.
 */
bool lobby_admits(struct client *client, const char *head, size_t size_bytes);

/* He is gone. Harmless if he was not waiting. */
void lobby_leave(struct client *client);

/* A request has been answered: the next ones may come, at this turn's end. */
void lobby_call(struct server *server);

#endif
