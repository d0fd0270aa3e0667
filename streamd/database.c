/*
 * The pool: queries wait in one queue for whichever connection is idle first.
 */
#include "database.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "database_batch.h"
#include "database_link.h"
#include "log.h"
#include "loop.h"
#include "memory.h"

enum { LINKS = 4, OUTAGE_MS = 2000, GRACE_MS = 1000, CHECK_S = 1, PROBE_MS = 1000 };

static const struct database_statement probe_statement = { .name = "probe", .sql = "select 1" };

struct database {
	struct loop *loop;
	int64_t patience_ms; /* PostgreSQL's own time-out, and a second */
	struct database_link *links[LINKS];
	struct list queue;
	struct loop_task pump;
	bool is_pumping;
	struct wheel_timer check;
	int64_t down_since_ms; /* no connection serves since then, or none answers; 0: one does */
	int64_t heard_ms;      /* when it answered last */
	struct loop_timer probe_timer;
	struct database_query *probe;
	database_callback *greeted;
	void *context;
};

bool
database_is_up(const struct database *database)
{
	return database->down_since_ms == 0;
}

static void
query_fail(struct database_query *query)
{
	struct database_answer answer = { 0 };

	problem_set_retry(&answer.why, 503, "database_unavailable",
	    "The database is not reachable just now. Try again in a moment.", 2);
	if (query->answered)
		query->answered(query->context, &answer);
	free(query);
}

/* In a short outage queries wait; in a long one, or after too long a wait, they fail. */
static void
fail_overdue(struct database *database)
{
	int64_t now_ms = loop_now_ms(database->loop);
	struct list waiting;
	bool is_outage = database->down_since_ms && now_ms - database->down_since_ms >= OUTAGE_MS;

	list_start(&waiting);
	list_splice(&waiting, &database->queue);
	while (!list_is_empty(&waiting)) {
		struct database_query *query = CONTAINER(waiting.next, struct database_query, link);

		list_remove(&query->link);
		if (is_outage || now_ms - query->asked_ms >= database->patience_ms)
			query_fail(query);
		else
			list_append(&database->queue, &query->link);
	}
}

static void
run_next(void *pool, struct database_link *link)
{
	struct database *database = pool;

	if (!list_is_empty(&database->queue))
		database_link_run(link, database_batch_take(&database->queue));
}

static void
pump(struct loop_task *task)
{
	struct database *database = CONTAINER(task, struct database, pump);

	database->is_pumping = false;
	for (size_t i = 0; i < LINKS && !list_is_empty(&database->queue); i++) {
		if (database_link_is_idle(database->links[i]))
			run_next(database, database->links[i]);
	}
	if (!database_is_up(database))
		fail_overdue(database);
}

static void
pump_soon(struct database *database)
{
	if (database->is_pumping)
		return;
	database->is_pumping = true;
	loop_later(database->loop, &database->pump);
}

static void
link_answered(void *pool, struct database_query *query, const struct database_answer *answer)
{
	struct database *database = pool;

	database->down_since_ms = 0;
	database->heard_ms = loop_now_ms(database->loop);
	if (query->answered)
		query->answered(query->context, answer);
	free(query);
}

/* What only reads is asked again, first of all; what may have had its effect is not. */
static void
link_dropped(void *pool, struct database_query *query)
{
	struct database *database = pool;

	if (database_batch_return(query)) {
		pump_soon(database);
		return;
	}
	if (!query->answered || (query->statement->is_once && query->was_sent)) {
		query_fail(query);
		return;
	}
	list_append(database->queue.next, &query->link);
	pump_soon(database);
}

static void
link_down(void *pool)
{
	struct database *database = pool;

	for (size_t i = 0; i < LINKS; i++) {
		if (database->links[i] && database_link_is_up(database->links[i]))
			return;
	}
	if (!database->down_since_ms)
		database->down_since_ms = loop_now_ms(database->loop);
}

static void
link_greeted(void *pool, const struct database_answer *answer)
{
	struct database *database = pool;

	database->down_since_ms = 0;
	database->greeted(database->context, answer);
}

