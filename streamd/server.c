/*
 * Putting a streamd together, ending it, and taking it apart again.
 */
#include "server.h"

#include <stdio.h>
#include <string.h>

#include "access_token.h"
#include "answer.h"
#include "arena.h"
#include "channel.h"
#include "client.h"
#include "database.h"
#include "engine.h"
#include "feed.h"
#include "handover.h"
#include "listener.h"
#include "log.h"
#include "redis.h"
#include "request_socketio.h"
#include "review.h"
#include "routes.h"
#include "session.h"
#include "tally.h"
#include "websocket_deflate.h"

enum { DRAIN_MS = 1500, DRAIN_STEP_MS = 20, ROOM_SHARE = 4, INTAKE_SHARE = 8, PATH_BYTES = 4096 };

static const char *const roles[] = { "customer", "restaurant", "driver", "agent", "admin", NULL };

static const struct database_statement epoch_statement = {
	.name = "log_epoch",
	.sql = "select log_epoch()",
};

/*
 * A new connection to the database tells whose log it has. When that is another one than before (a backup
 * was restored, a replica promoted), nothing that is known here means anything: a new process starts clean.
 */
static void
epoch_learnt(void *context, const struct database_answer *answer)
{
	struct server *server = context;
	const char *epoch = database_text(answer, 0, 0);

	if (strcmp(epoch, server->epoch) == 0 || server->is_draining)
		return;
	if (server->epoch[0]) {
		log_warning("the log is another one; starting anew", LOG_TEXT("epoch", epoch));
		server_drain(server);
		return;
	}
	log_info("the log is there", LOG_TEXT("epoch", epoch));
	snprintf(server->epoch, sizeof(server->epoch), "%s", epoch);
}

/* Gone when all has been sent, or soon: a successor is waiting for the clients. */
static void
drain_step(struct loop_timer *timer)
{
	struct server *server = CONTAINER(timer, struct server, drain);
	size_t unsent = 0;

	LIST_EACH(entry, after, &server->connections.all)
		unsent += CONTAINER(entry, struct connection, link)->outlet.output.size_bytes;
	if (unsent == 0 || loop_now_ms(server->loop) >= server->drain_until_ms)
		loop_stop(server->loop);
	else
		loop_timer_set(server->loop, timer, DRAIN_STEP_MS);
}

void
server_drain(struct server *server)
{
	if (server->is_draining)
		return;
	log_info("stopping", LOG_INT("streams", (int64_t)server->streams.open_count));
	server->is_draining = true;
	listener_pause(server->listener);
	LIST_EACH(entry, after, &server->connections.all) {
		struct client *client = CONTAINER(entry, struct client, connection.link);

		if (client->connection.outlet.is_open && client->protocol->restart)
			client->protocol->restart(client);
	}
	if (server->engine)
		engine_drain(server->engine);
	server->drain_until_ms = loop_now_ms(server->loop) + DRAIN_MS;
	loop_timer_set(server->loop, &server->drain, DRAIN_STEP_MS);
}

static bool
auth_start(struct server *server)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/jwt-keys", server->config.secrets_dir);
	server->auth = (struct auth){ .keys = access_token_keys_open(path, roles),
		.roles = roles,
		.site = "foodfast",
		.port = server->config.port,
		.is_tls = server->config.tls_port != 0 };
	return server->auth.keys != NULL;
}

static void
feed_start(struct server *server)
{
	const struct feed_setup setup = {
		.loop = server->loop,
		.config = &server->config,
		.database = server->database,
		.channels = server->channels,
		.counters = &server->counters,
		.events = &review_events,
		.context = server,
	};

	server->feed = feed_open(&setup);
}

bool
server_listen(struct server *server, int listen_fd, const struct route *routes, size_t route_count)
{
	if (!server->loop && !(server->loop = loop_open()))
		return false;
	loop_timer_start(&server->drain, drain_step);
	lobby_start(&server->lobby);
	connections_start(&server->connections, server->loop, &client_owner,
	    (size_t)server->config.stream_buffer_bytes);
	server->deflate = websocket_deflate_open();
	server->streams.deflate = server->deflate;
	server->intake.max_bytes = (size_t)server->config.stream_memory_bytes / INTAKE_SHARE;
	server->routes = routes;
	server->route_count = route_count;
	server->listener = listener_open(
	    server->loop, listen_fd, answer_full, client_accepted, server);
	return server->listener != NULL;
}

bool
server_start(struct server *server, int listen_fd)
{
	if (!auth_start(server) || !(server->loop = loop_open()))
		return false;
	server->channels = channels_open(server->loop, &stream_reader, &server->streams);
	server->sessions = sessions_open(loop_wheel(server->loop));
	server->by_user = tally_open();
	server->by_address = tally_open();
	streams_start(&server->streams, server->loop, server->channels, &server->counters,
	    server->epoch, (size_t)server->config.stream_buffer_bytes / ROOM_SHARE);
	server->database = database_open(
	    server->loop, &server->config, &epoch_statement, epoch_learnt, server);
	feed_start(server);
	server->handover = handover_open(server->loop, server->config.socket_dir,
	    (unsigned)server->config.streamd, client_received, server);
	server->engine = request_socketio_open(server);
	server->redis = redis_open(server->config.redis);
	list_start(&server->dialogues.waiting);
	pressure_start(&server->pressure, server->loop, (size_t)server->config.stream_memory_bytes,
	    &server->counters);
	return server_listen(server, listen_fd, routes_all, routes_count);
}

struct arena *
server_arena_take(struct server *server)
{
	return server->arena_count > 0 ? server->arenas[--server->arena_count] : arena_open();
}

void
server_arena_give(struct server *server, struct arena *arena)
{
	if (server->arena_count == SERVER_ARENAS_KEPT) {
		arena_close(&arena);
		return;
	}
	arena_reset(arena);
	server->arenas[server->arena_count++] = arena;
}

/* In the reverse order, so that nothing is reached that is gone. */
void
server_stop(struct server *server)
{
	listener_close(&server->listener);
	pressure_stop(&server->pressure);
	if (server->loop) {
		LIST_EACH(entry, after, &server->connections.all)
			connection_close(CONTAINER(entry, struct connection, link));
		engine_close(&server->engine);
		loop_settle(server->loop);
	}
	handover_close(&server->handover);
	channels_close(&server->channels);
	feed_close(&server->feed);
	database_close(&server->database);
	sessions_close(&server->sessions);
	redis_close(&server->redis);
	tally_close(&server->by_user);
	tally_close(&server->by_address);
	streams_stop(&server->streams);
	while (server->arena_count > 0)
		arena_close(&server->arenas[--server->arena_count]);
	access_token_keys_close(&server->auth.keys);
	websocket_deflate_close(&server->deflate);
	loop_close(&server->loop);
}
