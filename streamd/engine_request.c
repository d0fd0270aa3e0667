/*
 * Requests to Engine.IO's path: which session they are of, and what of it they want. What
 * is refused is refused in Engine.IO's own form, {code, message}. To add a transport: its
 * row in the table.
 */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "arena.h"
#include "buffer.h"
#include "engine_session.h"
#include "exchange.h"
#include "handover.h"
#include "http_request.h"
#include "problem.h"
#include "query.h"
#include "websocket_handshake.h"

enum refusal {
	TRANSPORT_UNKNOWN,
	SESSION_UNKNOWN,
	BAD_HANDSHAKE_METHOD,
	BAD_REQUEST,
	UNSUPPORTED_VERSION = 5,
};

#define SESSION_UNKNOWN_JSON "{\"code\":1,\"message\":\"Session ID unknown\"}"

static const char *const refusals[] = {
	[TRANSPORT_UNKNOWN] = "{\"code\":0,\"message\":\"Transport unknown\"}",
	[SESSION_UNKNOWN] = SESSION_UNKNOWN_JSON,
	[BAD_HANDSHAKE_METHOD] = "{\"code\":2,\"message\":\"Bad handshake method\"}",
	[BAD_REQUEST] = "{\"code\":3,\"message\":\"Bad request\"}",
	[UNSUPPORTED_VERSION] = "{\"code\":5,\"message\":\"Unsupported protocol version\"}",
};

/* For whose session's streamd is away: the session is gone with it. */
static const char gone[] = "HTTP/1.1 400 Bad Request\r\n"
			   "Connection: close\r\n"
			   "Cache-Control: no-store\r\n"
			   "X-Content-Type-Options: nosniff\r\n"
			   "Cross-Origin-Resource-Policy: same-origin\r\n"
			   "Content-Type: application/json\r\n"
			   "Content-Length: 41\r\n"
			   "\r\n" SESSION_UNKNOWN_JSON;

static const char methods[] = "GET, POST, OPTIONS";

/* What a transport answers: to a request without a session, and to one with. */
struct engine_transport {
	const char *name;
	void (*begin)(struct engine *engine, struct exchange *exchange);
	void (*go_on)(struct engine_session *session, struct exchange *exchange);
};

static void
refuse(struct exchange *exchange, enum refusal refusal)
{
	const char *text = refusals[refusal];

	answer_body(exchange, 400, "application/json", buffer_copy(text, strlen(text)));
}

static bool
is_method(const struct exchange *exchange, const char *method)
{
	return strcmp(exchange->request.method, method) == 0;
}

/* A new session that its handler agrees to; else null, and the exchange is answered. */
static struct engine_session *
session_ask(struct engine *engine, struct exchange *exchange)
{
	struct engine_session *session;
	struct problem why;

	if (engine->setup.sessions_max > 0 && engine->count >= engine->setup.sessions_max) {
		problem_set_retry(
		    &why, 503, "too_many_connections", "This server is full. Try again soon.", 5);
		answer_problem(exchange, &why);
		return NULL;
	}
	session = engine_session_new(engine);
	if (session->handler->asked && !session->handler->asked(session, exchange, &why)) {
		answer_problem(exchange, &why);
		engine_session_end(session, NULL);
		return NULL;
	}
	session->is_told = true;
	return session;
}

static void
polling_begin(struct engine *engine, struct exchange *exchange)
{
	struct engine_session *session;

	if (!is_method(exchange, "GET")) {
		refuse(exchange, BAD_HANDSHAKE_METHOD);
		return;
	}
	session = session_ask(engine, exchange);
	if (!session)
		return;
	session->polling = engine_polling_open(session);
	output_give(&session->polling->outlet.output, engine_session_greeting(session));
	engine_session_opened(session);
	engine_polling_give(session->polling, exchange);
}

/* GET. Two polls at once mean that the client has lost count: so has the session. */
static void
polling_poll(struct engine_session *session, struct exchange *exchange)
{
	if (!session->is_open) {
		engine_polling_give(session->polling, exchange);
		engine_session_end(session, NULL);
	} else if (session->polling->poll) {
		engine_session_end(session, "1");
		refuse(exchange, BAD_REQUEST);
	} else {
		engine_polling_poll(session->polling, exchange);
	}
}

