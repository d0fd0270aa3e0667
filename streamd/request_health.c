/*
 * GET /healthz, /readyz and /metrics: for those who look after the program.
 *
 * To add a metric: a row in counter_rows or gauge_rows, or in waiting_rows and its statement. To add a part to /readyz: a row in parts.
 */
#include <string.h>

#include "answer.h"
#include "arena.h"
#include "buffer.h"
#include "channel.h"
#include "database.h"
#include "exchange.h"
#include "feed.h"
#include "problem.h"
#include "routes.h"
#include "server.h"
#include "text.h"

static const char json[] = "application/json";

void
request_healthz(struct exchange *exchange)
{
	static const char alive[] = "{\"status\":\"alive\"}\n";

	answer_body(exchange, 200, json, buffer_copy(alive, strlen(alive)));
}

static bool
database_works(const struct server *server)
{
	return database_is_up(server->database);
}

static bool
redis_works(const struct server *server)
{
	return feed_has_redis(server->feed);
}

static bool
takes_clients(const struct server *server)
{
	return !server->is_draining;
}

static const struct part {
	const char *name;
	bool (*works)(const struct server *server);
} parts[] = {
	{ "database", database_works },
	{ "redis", redis_works },
	{ "clients", takes_clients },
};

void
request_readyz(struct exchange *exchange)
{
	bool is_ready = true;
	struct problem why;
	struct text text;

	text_start(&text, exchange->arena);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		bool works = parts[i].works(exchange->server);

		is_ready = is_ready && works;
		text_print(&text, "%s\"%s\":\"%s\"", i == 0 ? "{\"parts\":{" : ",", parts[i].name,
		    works ? "up" : "down");
	}
	text_add(&text, "}}");
	if (!is_ready) {
		problem_set_retry(&why, 503, "not_ready", "A part that is needed is out.", 1);
		why.members = text.bytes;
		answer_problem(exchange, &why);
		return;
	}
	text.bytes = arena_print(exchange->arena, "{\"status\":\"ready\",%s\n", text.bytes + 1);
	answer_body(exchange, 200, json, buffer_copy(text.bytes, strlen(text.bytes)));
}

struct counter_row {
	const char *name, *help;
	size_t offset;
};

#define COUNTER(member, text)                                                                 \
	{                                                                                     \
		"foodfast_streamd_" #member "_total", text, offsetof(struct counters, member) \
	}

static const struct counter_row counter_rows[] = {
	COUNTER(requests, "Requests begun."),
	COUNTER(streams_opened, "Streams and polls opened."),
	COUNTER(streams_denied, "Requests answered 401 or 403."),
	COUNTER(events_in, "Hints from Redis for channels watched here."),
	COUNTER(events_out, "Events given to streams and polls."),
	COUNTER(events_replayed, "Events read from the log."),
	COUNTER(log_reads, "Reads of the log."),
	COUNTER(gaps, "Gaps between hints that were read from the log."),
	COUNTER(sweeps, "Sweeps of the log."),
	COUNTER(sweeps_found, "Sweeps that found what no hint had told."),
	COUNTER(sweeps_failed, "Sweeps that the database did not answer."),
	COUNTER(channels_broken, "Channels of which the log had lost what a watcher lacked."),
};

static uint64_t
gauge_connections(const struct server *server)
{
	return server->connections.count;
}

static uint64_t
gauge_streams(const struct server *server)
{
	return server->streams.open_count - server->polls_held;
}

static uint64_t
gauge_polls(const struct server *server)
{
	return server->polls_held;
}

static uint64_t
gauge_channels(const struct server *server)
{
	return channels_count(server->channels);
}

static uint64_t
gauge_database(const struct server *server)
{
	return database_works(server);
}

static uint64_t
gauge_redis(const struct server *server)
{
	return redis_works(server);
}

static uint64_t
count_slow_cut(const struct server *server)
{
	return server->connections.slow_cut;
}

static const struct gauge_row {
	const char *name, *type, *help;
	uint64_t (*value)(const struct server *server);
} gauge_rows[] = {
	{ "foodfast_streamd_connections", "gauge", "Connections open.", gauge_connections },
	{ "foodfast_streamd_streams", "gauge", "Streams open, by SSE.", gauge_streams },
	{ "foodfast_streamd_polls", "gauge", "Polls held.", gauge_polls },
	{ "foodfast_streamd_channels", "gauge", "Channels watched.", gauge_channels },
	{ "foodfast_streamd_database_up", "gauge", "Does the database answer?", gauge_database },
	{ "foodfast_streamd_redis_up", "gauge",
	    "Does Redis send hints? 0: the sweep alone finds events.", gauge_redis },
	{ "foodfast_streamd_slow_readers_cut_total", "counter",
	    "Clients cut because they read too slowly.", count_slow_cut },
};

static const struct database_statement waiting_statement = {
	.name = "orders_waiting",
	.sql = "select waiting, oldest_seconds from orders_waiting()",
};

/* What the database tells: a row a column. It is left out when it does not answer in time. */
enum { WAITING_MS = 500 };

static const struct waiting_row {
	const char *name, *help;
} waiting_rows[] = {
	{ "foodfast_orders_unacknowledged", "Orders placed that nobody has acknowledged." },
	{ "foodfast_orders_unacknowledged_oldest_seconds",
	    "How long the oldest of them has waited; 0: there is none." },
};

static void
write_metric(
    struct writer *writer, const char *name, const char *type, const char *help, uint64_t value)
{
	const char *const words[] = { "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type,
		"\n", name, " " };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		writer_text(writer, words[i]);
	writer_number(writer, value);
	writer_text(writer, "\n");
}

/* Who is connected directly is on this machine. */
static bool
is_loopback(const struct exchange *exchange)
{
	const char *address = exchange_address(exchange);

	return !*address || strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
	    strncmp(address, "::ffff:127.", 11) == 0;
}

static void
write_own(struct writer *writer, const struct server *server)
{
	for (size_t i = 0; i < sizeof(counter_rows) / sizeof(counter_rows[0]); i++) {
		const struct counter_row *row = &counter_rows[i];
		const char *base = (const char *)&server->counters;

		write_metric(writer, row->name, "counter", row->help,
		    *(const uint64_t *)(const void *)(base + row->offset));
	}
	for (size_t i = 0; i < sizeof(gauge_rows) / sizeof(gauge_rows[0]); i++)
		write_metric(writer, gauge_rows[i].name, gauge_rows[i].type, gauge_rows[i].help,
		    gauge_rows[i].value(server));
}

static void
write_waiting(struct writer *writer, const struct database_answer *answer)
{
	for (size_t i = 0; i < sizeof(waiting_rows) / sizeof(waiting_rows[0]); i++)
		write_metric(writer, waiting_rows[i].name, "gauge", waiting_rows[i].help,
		    (uint64_t)database_number(answer, 0, (int)i));
}

static void
metrics_answered(struct exchange *exchange, const struct database_answer *answer)
{
	struct writer writer = { 0 };

	write_own(&writer, exchange->server);
	if (answer->is_ok)
		write_waiting(&writer, answer);
	answer_body(
	    exchange, 200, "text/plain; version=0.0.4; charset=utf-8", writer_finish(&writer));
}

void
request_metrics(struct exchange *exchange)
{
	struct problem why;

	if (is_loopback(exchange)) {
		exchange_try(exchange, &waiting_statement, WAITING_MS, metrics_answered);
		return;
	}
	problem_set(&why, 403, "forbidden", "Metrics are for this machine alone.");
	answer_problem(exchange, &why);
}
