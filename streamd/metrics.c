/*
 * GET /metrics, in Prometheus' text format, for this machine alone.
 *
 * To add a metric: a field of struct counters and a row in counter_rows; or a row in gauge_rows and the function
 * that tells it; or, where the database tells it, a row in waiting_rows and a column in its statement.
 */
#include <string.h>
#include <sys/resource.h>

#include "answer.h"
#include "buffer.h"
#include "channel.h"
#include "database.h"
#include "engine.h"
#include "exchange.h"
#include "feed.h"
#include "listener.h"
#include "problem.h"
#include "routes.h"
#include "server.h"

#define PREFIX "foodfast_streamd_"

struct counter_row {
	const char *name, *help;
	size_t offset;
};

#define COUNTER(member, text)                                                    \
	{                                                                        \
		PREFIX #member "_total", text, offsetof(struct counters, member) \
	}

static const struct counter_row counter_rows[] = {
	COUNTER(requests, "Requests begun."),
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
	COUNTER(gaps_sent, "Events that would have left a gap behind them. Must stay 0."),
	COUNTER(duplicates_sent, "Events that would have been given twice. Must stay 0."),
};

/* Values are whole numbers of a thousandth of what they count where IS_MILLI. */
struct gauge_row {
	const char *name, *type, *help;
	uint64_t (*value)(const struct server *server);
	bool is_milli;
};

static uint64_t
connections(const struct server *server)
{
	return server->connections.count;
}

static uint64_t
polls(const struct server *server)
{
	return server->polls_held;
}

static uint64_t
requests_waiting(const struct server *server)
{
	return server->lobby.count;
}

static uint64_t
channels(const struct server *server)
{
	return channels_count(server->channels);
}

static uint64_t
database_up(const struct server *server)
{
	return database_is_up(server->database);
}

static uint64_t
redis_up(const struct server *server)
{
	return feed_has_redis(server->feed);
}

static uint64_t
fallback_active(const struct server *server)
{
	return !feed_has_redis(server->feed);
}

static uint64_t
redis_round_trip_milli(const struct server *server)
{
	return (uint64_t)(feed_redis_round_trip_us(server->feed) + 999) / 1000;
}

static void
lag_add(struct channel *channel, void *context)
{
	*(uint64_t *)context += channel->head - channel->last;
}

static uint64_t
log_lag_events(const struct server *server)
{
	uint64_t lag = 0;

	channels_each(server->channels, lag_add, &lag);
	return lag;
}

static uint64_t
sweep_age_milli(const struct server *server)
{
	return (uint64_t)feed_sweep_age_ms(server->feed);
}

static uint64_t
slow_readers_cut(const struct server *server)
{
	return server->connections.slow_cut + engine_slow_cut(server->engine);
}

static uint64_t
descriptors_exhausted(const struct server *server)
{
	return listener_refused(server->listener);
}

static uint64_t
resident_memory(const struct server *server)
{
	return server->pressure.used_bytes;
}

static uint64_t
memory_limit(const struct server *server)
{
	return server->pressure.limit_bytes;
}

static uint64_t
unfinished_input(const struct server *server)
{
	return server->intake.held_bytes;
}

