/*
 * A server out of streamd's own connections and protocols, with no database behind it, for
 * suites that try protocols to the letter: conformance-server PORT, on loopback.
 *
 *	/echo		WebSocket, says again what it hears; messages up to 16 MiB
 *	/ask		WebSocket, does what is asked of it
 *	/engine.io/	Engine.IO, says again what it hears too
 *	/socket.io/	Socket.IO, namespaces / and /custom
 *
 * To add a place: a row in the table of routes.
 */
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "client.h"
#include "engine_app.h"
#include "exchange.h"
#include "listener.h"
#include "log.h"
#include "routes.h"
#include "signals.h"
#include "websocket_app.h"

enum {
	OUTPUT_MAX_BYTES = 64 << 20, /* a few of the largest echoes */
	LARGE_BYTES = 1 << 20,
	CONNECTIONS_MAX = 10000,
	BACKLOG = 511,
};

struct program {
	struct engine_app app;
	struct listener *second; /* on ::1 */
	struct loop_watch signals;
};

static const struct route routes[] = {
	{ "/echo", websocket_app_echo, NULL },
	{ "/ask", websocket_app_ask, NULL },
	{ "/engine.io/", engine_app_echo, "GET, POST, PUT" },
	{ "/socket.io/", engine_app_socketio, "GET, POST, PUT" },
};

static void
signalled(struct loop_watch *watch, uint32_t events)
{
	struct program *program = CONTAINER(watch, struct program, signals);

	(void)events;
	loop_stop(program->app.server.loop);
}

/* Clients that ask for localhost may try ::1 first. Where there is no IPv6 they don't get so far. */
static void
second_listen(struct program *program, int port)
{
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		program->second = listener_open(program->app.server.loop, fd, answer_full,
		    client_accepted, &program->app.server);
	else if (fd >= 0)
		close(fd);
}

static void
program_stop(struct program *program)
{
	struct server *server = &program->app.server;

	listener_close(&program->second);
	if (server->loop) {
		LIST_EACH(entry, after, &server->connections.all)
			connection_close(CONTAINER(entry, struct connection, link));
		loop_settle(server->loop);
		engine_app_close(&program->app);
	}
	server_stop(server);
}

int
main(int argc, char **argv)
{
	static struct program program;
	struct server *server = &program.app.server;
	long port = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	int code = EXIT_FAILURE, fd;

	if (port < 1 || port > UINT16_MAX) {
		fprintf(stderr, "usage: conformance-server PORT\n");
		return 2;
	}
	log_start("conformance-server", LOG_LEVEL_WARNING);
	/* What the largest messages took goes back to the system, and is not kept for the next. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	server->config = (struct config){ .stream_connections = CONNECTIONS_MAX,
		.stream_buffer_bytes = OUTPUT_MAX_BYTES };
	program.signals.ready = signalled;
	fd = listener_socket((int)port);
	if (fd >= 0 && server_listen(server, fd, routes, sizeof(routes) / sizeof(routes[0])) &&
	    signals_watch(server->loop, &program.signals)) {
		engine_app_open(&program.app);
		second_listen(&program, (int)port);
		printf("listening on port %ld\n", port);
		fflush(stdout);
		loop_run(server->loop);
		code = EXIT_SUCCESS;
	}
	program_stop(&program);
	return code;
}
