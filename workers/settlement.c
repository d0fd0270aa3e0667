/*
 * The settlement: does whatever is due between the site and the payment gateway, whether anybody asks or not. Mostly
 * that is what a request began and did not finish, because the gateway was slow, or because it was killed.
 *
 * The main thread looks after the time: orders that waited too long for their payment, and when the next step is due.
 * One keeps the books: each night they are held against the gateway's. The others do steps, each taken under a lease. All
 * of it may be killed at any time.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "gateway.h"
#include "gateway_steps.h"
#include "hints.h"
#include "log.h"
#include "problem.h"
#include "redis.h"
#include "text.h"
#include "wake.h"

#define LOOK_LEAST_MS 20  /* while steps are due, and all threads busy */
#define LOOK_MOST_MS 1000 /* orders expire, and a ring may have been lost */
#define RETRY_MS 1000	  /* after a failure: the database may be back soon */
#define BOOKS_MS 1000	  /* a comparison may have been asked for */
#define TURN_MS 60000	  /* then a thread looks up, and goes on */

/* What the threads share. */
struct crew {
	const struct config *config;
	struct gateway *gateway;
	struct redis *redis;
	struct db *db;
	sem_t rings; /* each calls one thread; when steps are still due then, main rings again */
};

static void
crew_ring(struct crew *crew)
{
	int waiting;

	if (sem_getvalue(&crew->rings, &waiting) == 0 && waiting < crew->config->threads)
		sem_post(&crew->rings);
}

static void
crew_wait(struct crew *crew)
{
	while (sem_wait(&crew->rings) != 0 && errno == EINTR)
		;
}

static void
pause_ms(int64_t ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* A thread's life: does what is due, sleeps until there is more. */
static void *
work(void *argument)
{
	struct crew *crew = argument;
	const struct gateway_steps steps = { .db = crew->db,
		.redis = crew->redis,
		.config = crew->config,
		.gateway = crew->gateway };
	int done;

	for (;;) {
		done = gateway_steps_run(&steps, NULL, clock_monotonic_ms() + TURN_MS);
		if (done < 0)
			pause_ms(RETRY_MS);
		else if (done == 0)
			crew_wait(crew);
	}
	return NULL;
}

/* Lists of the gateway that are held against the books. */
struct list {
	const char *kind, *operation;
};

static const struct list lists[] = {
	{ "payment_intent", "payment_intent.list" },
	{ "refund", "refund.list" },
};

/* One comparison. */
struct reconciliation {
	struct crew *crew;
	struct arena *arena;
	const char *run, *from_s, *until_s;
};

/* Takes in one page of LIST, after AFTER. False: it is left; else *NEXT is what comes after it, null: nothing. */
static bool
page_read(
    const struct reconciliation *of, const struct list *list, const char *after, const char **next)
{
	struct gateway_answer answer;
	struct db_rows rows;
	struct problem why;
	struct text params;

	text_start(&params, of->arena);
	text_print(
	    &params, "{\"limit\":100,\"created\":{\"gte\":%s,\"lt\":%s}", of->from_s, of->until_s);
	if (after != NULL) {
		text_add(&params, ",\"starting_after\":");
		text_add_json(&params, after);
	}
	text_add(&params, "}");
	gateway_call(of->crew->gateway, of->arena, list->operation, NULL, params.bytes, NULL,
	    of->crew->config->gateway_timeout_ms, &answer);
	if (answer.outcome != GATEWAY_ANSWER || answer.status != 200 ||
	    !db_call(of->crew->db, of->arena, DB_REPEATABLE, &rows, &why,
		"select reconcile_page($1, $2, $3) as next", of->run, list->kind, answer.body))
		return false;
	*next = db_value(&rows, 0, "next");
	return true;
}

static bool
list_read(const struct reconciliation *of, const struct list *list)
{
	const char *after = NULL;

	do
		if (!page_read(of, list, after, &after))
			return false;
	while (after != NULL);
	return true;
}

/* Holds the books of DAY against the gateway's. What is broken off is begun anew some minutes later. */
static void
reconcile(struct crew *crew, struct arena *arena, const char *day)
{
	struct reconciliation reconciliation = { .crew = crew, .arena = arena };
	struct db_rows rows;
	struct problem why;

	if (!db_call(crew->db, arena, DB_REPEATABLE, &rows, &why,
		"select run, from_s, until_s from reconcile_begin($1)", day) ||
	    rows.count == 0)
		return;
	reconciliation.run = db_value(&rows, 0, "run");
	reconciliation.from_s = db_value(&rows, 0, "from_s");
	reconciliation.until_s = db_value(&rows, 0, "until_s");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!list_read(&reconciliation, &lists[i])) {
			log_warning("reconciliation broken off", LOG_TEXT("day", day));
			return;
		}
	if (!db_call(crew->db, arena, DB_REPEATABLE, &rows, &why,
		"select hints from reconcile_end($1)", reconciliation.run))
		return;
	if (rows.count > 0)
		hints_publish(crew->redis, crew->config, db_value(&rows, 0, "hints"));
	log_info("reconciled", LOG_TEXT("day", day), LOG_TEXT("run", reconciliation.run));
}

