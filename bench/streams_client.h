/*
 * The load generator's clients: each connects, says what it wants, and from then on
 * counts events. They speak SSE, WebSocket, and as much Engine.IO as stays alive.
 */
#ifndef BENCH_STREAMS_CLIENT_H
#define BENCH_STREAMS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streams_wire.h"

enum { STEPS_MAX = 4, TARGETS_MAX = 8 };

/* Once WAIT has come, SAY goes out as a WebSocket text. */
struct step {
	const char *wait, *say;
};

/* What all clients of a run have in common. */
struct plan {
	const char *targets
	    [TARGETS_MAX]; /* unix sockets by path, or TCP ports of loopback; clients take them in turn */
	size_t target_count;
	const char *path;
	const char *headers; /* lines, each with its CRLF */
	char **own_headers;  /* one more line for each client, in turn; null: none */
	size_t own_header_count;
	bool is_websocket;
	bool is_engine_io; /* answers 2 by 3 */
	struct step steps[STEPS_MAX];
	size_t step_count;
	const char *open; /* a client is open once this has come after the last step */
};

enum client_state {
	CLIENT_CONNECTED, /* the answer's head is yet to come */
	CLIENT_OPENING,	  /* the steps, then what says that it is open */
	CLIENT_OPEN,	  /* counts */
};

struct client {
	int fd;
	uint8_t state, step;
	uint16_t text_bytes; /* of what came while it opens */
	char *text;
	uint32_t events;
	struct wire_reader reader;
};

/* Connects client number INDEX and sends its request. Ends the program if that fails. */
void client_start(struct client *client, const struct plan *plan, size_t index);

/* Reads what is there. The program ends when the server ends the connection. */
void client_read(struct client *client, const struct plan *plan);

/* Ends the program: says what failed, and errno. */
_Noreturn void die(const char *what);

#endif
