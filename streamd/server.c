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
#include "feed.h"
#include "listener.h"
#include "log.h"
#include "problem.h"
#include "review.h"
#include "session.h"
#include "tally.h"

enum { DRAIN_MS = 1500, DRAIN_STEP_MS = 20, ROOM_SHARE = 4, PATH_BYTES = 4096 };

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
		unsent += CONTAINER(entry, struct connection, link)->output.size_bytes;
	if (unsent == 0 || loop_now_ms(server->loop) >= server->drain_until_ms)
		loop_stop(server->loop);
	else
		loop_timer_set(server->loop, timer, DRAIN_STEP_MS);
}

/* A request that the end came before. */
static void
refuse_restarting(struct exchange *exchange)
{
	struct problem why;

	problem_set_retry(
	    &why, 503, "restarting", "This server is restarting. Try again at once.", 1);
	answer_problem(exchange, &why);
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

		if (client->stream)
			stream_drain(client->stream);
		else if (client->exchange)
			refuse_restarting(client->exchange);
		else if (connection_is_open(&client->connection))
			connection_close(&client->connection);
	}
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
		.port = server->config.port };
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
server_start(struct server *server, int listen_fd)
{
	size_t output_max = (size_t)server->config.stream_buffer_bytes;

	if (!auth_start(server) || !(server->loop = loop_open()))
		return false;
	loop_timer_start(&server->drain, drain_step);
	connections_start(&server->connections, server->loop, &client_owner, output_max);
	server->channels = channels_open(loop_wheel(server->loop), &stream_reader);
	server->sessions = sessions_open(loop_wheel(server->loop));
	server->by_user = tally_open();
	server->by_address = tally_open();
	streams_start(&server->streams, server->channels, &server->counters, server->epoch,
	    output_max / ROOM_SHARE);
	server->database = database_open(
	    server->loop, &server->config, &epoch_statement, epoch_learnt, server);
	feed_start(server);
	server->listener = listener_open(
	    server->loop, listen_fd, answer_full, client_accepted, server);
	return server->listener != NULL;
}

/* In the reverse order, so that nothing is reached that is gone. */
void
server_stop(struct server *server)
{
	listener_close(&server->listener);
	if (server->loop) {
		LIST_EACH(entry, after, &server->connections.all)
			connection_close(CONTAINER(entry, struct connection, link));
		loop_settle(server->loop);
	}
	channels_close(&server->channels);
	feed_close(&server->feed);
	database_close(&server->database);
	sessions_close(&server->sessions);
	tally_close(&server->by_user);
	tally_close(&server->by_address);
	streams_stop(&server->streams);
	while (server->arena_count > 0)
		arena_close(&server->arenas[--server->arena_count]);
	access_token_keys_close(&server->auth.keys);
	loop_close(&server->loop);
}
