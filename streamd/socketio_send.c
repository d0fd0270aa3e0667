/*
 * Socket.IO's packets on their way out, and the questions that wait for an answer.
 */
#include "socketio_send.h"

#include <stdlib.h>

#include "buffer.h"
#include "crypto.h"
#include "memory.h"
#include "socketio_packet.h"

enum { SID_RANDOM_BYTES = 15, QUESTIONS_MAX = 256 };

/* An event that asked for an acknowledgement. */
struct socketio_question {
	struct socketio_question *next;
	uint32_t number;
	socketio_answered *answered;
	void *context;
};

void
socketio_packet_send(struct socketio_client *client, struct writer *writer,
    const struct socketio_arguments *arguments)
{
	struct buffer *text = writer_finish(writer);

	engine_session_send(client->session, false, text->bytes, text->size_bytes);
	buffer_release(&text);
	for (size_t i = 0; arguments && i < arguments->attachment_count; i++)
		engine_session_send(client->session, true, arguments->attachments[i].bytes,
		    arguments->attachments[i].size_bytes);
}

void
socketio_accept_send(struct socketio_socket *socket)
{
	unsigned char random[SID_RANDOM_BYTES];
	char sid[CRYPTO_BASE64URL_SIZE(sizeof(random))];
	struct writer writer = { 0 };

	if (socket->is_accepted)
		return;
	socket->is_accepted = true;
	crypto_random(random, sizeof(random));
	crypto_base64url_write(random, sizeof(random), sid);
	socketio_packet_begin(&writer, SOCKETIO_CONNECT, 0, socket->namespace->name, -1);
	writer_text(&writer, "{\"sid\":\"");
	writer_text(&writer, sid);
	writer_text(&writer, "\"}");
	socketio_packet_send(socket->client, &writer, NULL);
}

static void
arguments_write(struct writer *writer, const struct socketio_arguments *arguments, bool is_first)
{
	if (arguments && arguments->size_bytes > 0) {
		if (!is_first)
			writer_text(writer, ",");
		writer_bytes(writer, arguments->json, arguments->size_bytes);
	}
	writer_text(writer, "]");
}

static void
event_send(struct socketio_socket *socket, const char *name,
    const struct socketio_arguments *arguments, int64_t ack)
{
	size_t attachments = arguments ? arguments->attachment_count : 0;
	struct writer writer = { 0 };

	if (!socket->is_open)
		return;
	socketio_accept_send(socket);
	socketio_packet_begin(&writer, attachments > 0 ? SOCKETIO_BINARY_EVENT : SOCKETIO_EVENT,
	    attachments, socket->namespace->name, ack);
	writer_text(&writer, "[\"");
	writer_text(&writer, name);
	writer_text(&writer, "\"");
	arguments_write(&writer, arguments, false);
	socketio_packet_send(socket->client, &writer, arguments);
}

void
socketio_emit(
    struct socketio_socket *socket, const char *name, const struct socketio_arguments *arguments)
{
	event_send(socket, name, arguments, SOCKETIO_NO_ACK);
}

bool
socketio_ask(struct socketio_socket *socket, const char *name,
    const struct socketio_arguments *arguments, socketio_answered *answered, void *context)
{
	struct socketio_question *question;
	size_t count = 0;

	for (question = socket->questions; question; question = question->next)
		count++;
	if (count == QUESTIONS_MAX || !socket->is_open)
		return false;
	question = memory_new(sizeof(*question));
	*question = (struct socketio_question){ .next = socket->questions,
		.number = socket->asked++,
		.answered = answered,
		.context = context };
	socket->questions = question;
	event_send(socket, name, arguments, question->number);
	return true;
}

void
socketio_ack(
    struct socketio_socket *socket, int64_t ack, const struct socketio_arguments *arguments)
{
	size_t attachments = arguments ? arguments->attachment_count : 0;
	struct writer writer = { 0 };

	if (!socket->is_open || ack < 0)
		return;
	socketio_packet_begin(&writer, attachments > 0 ? SOCKETIO_BINARY_ACK : SOCKETIO_ACK,
	    attachments, socket->namespace->name, ack);
	writer_text(&writer, "[");
	arguments_write(&writer, arguments, true);
	socketio_packet_send(socket->client, &writer, arguments);
}

void
socketio_refusal_send(
    struct socketio_client *client, const char *space, const char *message, const char *data)
{
	struct writer writer = { 0 };

	socketio_packet_begin(&writer, SOCKETIO_CONNECT_ERROR, 0, space, -1);
	writer_text(&writer, "{\"message\":\"");
	writer_text(&writer, message);
	writer_text(&writer, "\"");
	if (data) {
		writer_text(&writer, ",\"data\":");
		writer_text(&writer, data);
	}
	writer_text(&writer, "}");
	socketio_packet_send(client, &writer, NULL);
}

void
socketio_questions_answer(
    struct socketio_socket *socket, int64_t ack, const struct socketio_arguments *arguments)
{
	struct socketio_question **place = &socket->questions, *question;

	while (*place && (*place)->number != ack)
		place = &(*place)->next;
	question = *place;
	if (!question)
		return;
	*place = question->next;
	if (question->answered)
		question->answered(socket, question->context, arguments);
	free(question);
}

void
socketio_questions_forget(struct socketio_socket *socket)
{
	while (socket->questions) {
		struct socketio_question *question = socket->questions;

		socket->questions = question->next;
		free(question);
	}
}
