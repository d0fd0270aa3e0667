/*
 * A PostgreSQL connection as a state machine on the loop: down → connecting →
 * greeting → idle ⇄ busy, and from anywhere back to down. A statement that this
 * connection has not seen is prepared first, in the same state.
 */
#include "database_link.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "config.h"
#include "db_condition.h"
#include "log.h"
#include "loop.h"
#include "memory.h"

enum { RETRY_MIN_MS = 20, RETRY_MAX_MS = 1000, STATEMENTS_MAX = 16 };

enum state { DOWN, CONNECTING, GREETING, IDLE, BUSY };

struct database_link {
	struct loop *loop;
	const struct config *config;
	const struct database_statement *greeting;
	const struct database_link_events *events;
	void *pool;
	enum state state;
	PGconn *connection;
	struct loop_watch watch;
	bool is_blocked; /* libpq holds what the socket did not take */
	struct loop_timer retry;
	int64_t retry_ms, since_ms; /* since: when this state began */
	struct database_query *query;
	PGresult *result;
	bool is_preparing;
	size_t prepared_count;
	const struct database_statement *prepared[STATEMENTS_MAX];
};

static void
link_enter(struct database_link *link, enum state state)
{
	link->state = state;
	link->since_ms = loop_now_ms(link->loop);
}

/* libpq explains itself in several lines; the first says it. */
static void
log_lost(const struct database_link *link)
{
	char why[128];
	int length = snprintf(why, sizeof(why), "%s", PQerrorMessage(link->connection));

	why[length > 0 ? strcspn(why, "\n") : 0] = '\0';
	log_warning("database connection lost", LOG_TEXT("why", why));
}

/* Lost, or never reached: gives back the query, and tries again later. */
static void
link_down(struct database_link *link)
{
	struct database_query *query = link->query;
	bool was_up = link->state >= GREETING;

	if (was_up)
		log_lost(link);
	loop_unwatch(link->loop, &link->watch);
	PQclear(link->result);
	PQfinish(link->connection);
	link->result = NULL;
	link->connection = NULL;
	link->query = NULL;
	link->is_preparing = false;
	link->prepared_count = 0;
	link_enter(link, DOWN);
	loop_timer_set(link->loop, &link->retry, link->retry_ms);
	link->retry_ms = link->retry_ms * 2 < RETRY_MAX_MS ? link->retry_ms * 2 : RETRY_MAX_MS;
	link->events->down(link->pool);
	if (query)
		link->events->dropped(link->pool, query);
}

static bool
is_prepared(const struct database_link *link, const struct database_statement *statement)
{
	for (size_t i = 0; i < link->prepared_count; i++) {
		if (link->prepared[i] == statement)
			return true;
	}
	return false;
}

/* Sends what libpq still holds; false: lost. */
static bool
link_flush(struct database_link *link)
{
	int left = PQflush(link->connection);

	if (left < 0)
		return false;
	if (link->is_blocked != (left > 0)) {
		link->is_blocked = left > 0;
		loop_watch_change(
		    link->loop, &link->watch, EPOLLIN | (link->is_blocked ? EPOLLOUT : 0));
	}
	return true;
}

static bool
link_send(struct database_link *link, const struct database_statement *statement,
    const char *const *parameters, size_t count)
{
	link->is_preparing = !is_prepared(link, statement);
	if (link->is_preparing
		? !PQsendPrepare(link->connection, statement->name, statement->sql, 0, NULL)
		: !PQsendQueryPrepared(
		      link->connection, statement->name, (int)count, parameters, NULL, NULL, 0))
		return false;
	return link_flush(link);
}

static bool
link_send_query(struct database_link *link)
{
	struct database_query *query = link->query;

	if (!query)
		return link_send(link, link->greeting, NULL, 0);
	query->was_sent = true;
	return link_send(link, query->statement, query->parameters, query->count);
}

/* A prepared statement is remembered; the table is as long as streamd has statements. */
static bool
link_prepared(struct database_link *link)
{
	const struct database_statement *statement = link->query ? link->query->statement
								 : link->greeting;

	link->is_preparing = false;
	if (link->prepared_count < STATEMENTS_MAX)
		link->prepared[link->prepared_count++] = statement;
	return link_send_query(link);
}

/* The end of a query: its link is idle from here on. */
static void
link_answer(struct database_link *link, const struct database_answer *answer)
{
	struct database_query *query = link->query;
	bool is_greeting = link->state == GREETING;

	link->query = NULL;
	link->retry_ms = RETRY_MIN_MS;
	link_enter(link, IDLE);
	if (is_greeting)
		link->events->greeted(link->pool, answer);
	else
		link->events->answered(link->pool, query, answer);
	if (link->state == IDLE)
		link->events->idle(link->pool, link);
}

/* Not every error is the query's: of a server that goes, or statements made stale by a deploy, a new connection is the cure. */
static void
link_fail(struct database_link *link, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const struct db_error error = {
		.sqlstate = sqlstate ? sqlstate : "",
		.message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
		.constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME),
		.detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL),
	};
	struct database_answer answer = { 0 };
	struct arena *arena = arena_open();

	link->is_preparing = false;
	if (db_condition(&error, arena, &answer.why) != DB_FAILED || link->state == GREETING)
		link_down(link);
	else
		link_answer(link, &answer);
	arena_close(&arena);
}

