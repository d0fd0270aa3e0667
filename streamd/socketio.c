/*
 * Socket.IO: packets to namespaces, and what they say back. A socket's memory stays
 * until its client's goes, for a client who comes back to a namespace, and so that
 * whatever a handler closes is still there for who called it. To add a packet: a
 * function and its row in the table acts.
 */
#include "socketio.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buffer.h"
#include "memory.h"
#include "problem.h"
#include "socketio_gathering.h"
#include "socketio_packet.h"
#include "socketio_send.h"

static const struct socketio_setup *
setup_of(const struct socketio_client *client)
{
	return engine_context(engine_of(client->session));
}

/* Sockets. */

static struct socketio_socket *
socket_find(const struct socketio_client *client, const struct socketio_namespace *namespace)
{
	struct socketio_socket *socket = client->sockets;

	while (socket && socket->namespace != namespace)
		socket = socket->next;
	return socket;
}

static const struct socketio_namespace *
namespace_find(const struct socketio_client *client, const struct socketio_span *name)
{
	const struct socketio_setup *setup = setup_of(client);

	for (size_t i = 0; i < setup->namespace_count; i++) {
		const struct socketio_namespace *namespace = &setup->namespaces[i];

		if (strlen(namespace->name) == name->size_bytes &&
		    memcmp(namespace->name, name->text, name->size_bytes) == 0)
			return namespace;
	}
	return NULL;
}

static bool
client_is_in(const struct socketio_client *client)
{
	const struct socketio_socket *socket = client->sockets;

	while (socket && !socket->is_open)
		socket = socket->next;
	return socket != NULL;
}

/* Whoever is nowhere has so long to go somewhere. */
static void
client_expect(struct socketio_client *client)
{
	if (!client_is_in(client))
		engine_session_wait(client->session, setup_of(client)->connect_s);
}

static void
socket_end(struct socketio_socket *socket)
{
	if (!socket->is_open)
		return;
	socket->is_open = false;
	socketio_questions_forget(socket);
	if (socket->namespace->handler->closed)
		socket->namespace->handler->closed(socket);
}

void
socketio_disconnect(struct socketio_socket *socket)
{
	struct writer writer = { 0 };

	if (!socket->is_open)
		return;
	socketio_packet_begin(&writer, SOCKETIO_DISCONNECT, 0, socket->namespace->name, -1);
	socketio_packet_send(socket->client, &writer, NULL);
	socket_end(socket);
	client_expect(socket->client);
}

void
socketio_close(struct socketio_client *client)
{
	engine_session_close(client->session);
}

static void
socket_refuse(struct socketio_socket *socket, const struct problem *why, struct arena *arena)
{
	socket->is_open = false;
	socketio_questions_forget(socket);
	socketio_refusal_send(
	    socket->client, socket->namespace->name, why->code, problem_render(why, arena));
	client_expect(socket->client);
}

static struct socketio_socket *
socket_new(struct socketio_client *client, const struct socketio_namespace *namespace)
{
	struct socketio_socket *socket = memory_new(sizeof(*socket));

	socket->client = client;
	socket->namespace = namespace;
	socket->next = client->sockets;
	client->sockets = socket;
	return socket;
}

/* Its handler says whether he is in. */
static void
socket_connect(struct socketio_socket *socket, const struct socketio_arguments *arguments)
{
	struct arena *arena = arena_open();
	struct problem why;

	socket->is_open = true;
	socket->is_accepted = false;
	socket->context = NULL;
	if (!socket->namespace->handler->connect(
		socket, arguments->json, arguments->size_bytes, arena, &why))
		socket_refuse(socket, &why, arena);
	else if (socket->is_open)
		socketio_accept_send(socket);
	arena_close(&arena);
}

/* What packets do. Each says whether the protocol was kept. */

