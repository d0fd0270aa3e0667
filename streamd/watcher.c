/*
 * From a request to a stream, and the stream's end.
 */
#include "watcher.h"

#include "answer.h"
#include "client.h"
#include "database.h"
#include "exchange.h"
#include "server.h"
#include "session.h"
#include "stream.h"

static size_t
watcher_input(struct client *client, char *bytes, size_t size_bytes)
{
	(void)client, (void)bytes;
	return size_bytes;
}

static void
watcher_settle(struct client *client)
{
	stream_settle(client->state);
}

static void
watcher_drained(struct client *client)
{
	stream_resume(client->state);
}

static void
watcher_timeout(struct client *client)
{
	if (session_has_expired(client->state))
		stream_drain(client->state, TRANSPORT_SESSION_ENDED);
	else
		stream_tick(client->state);
}

static void
watcher_restart(struct client *client)
{
	stream_drain(client->state, TRANSPORT_RESTART);
}

static void
watcher_closed(struct client *client)
{
	struct stream *stream = client->state;

	client->state = NULL;
	watcher_leave(client->server, &stream);
}

static const struct client_protocol watcher_protocol = {
	.input = watcher_input,
	.settle = watcher_settle,
	.drained = watcher_drained,
	.timeout = watcher_timeout,
	.restart = watcher_restart,
	.closed = watcher_closed,
};

struct stream *
watcher_begin(struct exchange *exchange, struct stream_setup *setup,
    const struct admission *admission, const char *user_id, int64_t expires_s)
{
	struct client *client = exchange->client;
	struct server *server = exchange->server;
	struct stream *stream;

	answer_begin(
	    exchange, setup->transport->content_type, setup->transport->dress == TRANSPORT_CHUNKED);
	setup->all = &server->streams;
	setup->outlet = &client->connection.outlet;
	stream = stream_open(setup);
	stream->admission = *admission;
	client_become(client, &watcher_protocol, stream);
	session_join(server->sessions, exchange->session_id, user_id, expires_s, stream);
	exchange_end(&client->exchange);
	return stream;
}

void
watcher_leave(struct server *server, struct stream **stream)
{
	if (!*stream)
		return;
	admission_give(&(*stream)->admission, server);
	database_forget(&(*stream)->review);
	session_leave(*stream);
	stream_close(stream);
}
