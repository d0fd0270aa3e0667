/*
 * /socket.io/: dialogues over Socket.IO, in the namespace "/". Commands are events with an
 * acknowledgement; what is told comes as the events `event` and `stream`. Who he is comes
 * with the connect packet (`auth: {token}`), or with the handshake.
 */
#include "request_socketio.h"

#include <stdlib.h>
#include <string.h>

#include "access_token.h"
#include "admission.h"
#include "answer.h"
#include "arena.h"
#include "dialogue.h"
#include "exchange.h"
#include "json.h"
#include "memory.h"
#include "problem.h"
#include "query.h"
#include "routes.h"
#include "server.h"
#include "socketio.h"
#include "websocket_handshake.h"

enum {
	CONNECT_S = 10,
	CONNECTS_MAX = 100,
	PING_INTERVAL_MS = 25000,
	PING_TIMEOUT_MS = 20000,
	PAYLOAD_MAX_BYTES = 100000,
	ATTACHMENTS_MAX = 8,
};

/* Who made the handshake; kept until the session ends, for he may connect again. His address counts from here on. */
struct guest {
	struct server *server;
	struct admission admission;
	struct dialogue_caller caller;
	struct problem why; /* when he is nobody */
};

/* How a handshake's credentials are, in its exchange. */
struct greeting {
	struct problem why;
	bool is_known;
};

static bool
client_opened(struct socketio_client *client, struct exchange *exchange, struct problem *why)
{
	const struct greeting *greeting = exchange->work;
	struct admission admission = { 0 };
	struct guest *guest;

	if (!admission_take_address(&admission, exchange->server, exchange_address(exchange), why))
		return false;
	guest = memory_new(sizeof(*guest));
	guest->server = exchange->server;
	guest->admission = admission;
	guest->why = greeting->why;
	memcpy(guest->caller.session_id, exchange->session_id, UUID_TEXT_SIZE);
	memcpy(guest->caller.user_id, exchange->user_id, UUID_TEXT_SIZE);
	client->context = guest;
	return true;
}

static void
client_closed(struct socketio_client *client)
{
	struct guest *guest = client->context;

	admission_give(&guest->admission, guest->server);
	free(guest);
	client->context = NULL;
}

static void
voice_reply(struct dialogue *dialogue, int64_t id, bool is_ok, const char *members)
{
	const char *object = arena_print(dialogue->arena, "{%s}", members);
	const struct socketio_arguments arguments = { .json = object,
		.size_bytes = strlen(object) };

	(void)is_ok;
	socketio_ack(dialogue->context, id, &arguments);
}

static const struct dialogue_voice voice = { .reply = voice_reply };

struct credentials {
	const char *token;
};

static const struct field credential_fields[] = {
	FIELD(struct credentials, token, STRING, .min = 1, .max = ACCESS_TOKEN_MAX),
};

/* Whom the token in AUTH names; without one, who made the handshake. */
static bool
caller_find(const struct guest *guest, struct arena *arena, const char *auth, size_t size_bytes,
    struct dialogue_caller *caller, struct problem *why)
{
	struct credentials credentials = { 0 };
	struct auth_headers headers = { 0 };
	struct actor actor;

	if (!json_peek_text(arena, auth, size_bytes, credential_fields,
		FIELD_COUNT(credential_fields), &credentials, why))
		return false;
	*caller = guest->caller;
	if (!credentials.token) {
		*why = guest->why;
		return caller->session_id[0] != '\0';
	}
	headers.authorization = arena_print(arena, "Bearer %s", credentials.token);
	if (!auth_check(&guest->server->auth, &headers, arena, &actor, why))
		return false;
	memcpy(caller->session_id, actor.session_id, UUID_TEXT_SIZE);
	memcpy(caller->user_id, actor.user_id, UUID_TEXT_SIZE);
	return true;
}

static const struct transport *
transport_of(const struct socketio_socket *socket)
{
	if (!socketio_is_websocket(socket))
		return &transport_socketio_poll;
	return socketio_deflates(socket) ? &transport_socketio_deflated : &transport_socketio;
}

static bool
socket_connects(struct socketio_socket *socket, const char *auth, size_t size_bytes,
    struct arena *arena, struct problem *why)
{
	const struct guest *guest = socket->client->context;
	struct admission admission = { 0 };
	struct dialogue_caller caller;

	if (!caller_find(guest, arena, auth, size_bytes, &caller, why) ||
	    !dialogue_admit(guest->server, &caller, NULL, &admission, why))
		return false;
	socket->context = dialogue_new(guest->server, &voice);
	dialogue_start(socket->context, socket, socketio_outlet(socket), transport_of(socket),
	    &caller, &admission);
	return true;
}