static bool
act_connect(struct socketio_client *client, const struct socketio_packet *packet,
    const struct socketio_arguments *arguments)
{
	const struct socketio_namespace *namespace = namespace_find(client, &packet->space);
	char space[SOCKETIO_SPACE_MAX + 1];
	uint32_t connects_max = setup_of(client)->connects_max;
	struct socketio_socket *socket;

	/* Stock clients come back from this, in a new session; to come and go for ever costs nobody else's time. */
	if (connects_max > 0 && ++client->connects > connects_max)
		return false;
	if (!namespace) {
		memcpy(space, packet->space.text, packet->space.size_bytes);
		space[packet->space.size_bytes] = '\0';
		socketio_refusal_send(client, space, "Invalid namespace", NULL);
		return true;
	}
	socket = socket_find(client, namespace);
	if (socket && socket->is_open)
		return false;
	if (!socket)
		socket = socket_new(client, namespace);
	if (!client_is_in(client))
		engine_session_wait(client->session, 0);
	socket_connect(socket, arguments);
	return true;
}

/* The socket that a packet is for; null: its client is not in that namespace. */
static struct socketio_socket *
socket_of(struct socketio_client *client, const struct socketio_packet *packet)
{
	const struct socketio_namespace *namespace = namespace_find(client, &packet->space);
	struct socketio_socket *socket = namespace ? socket_find(client, namespace) : NULL;

	return socket && socket->is_open ? socket : NULL;
}

static bool
act_disconnect(struct socketio_client *client, const struct socketio_packet *packet,
    const struct socketio_arguments *arguments)
{
	struct socketio_socket *socket = socket_of(client, packet);

	(void)arguments;
	if (!socket)
		return false;
	socket_end(socket);
	client_expect(client);
	return true;
}

static bool
act_event(struct socketio_client *client, const struct socketio_packet *packet,
    const struct socketio_arguments *arguments)
{
	struct socketio_socket *socket = socket_of(client, packet);
	char name[SOCKETIO_NAME_MAX + 1];
	const struct socketio_event event = {
		.name = name,
		.arguments = *arguments,
		.ack = packet->ack,
	};

	if (!socket)
		return false;
	memcpy(name, packet->name.text, packet->name.size_bytes);
	name[packet->name.size_bytes] = '\0';
	socket->namespace->handler->event(socket, &event);
	return true;
}

static bool
act_ack(struct socketio_client *client, const struct socketio_packet *packet,
    const struct socketio_arguments *arguments)
{
	struct socketio_socket *socket = socket_of(client, packet);

	if (socket)
		socketio_questions_answer(socket, packet->ack, arguments);
	return socket != NULL;
}

static bool (*const acts[])(struct socketio_client *client, const struct socketio_packet *packet,
    const struct socketio_arguments *arguments) = {
	[SOCKETIO_CONNECT] = act_connect,
	[SOCKETIO_DISCONNECT] = act_disconnect,
	[SOCKETIO_EVENT] = act_event,
	[SOCKETIO_ACK] = act_ack,
	[SOCKETIO_BINARY_EVENT] = act_event,
	[SOCKETIO_BINARY_ACK] = act_ack,
};

/* Attachments. */

static bool
gathering_start(struct socketio_client *client, const struct socketio_packet *packet,
    const char *text, size_t size_bytes)
{
	if (packet->attachments > setup_of(client)->attachments_max || !socket_of(client, packet))
		return false;
	client->gathering = socketio_gathering_open(text, size_bytes, packet->attachments);
	return true;
}

/* All are here. The packet was read before, so it can be read again. */
static bool
gathering_finish(struct socketio_client *client)
{
	struct socketio_gathering *gathering = client->gathering;
	struct socketio_arguments arguments = { .attachments = gathering->attachments,
		.attachment_count = gathering->count };
	struct socketio_packet packet;
	bool is_kept;

	client->gathering = NULL;
	is_kept = socketio_packet_read(&packet, gathering->text, gathering->text_bytes);
	arguments.json = packet.arguments.text;
	arguments.size_bytes = packet.arguments.size_bytes;
	is_kept = is_kept && acts[packet.type](client, &packet, &arguments);
	socketio_gathering_close(&gathering);
	return is_kept;
}

static bool
gathering_add(struct socketio_client *client, const char *bytes, size_t size_bytes)
{
	if (!client->gathering)
		return false;
	if (!socketio_gathering_add(
		client->gathering, bytes, size_bytes, setup_of(client)->attachment_max_bytes))
		return false;
	return !socketio_gathering_is_whole(client->gathering) || gathering_finish(client);
}

/* What Engine.IO brings. */

