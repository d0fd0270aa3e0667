/*
 * The timers: what has to be done now and then, whether anybody asks or not. All of it
 * is one SQL function in one transaction, so this program may be killed at any time.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "log.h"
#include "problem.h"

/* After a failure: the database may be back soon. */
#define RETRY_S 5

/* Makes partitions, clears what has expired. Returns how many seconds to wait for the next time. */
static int64_t
maintain(struct db *db, struct arena *arena, const struct config *config)
{
	int64_t started_us = clock_monotonic_us();
	struct db_rows rows;
	struct problem why;

	if (!db_call(db, arena, DB_REPEATABLE, &rows, &why, "select maintenance_run() as done")) {
		log_error("maintenance failed", LOG_TEXT("code", why.code));
		return RETRY_S;
	}
	log_info("maintenance", LOG_TEXT("done", db_value(&rows, 0, "done")),
	    LOG_INT("duration_us", clock_monotonic_us() - started_us));
	return config->maintenance_s;
}

/*
 * Sleeps. True: a signal asked to stop. Only here are signals held back, to be taken in order; in the middle
 * of the work they end the process at once, and PostgreSQL rolls back.
 */
static bool
sleep_is_ended(int64_t seconds)
{
	struct timespec wait = { .tv_sec = seconds };
	sigset_t stop, before;
	int received;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, &before);
	do
		received = sigtimedwait(&stop, NULL, &wait);
	while (received < 0 && errno == EINTR);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return received > 0;
}

int
main(int argc, char **argv)
{
	struct config config;
	struct arena *arena = arena_open();
	struct db *db;
	int64_t wait_s;

	config_start(
	    &config, argc, argv, "timers", "makes partitions in time and clears what has expired");
	db = db_open(&config, "timers", 1);
	do {
		wait_s = maintain(db, arena, &config);
		arena_reset(arena);
	} while (!sleep_is_ended(wait_s));
	log_info("stopped");
	db_close(&db);
	arena_close(&arena);
	return EXIT_SUCCESS;
}
