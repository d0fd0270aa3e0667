/*
 * The connections of a program, lent to its threads for a run each, and what is repeated: may_repeat() alone decides.
 *
 * The one that was given back last is lent next: the server's process behind it has the warmest caches.
 */
#include "db.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "db_link.h"
#include "fault.h"
#include "log.h"
#include "problem.h"

#define LINKS_MAX 256
#define OUTAGE_WAITED_OUT_MS 2000 /* a restart takes less; nobody waits for more */
#define OUTAGE_FORGOTTEN_MS 10000 /* not looked at for so long: the next failure is a new outage */
#define PAUSE_MIN_MS 10
#define PAUSE_MAX_MS 250
#define GRACE_MS 1000 /* given to the statement that has the connection */

struct db {
	const struct config *config;
	const char *application_name;
	size_t most;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t given_back;
	struct db_link *free[LINKS_MAX];
	size_t free_count, opened;
	int64_t outage_began_ms; /* 0: none */
	int64_t failed_at_ms;
};

struct db *
db_open(const struct config *config, const char *application_name, size_t most)
{
	struct db *db = calloc(1, sizeof(*db));
	pthread_condattr_t attributes;

	assert(most > 0 && most <= LINKS_MAX);
	if (!db) {
		log_error("out of memory");
		abort();
	}
	db->config = config;
	db->application_name = application_name;
	db->most = most;
	pthread_mutex_init(&db->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&db->given_back, &attributes);
	pthread_condattr_destroy(&attributes);
	return db;
}

void
db_close(struct db **db)
{
	if (!*db)
		return;
	assert((*db)->free_count == (*db)->opened);
	for (size_t i = 0; i < (*db)->free_count; i++)
		db_link_close(&(*db)->free[i]);
	pthread_cond_destroy(&(*db)->given_back);
	pthread_mutex_destroy(&(*db)->mutex);
	free(*db);
	*db = NULL;
}

/* Null: none came free in the time that a statement may take. */
static struct db_link *
borrow(struct db *db)
{
	struct timespec until;
	struct db_link *link = NULL;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (db->config->database_statement_ms + GRACE_MS) / 1000;
	pthread_mutex_lock(&db->mutex);
	while (db->free_count == 0 && db->opened == db->most && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&db->given_back, &db->mutex, &until);
	if (db->free_count > 0) {
		link = db->free[--db->free_count];
	} else if (db->opened < db->most) {
		db->opened++;
		link = db_link_open(db->config, db->application_name);
	}
	pthread_mutex_unlock(&db->mutex);
	return link;
}

/* An answer, whatever it says, ends an outage. */
static void
give_back(struct db *db, struct db_link *link, enum db_outcome outcome)
{
	pthread_mutex_lock(&db->mutex);
	if (outcome == DB_DONE || outcome == DB_FAILED)
		db->outage_began_ms = 0;
	db->free[db->free_count++] = link;
	pthread_cond_signal(&db->given_back);
	pthread_mutex_unlock(&db->mutex);
}

/*
 * Longer after each failure, and never quite the same, so that threads that failed together
 * don't come back together.
 */
static void
pause_before(int failures)
{
	uint32_t longest_ms = PAUSE_MIN_MS << (failures < 6 ? failures : 6);

	if (longest_ms > PAUSE_MAX_MS)
		longest_ms = PAUSE_MAX_MS;
	usleep((longest_ms / 2 + arc4random_uniform(longest_ms / 2 + 1)) * 1000);
}

/* Is the outage young enough to be waited out, for a call that first failed at SINCE_MS? */
static bool
is_worth_waiting(struct db *db, int64_t since_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	bool is_young;

	pthread_mutex_lock(&db->mutex);
	if (!db->outage_began_ms || now_ms - db->failed_at_ms > OUTAGE_FORGOTTEN_MS)
		db->outage_began_ms = now_ms;
	db->failed_at_ms = now_ms;
	is_young = now_ms - db->outage_began_ms < OUTAGE_WAITED_OUT_MS &&
	    now_ms - since_ms < OUTAGE_WAITED_OUT_MS;
	pthread_mutex_unlock(&db->mutex);
	return is_young;
}

static bool
may_repeat(
    struct db *db, enum db_outcome outcome, enum db_repeat repeat, int failures, int64_t since_ms)
{
	switch (outcome) {
	case DB_DONE:
	case DB_FAILED:
		return false;
	case DB_CONFLICT:
	case DB_STALE:
		return failures < db->config->database_attempts;
	case DB_NOT_RUN:
		return is_worth_waiting(db, since_ms);
	case DB_UNKNOWN:
		return is_worth_waiting(db, since_ms) && repeat == DB_REPEATABLE;
	}
	return false;
}

/* One try, over whatever connection is free. */
static enum db_outcome
attempt(struct db *db, const struct db_statement *statements, size_t count, struct arena *arena,
    struct db_rows *rows, struct problem *why)
{
	static const struct db_error none_free = { .sqlstate = "55P03",
		.message = "no connection came free" };
	struct db_link *link = borrow(db);
	enum db_outcome outcome;

	if (!link)
		return db_condition(&none_free, arena, why);
	outcome = db_link_run(link, statements, count, arena, rows, why);
	give_back(db, link, outcome);
	return outcome;
}

static bool
run_repeatedly(struct db *db, const struct db_statement *statements, size_t count,
    enum db_repeat repeat, struct arena *arena, struct db_rows *rows, struct problem *why)
{
	enum db_outcome outcome;
	int64_t since_ms = 0;

	for (int failures = 1;; failures++) {
		outcome = attempt(db, statements, count, arena, rows, why);
		if (outcome == DB_DONE)
			return true;
		if (failures == 1)
			since_ms = clock_monotonic_ms();
		if (!may_repeat(db, outcome, repeat, failures, since_ms))
			return false;
		pause_before(failures);
	}
}

bool
db_run(struct db *db, const struct db_statement *statements, size_t count, enum db_repeat repeat,
    struct arena *arena, struct db_rows *rows, struct problem *why)
{
	bool is_done;

	fault_point(db->config, "before a run of statements");
	is_done = run_repeatedly(db, statements, count, repeat, arena, rows, why);
	fault_point(db->config, "after a run of statements");
	return is_done;
}

const char *
db_value(const struct db_rows *rows, size_t row, const char *name)
{
	size_t column = 0;

	while (column < rows->column_count && strcmp(rows->names[column], name))
		column++;
	assert(column < rows->column_count);
	return row < rows->count ? rows->values[row * rows->column_count + column] : NULL;
}
