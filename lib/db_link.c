/*
 * libpq, used in one way: pipeline mode, always. A run is one round trip: what is not
 * prepared yet, BEGIN, the statements, COMMIT, and a sync. Everything that can go wrong
 * becomes one enum db_outcome.
 */
#include "db_link.h"

#include <assert.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "log.h"
#include "problem.h"

#define PREPARED_MAX 96
#define GRACE_MS 1000 /* given to the server's own time-outs before ours */

struct db_link {
	const struct config *config;
	const char *application_name;
	PGconn *connection;		    /* null: none */
	const char *prepared[PREPARED_MAX]; /* as statement "s0", "s1" … of this connection */
	size_t prepared_count;
};

/* A round trip under way. */
struct run {
	const struct db_statement *statements;
	size_t count;
	size_t prepares; /* whose answers are still to come */
	size_t tables;	 /* results with rows so far */
	PGresult *last;	 /* the newest of them */
	PGresult *error; /* the first error */
	bool is_synced;	 /* the server is done, and the connection good */
};

static const struct db_statement begin = { .sql = "begin" };
static const struct db_statement commit = { .sql = "commit" };
static const struct db_statement rollback = { .sql = "rollback" };

struct db_link *
db_link_open(const struct config *config, const char *application_name)
{
	struct db_link *link = calloc(1, sizeof(*link));

	if (!link) {
		log_error("out of memory");
		abort();
	}
	link->config = config;
	link->application_name = application_name;
	return link;
}

static void
disconnect(struct db_link *link)
{
	PQfinish(link->connection);
	link->connection = NULL;
	link->prepared_count = 0;
}

void
db_link_close(struct db_link **link)
{
	if (!*link)
		return;
	disconnect(*link);
	free(*link);
	*link = NULL;
}

/* NOTICE and WARNING are for a developer. */
static void
note(void *unused, const char *message)
{
	(void)unused;
	log_debug("database notice", LOG_TEXT("notice", message));
}

static bool
connect_now(struct db_link *link, struct arena *arena, struct problem *why)
{
	struct db_error error = { .sqlstate = "57P03" };
	char timeout[24], options[512];
	const char *const names[] = { "dbname", "application_name", "client_encoding",
		"connect_timeout", "options", NULL };
	const char *const values[] = { link->config->database, link->application_name, "UTF8",
		timeout, options, NULL };

	snprintf(timeout, sizeof(timeout), "%lld", (long long)link->config->database_connect_s);
	snprintf(options, sizeof(options),
	    "-c statement_timeout=%lld -c lock_timeout=%lld "
	    "-c idle_in_transaction_session_timeout=%lld -c foodfast.site_url=%s",
	    (long long)link->config->database_statement_ms,
	    (long long)link->config->database_lock_ms,
	    (long long)link->config->database_statement_ms, link->config->site_url);
	link->connection = PQconnectdbParams(names, values, 1);
	PQsetNoticeProcessor(link->connection, note, NULL);
	if (PQstatus(link->connection) == CONNECTION_OK && PQenterPipelineMode(link->connection))
		return true;
	error.message = PQerrorMessage(link->connection);
	db_condition(&error, arena, why);
	disconnect(link);
	return false;
}

/*
 * An idle connection has nothing to say but that it ends. Seen before anything is sent,
 * that is harmless; seen after, nobody would know whether a write had happened.
 */
static bool
is_broken(const PGconn *connection)
{
	struct pollfd descriptor = { .fd = PQsocket(connection), .events = POLLIN };

	return PQstatus(connection) != CONNECTION_OK || poll(&descriptor, 1, 0) != 0;
}

static bool
ensure_connected(struct db_link *link, struct arena *arena, struct problem *why)
{
	if (link->connection && is_broken(link->connection))
		disconnect(link);
	return link->connection || connect_now(link, arena, why);
}

static size_t
prepared_place(const struct db_link *link, const char *sql, size_t count)
{
	size_t i = 0;

	while (i < count && link->prepared[i] != sql && strcmp(link->prepared[i], sql))
		i++;
	return i;
}

static void
name_of(size_t place, char name[24])
{
	snprintf(name, 24, "s%zu", place);
}

/*
 * Queues the preparation of a statement that has none. They all go first, so that a failing
 * one can't unorder the rest.
 */
static bool
send_prepare(struct db_link *link, struct run *run, const struct db_statement *statement)
{
	size_t known = link->prepared_count + run->prepares;
	char name[24];

	if (prepared_place(link, statement->sql, known) < known)
		return true;
	assert(known < PREPARED_MAX);
	link->prepared[known] = statement->sql;
	name_of(known, name);
	run->prepares++;
	return PQsendPrepare(link->connection, name, statement->sql, 0, NULL);
}

static bool
send_execute(struct db_link *link, const struct run *run, const struct db_statement *statement)
{
	char name[24];

	name_of(prepared_place(link, statement->sql, link->prepared_count + run->prepares), name);
	return PQsendQueryPrepared(
	    link->connection, name, (int)statement->count, statement->parameters, NULL, NULL, 0);
}

static bool
send_all(struct db_link *link, struct run *run)
{
	bool is_transaction = run->count > 1;
	bool sent = !is_transaction ||
	    (send_prepare(link, run, &begin) && send_prepare(link, run, &commit));

	for (size_t i = 0; sent && i < run->count; i++)
		sent = send_prepare(link, run, &run->statements[i]);
	if (sent && is_transaction)
		sent = send_execute(link, run, &begin);
	for (size_t i = 0; sent && i < run->count; i++)
		sent = send_execute(link, run, &run->statements[i]);
	if (sent && is_transaction)
		sent = send_execute(link, run, &commit);
	return sent && PQpipelineSync(link->connection);
}

