/*
 * What a streamd is made of. One of it lives in main(); everything else borrows it.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "auth.h"
#include "config.h"
#include "connection.h"
#include "counters.h"
#include "loop.h"
#include "stream.h"

struct arena;
struct channels;
struct database;
struct feed;
struct listener;
struct sessions;
struct tally;

enum { SERVER_EPOCH_SIZE = 33, SERVER_ARENAS_KEPT = 64 };

struct server {
	struct config config;
	struct auth auth;
	struct loop *loop;
	struct listener *listener;
	struct connections connections;
	struct channels *channels;
	struct streams streams;
	struct sessions *sessions;
	struct database *database;
	struct feed *feed;
	struct counters counters;
	char epoch[SERVER_EPOCH_SIZE]; /* of the log; "": not known yet */
	size_t polls_held;
	struct tally *by_user, *by_address; /* open streams */
	size_t exchange_count;		    /* requests being answered */
	bool is_draining;
	struct loop_timer drain;
	int64_t drain_until_ms;
	size_t arena_count;
	struct arena *arenas[SERVER_ARENAS_KEPT]; /* spare ones, for requests */
};

/* CONFIG is filled; all else zero. False: logged, and server_stop() is still due. */
bool server_start(struct server *server, int listen_fd);
void server_stop(struct server *server);

/* Tells all clients to come back, spread out, and ends the loop when they have heard it. */
void server_drain(struct server *server);

#endif
