/*
 * The database: rows, transactions, prepared statements, and every way to lose a connection. It needs the
 * PostgreSQL of a running instance (FOODFAST_RUN_DIR, which tests/run sets), and leaves nothing in it.
 */
#include "db.h"

#include <pthread.h>
#include <stdlib.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "log.h"
#include "problem.h"
#include "test.h"

#define STATEMENT_MS 300

/* What every test has. */
struct fixture {
	struct arena *arena;
	struct config config;
	struct db *db;
	struct db_rows rows;
	struct problem why;
};

/* The folder of the server's socket: the fifth line of its postmaster.pid. */
static const char *
socket_folder(struct arena *arena, const char *run_dir)
{
	FILE *file = fopen(arena_print(arena, "%s/postgres/postmaster.pid", run_dir), "r");
	char line[512] = "";

	if (!file)
		return NULL;
	for (int i = 0; i < 5; i++)
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
	fclose(file);
	return arena_copy(arena, line, strcspn(line, "\n"));
}

static void
test_rows(struct fixture *fixture)
{
	struct db_rows *rows = &fixture->rows;

	ok(db_call(fixture->db, fixture->arena, DB_ONCE, rows, &fixture->why,
	       "select n, $1::text as echo, $2::text as nothing from generate_series(1, 2) n",
	       "caf\xc3\xa9", NULL),
	    "a statement with parameters");
	is_int((long long)rows->count, 2, "gives its rows");
	is_string(db_value(rows, 1, "n"), "2", "a column by its name");
	is_string(db_value(rows, 0, "echo"), "caf\xc3\xa9", "a parameter comes back");
	is_string(db_value(rows, 0, "nothing"), NULL, "null is null");
	is_string(db_value(rows, 2, "n"), NULL, "and so is a row that is not there");
}

static const char *
value_of(struct fixture *fixture, const char *sql)
{
	if (!db_run(fixture->db, &DB_STATEMENT(sql), 1, DB_ONCE, fixture->arena, &fixture->rows,
		&fixture->why))
		return fixture->why.code;
	return db_value(&fixture->rows, 0, "value");
}

static void
test_preparing(struct fixture *fixture)
{
	static const char sql[] =
	    "select count(*) as value from pg_prepared_statements where statement like '%unit-db%'";

	is_string(value_of(fixture, sql), "1", "a statement is prepared");
	is_string(value_of(fixture, sql), "1", "once");
	value_of(fixture, "deallocate all");
	is_string(value_of(fixture, sql), "1", "and anew when the server has forgotten it");
}

static void
test_transactions(struct fixture *fixture)
{
	const struct db_statement good[] = {
		DB_STATEMENT("select set_config('unit.value', 'kept', false), $1::text", "x"),
		DB_STATEMENT("select current_setting('unit.value') as value"),
	};
	const struct db_statement bad[] = {
		DB_STATEMENT("select set_config('unit.value', 'lost', false)"),
		DB_STATEMENT("select 1 / (length($1) - 1) as value", "x"),
	};

	ok(db_run(fixture->db, good, 2, DB_ONCE, fixture->arena, &fixture->rows, &fixture->why),
	    "two statements");
	is_string(db_value(&fixture->rows, 0, "value"), "kept", "give the last one's rows");
	ok(!db_run(fixture->db, bad, 2, DB_ONCE, fixture->arena, &fixture->rows, &fixture->why),
	    "two, of which one fails");
	is_int(fixture->why.status, 500, "are our mistake, if it is no condition that we know");
	is_string(value_of(fixture, "select current_setting('unit.value') as value"), "kept",
	    "both are rolled back, and the connection is good");
}

static void
test_conditions(struct fixture *fixture)
{
	is_string(
	    value_of(fixture,
		"do $$ begin raise sqlstate 'FF409' using message = 'No.', constraint = 'not_now', detail = '{}'; end $$"),
	    "not_now", "a condition of our own");
	is_int(fixture->why.status, 409, "has its status");
	is_string(fixture->why.detail, "No.", "its detail");
	is_string(fixture->why.members, "{}", "its members");
	is_string(value_of(fixture, "do $$ begin raise sqlstate '40001'; end $$"), "database_busy",
	    "a conflict is told, once repeating did not help");
	is_string(value_of(fixture, "select pg_sleep(2)::text as value"), "database_busy",
	    "what takes too long is cut");
	ok(fixture->why.retry_after_s > 0, "with the advice to come again");
}