/* Waits until a result can be had. False: the server hangs. */
static bool
wait_for_result(PGconn *connection, int64_t deadline_ms)
{
	struct pollfd descriptor = { .fd = PQsocket(connection), .events = POLLIN };
	int64_t left_ms;

	while (PQisBusy(connection)) {
		left_ms = deadline_ms - clock_monotonic_ms();
		if (left_ms <= 0)
			return false;
		if (poll(&descriptor, 1, (int)left_ms) < 0 && errno != EINTR)
			return true;
		if (descriptor.revents && !PQconsumeInput(connection))
			return true; /* PQgetResult will say what happened */
		descriptor.revents = 0;
	}
	return true;
}

/* Puts a result where it belongs. */
static void
take_result(struct db_link *link, struct run *run, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	PGresult **place = NULL;

	if (status == PGRES_PIPELINE_SYNC)
		run->is_synced = true;
	if (status == PGRES_FATAL_ERROR && !run->error)
		place = &run->error;
	if (status == PGRES_COMMAND_OK && run->prepares) {
		run->prepares--;
		link->prepared_count++;
	}
	if (status == PGRES_TUPLES_OK) {
		run->tables++;
		PQclear(run->last);
		place = &run->last;
	}
	if (place)
		*place = result;
	else
		PQclear(result);
}

static void
receive_all(struct db_link *link, struct run *run)
{
	int64_t deadline_ms = clock_monotonic_ms() + link->config->database_statement_ms + GRACE_MS;
	int ends = 0;
	PGresult *result;

	/* A null ends one command's results; two in a row, those of a lost connection. */
	while (!run->is_synced && ends < 2 && wait_for_result(link->connection, deadline_ms)) {
		result = PQgetResult(link->connection);
		ends = result ? 0 : ends + 1;
		if (result)
			take_result(link, run, result);
	}
}

static const char *
error_field(const PGresult *error, int field)
{
	return error ? PQresultErrorField(error, field) : NULL;
}

static enum db_outcome
judge_error(const struct run *run, struct arena *arena, struct problem *why)
{
	const char *sqlstate = error_field(run->error, PG_DIAG_SQLSTATE);
	const struct db_error error = {
		.sqlstate = sqlstate ? sqlstate : "",
		.message = sqlstate ? error_field(run->error, PG_DIAG_MESSAGE_PRIMARY)
				    : "connection lost",
		.constraint = error_field(run->error, PG_DIAG_CONSTRAINT_NAME),
		.detail = error_field(run->error, PG_DIAG_MESSAGE_DETAIL),
	};
	enum db_outcome outcome = db_condition(&error, arena, why);

	/* All statements had answered: the server may have fallen before their end, or after it. */
	if (outcome == DB_NOT_RUN && run->tables == run->count && !run->is_synced)
		return DB_UNKNOWN;
	return outcome;
}

static void
copy_rows(const PGresult *result, struct arena *arena, struct db_rows *rows)
{
	size_t columns = (size_t)PQnfields(result), count = (size_t)PQntuples(result);
	const char **names = arena_alloc(arena, columns * sizeof(*names));
	const char **values = arena_alloc(arena, count * columns * sizeof(*values));

	for (size_t i = 0; i < columns; i++)
		names[i] = arena_text(arena, PQfname(result, (int)i));
	for (size_t i = 0; i < count * columns; i++) {
		int row = (int)(i / columns), column = (int)(i % columns);

		if (!PQgetisnull(result, row, column))
			values[i] = arena_copy(arena, PQgetvalue(result, row, column),
			    (size_t)PQgetlength(result, row, column));
	}
	*rows = (struct db_rows){
		.count = count, .column_count = columns, .names = names, .values = values
	};
}

/* One try, without regard to what is left of a failed one. */
static enum db_outcome
run_once(struct db_link *link, struct run *run, struct arena *arena, struct db_rows *rows,
    struct problem *why)
{
	enum db_outcome outcome = DB_DONE;

	if (send_all(link, run))
		receive_all(link, run);
	if (run->error || !run->is_synced)
		outcome = judge_error(run, arena, why);
	else if (rows && run->last)
		copy_rows(run->last, arena, rows);
	PQclear(run->last);
	PQclear(run->error);
	if (!run->is_synced)
		disconnect(link);
	return outcome;
}

/* A transaction that failed is still open. */
static void
roll_back(struct db_link *link, struct arena *arena)
{
	struct run run = { .statements = &rollback, .count = 1 };
	struct problem why;

	if (!link->connection || PQtransactionStatus(link->connection) == PQTRANS_IDLE)
		return;
	if (run_once(link, &run, arena, NULL, &why) != DB_DONE)
		disconnect(link);
}

enum db_outcome
db_link_run(struct db_link *link, const struct db_statement *statements, size_t count,
    struct arena *arena, struct db_rows *rows, struct problem *why)
{
	struct run run = { .statements = statements, .count = count };
	enum db_outcome outcome;

	if (!ensure_connected(link, arena, why))
		return DB_NOT_RUN;
	outcome = run_once(link, &run, arena, rows, why);
	roll_back(link, arena);
	if (outcome == DB_STALE)
		disconnect(link);
	return outcome;
}
