/*
 * GET /stream and GET /poll: watch channels. They differ in transport and parameters only.
 *
 * To serve another transport by a GET: its table of parameters, and a handler beside these.
 */
#include <stdlib.h>

#include "admission.h"
#include "answer.h"
#include "arena.h"
#include "client.h"
#include "database.h"
#include "exchange.h"
#include "opening.h"
#include "query.h"
#include "review.h"
#include "routes.h"
#include "server.h"
#include "watcher.h"

struct watch_query {
	const char *channels, *after, *ticket, *interval;
};

#define WATCH_FIELDS                                                                            \
	FIELD(struct watch_query, channels, STRING, .min = 1, .max = HTTP_TARGET_MAX),          \
	    FIELD(struct watch_query, after, STRING, .optional = true, .max = HTTP_TARGET_MAX), \
	    FIELD(struct watch_query, ticket, STRING, .optional = true, .min = 1, .max = 256)

static const struct field stream_fields[] = {
	WATCH_FIELDS,
	FIELD_NAMED("heartbeat", struct watch_query, interval, INT, .optional = true, .min = 15,
	    .max = 55, .otherwise = "25"),
};

static const struct field poll_fields[] = {
	WATCH_FIELDS,
	FIELD_NAMED("wait", struct watch_query, interval, INT, .optional = true, .max = 60,
	    .otherwise = "60"),
};

/* What is asked for, and how it is to be told. */
struct watching {
	const struct transport *transport;
	struct watch_query query;
	unsigned interval_s;
	struct opening opening;
};

/* What may be watched is: from here on the client is a watcher. */
static void
watch_begin(struct exchange *exchange, const struct watching *watch,
    const struct admission *admission, const struct database_answer *answer)
{
	const struct opening *opening = &watch->opening;
	struct client *client = exchange->client;
	struct stream_setup setup = {
		.transport = watch->transport,
		.mode = opening->mode,
		.interval_s = watch->interval_s,
		.is_at_once = watch->interval_s == 0,
		.channels = opening->channels,
		.channel_count = opening->channel_count,
		.denied = opening->denied,
		.denied_count = opening->denied_count,
	};

	if (!exchange->is_head) {
		uint64_t rights_changes = opening->rights_changes;
		struct server *server = exchange->server;

		review_renew(server,
		    watcher_begin(
			exchange, &setup, admission, opening_user(answer), opening_expires(answer)),
		    rights_changes);
		return;
	}
	answer_begin(exchange, watch->transport->content_type, false);
	connection_finish(&client->connection);
	exchange_end(&client->exchange);
}

/* A poll that answers at once is held by nobody. */
static bool
watch_admit(const struct exchange *exchange, const struct watching *watch,
    const struct database_answer *answer, struct admission *admission, struct problem *why)
{
	bool is_held = watch->transport != &transport_sse && watch->interval_s > 0;

	return exchange->is_head ||
	    admission_take(admission, exchange, opening_user(answer), is_held, why);
}

static void
watch_answered(struct exchange *exchange, const struct database_answer *answer)
{
	struct watching *watch = exchange->work;
	struct admission admission = { 0 };
	struct problem why;

	if (!opening_take(&watch->opening, answer, exchange->session_id, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	if (watch->opening.lacks_nothing && watch->transport == &transport_sse) {
		/* What an EventSource takes as: never come back. */
		answer_empty(exchange, NULL);
		return;
	}
	if (watch_admit(exchange, watch, answer, &admission, &why))
		watch_begin(exchange, watch, &admission, answer);
	else
		answer_problem(exchange, &why);
}

static void
watch_identified(struct exchange *exchange)
{
	const struct watching *watch = exchange->work;

	exchange_ask(exchange, &opening_statement,
	    (const char *const[]){ exchange->session_id, watch->opening.names }, 2, watch_answered);
}

static void
request_watch(struct exchange *exchange, const struct transport *transport,
    const struct field *fields, size_t field_count)
{
	struct watching *watch = arena_alloc(exchange->arena, sizeof(*watch));
	struct opening *opening = &watch->opening;
	struct problem why;

	exchange->work = watch;
	watch->transport = transport;
	opening->server = exchange->server;
	opening->arena = exchange->arena;
	opening->most = (size_t)exchange->server->config.stream_channels;
	if (!exchange_recognise(exchange, &why) ||
	    !query_read_text(exchange->arena, exchange->request.query, fields, field_count,
		&watch->query, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	opening->after = watch->query.after;
	opening->last = http_request_header(&exchange->request, "last-event-id");
	if (!opening_read(opening, watch->query.channels, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	watch->interval_s = (unsigned)strtoul(watch->query.interval, NULL, 10);
	exchange_identify(exchange, watch->query.ticket, watch_identified);
}

void
request_stream(struct exchange *exchange)
{
	request_watch(exchange, &transport_sse, stream_fields, FIELD_COUNT(stream_fields));
}

void
request_poll(struct exchange *exchange)
{
	request_watch(exchange,
	    exchange->request.is_http_1_0 ? &transport_poll : &transport_poll_chunked, poll_fields,
	    FIELD_COUNT(poll_fields));
}
