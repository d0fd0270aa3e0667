/*
 * Waiting for one's turn, first come, first served. A client who waits keeps what he sent in
 * his connection; only his place in the line is kept here.
 */
#include "lobby.h"

#include <stdlib.h>

#include "client.h"
#include "exchange.h"
#include "listener.h"
#include "memory.h"
#include "routes.h"
#include "server.h"

/* What waits beyond WAITING_MAX stays in the listening socket's backlog, where it costs nothing. */
enum { WAITING_MAX = 4096 };

struct place {
	struct list link;
	struct client *client;
};

static bool
has_room(const struct server *server)
{
	return server->exchange_count < EXCHANGES_MAX;
}

/* Nobody who comes now goes before those who wait. */
static bool
is_his_turn(const struct client *client)
{
	const struct server *server = client->server;

	return client == server->lobby.called ||
	    (list_is_empty(&server->lobby.waiting) && has_room(server));
}

/* Whoever is called may have been the last to keep others out. */
static void
place_free(struct place *place)
{
	struct server *server = place->client->server;

	list_remove(&place->link);
	place->client->state = NULL;
	if (server->lobby.count-- == WAITING_MAX && !server->is_draining)
		listener_resume(server->listener);
	free(place);
}

static void
lobby_turn(struct loop_task *task)
{
	struct lobby *lobby = CONTAINER(task, struct lobby, call);
	struct server *server = CONTAINER(lobby, struct server, lobby);

	lobby->is_calling = false;
	while (!list_is_empty(&lobby->waiting) && has_room(server)) {
		struct place *place = CONTAINER(lobby->waiting.next, struct place, link);
		struct client *client = place->client;

		place_free(place);
		lobby->called = client;
		connection_offer(&client->connection);
	}
	lobby->called = NULL;
}

void
lobby_start(struct lobby *lobby)
{
	list_start(&lobby->waiting);
	lobby->call.run = lobby_turn;
}

bool
lobby_admits(struct client *client, const char *head, size_t size_bytes)
{
	struct server *server = client->server;
	struct lobby *lobby = &server->lobby;
	struct place *place = client->state;

	if (!place && (is_his_turn(client) || routes_is_light(server, head, size_bytes)))
		return true;
	if (place)
		return false;
	place = memory_new(sizeof(*place));
	place->client = client;
	client->state = place;
	list_append(&lobby->waiting, &place->link);
	if (++lobby->count == WAITING_MAX)
		listener_pause(server->listener);
	return false;
}

void
lobby_leave(struct client *client)
{
	if (client->state)
		place_free(client->state);
}

void
lobby_call(struct server *server)
{
	struct lobby *lobby = &server->lobby;

	if (lobby->is_calling || list_is_empty(&lobby->waiting))
		return;
	lobby->is_calling = true;
	loop_later(server->loop, &lobby->call);
}
