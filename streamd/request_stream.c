/*
 * GET /stream and GET /poll: watch channels. Both ask the database one question, who may
 * watch what and where each channel stands, and take it from one snapshot; they differ in
 * transport and parameters only.
 *
 * To serve another transport by a GET: a struct opening for it, and a handler beside these.
 */
#include <stdlib.h>
#include <string.h>

#include "admission.h"
#include "answer.h"
#include "arena.h"
#include "client.h"
#include "cursor.h"
#include "database.h"
#include "exchange.h"
#include "query.h"
#include "routes.h"
#include "server.h"
#include "session.h"

enum { NAME_MAX_LENGTH = 100, ROWS_MAX = 1024 };

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

static const struct database_statement open_statement = {
	.name = "stream_open",
	.sql = "select channel, is_allowed, head, oldest, is_final, requested <> channel, user_id,"
	       " extract(epoch from session_expires_at)::bigint"
	       " from stream_open($1, string_to_array($2, ','))",
};

enum column { CHANNEL, IS_ALLOWED, HEAD, OLDEST, IS_FINAL, IS_EXPANDED, USER_ID, EXPIRES };

/* What is asked for, and then what becomes of it. */
struct opening {
	const struct transport *transport;
	struct watch_query query;
	const char *names; /* without doubles, comma between */
	unsigned interval_s;
	struct cursor cursor;
	enum transport_mode mode;
	struct stream_channel *channels;
	size_t channel_count;
	const char **denied;
	size_t denied_count;
	bool lacks_nothing; /* all is finished, and the cursor has all of it */
};

static bool
parameter_wrong(
    struct exchange *exchange, const char *name, const char *detail, struct problem *why)
{
	problem_set(why, 400, "invalid_parameter", "A parameter is wrong.");
	problem_add_parameter(why, exchange->arena, name, detail);
	return false;
}

static bool
is_name(const char *text)
{
	static const char allowed[] =
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.:";
	size_t length = strspn(text, allowed);

	return length > 0 && length <= NAME_MAX_LENGTH && text[length] == '\0';
}

static bool
is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* Takes the list apart, checks each name, and puts it together again without doubles. */
static bool
names_read(struct exchange *exchange, struct opening *opening, struct problem *why)
{
	size_t most = (size_t)exchange->server->config.stream_channels, count = 0;
	const char **names = arena_alloc(exchange->arena, most * sizeof(*names));
	char *rest = arena_text(exchange->arena, opening->query.channels), *name;
	char *joined = arena_alloc(exchange->arena, strlen(rest) + 2), *end = joined;

	while ((name = strsep(&rest, ",")) != NULL) {
		if (!is_name(name))
			return parameter_wrong(
			    exchange, "channels", "must be channels, a comma between", why);
		if (is_among(name, names, count))
			continue;
		if (count == most)
			return parameter_wrong(
			    exchange, "channels", "names too many channels", why);
		names[count] = name;
		end = stpcpy(stpcpy(end, count == 0 ? "" : ","), name);
		count++;
	}
	opening->names = joined;
	return true;
}

/*
 * ?after= may not be nonsense. A Last-Event-ID may be anything: what says nothing to us means to start anew.
 * Done twice: first so that a ticket is not spent on a bad request, then by the epoch of the answer's log.
 */
static bool
cursor_take(struct exchange *exchange, struct opening *opening, struct problem *why)
{
	const char *after = opening->query.after;
	const char *last = http_request_header(&exchange->request, "last-event-id");
	const char *epoch = exchange->server->epoch;

	if (after && !cursor_read(&opening->cursor, after, epoch))
		return parameter_wrong(
		    exchange, "after", "must be a cursor: EPOCH/CHANNEL=SEQ,…, or 0", why);
	if (last && *last && !cursor_read(&opening->cursor, last, epoch))
		opening->cursor.is_unknown = true;
	return true;
}

/* Where the reader begins in one channel. False: his cursor leads nowhere, so all starts anew. */
static bool
channel_place(
    const struct cursor *cursor, struct stream_channel *channel, uint64_t oldest, bool *is_resumed)
{
	const struct cursor_entry *entry = cursor_find(cursor, channel->position.channel);

	*is_resumed = entry != NULL || cursor->is_from_start;
	if (entry) {
		channel->position.seq = entry->seq;
		return !entry->is_foreign && entry->seq <= channel->position.head &&
		    entry->seq + 1 >= oldest;
	}
	channel->position.seq = cursor->is_from_start ? oldest - 1 : channel->position.head;
	return !cursor->is_unknown;
}