/* The life of the thread that keeps the books. */
static void *
keep_books(void *argument)
{
	struct crew *crew = argument;
	struct arena *arena = arena_open();
	struct db_rows rows;
	struct problem why;

	for (;; pause_ms(BOOKS_MS), arena_reset(arena)) {
		const char *hour = arena_print(arena, "%d", (int)crew->config->reconcile_hour);

		if (db_call(crew->db, arena, DB_REPEATABLE, &rows, &why,
			"select reconcile_due($1) as day", hour) &&
		    db_value(&rows, 0, "day") != NULL)
			reconcile(crew, arena, db_value(&rows, 0, "day"));
	}
	return NULL;
}

/* Cancels the orders whose time to be paid is over. */
static void
expire(struct crew *crew, struct arena *arena)
{
	struct db_rows rows;
	struct problem why;

	if (!db_call(crew->db, arena, DB_REPEATABLE, &rows, &why,
		"select hints from payments_expire()")) {
		log_error("expiry failed", LOG_TEXT("code", why.code));
		return;
	}
	for (size_t i = 0; i < rows.count; i++)
		hints_publish(crew->redis, crew->config, db_value(&rows, i, "hints"));
}

/* Until the next step is due, or LOOK_MOST_MS. */
static int64_t
time_to_rest_ms(struct db *db, struct arena *arena)
{
	struct db_rows rows;
	struct problem why;
	const char *due;
	int64_t due_ms;

	if (!db_call(
		db, arena, DB_REPEATABLE, &rows, &why, "select payment_steps_due_in_ms() as due"))
		return RETRY_MS;
	due = db_value(&rows, 0, "due");
	due_ms = due == NULL ? LOOK_MOST_MS : strtoll(due, NULL, 10);
	return due_ms < LOOK_LEAST_MS ? LOOK_LEAST_MS
	    : due_ms > LOOK_MOST_MS   ? LOOK_MOST_MS
				      : due_ms;
}

/* Threads that no signal reaches: the main thread answers them. */
static bool
crew_start(struct crew *crew)
{
	sigset_t all, before;
	pthread_t thread;
	bool is_good;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	is_good = pthread_create(&thread, NULL, keep_books, crew) == 0;
	for (int64_t i = 0; i < crew->config->threads && is_good; i++)
		is_good = pthread_create(&thread, NULL, work, crew) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return is_good;
}

int
main(int argc, char **argv)
{
	struct config config;
	struct crew crew = { .config = &config };
	struct arena *arena = arena_open();
	struct wake *wake;
	int64_t rest_ms;

	config_start(&config, argc, argv, "settlement",
	    "does what is due between the site and the payment gateway");
	sem_init(&crew.rings, 0, 0);
	crew.gateway = gateway_open(&config);
	if (crew.gateway == NULL)
		return EX_CONFIG;
	crew.redis = redis_open(config.redis);
	crew.db = db_open(&config, "settlement", (size_t)config.database_connections);
	wake = wake_open(&config, "payment");
	if (!crew_start(&crew))
		return EX_OSERR;
	do {
		expire(&crew, arena);
		rest_ms = time_to_rest_ms(crew.db, arena);
		crew_ring(&crew);
		arena_reset(arena);
	} while (wake_wait(wake, rest_ms) != WAKE_STOP);
	log_info("stopped");
	/* The others may be at a call that takes seconds: what they leave is taken up when its lease is over. */
	_exit(EXIT_SUCCESS);
}
