/*
 * Two engines. Their times and limits are those that the published suites are written for.
 */
#include "engine_app.h"

#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "exchange.h"
#include "list.h"
#include "loop.h"
#include "memory.h"
#include "outlet.h"
#include "problem.h"
#include "socketio.h"

enum {
	PING_INTERVAL_MS = 300,
	PING_TIMEOUT_MS = 200,
	PAYLOAD_MAX_BYTES = 1000000,
	OUTPUT_MAX_BYTES = 8 << 20,
	SESSIONS_MAX = 200,
	CONNECT_S = 1,
	ATTACHMENTS_MAX = 10,
	WELCOME_MS = 20,
};

static struct engine_app *
app_of(const struct exchange *exchange)
{
	return CONTAINER(exchange->server, struct engine_app, server);
}

static void
echo_message(struct engine_session *session, bool is_binary, const char *bytes, size_t size_bytes)
{
	engine_session_send(session, is_binary, bytes, size_bytes);
}

static const struct engine_handler echo_handler = { .message = echo_message };

/* The connect payload, on its way back. */
struct welcome {
	struct loop_timer timer;
	struct socketio_socket *socket;
	size_t size_bytes;
	char auth[];
};

static void
welcome_say(struct loop_timer *timer)
{
	const struct welcome *welcome = CONTAINER(timer, struct welcome, timer);
	const struct socketio_arguments arguments = { .json = welcome->auth,
		.size_bytes = welcome->size_bytes };

	socketio_emit(welcome->socket, "auth", &arguments);
}

/*
 * The connect payload comes back as the event `auth`, a moment later: the published suites wait for one message after
 * the other, and miss the second of two that come in one piece.
 */
static bool
app_connect(struct socketio_socket *socket, const char *auth, size_t size_bytes,
    struct arena *arena, struct problem *why)
{
	const struct engine_app *app = socket->client->context;
	struct welcome *welcome = memory_new(sizeof(*welcome) + size_bytes);

	(void)arena, (void)why;
	welcome->socket = socket;
	welcome->size_bytes = size_bytes;
	memcpy(welcome->auth, auth, size_bytes);
	socket->context = welcome;
	loop_timer_start(&welcome->timer, welcome_say);
	loop_timer_set(app->server.loop, &welcome->timer, WELCOME_MS);
	return true;
}

static void
app_closed(struct socketio_socket *socket)
{
	struct welcome *welcome = socket->context;

	loop_timer_clear(&welcome->timer);
	free(welcome);
}

/* The client's acknowledgement comes back as an event: `answered`, with what it said. */
static void
app_answered(
    struct socketio_socket *socket, void *context, const struct socketio_arguments *arguments)
{
	(void)context;
	socketio_emit(socket, "answered", arguments);
}

/* Beside what the published suites ask for: what they do not, and stock clients can. */
static void
app_ask(struct socketio_socket *socket, const struct socketio_arguments *arguments)
{
	socketio_ask(socket, "question", arguments, app_answered, NULL);
}

/* As a stream says its last word and finishes. */
static void
app_finish(struct socketio_socket *socket)
{
	socketio_emit(socket, "last", NULL);
	outlet_finish(socketio_outlet(socket));
}

static void
app_event(struct socketio_socket *socket, const struct socketio_event *event)
{
	if (strcmp(event->name, "message") == 0)
		socketio_emit(socket, "message-back", &event->arguments);
	else if (strcmp(event->name, "message-with-ack") == 0)
		socketio_ack(socket, event->ack, &event->arguments);
	else if (strcmp(event->name, "ask-me") == 0)
		app_ask(socket, &event->arguments);
	else if (strcmp(event->name, "finish-me") == 0)
		app_finish(socket);
	else if (strcmp(event->name, "leave-me") == 0)
		socketio_disconnect(socket);
	else if (strcmp(event->name, "close-me") == 0)
		socketio_close(socket->client);
}

static const struct socketio_handler app_handler = {
	.connect = app_connect, .event = app_event, .closed = app_closed
};

/* Nobody may come in. */
static bool
closed_connect(struct socketio_socket *socket, const char *auth, size_t size_bytes,
    struct arena *arena, struct problem *why)
{
	(void)socket, (void)auth, (void)size_bytes, (void)arena;
	return problem_set(why, 403, "forbidden", "Nobody may come in here.");
}

static const struct socketio_handler closed_handler = { .connect = closed_connect,
	.event = app_event };

/* Clients are told which server they are at. */
static bool
client_opened(struct socketio_client *client, struct exchange *exchange, struct problem *why)
{
	(void)why;
	client->context = app_of(exchange);
	return true;
}

static const struct socketio_namespace namespaces[] = {
	{ "/", &app_handler },
	{ "/custom", &app_handler },
	{ "/closed", &closed_handler },
};

static const struct socketio_setup socketio_setup = {
	.namespaces = namespaces,
	.namespace_count = sizeof(namespaces) / sizeof(namespaces[0]),
	.connect_s = CONNECT_S,
	.attachments_max = ATTACHMENTS_MAX,
	.attachment_max_bytes = PAYLOAD_MAX_BYTES,
	.opened = client_opened,
};

static struct engine *
engine_start(struct engine_app *app, const struct engine_handler *handler, const void *context)
{
	const struct engine_setup setup = {
		.loop = app->server.loop,
		.number = 1,
		.ping_interval_ms = PING_INTERVAL_MS,
		.ping_timeout_ms = PING_TIMEOUT_MS,
		.sessions_max = SESSIONS_MAX,
		.payload_max_bytes = PAYLOAD_MAX_BYTES,
		.output_max_bytes = OUTPUT_MAX_BYTES,
		.handler = handler,
		.context = context,
	};

	return engine_open(&setup);
}

void
engine_app_open(struct engine_app *app)
{
	app->echo = engine_start(app, &echo_handler, NULL);
	app->socketio = engine_start(app, &socketio_engine_handler, &socketio_setup);
}

void
engine_app_close(struct engine_app *app)
{
	engine_close(&app->echo);
	engine_close(&app->socketio);
}

void
engine_app_echo(struct exchange *exchange)
{
	engine_request(app_of(exchange)->echo, exchange);
}

void
engine_app_socketio(struct exchange *exchange)
{
	engine_request(app_of(exchange)->socketio, exchange);
}
