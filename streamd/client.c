/*
 * What a client's connection does. Whoever has sent no whole request within ten
 * seconds is told so and closed.
 */
#include "client.h"

#include <stdlib.h>
#include <unistd.h>

#include "admission.h"
#include "answer.h"
#include "database.h"
#include "exchange.h"
#include "http_request.h"
#include "listener.h"
#include "memory.h"
#include "problem.h"
#include "server.h"
#include "session.h"
#include "stream.h"

enum { REQUEST_S = 10 };

static struct client *
client_of(struct connection *connection)
{
	return CONTAINER(connection, struct client, connection);
}

/* Everything that comes after the request is ignored: streams go one way. */
static size_t
client_input(struct connection *connection, const char *bytes, size_t size_bytes)
{
	struct client *client = client_of(connection);
	struct problem why;
	size_t size;

	if (client->exchange || client->stream)
		return size_bytes;
	size = http_head_size(bytes, size_bytes, &client->scanned);
	if (size > 0) {
		connection_wait(connection, 0);
		exchange_begin(client, bytes, size);
		return size_bytes;
	}
	if (size_bytes < HTTP_HEAD_MAX)
		return 0;
	problem_set(&why, 431, "headers_too_large", "The head of this request is too large.");
	answer_refuse(client, &why);
	return size_bytes;
}

static void
client_settle(struct connection *connection)
{
	struct client *client = client_of(connection);

	if (client->stream)
		stream_settle(client->stream);
}

static void
client_drained(struct connection *connection)
{
	struct client *client = client_of(connection);

	if (client->stream)
		stream_resume(client->stream);
}

static void
client_timeout(struct connection *connection)
{
	struct client *client = client_of(connection);
	struct problem why;

	if (client->stream && session_has_expired(client->stream)) {
		stream_drain(client->stream);
	} else if (client->stream) {
		stream_tick(client->stream);
	} else {
		problem_set(&why, 408, "request_timeout", "The request did not come in time.");
		answer_refuse(client, &why);
	}
}

static void
client_closed(struct connection *connection)
{
	struct client *client = client_of(connection);

	exchange_end(&client->exchange);
	database_forget(&client->review);
	admission_give(client);
	if (client->stream)
		session_leave(client->stream);
	stream_close(&client->stream);
}

static void
client_reap(struct connection *connection)
{
	free(client_of(connection));
}

const struct connection_owner client_owner = {
	.input = client_input,
	.settle = client_settle,
	.drained = client_drained,
	.timeout = client_timeout,
	.closed = client_closed,
	.reap = client_reap,
};

void
client_accepted(void *context, int fd)
{
	struct server *server = context;
	struct client *client = memory_new(sizeof(*client));
	struct problem why;

	client->server = server;
	if (!connection_open(&client->connection, &server->connections, fd)) {
		free(client);
		return;
	}
	connection_wait(&client->connection, REQUEST_S);
	if (server->connections.count <= (size_t)server->config.stream_connections)
		return;
	problem_set_retry(
	    &why, 503, "too_many_connections", "This server is full. Try again soon.", 5);
	answer_refuse(client, &why);
}
