/*
 * The leg that polls: packets queue here, and leave together as the answer to a poll,
 * which waits until there are some. A poll that waits is a client without an exchange:
 * it costs his connection and no more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "answer.h"
#include "buffer.h"
#include "client.h"
#include "engine_session.h"
#include "exchange.h"
#include "memory.h"
#include "websocket.h"

static const char content_type[] = "text/plain; charset=UTF-8";

static const struct outlet_kind polling_outlet;

/* All that is queued, and WORD behind it, as one body. */
static struct buffer *
polling_take(struct engine_polling *polling, const char *word)
{
	const char separator = ENGINE_SEPARATOR;
	struct output *output = &polling->outlet.output;
	struct writer writer = { 0 };
	struct iovec piece;

	polling->is_stalled = false;
	while (output_vector(output, &piece, 1) > 0) {
		if (writer.buffer)
			writer_bytes(&writer, &separator, 1);
		writer_bytes(&writer, piece.iov_base, piece.iov_len);
		output_sent(output, piece.iov_len);
	}
	if (word && writer.buffer)
		writer_bytes(&writer, &separator, 1);
	if (word)
		writer_text(&writer, word);
	return writer_finish(&writer);
}

/* Answers the poll that waits, which is none any more. */
static void
polling_answer(struct engine_polling *polling, struct buffer *body)
{
	struct client *client = polling->poll;

	polling->poll = NULL;
	client->state = NULL;
	answer_client(client, content_type, polling->request_id, body);
}

static void
polling_turn(struct loop_task *task)
{
	struct engine_polling *polling = CONTAINER(task, struct engine_polling, turn);
	struct engine_session *session = polling->session;
	const struct engine_setup *setup;

	if (!session) {
		free(polling);
		return;
	}
	setup = &session->engine->setup;
	if (session->is_open && session->handler->settle)
		session->handler->settle(session);
	polling->outlet.is_touched = false;
	if (!session->is_listed)
		return;
	if (polling->poll && polling->outlet.output.size_bytes > 0) {
		polling_answer(polling, polling_take(polling, NULL));
		if (session->is_open && session->handler->drained)
			session->handler->drained(session);
	} else if (polling->outlet.output.size_bytes > setup->output_max_bytes) {
		session->engine->slow_cut++;
		engine_session_end(session, NULL);
	}
	if (polling->is_finishing)
		engine_session_close(session);
}

static void
polling_timeout(struct wheel_timer *timer)
{
	struct engine_polling *polling = CONTAINER(timer, struct engine_polling, timer);
	struct engine_session *session = polling->session;

	if (session->is_open && session->handler->tick)
		session->handler->tick(session);
}

struct engine_polling *
engine_polling_open(struct engine_session *session)
{
	struct engine_polling *polling = memory_new(sizeof(*polling));

	polling->session = session;
	polling->outlet.kind = &polling_outlet;
	polling->outlet.is_open = true;
	polling->turn.run = polling_turn;
	wheel_timer_start(&polling->timer, polling_timeout);
	return polling;
}

/* Its turn, if one is to come, still points here. */
void
engine_polling_close(struct engine_polling **polling)
{
	struct engine_polling *closed = *polling;

	*polling = NULL;
	closed->session = NULL;
	wheel_clear(&closed->timer);
	output_clear(&closed->outlet.output);
	if (!closed->outlet.is_touched)
		free(closed);
}

void
engine_polling_end(struct engine_polling *polling, const char *word)
{
	wheel_clear(&polling->timer);
	if (polling->poll)
		polling_answer(polling, polling_take(polling, word));
	output_clear(&polling->outlet.output);
	if (polling->probe)
		websocket_close(polling->probe, WEBSOCKET_NORMAL, NULL);
}

void
engine_polling_dismiss(struct engine_polling *polling, const char *word)
{
	if (polling->poll)
		polling_answer(polling, buffer_copy(word, strlen(word)));
}

void
engine_polling_give(struct engine_polling *polling, struct exchange *exchange)
{
	answer_body(exchange, 200, content_type, polling_take(polling, NULL));
}

/* Whoever waits has nothing more to say. */
static size_t
poll_input(struct client *client, char *bytes, size_t size_bytes)
{
	(void)client, (void)bytes;
	return size_bytes;
}

/* Who leaves in mid-poll may have missed its answer, for all we know. */
static void
poll_closed(struct client *client)
{
	struct engine_session *session = client->state;

	if (!session)
		return;
	session->polling->poll = NULL;
	engine_session_end(session, NULL);
}

static void
poll_restart(struct client *client)
{
	struct engine_session *session = client->state;

	if (session)
		engine_session_restart(session);
}

static const struct client_protocol poll_protocol = {
	.input = poll_input,
	.restart = poll_restart,
	.closed = poll_closed,
};

void
engine_polling_poll(struct engine_polling *polling, struct exchange *exchange)
{
	struct client *client = exchange->client;

	if (polling->is_probed) {
		answer_body(exchange, 200, content_type, buffer_copy("6", 1));
		return;
	}
	snprintf(polling->request_id, sizeof(polling->request_id), "%s", exchange->request_id);
	exchange_end(&client->exchange);
	client_become(client, &poll_protocol, polling->session);
	polling->poll = client;
	outlet_touch(&polling->outlet);
}

void
engine_polling_send(
    struct engine_polling *polling, bool is_binary, const char *bytes, size_t size_bytes)
{
	struct buffer *packet = memory_new(
	    sizeof(*packet) + 1 + (is_binary ? ENGINE_BASE64_SIZE(size_bytes) : size_bytes));

	packet->references = 1;
	packet->bytes[0] = is_binary ? ENGINE_BINARY : ENGINE_MESSAGE;
	if (is_binary) {
		engine_base64_write(packet->bytes + 1, bytes, size_bytes);
		size_bytes = ENGINE_BASE64_SIZE(size_bytes);
	} else if (size_bytes > 0) {
		memcpy(packet->bytes + 1, bytes, size_bytes);
	}
	packet->size_bytes = (uint32_t)size_bytes + 1;
	output_give(&polling->outlet.output, packet);
	outlet_touch(&polling->outlet);
}

/* The outlet. */

static struct engine_polling *
polling_of(struct outlet *outlet)
{
	return CONTAINER(outlet, struct engine_polling, outlet);
}

static void
outlet_touched(struct outlet *outlet)
{
	struct engine_polling *polling = polling_of(outlet);

	if (!polling->session)
		return;
	outlet->is_touched = true;
	loop_later(polling->session->engine->setup.loop, &polling->turn);
}

static void
outlet_waits(struct outlet *outlet, unsigned seconds)
{
	struct engine_polling *polling = polling_of(outlet);

	if (seconds == 0)
		wheel_clear(&polling->timer);
	else if (outlet->is_open)
		wheel_set(
		    loop_wheel(polling->session->engine->setup.loop), &polling->timer, seconds);
}

static bool
outlet_stalls(struct outlet *outlet)
{
	struct engine_polling *polling = polling_of(outlet);
	bool has_stalled = polling->is_stalled;

	polling->is_stalled = outlet->output.size_bytes > 0;
	return has_stalled;
}

static void
outlet_finishes(struct outlet *outlet)
{
	polling_of(outlet)->is_finishing = true;
	outlet_touch(outlet);
}

static void
outlet_closes(struct outlet *outlet)
{
	engine_session_close(polling_of(outlet)->session);
}

static const struct outlet_kind polling_outlet = {
	.touch = outlet_touched,
	.wait = outlet_waits,
	.has_stalled = outlet_stalls,
	.finish = outlet_finishes,
	.close = outlet_closes,
};
