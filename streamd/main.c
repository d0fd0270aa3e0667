/*
 * streamd: live events for browsers and programs, by whichever transport they speak.
 * Its listening socket is descriptor 0, held by a supervisor, so that a restart
 * refuses nobody; `--listen PORT` makes one of its own on loopback.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "access_token.h"
#include "answer.h"
#include "arena.h"
#include "channel.h"
#include "client.h"
#include "database.h"
#include "feed.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "review.h"
#include "server.h"
#include "session.h"

enum { DRAIN_MS = 1500, DRAIN_STEP_MS = 20, ROOM_SHARE = 4 };

static const char *const roles[] = { "customer", "restaurant", "driver", "agent", "admin", NULL };

static const struct database_statement epoch_statement = {
	.name = "log_epoch",
	.sql = "select log_epoch()",
};

struct program {
	struct server server;
	struct loop_watch signals;
	struct loop_timer drain;
	int64_t drain_until_ms;
};

static void
drain_all(struct server *server)
{
	LIST_EACH(entry, after, &server->connections.all) {
		struct client *client = CONTAINER(entry, struct client, connection.link);

		if (client->stream)
			stream_drain(client->stream);
		else
			connection_close(&client->connection);
	}
}

/* A new connection to the database told whose log it has. In another one all positions mean nothing. */
static void
epoch_learnt(void *context, const struct database_answer *answer)
{
	struct server *server = context;
	const char *epoch = database_text(answer, 0, 0);

	if (strcmp(epoch, server->epoch) == 0)
		return;
	log_info("the log's epoch", LOG_TEXT("epoch", epoch));
	if (server->epoch[0]) {
		feed_restart(server->feed);
		drain_all(server);
	}
	snprintf(server->epoch, sizeof(server->epoch), "%s", epoch);
}

/* Gone when the last one has left, or soon: successors are waiting for their clients. */
static void
drain_step(struct loop_timer *timer)
{
	struct program *program = CONTAINER(timer, struct program, drain);
	struct loop *loop = program->server.loop;
	size_t unsent = 0;

	LIST_EACH(entry, after, &program->server.connections.all)
		unsent += CONTAINER(entry, struct connection, link)->output.size_bytes;
	if (unsent == 0 || loop_now_ms(loop) >= program->drain_until_ms)
		loop_stop(loop);
	else
		loop_timer_set(loop, timer, DRAIN_STEP_MS);
}

static void
signalled(struct loop_watch *watch, uint32_t events)
{
	struct program *program = CONTAINER(watch, struct program, signals);
	struct signalfd_siginfo info;

	(void)events;
	if (read(watch->fd, &info, sizeof(info)) != sizeof(info) || program->server.is_draining)
		return;
	log_info("stopping", LOG_INT("streams", (int64_t)program->server.streams.open_count));
	program->server.is_draining = true;
	listener_pause(program->server.listener);
	drain_all(&program->server);
	program->drain_until_ms = loop_now_ms(program->server.loop) + DRAIN_MS;
	loop_timer_set(program->server.loop, &program->drain, DRAIN_STEP_MS);
}

static bool
signals_watch(struct program *program)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	program->signals.ready = signalled;
	return fd >= 0 && loop_watch(program->server.loop, &program->signals, fd, EPOLLIN);
}

/* As many connections as the system lets us have. */
static void
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool
auth_start(struct server *server)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/jwt-keys", server->config.secrets_dir);
	server->auth = (struct auth){ .keys = access_token_keys_open(path, roles), .roles = roles,
		.site = "foodfast", .port = server->config.port };
	return server->auth.keys != NULL;
}

static bool
server_start(struct server *server, int listen_fd)
{
	size_t output_max = (size_t)server->config.stream_buffer_bytes;
	struct feed_setup feed = { .config = &server->config, .counters = &server->counters,
		.events = &review_events, .context = server };

	if (!auth_start(server) || !(server->loop = loop_open()))
		return false;
	connections_start(&server->connections, server->loop, &client_owner, output_max);
	server->channels = channels_open(loop_wheel(server->loop), &stream_reader);
	server->sessions = sessions_open(loop_wheel(server->loop));
	streams_start(&server->streams, server->channels, &server->counters, server->epoch, output_max / ROOM_SHARE);
	server->database = database_open(server->loop, &server->config, &epoch_statement, epoch_learnt, server);
	feed.loop = server->loop;
	feed.database = server->database;
	feed.channels = server->channels;
	server->feed = feed_open(&feed);
	server->listener = listener_open(server->loop, listen_fd, answer_full, client_accepted, server);
	return server->listener != NULL;
}

/* In the reverse order, so that nothing is reached that is gone. */
static void
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
	streams_stop(&server->streams);
	while (server->arena_count > 0)
		arena_close(&server->arenas[--server->arena_count]);
	access_token_keys_close(&server->auth.keys);
	loop_close(&server->loop);
}

/* `--listen PORT` is ours; all else is config's to answer. */
static int
listen_option(int *argc, char **argv)
{
	int port;

	if (*argc != 3 || strcmp(argv[1], "--listen") != 0)
		return STDIN_FILENO;
	port = atoi(argv[2]);
	*argc = 1;
	argv[1] = NULL;
	return listener_socket(port);
}

int
main(int argc, char **argv)
{
	static struct program program;
	int listen_fd = listen_option(&argc, argv), code = EXIT_FAILURE;

	config_start(&program.server.config, argc, argv, "streamd", "live events by SSE and long-poll");
	descriptors_raise();
	if (listen_fd >= 0 && server_start(&program.server, listen_fd) && signals_watch(&program)) {
		loop_timer_start(&program.drain, drain_step);
		log_info("listening");
		loop_run(program.server.loop);
		code = EXIT_SUCCESS;
	}
	server_stop(&program.server);
	log_info("stopped");
	return code;
}