static struct socketio_client *
client_of(const struct engine_session *session)
{
	return engine_session_context(session);
}

static bool
text_act(struct socketio_client *client, const char *text, size_t size_bytes)
{
	struct socketio_packet packet;
	struct socketio_arguments arguments = { 0 };

	if (client->gathering || !socketio_packet_read(&packet, text, size_bytes))
		return false;
	if (packet.attachments > 0)
		return gathering_start(client, &packet, text, size_bytes);
	arguments.json = packet.arguments.text;
	arguments.size_bytes = packet.arguments.size_bytes;
	return acts[packet.type](client, &packet, &arguments);
}

static void
client_message(struct engine_session *session, bool is_binary, const char *bytes, size_t size_bytes)
{
	struct socketio_client *client = client_of(session);
	bool is_kept = is_binary ? gathering_add(client, bytes, size_bytes)
				 : text_act(client, bytes, size_bytes);

	if (!is_kept)
		engine_session_close(session);
}

static bool
client_asked(struct engine_session *session, struct exchange *exchange, struct problem *why)
{
	struct socketio_client *client = memory_new(sizeof(*client));
	const struct socketio_setup *setup;

	client->session = session;
	engine_session_set_context(session, client);
	setup = setup_of(client);
	return !setup->opened || setup->opened(client, exchange, why);
}

static void
client_opened(struct engine_session *session)
{
	client_expect(client_of(session));
}

/* Calls a row of each open socket's handler. A handler may close any of them, or all. */
#define SOCKETS_TELL(session, row)                                                 \
	for (struct socketio_socket *socket = client_of(session)->sockets; socket; \
	     socket = socket->next) {                                              \
		if (socket->is_open && socket->namespace->handler->row)            \
			socket->namespace->handler->row(socket);                   \
	}

static void
client_moved(struct engine_session *session)
{
	client_expect(client_of(session));
	SOCKETS_TELL(session, moved);
}

/* A packet whose attachments were awaited at the last tick already will not be whole any more. */
static bool
gathering_is_late(struct socketio_client *client)
{
	bool is_late = client->gathering && client->gathering->is_late;

	if (client->gathering)
		client->gathering->is_late = true;
	return is_late;
}

static void
client_tick(struct engine_session *session)
{
	struct socketio_client *client = client_of(session);

	if (!client_is_in(client) || gathering_is_late(client))
		engine_session_close(session);
	SOCKETS_TELL(session, tick);
}

static void
client_settle(struct engine_session *session)
{
	SOCKETS_TELL(session, settle);
}

static void
client_drained(struct engine_session *session)
{
	SOCKETS_TELL(session, drained);
}

static void
client_restart(struct engine_session *session)
{
	SOCKETS_TELL(session, restart);
}

static void
client_closed(struct engine_session *session)
{
	struct socketio_client *client = client_of(session);
	const struct socketio_setup *setup = setup_of(client);

	for (struct socketio_socket *socket = client->sockets; socket; socket = socket->next)
		socket_end(socket);
	socketio_gathering_close(&client->gathering);
	if (setup->closed)
		setup->closed(client);
}

static void
client_reap(struct engine_session *session)
{
	struct socketio_client *client = client_of(session);

	while (client->sockets) {
		struct socketio_socket *socket = client->sockets;

		client->sockets = socket->next;
		free(socket);
	}
	free(client);
}

const struct engine_handler socketio_engine_handler = {
	.asked = client_asked,
	.opened = client_opened,
	.message = client_message,
	.moved = client_moved,
	.tick = client_tick,
	.settle = client_settle,
	.drained = client_drained,
	.restart = client_restart,
	.closed = client_closed,
	.reap = client_reap,
};

struct outlet *
socketio_outlet(struct socketio_socket *socket)
{
	return engine_session_outlet(socket->client->session);
}

bool
socketio_is_websocket(const struct socketio_socket *socket)
{
	return engine_session_is_websocket(socket->client->session);
}

bool
socketio_deflates(const struct socketio_socket *socket)
{
	return engine_session_deflates(socket->client->session);
}

void
socketio_wait(struct socketio_socket *socket, unsigned seconds)
{
	engine_session_wait(socket->client->session, seconds);
}
