/*
 * GET /ws: a dialogue on a WebSocket, in the subprotocol foodfast.v1 (JSON texts). Who he is
 * comes with the handshake, or by `auth` soon after; what he watches, by `subscribe`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admission.h"
#include "answer.h"
#include "arena.h"
#include "dialogue.h"
#include "exchange.h"
#include "outlet.h"
#include "problem.h"
#include "query.h"
#include "routes.h"
#include "server.h"
#include "websocket.h"
#include "websocket_handshake.h"

static const char protocol[] = "foodfast.v1";

struct websocket_query {
	const char *ticket;
};

static const struct field query_fields[] = {
	FIELD(struct websocket_query, ticket, STRING, .optional = true, .min = 1, .max = 256),
};

/* Never compressed: it is for one reader, and made for the moment. */
static void
voice_reply(struct dialogue *dialogue, int64_t id, bool is_ok, const char *members)
{
	char number[24] = "null";
	struct outlet *outlet;
	const char *text;

	/* Nobody waits for it; but what went wrong is told all the same. */
	if (id == DIALOGUE_NO_ID && is_ok)
		return;
	if (id != DIALOGUE_NO_ID)
		snprintf(number, sizeof(number), "%" PRId64, id);
	text = arena_print(dialogue->arena, "{\"op\":\"reply\",\"id\":%s,%s}", number, members);
	outlet = websocket_outlet(dialogue->context);
	output_give(&outlet->output, websocket_frame(WEBSOCKET_TEXT, text, strlen(text)));
	outlet_touch(outlet);
}

static const struct dialogue_voice voice = { .reply = voice_reply };

static void
websocket_heard(struct websocket *websocket, bool is_text, const char *bytes, size_t size_bytes)
{
	struct dialogue *dialogue = websocket_context(websocket);
	const struct dialogue_command command = {
		.id = DIALOGUE_NO_ID, .text = bytes, .size_bytes = size_bytes
	};

	if (is_text)
		dialogue_hear(dialogue, &command);
	else
		stream_drain(dialogue->stream, TRANSPORT_UNREADABLE);
}

static void
websocket_ticks(struct websocket *websocket)
{
	struct dialogue *dialogue = websocket_context(websocket);

	websocket_ping(websocket);
	if (websocket_is_open(websocket))
		dialogue_tick(dialogue);
}

static void
websocket_settles(struct websocket *websocket)
{
	const struct dialogue *dialogue = websocket_context(websocket);

	stream_settle(dialogue->stream);
}

static void
websocket_drains(struct websocket *websocket)
{
	const struct dialogue *dialogue = websocket_context(websocket);

	stream_resume(dialogue->stream);
}

static void
websocket_restarts(struct websocket *websocket)
{
	const struct dialogue *dialogue = websocket_context(websocket);

	stream_drain(dialogue->stream, TRANSPORT_RESTART);
}

static void
websocket_ends(struct websocket *websocket)
{
	struct dialogue *dialogue = websocket_context(websocket);

	dialogue_close(&dialogue);
}

static const struct websocket_handler handler = {
	.message = websocket_heard,
	.tick = websocket_ticks,
	.settle = websocket_settles,
	.drained = websocket_drains,
	.restart = websocket_restarts,
	.closed = websocket_ends,
};

static void
websocket_begin(struct exchange *exchange)
{
	struct server *server = exchange->server;
	const struct websocket_options options = {
		.message_max_bytes = (size_t)server->config.stream_message_bytes,
		.may_deflate = true,
		.protocol = websocket_offers_protocol(&exchange->request, protocol) ? protocol
										    : NULL,
	};
	struct dialogue_caller caller = { 0 };
	struct admission admission = { 0 };
	struct websocket *websocket;
	struct dialogue *dialogue;
	struct problem why;

	memcpy(caller.session_id, exchange->session_id, UUID_TEXT_SIZE);
	memcpy(caller.user_id, exchange->user_id, UUID_TEXT_SIZE);
	if (!dialogue_admit(server, &caller, exchange_address(exchange), &admission, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	dialogue = dialogue_new(server, &voice);
	websocket = websocket_accept(exchange, &options, &handler, dialogue);
	if (!websocket) {
		admission_give(&admission, server);
		dialogue_close(&dialogue);
		return;
	}
	dialogue_start(dialogue, websocket, websocket_outlet(websocket),
	    websocket_deflates(websocket) ? &transport_websocket_deflated : &transport_websocket,
	    &caller, &admission);
}

void
request_websocket(struct exchange *exchange)
{
	struct websocket_query query;
	struct problem why;
	bool is_known;

	exchange->is_unsafe = true;
	if (!exchange_is_own(exchange, &why) ||
	    !query_read_text(exchange->arena, exchange->request.query, query_fields,
		FIELD_COUNT(query_fields), &query, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	is_known = exchange_recognise(exchange, &why);
	if (!is_known && strcmp(why.code, "unauthenticated") != 0)
		answer_problem(exchange, &why);
	else if (is_known && websocket_is_asked_for(&exchange->request))
		exchange_identify(exchange, query.ticket, websocket_begin);
	else
		websocket_begin(exchange);
}
