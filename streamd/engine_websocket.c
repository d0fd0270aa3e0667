/*
 * The leg that is a WebSocket: packets are its messages. One that comes for a session
 * that polls first asks ("2probe", "3probe"), while the polls that are on their way
 * end; with its "5" the session steps over, and all that is queued with it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "buffer.h"
#include "engine_session.h"
#include "memory.h"
#include "websocket.h"

enum { UPGRADE_S = 10 };

static const char word_noop[] = "6";

void
engine_websocket_send(
    struct websocket *websocket, bool is_binary, const char *bytes, size_t size_bytes)
{
	const char type = ENGINE_MESSAGE;
	char head[WEBSOCKET_HEAD_MAX];
	struct writer writer = { 0 };
	struct outlet *outlet = websocket_outlet(websocket);

	if (!websocket_is_open(websocket))
		return;
	writer_bytes(&writer, head,
	    websocket_frame_head(head, is_binary ? WEBSOCKET_BINARY : WEBSOCKET_TEXT, false,
		size_bytes + !is_binary));
	if (!is_binary)
		writer_bytes(&writer, &type, 1);
	writer_bytes(&writer, bytes, size_bytes);
	output_give(&outlet->output, writer_finish(&writer));
	outlet_touch(outlet);
}

/* A packet that was queued while it polled. */
static void
send_packet(struct websocket *websocket, const char *bytes, size_t size_bytes)
{
	size_t binary_bytes;
	char *binary;

	if (bytes[0] != ENGINE_BINARY) {
		websocket_send(websocket, true, bytes, size_bytes);
		return;
	}
	binary = memory_new(size_bytes);
	engine_base64_read(binary, &binary_bytes, bytes + 1, size_bytes - 1);
	websocket_send(websocket, false, binary, binary_bytes);
	free(binary);
}

/* The session steps over. Whoever polled hears nothing more. */
static void
session_upgrade(struct engine_session *session)
{
	struct engine_polling *polling = session->polling;
	struct output *queued = &polling->outlet.output;
	bool is_finishing = polling->is_finishing;
	struct iovec piece;

	session->websocket = polling->probe;
	session->polling = NULL;
	polling->outlet.is_open = false;
	engine_polling_dismiss(polling, word_noop);
	websocket_wait(session->websocket, 0);
	while (output_vector(queued, &piece, 1) > 0) {
		send_packet(session->websocket, piece.iov_base, piece.iov_len);
		output_sent(queued, piece.iov_len);
	}
	if (session->handler->moved)
		session->handler->moved(session);
	engine_polling_close(&polling);
	/* Its user had said the last word this very turn. */
	if (is_finishing)
		engine_session_close(session);
}

static bool
is_word(const char *bytes, size_t size_bytes, const char *word)
{
	return size_bytes == strlen(word) && memcmp(bytes, word, size_bytes) == 0;
}

/* A probe's message: first the question, then the step. */
static void
probe_message(struct engine_session *session, const char *bytes, size_t size_bytes)
{
	struct engine_polling *polling = session->polling;

	if (!polling->is_probed && is_word(bytes, size_bytes, "2probe")) {
		polling->is_probed = true;
		websocket_send(polling->probe, true, "3probe", 6);
		engine_polling_dismiss(polling, word_noop);
	} else if (polling->is_probed && session->is_open && is_word(bytes, size_bytes, "5")) {
		session_upgrade(session);
	} else {
		websocket_close(polling->probe, WEBSOCKET_POLICY, NULL);
	}
}

static void
session_message(struct engine_session *session, bool is_text, const char *bytes, size_t size_bytes)
{
	struct engine_packet packet;

	if (!is_text) {
		session->handler->message(session, true, bytes, size_bytes);
		return;
	}
	if (!engine_packet_read(&packet, bytes, size_bytes) ||
	    !engine_session_packet(session, &packet))
		engine_session_end(session, NULL);
}

