/*
 * streamd: live events for browsers and programs, by whichever transport they speak.
 * Its listening socket is descriptor 0, held by a supervisor, so that a restart
 * refuses nobody; `--listen PORT` makes one of its own on loopback.
 *
 * Layers, each knowing only those before it. What is in none (list, hash, memory, counters, tally, position) knows
 * nobody; server.h, routes.h and admission.h are seen from below: what a streamd is made of, and how the rest is found.
 *	loop, wheel, signals		time and descriptors
 *	buffer, output, outlet, connection, listener, handover	bytes and sockets
 *	http_request, utf8, websocket_…, engine_payload, socketio_packet, socketio_json, cursor, event, transport…	pure: what is said, and how
 *	ring, channel, latency, stream, session	who watches what, and how far he has come
 *	sequence, doorbell, database…, source, feed	what happened, in order
 *	pressure, intake, refusals	how full it is
 *	lobby, exchange, answer, client, websocket, engine…, socketio…	who asks, by which protocol
 *	admission, watcher, opening, dialogue…, review, request_…, metrics, routes, server	and what he gets
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "listener.h"
#include "log.h"
#include "loop.h"
#include "server.h"
#include "signals.h"

struct program {
	struct server server;
	struct loop_watch signals;
};

static void
signalled(struct loop_watch *watch, uint32_t events)
{
	struct program *program = CONTAINER(watch, struct program, signals);

	(void)events;
	if (signals_take(watch))
		server_drain(&program->server);
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

/* `--listen PORT` is ours; all else is config's to answer. */
static int
listen_option(int *argc, char **argv)
{
	long port;

	if (*argc != 3 || strcmp(argv[1], "--listen") != 0)
		return STDIN_FILENO;
	port = strtol(argv[2], NULL, 10);
	*argc = 1;
	argv[1] = NULL;
	return port > 0 && port <= UINT16_MAX ? listener_socket((int)port) : -1;
}

int
main(int argc, char **argv)
{
	static struct program program;
	int listen_fd = listen_option(&argc, argv), code = EXIT_FAILURE;

	config_start(
	    &program.server.config, argc, argv, "streamd", "live events over every transport");
	descriptors_raise();
	program.signals.ready = signalled;
	if (listen_fd >= 0 && server_start(&program.server, listen_fd) &&
	    signals_watch(program.server.loop, &program.signals)) {
		log_info("listening");
		loop_run(program.server.loop);
		code = EXIT_SUCCESS;
	}
	server_stop(&program.server);
	log_info("stopped");
	return code;
}