static void
link_finish(struct database_link *link)
{
	PGresult *result = link->result;
	struct database_answer answer = { .is_ok = true, .result = result };

	link->result = NULL;
	if (!result) {
		link_down(link);
	} else if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
		link_fail(link, result);
	} else if (link->is_preparing) {
		if (!link_prepared(link))
			link_down(link);
	} else {
		answer.rows = (size_t)PQntuples(result);
		link_answer(link, &answer);
	}
	PQclear(result);
}

static void
link_read(struct database_link *link)
{
	if (!PQconsumeInput(link->connection) || !link_flush(link)) {
		link_down(link);
		return;
	}
	while (link->state >= GREETING && !PQisBusy(link->connection)) {
		PGresult *result = PQgetResult(link->connection);

		if (result) {
			PQclear(link->result);
			link->result = result;
		} else if (link->state == IDLE) {
			return;
		} else {
			link_finish(link);
		}
	}
}

/* libpq may change its socket while it connects, so it is watched anew after each step. */
static void
link_connect_step(struct database_link *link)
{
	PostgresPollingStatusType status = PQconnectPoll(link->connection);

	if (status == PGRES_POLLING_FAILED) {
		link_down(link);
		return;
	}
	loop_unwatch(link->loop, &link->watch);
	if (!loop_watch(link->loop, &link->watch, PQsocket(link->connection),
		status == PGRES_POLLING_WRITING ? EPOLLOUT : EPOLLIN)) {
		link_down(link);
		return;
	}
	if (status != PGRES_POLLING_OK)
		return;
	link->is_blocked = false;
	link_enter(link, GREETING);
	if (PQsetnonblocking(link->connection, 1) != 0 || !link_send_query(link))
		link_down(link);
}

static void
link_ready(struct loop_watch *watch, uint32_t events)
{
	struct database_link *link = CONTAINER(watch, struct database_link, watch);

	if (link->state == CONNECTING)
		link_connect_step(link);
	else if (events & EPOLLOUT && !link_flush(link))
		link_down(link);
	else
		link_read(link);
}

static void
ignore_notice(void *context, const char *message)
{
	(void)context, (void)message;
}

static void
link_connect(struct loop_timer *timer)
{
	struct database_link *link = CONTAINER(timer, struct database_link, retry);
	char options[96];
	const char *const keys[] = { "dbname", "application_name", "options", NULL };
	const char *const values[] = { link->config->database, "streamd", options, NULL };

	snprintf(options, sizeof(options),
	    "-c statement_timeout=%lld -c lock_timeout=%lld -c jit=off",
	    (long long)link->config->database_statement_ms,
	    (long long)link->config->database_lock_ms);
	link->connection = PQconnectStartParams(keys, values, 1);
	link_enter(link, CONNECTING);
	if (!link->connection || PQstatus(link->connection) == CONNECTION_BAD ||
	    !loop_watch(link->loop, &link->watch, PQsocket(link->connection), EPOLLOUT)) {
		link_down(link);
		return;
	}
	PQsetNoticeProcessor(link->connection, ignore_notice, NULL);
}

struct database_link *
database_link_open(struct loop *loop, const struct config *config,
    const struct database_statement *greeting, const struct database_link_events *events,
    void *pool)
{
	struct database_link *link = memory_new(sizeof(*link));

	link->loop = loop;
	link->config = config;
	link->greeting = greeting;
	link->events = events;
	link->pool = pool;
	link->watch = (struct loop_watch){ .fd = -1, .ready = link_ready };
	link->retry_ms = RETRY_MIN_MS;
	loop_timer_start(&link->retry, link_connect);
	loop_timer_set(loop, &link->retry, 0);
	return link;
}

void
database_link_close(struct database_link **link)
{
	struct database_link *closed = *link;

	*link = NULL;
	if (!closed)
		return;
	loop_unwatch(closed->loop, &closed->watch);
	loop_timer_clear(&closed->retry);
	PQclear(closed->result);
	PQfinish(closed->connection);
	if (closed->query)
		closed->events->dropped(closed->pool, closed->query);
	free(closed);
}

bool
database_link_is_up(const struct database_link *link)
{
	return link->state == IDLE || link->state == BUSY;
}

bool
database_link_is_idle(const struct database_link *link)
{
	return link->state == IDLE;
}

void
database_link_run(struct database_link *link, struct database_query *query)
{
	link->query = query;
	link_enter(link, BUSY);
	if (!link_send_query(link))
		link_down(link);
}

void
database_link_check(struct database_link *link, int64_t now_ms, int64_t patience_ms)
{
	if (link->state != DOWN && link->state != IDLE && now_ms - link->since_ms > patience_ms)
		link_down(link);
}

const char *
database_text(const struct database_answer *answer, size_t row, int column)
{
	int at = (int)(answer->first_row + row);

	return PQgetisnull(answer->result, at, column) ? NULL
						       : PQgetvalue(answer->result, at, column);
}

size_t
database_length(const struct database_answer *answer, size_t row, int column)
{
	return (size_t)PQgetlength(answer->result, (int)(answer->first_row + row), column);
}

int64_t
database_number(const struct database_answer *answer, size_t row, int column)
{
	return strtoll(
	    PQgetvalue(answer->result, (int)(answer->first_row + row), column), NULL, 10);
}

bool
database_truth(const struct database_answer *answer, size_t row, int column)
{
	return PQgetvalue(answer->result, (int)(answer->first_row + row), column)[0] == 't';
}
