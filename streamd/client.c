/*
 * What a client's connection does, by the protocol that he speaks. The first one is here:
 * HTTP until there is an answer. Whoever has sent no whole request within ten seconds is
 * told so and closed.
 */
#include "client.h"

#include <stdlib.h>

#include "answer.h"
#include "exchange.h"
#include "http_request.h"
#include "listener.h"
#include "lobby.h"
#include "memory.h"
#include "problem.h"
#include "server.h"

enum { REQUEST_S = 10, BUSY_S = 2 };

static const struct client_protocol request_protocol;

/* One request a connection. Who has become something else gets what comes behind its head, and so does its body. */
static size_t
request_rest(struct client *client, char *bytes, size_t size_bytes)
{
	if (client->protocol != &request_protocol && client->connection.outlet.is_open)
		return client->protocol->input(client, bytes, size_bytes);
	if (client->exchange)
		exchange_input(client->exchange, bytes, size_bytes);
	return size_bytes;
}

static size_t
request_input(struct client *client, char *bytes, size_t size_bytes)
{
	struct problem why;
	size_t size;

	if (client->exchange)
		return request_rest(client, bytes, size_bytes);
	size = http_head_size(bytes, size_bytes, &client->scanned);
	if (size > 0) {
		if (!lobby_admits(client, bytes, size))
			return 0;
		connection_wait(&client->connection, 0);
		exchange_begin(client, bytes, size, size_bytes);
		return size +
		    (size < size_bytes ? request_rest(client, bytes + size, size_bytes - size) : 0);
	}
	if (size_bytes < HTTP_HEAD_MAX)
		return 0;
	problem_set(&why, 431, "headers_too_large", "The head of this request is too large.");
	answer_refuse(client, &why);
	return size_bytes;
}

static void
request_timeout(struct client *client)
{
	struct problem why;

	if (client->state)
		problem_set_retry(
		    &why, 503, "too_busy", "Too many requests wait for an answer.", BUSY_S);
	else
		problem_set(&why, 408, "request_timeout", "The request did not come in time.");
	answer_refuse(client, &why);
}

/* A request that the end came before. */
static void
request_restart(struct client *client)
{
	struct problem why;

	if (!client->exchange && !client->state) {
		connection_close(&client->connection);
		return;
	}
	problem_set_retry(
	    &why, 503, "restarting", "This server is restarting. Try again at once.", 1);
	answer_refuse(client, &why);
}

static const struct client_protocol request_protocol = {
	.input = request_input,
	.timeout = request_timeout,
	.restart = request_restart,
	.closed = lobby_leave,
};

static struct client *
client_of(struct connection *connection)
{
	return CONTAINER(connection, struct client, connection);
}

static size_t
client_input(struct connection *connection, char *bytes, size_t size_bytes)
{
	struct client *client = client_of(connection);

	return client->protocol->input(client, bytes, size_bytes);
}

static void
client_settle(struct connection *connection)
{
	struct client *client = client_of(connection);

	if (client->protocol->settle)
		client->protocol->settle(client);
}

static void
client_drained(struct connection *connection)
{
	struct client *client = client_of(connection);

	if (client->protocol->drained)
		client->protocol->drained(client);
}

static void
client_timeout(struct connection *connection)
{
	struct client *client = client_of(connection);

	if (client->protocol->timeout)
		client->protocol->timeout(client);
}

static void
client_closed(struct connection *connection)
{
	struct client *client = client_of(connection);

	exchange_end(&client->exchange);
	if (client->protocol->closed)
		client->protocol->closed(client);
}

static void
client_reap(struct connection *connection)
{
	struct client *client = client_of(connection);

	if (client->protocol->reap)
		client->protocol->reap(client);
	free(client);
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
client_become(struct client *client, const struct client_protocol *protocol, void *state)
{
	client->protocol = protocol;
	client->state = state;
}

/* Null: it is closed. */
static struct client *
client_open(struct server *server, int fd)
{
	struct client *client = memory_new(sizeof(*client));
	struct problem why;

	client->server = server;
	client->protocol = &request_protocol;
	if (!connection_open(&client->connection, &server->connections, fd)) {
		free(client);
		return NULL;
	}
	connection_wait(&client->connection, REQUEST_S);
	if (server->connections.count <= (size_t)server->config.stream_connections)
		return client;
	problem_set_retry(
	    &why, 503, "too_many_connections", "This server is full. Try again soon.", 5);
	answer_refuse(client, &why);
	return NULL;
}

void
client_accepted(void *context, int fd)
{
	client_open(context, fd);
}

void
client_received(void *context, int fd, const char *bytes, size_t size_bytes)
{
	struct client *client = client_open(context, fd);

	if (client)
		connection_feed(&client->connection, bytes, size_bytes);
}
