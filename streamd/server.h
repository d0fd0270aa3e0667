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
#include "stream.h"

struct arena;
struct channels;
struct database;
struct feed;
struct listener;
struct sessions;

enum { SERVER_EPOCH_SIZE = 33, SERVER_ARENAS_KEPT = 32 };

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
	char epoch[SERVER_EPOCH_SIZE];	/* of the log; "": not known yet */
	size_t polls_held;
	size_t exchange_count;		/* requests being answered */
	bool is_draining;
	size_t arena_count;
	struct arena *arenas[SERVER_ARENAS_KEPT];	/* spare ones, for requests */
};

#endif