static void
row_take(struct exchange *exchange, struct opening *opening, const struct database_answer *answer,
    size_t row)
{
	const char *name = arena_text(exchange->arena, database_text(answer, row, CHANNEL));
	struct stream_channel *channel = &opening->channels[opening->channel_count];
	bool is_resumed;

	if (!database_truth(answer, row, IS_ALLOWED)) {
		opening->denied[opening->denied_count++] = name;
		return;
	}
	opening->channel_count++;
	channel->position.channel = name;
	channel->position.head = (uint64_t)database_number(answer, row, HEAD);
	channel->is_final = database_truth(answer, row, IS_FINAL);
	channel->is_expanded = database_truth(answer, row, IS_EXPANDED);
	if (!channel_place(&opening->cursor, channel,
		(uint64_t)database_number(answer, row, OLDEST), &is_resumed))
		opening->mode = TRANSPORT_RESET;
	else if (is_resumed && opening->mode == TRANSPORT_LIVE)
		opening->mode = TRANSPORT_RESUMED;
	opening->lacks_nothing = opening->lacks_nothing && is_resumed && channel->is_final &&
	    channel->position.seq == channel->position.head;
}

static void
rows_take(struct exchange *exchange, struct opening *opening, const struct database_answer *answer)
{
	size_t rows = answer->rows < ROWS_MAX ? answer->rows : ROWS_MAX;

	opening->channels = arena_alloc(exchange->arena, rows * sizeof(*opening->channels));
	opening->denied = arena_alloc(exchange->arena, rows * sizeof(*opening->denied));
	opening->lacks_nothing = true;
	for (size_t row = 0; row < rows; row++)
		row_take(exchange, opening, answer, row);
	if (opening->mode != TRANSPORT_RESET)
		return;
	/* The client loads its state anew, whole: an older event after that would only confuse it. */
	opening->lacks_nothing = false;
	for (size_t i = 0; i < opening->channel_count; i++)
		opening->channels[i].position.seq = opening->channels[i].position.head;
}

/* What may be watched is: from here on the client is a stream. */
static void
stream_begin(
    struct exchange *exchange, const struct opening *opening, const struct database_answer *answer)
{
	struct client *client = exchange->client;
	struct server *server = exchange->server;
	struct stream_setup setup = {
		.all = &server->streams,
		.connection = &client->connection,
		.transport = opening->transport,
		.mode = opening->mode,
		.interval_s = opening->interval_s,
		.is_at_once = opening->interval_s == 0,
		.channels = opening->channels,
		.channel_count = opening->channel_count,
		.denied = opening->denied,
		.denied_count = opening->denied_count,
	};

	answer_begin(exchange, opening->transport->content_type);
	if (exchange->is_head) {
		connection_finish(&client->connection);
	} else {
		client->stream = stream_open(&setup);
		session_join(server->sessions, exchange->session_id,
		    database_text(answer, 0, USER_ID), database_number(answer, 0, EXPIRES),
		    client->stream);
	}
	exchange_end(&client->exchange);
}

/* A poll that answers at once is held by nobody. */
static bool
watch_admit(struct exchange *exchange, const struct opening *opening,
    const struct database_answer *answer, struct problem *why)
{
	bool is_held = opening->transport != &transport_sse && opening->interval_s > 0;

	return admission_take(exchange, database_text(answer, 0, USER_ID), is_held, why);
}

static void
watch_allowed(struct exchange *exchange, const struct database_answer *answer)
{
	struct opening *opening = exchange->work;
	struct problem why;

	/* It may have ended between the question's snapshot and now; then no later hint would tell. */
	if (session_has_ended(exchange->server->sessions, exchange->session_id)) {
		problem_set(&why, 401, "session_ended", "This session has ended.");
		answer_problem(exchange, &why);
		return;
	}
	if (!cursor_take(exchange, opening, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	rows_take(exchange, opening, answer);
	if (opening->channel_count == 0) {
		problem_set(&why, 403, "forbidden", "None of these channels is yours to watch.");
		answer_problem(exchange, &why);
	} else if (opening->lacks_nothing && opening->transport == &transport_sse) {
		/* What an EventSource takes as: never come back. */
		answer_empty(exchange, NULL);
	} else if (!exchange->is_head && !watch_admit(exchange, opening, answer, &why)) {
		answer_problem(exchange, &why);
	} else {
		stream_begin(exchange, opening, answer);
	}
}

static void
watch_identified(struct exchange *exchange)
{
	const struct opening *opening = exchange->work;

	exchange_ask(exchange, &open_statement,
	    (const char *const[]){ exchange->session_id, opening->names }, 2, watch_allowed);
}

static void
request_watch(struct exchange *exchange, const struct transport *transport,
    const struct field *fields, size_t field_count)
{
	struct opening *opening = arena_alloc(exchange->arena, sizeof(*opening));
	struct problem why;

	exchange->work = opening;
	opening->transport = transport;
	if (!exchange_recognise(exchange, &why) ||
	    !query_read_text(exchange->arena, exchange->request.query, fields, field_count,
		&opening->query, &why) ||
	    !names_read(exchange, opening, &why) || !cursor_take(exchange, opening, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	opening->interval_s = (unsigned)strtoul(opening->query.interval, NULL, 10);
	exchange_identify(exchange, opening->query.ticket, watch_identified);
}

void
request_stream(struct exchange *exchange)
{
	request_watch(exchange, &transport_sse, stream_fields, FIELD_COUNT(stream_fields));
}

void
request_poll(struct exchange *exchange)
{
	request_watch(exchange, &transport_poll, poll_fields, FIELD_COUNT(poll_fields));
}