static bool
is_probe(const struct engine_session *session, const struct websocket *websocket)
{
	return session && session->is_listed && session->polling &&
	    session->polling->probe == websocket;
}

static bool
is_leg(const struct engine_session *session, const struct websocket *websocket)
{
	return session && session->is_open && session->websocket == websocket;
}

static void
websocket_message(struct websocket *websocket, bool is_text, const char *bytes, size_t size_bytes)
{
	struct engine_session *session = websocket_context(websocket);

	if (is_leg(session, websocket))
		session_message(session, is_text, bytes, size_bytes);
	else if (is_probe(session, websocket))
		probe_message(session, bytes, size_bytes);
}

static void
websocket_tick(struct websocket *websocket)
{
	struct engine_session *session = websocket_context(websocket);

	if (is_leg(session, websocket) && session->handler->tick)
		session->handler->tick(session);
	else if (is_probe(session, websocket))
		websocket_close(websocket, WEBSOCKET_POLICY, NULL);
}

static void
websocket_settle(struct websocket *websocket)
{
	struct engine_session *session = websocket_context(websocket);

	if (is_leg(session, websocket) && session->handler->settle)
		session->handler->settle(session);
}

static void
websocket_drained(struct websocket *websocket)
{
	struct engine_session *session = websocket_context(websocket);

	if (is_leg(session, websocket) && session->handler->drained)
		session->handler->drained(session);
}

static void
websocket_restart(struct websocket *websocket)
{
	struct engine_session *session = websocket_context(websocket);

	if (is_leg(session, websocket))
		engine_session_restart(session);
	else
		websocket_close(websocket, WEBSOCKET_RESTART, NULL);
}

/* The polling goes on when it was only a probe. */
static void
websocket_closed(struct websocket *websocket)
{
	struct engine_session *session = websocket_context(websocket);

	if (!session)
		return;
	session->websockets--;
	if (is_probe(session, websocket)) {
		session->polling->probe = NULL;
		session->polling->is_probed = false;
		outlet_touch(&session->polling->outlet);
	} else if (session->websocket == websocket) {
		session->websocket = NULL;
		engine_session_end(session, NULL);
	}
	engine_session_release(session);
}

static const struct websocket_handler handler = {
	.message = websocket_message,
	.tick = websocket_tick,
	.settle = websocket_settle,
	.drained = websocket_drained,
	.restart = websocket_restart,
	.closed = websocket_closed,
};

/* SESSION may be null. */
static struct websocket *
websocket_take(struct engine *engine, struct engine_session *session, struct exchange *exchange)
{
	const struct websocket_options options = {
		.message_max_bytes = engine->setup.payload_max_bytes,
		.may_deflate = engine->setup.may_deflate,
	};
	struct websocket *websocket = websocket_accept(exchange, &options, &handler, session);

	if (session && websocket)
		session->websockets++;
	return websocket;
}

void
engine_websocket_open(struct engine_session *session, struct exchange *exchange)
{
	struct buffer *greeting;

	session->websocket = websocket_take(session->engine, session, exchange);
	if (!session->websocket) {
		engine_session_end(session, NULL);
		return;
	}
	greeting = engine_session_greeting(session);
	websocket_send(session->websocket, true, greeting->bytes, greeting->size_bytes);
	buffer_release(&greeting);
	engine_session_opened(session);
}

void
engine_websocket_probe(struct engine_session *session, struct exchange *exchange)
{
	struct websocket *websocket = websocket_take(session->engine, session, exchange);

	session->polling->probe = websocket;
	if (websocket)
		websocket_wait(websocket, UPGRADE_S);
}

void
engine_websocket_reject(struct engine *engine, struct exchange *exchange)
{
	struct websocket *websocket = websocket_take(engine, NULL, exchange);

	if (websocket)
		websocket_close(websocket, WEBSOCKET_POLICY, NULL);
}