static void
socket_refuse(struct socketio_socket *socket, const struct socketio_event *event)
{
	static const char binary[] =
	    "{\"ok\":false,\"error\":{\"type\":\"/problems/binary_refused\",\"title\":\"Unprocessable Content\","
	    "\"status\":422,\"code\":\"binary_refused\",\"detail\":\"Only JSON is read here.\"}}";
	const struct socketio_arguments arguments = { .json = binary,
		.size_bytes = sizeof(binary) - 1 };

	socketio_ack(socket, event->ack, &arguments);
}

static void
socket_hears(struct socketio_socket *socket, const struct socketio_event *event)
{
	const struct dialogue_command command = { .op = event->name,
		.id = event->ack,
		.text = event->arguments.json,
		.size_bytes = event->arguments.size_bytes };

	if (event->arguments.attachment_count > 0)
		socket_refuse(socket, event);
	else
		dialogue_hear(socket->context, &command);
}

static void
socket_moves(struct socketio_socket *socket)
{
	dialogue_move(socket->context, socketio_outlet(socket), transport_of(socket));
}

static void
socket_ticks(struct socketio_socket *socket)
{
	dialogue_tick(socket->context);
}

static void
socket_settles(struct socketio_socket *socket)
{
	const struct dialogue *dialogue = socket->context;

	stream_settle(dialogue->stream);
}

static void
socket_drains(struct socketio_socket *socket)
{
	const struct dialogue *dialogue = socket->context;

	stream_resume(dialogue->stream);
}

static void
socket_ends(struct socketio_socket *socket)
{
	struct dialogue *dialogue = socket->context;

	socket->context = NULL;
	dialogue_close(&dialogue);
}

/* On a restart nothing is said: stock clients come back by themselves, spread out. */
static const struct socketio_handler root = {
	.connect = socket_connects,
	.event = socket_hears,
	.moved = socket_moves,
	.tick = socket_ticks,
	.settle = socket_settles,
	.drained = socket_drains,
	.closed = socket_ends,
};

static const struct socketio_namespace namespaces[] = { { "/", &root } };

static const struct socketio_setup socketio_setup = {
	.namespaces = namespaces,
	.namespace_count = sizeof(namespaces) / sizeof(namespaces[0]),
	.connect_s = CONNECT_S,
	.connects_max = CONNECTS_MAX,
	.attachments_max = ATTACHMENTS_MAX,
	.attachment_max_bytes = PAYLOAD_MAX_BYTES,
	.opened = client_opened,
	.closed = client_closed,
};

struct engine *
request_socketio_open(struct server *server)
{
	const struct engine_setup setup = {
		.loop = server->loop,
		.handover = server->handover,
		.number = (unsigned)server->config.streamd,
		.ping_interval_ms = PING_INTERVAL_MS,
		.ping_timeout_ms = PING_TIMEOUT_MS,
		.sessions_max = (size_t)server->config.stream_connections,
		.payload_max_bytes = PAYLOAD_MAX_BYTES,
		.may_deflate = true,
		.output_max_bytes = (size_t)server->config.stream_buffer_bytes,
		.handler = &socketio_engine_handler,
		.context = (void *)(uintptr_t)&socketio_setup,
	};

	return engine_open(&setup);
}

static void
socketio_go_on(struct exchange *exchange)
{
	engine_request(exchange->server->engine, exchange);
}

/*
 * Whose it is, before there is a session. A token that is not good is no reason to refuse the handshake: another one
 * may come with the connect packet, and if not, that is where stock clients hear why.
 */
static void
socketio_greet(struct exchange *exchange)
{
	struct greeting *greeting = arena_alloc(exchange->arena, sizeof(*greeting));
	const char *query = exchange->request.query;

	exchange->work = greeting;
	exchange->is_unsafe = websocket_is_asked_for(&exchange->request);
	greeting->is_known = exchange_recognise(exchange, &greeting->why);
	if (greeting->is_known)
		exchange_identify(
		    exchange, query_value(exchange->arena, query, "ticket"), socketio_go_on);
	else if (greeting->why.status == 401)
		socketio_go_on(exchange);
	else
		answer_problem(exchange, &greeting->why);
}

void
request_socketio(struct exchange *exchange)
{
	struct problem why;

	if (!exchange_is_own(exchange, &why))
		answer_problem(exchange, &why);
	else if (query_value(exchange->arena, exchange->request.query, "sid"))
		socketio_go_on(exchange);
	else
		socketio_greet(exchange);
}
