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
#include "dialogue.h"
#include "intake.h"
#include "lobby.h"
#include "loop.h"
#include "pressure.h"
#include "refusals.h"
#include "stream.h"

struct arena;
struct channels;
struct database;
struct engine;
struct feed;
struct handover;
struct listener;
struct redis;
struct route;
struct sessions;
struct tally;
struct websocket_deflate;

enum { SERVER_EPOCH_SIZE = 33, SERVER_ARENAS_KEPT = 8 };

struct server {
	struct config config;
	struct auth auth;
	struct loop *loop;
	struct listener *listener;
	const struct route *routes;
	size_t route_count;
	struct connections connections;
	struct channels *channels;
	struct streams streams;
	struct sessions *sessions;
	struct dialogues dialogues;
	struct engine *engine; /* of Socket.IO */
	struct handover *handover;
	struct database *database;
	struct feed *feed;
	struct redis *redis; /* to publish; what is heard is the feed's */
	struct counters counters;
	char epoch[SERVER_EPOCH_SIZE]; /* of the log; "": not known yet */
	size_t polls_held;
	struct tally *by_user, *by_address; /* open streams */
	struct websocket_deflate *deflate;
	size_t exchange_count; /* requests being answered */
	struct lobby lobby;    /* requests that wait for that */
	struct pressure pressure;
	struct intake intake;
	struct refusals refusals;
	uint64_t rights_changes; /* of any user, that were heard of */
	bool is_draining;
	struct loop_timer drain;
	int64_t drain_until_ms;
	size_t arena_count;
	struct arena *arenas[SERVER_ARENAS_KEPT]; /* spare ones, for requests */
};

/* CONFIG is filled; all else zero. False: logged, and server_stop() is still due. */
bool server_start(struct server *server, int listen_fd);

/*
 * The part of it that needs neither database nor Redis: a loop, and clients who are answered by ROUTES. It is
 * all that a server needs whose handlers use no more.
 */
bool server_listen(
    struct server *server, int listen_fd, const struct route *routes, size_t route_count);

void server_stop(struct server *server);

/* An arena for a request or a command, and back. */
struct arena *server_arena_take(struct server *server);
void server_arena_give(struct server *server, struct arena *arena);

/* Tells all clients to come back, spread out, and ends the loop when they have heard it. */
void server_drain(struct server *server);

#endif