/* False: it broke the protocol. */
static bool
payload_act(struct engine_session *session, const char *bytes, size_t size_bytes)
{
	const char *end = bytes + size_bytes;
	struct engine_packet packet;

	if (!engine_payload_is_valid(bytes, size_bytes))
		return false;
	while (session->is_open && engine_payload_next(&bytes, end, &packet)) {
		if (!engine_session_packet(session, &packet))
			return false;
	}
	return true;
}

/* The body is here; the session may have gone meanwhile, or upgraded. */
static void
polling_posted(struct exchange *exchange)
{
	struct engine *engine = exchange->work;
	struct engine_session *session = engine_session_find(
	    engine, query_value(exchange->arena, exchange->request.query, "sid"));

	if (!session || !session->is_open) {
		refuse(exchange, SESSION_UNKNOWN);
	} else if (!session->polling) {
		refuse(exchange, BAD_REQUEST);
	} else if (!payload_act(session, exchange->body, exchange->body_bytes)) {
		engine_session_end(session, "1");
		refuse(exchange, BAD_REQUEST);
	} else {
		answer_body(exchange, 200, "text/html", buffer_copy("ok", 2));
	}
}

static void
polling_go_on(struct engine_session *session, struct exchange *exchange)
{
	struct engine *engine = session->engine;

	if (!session->polling) {
		refuse(exchange, BAD_REQUEST);
	} else if (is_method(exchange, "GET")) {
		polling_poll(session, exchange);
	} else if (is_method(exchange, "POST")) {
		exchange->work = engine;
		exchange_body(exchange, engine->setup.payload_max_bytes, polling_posted);
	} else {
		answer_not_allowed(exchange, methods);
	}
}

static void
websocket_begin(struct engine *engine, struct exchange *exchange)
{
	struct engine_session *session;

	if (!websocket_is_asked_for(&exchange->request)) {
		refuse(exchange, BAD_REQUEST);
		return;
	}
	session = session_ask(engine, exchange);
	if (session)
		engine_websocket_open(session, exchange);
}

static void
websocket_go_on(struct engine_session *session, struct exchange *exchange)
{
	if (!websocket_is_asked_for(&exchange->request))
		refuse(exchange, BAD_REQUEST);
	else if (session->is_open && session->polling && !session->polling->probe)
		engine_websocket_probe(session, exchange);
	else
		engine_websocket_reject(session->engine, exchange);
}

static const struct engine_transport transports[] = {
	{ "polling", polling_begin, polling_go_on },
	{ "websocket", websocket_begin, websocket_go_on },
};

static const struct engine_transport *
transport_find(const char *name)
{
	for (size_t i = 0; name && i < sizeof(transports) / sizeof(transports[0]); i++) {
		if (strcmp(transports[i].name, name) == 0)
			return &transports[i];
	}
	return NULL;
}

/* The streamd that a sid names; 0: none. */
static unsigned
sid_number(const char *sid)
{
	char *end;
	unsigned long number = *sid >= '1' && *sid <= '9' ? strtoul(sid, &end, 10) : 0;

	return number > 0 && number <= HANDOVER_NUMBER_MAX && *end == '.' ? (unsigned)number : 0;
}

static void
session_go_on(struct engine *engine, struct exchange *exchange,
    const struct engine_transport *transport, const char *sid)
{
	unsigned number = sid_number(sid);
	struct engine_session *session;

	if (number > 0 && number != engine->setup.number && engine->setup.handover) {
		exchange_hand_over(exchange, engine->setup.handover, number, gone);
		return;
	}
	session = engine_session_find(engine, sid);
	if (session)
		transport->go_on(session, exchange);
	else
		refuse(exchange, SESSION_UNKNOWN);
}

void
engine_request(struct engine *engine, struct exchange *exchange)
{
	const char *query = exchange->request.query;
	const char *version = query_value(exchange->arena, query, "EIO");
	const char *sid = query_value(exchange->arena, query, "sid");
	const struct engine_transport *transport = transport_find(
	    query_value(exchange->arena, query, "transport"));

	if (!transport)
		refuse(exchange, TRANSPORT_UNKNOWN);
	else if (!version || strcmp(version, "4") != 0)
		refuse(exchange, UNSUPPORTED_VERSION);
	else if (sid)
		session_go_on(engine, exchange, transport, sid);
	else
		transport->begin(engine, exchange);
}