static uint64_t
processor_milli(const struct server *server)
{
	struct rusage used;

	(void)server;
	getrusage(RUSAGE_SELF, &used);
	return (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
	    (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
}

static const struct gauge_row gauge_rows[] = {
	{ PREFIX "connections", "gauge", "Connections open.", connections },
	{ PREFIX "polls", "gauge", "Polls held.", polls },
	{ PREFIX "requests_waiting", "gauge", "Requests that wait for their turn.",
	    requests_waiting },
	{ PREFIX "channels", "gauge", "Channels watched.", channels },
	{ PREFIX "database_up", "gauge", "Does the database answer?", database_up },
	{ PREFIX "redis_up", "gauge", "Does Redis send hints?", redis_up },
	{ PREFIX "fallback_active", "gauge",
	    "Are events found by sweeps of the log alone, Redis being out?", fallback_active },
	{ PREFIX "redis_round_trip_seconds", "gauge",
	    "How long Redis took to answer the last probe.", redis_round_trip_milli, true },
	{ PREFIX "log_lag_events", "gauge",
	    "Events that the log is known to have and that are not given yet.", log_lag_events },
	{ PREFIX "sweep_age_seconds", "gauge", "How long ago the log was last swept with success.",
	    sweep_age_milli, true },
	{ PREFIX "slow_readers_cut_total", "counter", "Clients cut because they read too slowly.",
	    slow_readers_cut },
	{ PREFIX "descriptors_exhausted_total", "counter",
	    "Connections refused because no descriptor was left.", descriptors_exhausted },
	{ PREFIX "unfinished_input_bytes", "gauge",
	    "Held of messages and bodies that are not whole, and of commands that wait.",
	    unfinished_input },
	{ PREFIX "memory_limit_bytes", "gauge",
	    "Resident memory beyond which newcomers are refused.", memory_limit },
	{ "process_resident_memory_bytes", "gauge", "Resident memory, as last looked at.",
	    resident_memory },
	{ "process_cpu_seconds_total", "counter", "Processor time used, by user and system.",
	    processor_milli, true },
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
write_texts(struct writer *writer, const char *const *texts)
{
	for (; *texts; texts++)
		writer_text(writer, *texts);
}

#define WRITE(writer, ...) write_texts((writer), (const char *const[]){ __VA_ARGS__, NULL })

static void
write_head(struct writer *writer, const char *name, const char *type, const char *help)
{
	WRITE(writer, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
}

static void
write_value(struct writer *writer, uint64_t value)
{
	writer_text(writer, " ");
	writer_number(writer, value);
	writer_text(writer, "\n");
}

/* A number of thousandths, as a decimal. */
static void
write_milli(struct writer *writer, uint64_t value)
{
	static const char *const zeros[] = { "00", "0", "" };
	uint64_t rest = value % 1000;

	writer_number(writer, value / 1000);
	WRITE(writer, ".", zeros[rest < 10 ? 0 : rest < 100 ? 1 : 2]);
	writer_number(writer, rest);
}

static void
write_counters(struct writer *writer, const struct server *server)
{
	const char *base = (const char *)&server->counters;

	for (size_t i = 0; i < sizeof(counter_rows) / sizeof(counter_rows[0]); i++) {
		const struct counter_row *row = &counter_rows[i];

		write_head(writer, row->name, "counter", row->help);
		writer_text(writer, row->name);
		write_value(writer, *(const uint64_t *)(const void *)(base + row->offset));
	}
}

static void
write_gauges(struct writer *writer, const struct server *server)
{
	for (size_t i = 0; i < sizeof(gauge_rows) / sizeof(gauge_rows[0]); i++) {
		const struct gauge_row *row = &gauge_rows[i];

		write_head(writer, row->name, row->type, row->help);
		writer_text(writer, row->name);
		if (!row->is_milli) {
			write_value(writer, row->value(server));
			continue;
		}
		writer_text(writer, " ");
		write_milli(writer, row->value(server));
		writer_text(writer, "\n");
	}
}

static void
write_transports(struct writer *writer, const struct server *server)
{
	static const char open[] = PREFIX "streams", opened[] = PREFIX "streams_opened_total";

	write_head(writer, open, "gauge", "Streams and polls open, by transport.");
	for (size_t i = 0; i < TRANSPORT_NAMES; i++) {
		WRITE(writer, open, "{transport=\"", transport_names[i], "\"}");
		write_value(writer, server->streams.of[i].open);
	}
	write_head(writer, opened, "counter", "Streams and polls opened, by transport.");
	for (size_t i = 0; i < TRANSPORT_NAMES; i++) {
		WRITE(writer, opened, "{transport=\"", transport_names[i], "\"}");
		write_value(writer, server->streams.of[i].opened);
	}
}

static void
write_refusals(struct writer *writer, const struct refusals *refusals)
{
	static const char name[] = PREFIX "refused_total";

	write_head(
	    writer, name, "counter", "Requests and sockets refused by a limit, by its code.");
	for (size_t i = 0; i < refusals->count; i++) {
		WRITE(writer, name, "{code=\"", refusals->of[i].code, "\"}");
		write_value(writer, refusals->of[i].times);
	}
}

/* Buckets add up: each counts what is within its bound, and so within all larger ones. */
static void
write_latency(struct writer *writer, const struct latency *latency)
{
	static const char name[] = PREFIX "commit_to_socket_seconds";
	uint64_t count = 0;

	write_head(writer, name, "histogram",
	    "From an event's time to the moment when the last of its watchers' bytes were handed over.");
	for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
		count += latency->buckets[i];
		WRITE(writer, name, "_bucket{le=\"");
		write_milli(writer, (uint64_t)latency_bounds_ms[i]);
		writer_text(writer, "\"}");
		write_value(writer, count);
	}
	WRITE(writer, name, "_bucket{le=\"+Inf\"}");
	write_value(writer, latency->count);
	WRITE(writer, name, "_sum ");
	write_milli(writer, (uint64_t)latency->sum_ms);
	WRITE(writer, "\n", name, "_count");
	write_value(writer, latency->count);
}

static void
write_waiting(struct writer *writer, const struct database_answer *answer)
{
	for (size_t i = 0; i < sizeof(waiting_rows) / sizeof(waiting_rows[0]); i++) {
		write_head(writer, waiting_rows[i].name, "gauge", waiting_rows[i].help);
		writer_text(writer, waiting_rows[i].name);
		write_value(writer, (uint64_t)database_number(answer, 0, (int)i));
	}
}

static void
metrics_answered(struct exchange *exchange, const struct database_answer *answer)
{
	const struct server *server = exchange->server;
	struct writer writer = { 0 };

	write_counters(&writer, server);
	write_gauges(&writer, server);
	write_transports(&writer, server);
	write_refusals(&writer, &server->refusals);
	write_latency(&writer, &server->streams.latency);
	if (answer->is_ok)
		write_waiting(&writer, answer);
	answer_body(
	    exchange, 200, "text/plain; version=0.0.4; charset=utf-8", writer_finish(&writer));
}

/* Who is connected directly is on this machine. */
static bool
is_loopback(const struct exchange *exchange)
{
	const char *address = exchange_address(exchange);

	return !*address || strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
	    strncmp(address, "::ffff:127.", 11) == 0;
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