static const struct database_link_events link_events = {
	.idle = run_next,
	.answered = link_answered,
	.dropped = link_dropped,
	.down = link_down,
	.greeted = link_greeted,
};

static void
probe_answered(void *context, const struct database_answer *answer)
{
	struct database *database = context;

	(void)answer;
	database->probe = NULL;
}

/* It goes before all others; but when all connections are busy it waits, and any answer is as good as its own. */
static void
probe(struct loop_timer *timer)
{
	struct database *database = CONTAINER(timer, struct database, probe_timer);
	bool is_silent = database->probe &&
	    loop_now_ms(database->loop) - database->heard_ms >= PROBE_MS;

	if (is_silent && !database->down_since_ms) {
		log_warning("the database does not answer");
		database->down_since_ms = loop_now_ms(database->loop);
	}
	if (!database->probe) {
		database->probe = database_ask(
		    database, &probe_statement, NULL, 0, probe_answered, database);
		list_remove(&database->probe->link);
		list_append(database->queue.next, &database->probe->link);
	}
	loop_timer_set(database->loop, timer, PROBE_MS);
}

static void
database_check(struct wheel_timer *timer)
{
	struct database *database = CONTAINER(timer, struct database, check);

	for (size_t i = 0; i < LINKS; i++)
		database_link_check(
		    database->links[i], loop_now_ms(database->loop), database->patience_ms);
	fail_overdue(database);
	wheel_set(loop_wheel(database->loop), timer, CHECK_S);
}

struct database *
database_open(struct loop *loop, const struct config *config,
    const struct database_statement *greeting, database_callback *greeted, void *context)
{
	struct database *database = memory_new(sizeof(*database));

	database->loop = loop;
	database->patience_ms = config->database_statement_ms + GRACE_MS;
	database->pump.run = pump;
	database->greeted = greeted;
	database->context = context;
	database->down_since_ms = loop_now_ms(loop);
	list_start(&database->queue);
	wheel_timer_start(&database->check, database_check);
	wheel_set(loop_wheel(loop), &database->check, CHECK_S);
	loop_timer_start(&database->probe_timer, probe);
	loop_timer_set(loop, &database->probe_timer, PROBE_MS);
	for (size_t i = 0; i < LINKS; i++)
		database->links[i] = database_link_open(
		    loop, config, greeting, &link_events, database);
	return database;
}

void
database_close(struct database **database)
{
	struct database *closed = *database;

	*database = NULL;
	if (!closed)
		return;
	wheel_clear(&closed->check);
	loop_timer_clear(&closed->probe_timer);
	database_forget(&closed->probe);
	for (size_t i = 0; i < LINKS; i++)
		database_link_close(&closed->links[i]);
	LIST_EACH(entry, after, &closed->queue)
		free(CONTAINER(entry, struct database_query, link));
	free(closed);
}

struct database_query *
database_ask(struct database *database, const struct database_statement *statement,
    const char *const *parameters, size_t count, database_callback *answered, void *context)
{
	size_t sizes[DATABASE_PARAMETERS_MAX] = { 0 }, total = 0;
	struct database_query *query;
	char *at;

	for (size_t i = 0; i < count; i++) {
		sizes[i] = parameters[i] ? strlen(parameters[i]) + 1 : 0;
		total += sizes[i];
	}
	query = memory_new(sizeof(*query) + total);
	query->statement = statement;
	query->answered = answered;
	query->context = context;
	query->asked_ms = loop_now_ms(database->loop);
	query->count = count;
	at = query->texts;
	for (size_t i = 0; i < count; i++) {
		if (parameters[i])
			query->parameters[i] = memcpy(at, parameters[i], sizes[i]);
		at += sizes[i];
	}
	list_append(&database->queue, &query->link);
	pump_soon(database);
	return query;
}

void
database_forget(struct database_query **query)
{
	struct database_query *forgotten = *query;

	*query = NULL;
	if (!forgotten)
		return;
	forgotten->answered = NULL;
	/* One that is in no queue is on its way; its answer will find nobody. */
	if (list_is_empty(&forgotten->link))
		return;
	list_remove(&forgotten->link);
	free(forgotten);
}
