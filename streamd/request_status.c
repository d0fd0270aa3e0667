/*
 * GET /api/v1/orders/ID/status?last=STATUS&wait=SECONDS: the long-poll of one status. It
 * answers at once when the status is another than LAST; else it watches the order's channel
 * from the snapshot's own head on, and looks again whenever something happened there.
 */
#include <stdlib.h>
#include <string.h>

#include "admission.h"
#include "answer.h"
#include "arena.h"
#include "buffer.h"
#include "database.h"
#include "exchange.h"
#include "loop.h"
#include "memory.h"
#include "query.h"
#include "routes.h"
#include "server.h"
#include "session.h"
#include "watcher.h"

enum { STATUS_MAX = 32, AGAIN_MS = 500 };

struct status_query {
	const char *last, *wait;
};

static const struct field status_fields[] = {
	FIELD(struct status_query, last, STRING, .optional = true, .min = 1, .max = STATUS_MAX - 1),
	FIELD(struct status_query, wait, INT, .optional = true, .max = 60, .otherwise = "60"),
};

static const struct database_statement status_statement = {
	.name = "order_status",
	.sql = "select status, is_final, at, head from order_status($1, $2)",
};

enum column { STATUS, IS_FINAL, AT, HEAD };

/* While a status is waited for. */
struct status_wait {
	struct server *server;
	struct stream *stream;
	struct database_query *query;
	struct loop_timer again; /* the last look failed: the database is away */
	bool is_stale;		 /* something happened while the last look was under way */
	char session_id[UUID_TEXT_SIZE];
	char order_id[UUID_TEXT_SIZE];
	char last[STATUS_MAX];
};

static struct buffer *
status_body(const struct database_answer *answer)
{
	struct writer writer = { 0 };

	writer_text(&writer, "{\"status\":\"");
	writer_text(&writer, database_text(answer, 0, STATUS));
	writer_text(&writer,
	    database_truth(answer, 0, IS_FINAL) ? "\",\"final\":true" : "\",\"final\":false");
	writer_text(&writer, ",\"at\":\"");
	writer_text(&writer, database_text(answer, 0, AT));
	writer_text(&writer, "\"}\n");
	return writer_finish(&writer);
}

static void status_look(struct status_wait *wait);

static void
status_seen(void *context, const struct database_answer *answer)
{
	struct status_wait *wait = context;

	wait->query = NULL;
	if (!answer->is_ok && answer->why.status == 503) {
		loop_timer_set(wait->server->loop, &wait->again, AGAIN_MS);
		return;
	}
	/* No longer his to see, or worse: what was told last is all that he gets. */
	if (!answer->is_ok || answer->rows == 0) {
		stream_say(wait->stream);
		return;
	}
	stream_remember(wait->stream, status_body(answer));
	if (strcmp(database_text(answer, 0, STATUS), wait->last) != 0 ||
	    database_truth(answer, 0, IS_FINAL))
		stream_say(wait->stream);
	else if (wait->is_stale)
		status_look(wait);
}

static void
status_look(struct status_wait *wait)
{
	wait->is_stale = wait->query != NULL;
	if (wait->query || loop_timer_is_set(&wait->again))
		return;
	wait->query = database_ask(wait->server->database, &status_statement,
	    (const char *const[]){ wait->session_id, wait->order_id }, 2, status_seen, wait);
}

static void
status_again(struct loop_timer *timer)
{
	status_look(CONTAINER(timer, struct status_wait, again));
}

static void
status_ask(void *context)
{
	status_look(context);
}

static void
status_closed(void *context)
{
	struct status_wait *wait = context;

	database_forget(&wait->query);
	loop_timer_clear(&wait->again);
	free(wait);
}

static const struct stream_opener status_opener = { .ask = status_ask, .closed = status_closed };

static struct status_wait *
status_wait_new(const struct exchange *exchange, const char *last)
{
	struct status_wait *wait = memory_new(sizeof(*wait));

	wait->server = exchange->server;
	memcpy(wait->session_id, exchange->session_id, UUID_TEXT_SIZE);
	memcpy(wait->order_id, exchange->id, UUID_TEXT_SIZE);
	memcpy(wait->last, last, strlen(last) + 1);
	loop_timer_start(&wait->again, status_again);
	return wait;
}

/* Nothing new: the head of the answer goes out now, so that a client who leaves is noticed. */
static void
status_hold(struct exchange *exchange, const struct database_answer *answer,
    const struct status_query *query, const struct admission *admission)
{
	struct status_wait *wait = status_wait_new(exchange, query->last);
	uint64_t head = (uint64_t)database_number(answer, 0, HEAD);
	struct stream_channel channel = {
		.position = { .channel = arena_print(exchange->arena, "order:%s", exchange->id),
		    .seq = head,
		    .head = head },
	};
	struct stream_setup setup = {
		.transport = exchange->request.is_http_1_0 ? &transport_status
							   : &transport_status_chunked,
		.interval_s = (unsigned)strtoul(query->wait, NULL, 10),
		.channels = &channel,
		.channel_count = 1,
		.memory = status_body(answer),
		.opener = &status_opener,
		.context = wait,
	};

	wait->stream = watcher_begin(exchange, &setup, admission, exchange->user_id, INT64_MAX);
}

static void
status_first(struct exchange *exchange, const struct database_answer *answer)
{
	const struct status_query *query = exchange->work;
	const struct server *server = exchange->server;
	struct admission admission = { 0 };
	struct problem why;
	bool is_news;

	if (answer->rows == 0) {
		problem_set(&why, 404, "not_found", "There is no such order.");
		answer_problem(exchange, &why);
		return;
	}
	is_news = !query->last || strcmp(query->last, database_text(answer, 0, STATUS)) != 0;
	if (is_news || database_truth(answer, 0, IS_FINAL) || strcmp(query->wait, "0") == 0 ||
	    exchange->is_head) {
		answer_body(exchange, 200, transport_status.content_type, status_body(answer));
	} else if (session_has_ended(server->sessions, exchange->session_id)) {
		problem_set(&why, 401, "session_ended", "This session has ended.");
		answer_problem(exchange, &why);
	} else if (!admission_take(&admission, exchange, exchange->user_id, true, &why)) {
		answer_problem(exchange, &why);
	} else {
		status_hold(exchange, answer, query, &admission);
	}
}

static void
status_identified(struct exchange *exchange)
{
	exchange_ask(exchange, &status_statement,
	    (const char *const[]){ exchange->session_id, exchange->id }, 2, status_first);
}

void
request_status(struct exchange *exchange)
{
	struct status_query *query = arena_alloc(exchange->arena, sizeof(*query));
	struct problem why;

	exchange->work = query;
	if (!exchange_recognise(exchange, &why) ||
	    !query_read_text(exchange->arena, exchange->request.query, status_fields,
		FIELD_COUNT(status_fields), query, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	exchange_identify(exchange, NULL, status_identified);
}