static void
test_lost_connections(struct fixture *fixture)
{
	struct db *killer = db_open(&fixture->config, "unit-db-killer", 1);
	const char *pid = value_of(fixture, "select pg_backend_pid() as value");
	int64_t began_ms;

	ok(db_call(killer, fixture->arena, DB_ONCE, &fixture->rows, &fixture->why,
	       "select pg_terminate_backend($1::int)::text as value", pid),
	    "an idle connection is cut from outside");
	while (db_call(killer, fixture->arena, DB_ONCE, &fixture->rows, &fixture->why,
		   "select from pg_stat_activity where pid = $1::int", pid) &&
	    fixture->rows.count)
		continue;
	ok(strcmp(value_of(fixture, "select pg_backend_pid() as value"), pid) != 0,
	    "AC-15 a write that comes next is done over another, for nothing was sent over the old one");
	db_close(&killer);

	began_ms = clock_monotonic_ms();
	is_string(value_of(fixture, "select pg_terminate_backend(pg_backend_pid())::text as value"),
	    "database_unavailable", "AC-15 what is cut again and again is given up");
	ok(clock_monotonic_ms() - began_ms < 4000, "within the time that an outage is waited out");
	is_string(
	    value_of(fixture, "select 'back' as value"), "back", "AC-15 and the next one is fine");
}

/* Its database, and the process that served it. */
struct sharer {
	struct db *db;
	pthread_t thread;
	bool is_served;
	char pid[16];
};

static void *
share(void *given)
{
	struct sharer *sharer = given;
	struct arena *arena = arena_open();
	struct db_rows rows;
	struct problem why;

	sharer->is_served = db_call(sharer->db, arena, DB_ONCE, &rows, &why,
	    "select pg_backend_pid() as pid, pg_sleep(0.02)");
	if (sharer->is_served)
		snprintf(sharer->pid, sizeof(sharer->pid), "%s", db_value(&rows, 0, "pid"));
	arena_close(&arena);
	return NULL;
}

static void
test_sharing(struct fixture *fixture)
{
	struct db *db = db_open(&fixture->config, "unit-db", 2);
	struct sharer sharers[8];
	const size_t count = sizeof(sharers) / sizeof(sharers[0]);
	size_t served = 0, others = 0;

	for (size_t i = 0; i < count; i++) {
		sharers[i] = (struct sharer){ .db = db };
		pthread_create(&sharers[i].thread, NULL, share, &sharers[i]);
	}
	for (size_t i = 0; i < count; i++) {
		pthread_join(sharers[i].thread, NULL);
		served += sharers[i].is_served;
	}
	is_int((long long)served, (long long)count,
	    "eight threads share two connections: all are served");
	for (size_t i = 1; i < count; i++)
		if (strcmp(sharers[i].pid, sharers[0].pid) != 0 &&
		    (others == 0 || strcmp(sharers[i].pid, sharers[others].pid) != 0))
			others = others ? count : i;
	ok(others > 0 && others < count, "by two processes of PostgreSQL, no more");
	db_close(&db);
}

static void
test_outage(struct fixture *fixture)
{
	struct config nowhere = fixture->config;
	struct db *db;
	int64_t began_ms = clock_monotonic_ms(), first_ms;

	nowhere.database = "host=/nonexistent";
	db = db_open(&nowhere, "unit-db", 1);
	ok(!db_call(db, fixture->arena, DB_REPEATABLE, &fixture->rows, &fixture->why, "select 1"),
	    "AC-15 without a server it fails");
	is_int(fixture->why.status, 503, "with 503");
	is_string(fixture->why.code, "database_unavailable", "and its code");
	first_ms = clock_monotonic_ms() - began_ms;
	ok(first_ms >= 1500 && first_ms < 4000, "after waiting for a restart");
	began_ms = clock_monotonic_ms();
	db_call(db, fixture->arena, DB_REPEATABLE, &fixture->rows, &fixture->why, "select 1");
	ok(clock_monotonic_ms() - began_ms < 1000, "AC-15 and at once when that is known");
	db_close(&db);
}

int
main(void)
{
	const char *run_dir = getenv("FOODFAST_RUN_DIR");
	struct fixture fixture = { .arena = arena_open() };
	const char *folder = run_dir ? socket_folder(fixture.arena, run_dir) : NULL;
	char reason[256];

	if (!folder) {
		puts("1..0 # SKIP needs FOODFAST_RUN_DIR of a running instance");
		arena_close(&fixture.arena);
		return 0;
	}
	log_start("test", LOG_LEVEL_ERROR + 1);
	ok(!config_read(&fixture.config, reason, sizeof(reason)), "there is a configuration");
	fixture.config.database = arena_print(
	    fixture.arena, "host='%s' dbname=foodfast user=foodfast_orders", folder);
	fixture.config.database_statement_ms = STATEMENT_MS;
	fixture.db = db_open(&fixture.config, "unit-db", 1);
	test_rows(&fixture);
	test_preparing(&fixture);
	test_transactions(&fixture);
	test_conditions(&fixture);
	test_lost_connections(&fixture);
	test_sharing(&fixture);
	test_outage(&fixture);
	db_close(&fixture.db);
	arena_close(&fixture.arena);
	return done();
}
