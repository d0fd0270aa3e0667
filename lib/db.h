/*
 * PostgreSQL: a few connections, shared by a program's threads. Each is made when it is first needed and again when it was
 * lost, and is lent for one run: who waits for a password or a gateway keeps none. Statements are constants, prepared on
 * first use; several go in one transaction and one round trip.
 *
 * How long it may block: until a connection is free, at most as long as a statement; then PostgreSQL's own statement and lock
 * time-outs (config), watched from here too, so that a server that hangs is given up a second later. When the
 * connection is lost, attempts are repeated with back-off and jitter for the first 2 s of
 * an outage (a restart takes less); after that each call tries once and fails at once: 503
 * database_unavailable with Retry-After. Serialization failures and deadlocks are repeated,
 * for they changed nothing.
 */
#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct config;
struct db;
struct problem;

/* MOST connections at once, 1 to 256. CONFIG and APPLICATION_NAME are borrowed. Connects to nothing yet. Never null. Thread-safe. */
struct db *db_open(const struct config *config, const char *application_name, size_t most);

/* No run may be under way. */
void db_close(struct db **db);

/* SQL is a literal (its address may be kept); parameters are texts, null for SQL's null. */
struct db_statement {
	const char *sql;
	const char *const *parameters;
	size_t count;
};

#define DB_STATEMENT(text, ...)                                 \
	((struct db_statement){ .sql = (text),                  \
	    .parameters = (const char *const[]){ __VA_ARGS__ }, \
	    .count = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *) })

/*
 * May it run twice, when the connection was lost and nobody knows whether the first run
 * committed? Reads may, and what carries an idempotency key. Others get 503 then, and their
 * client decides.
 */
enum db_repeat { DB_ONCE, DB_REPEATABLE };

/* Rows, copied into the arena. */
struct db_rows {
	size_t count;
	size_t column_count;
	const char *const *names;
	const char *const *values; /* row by row; null is SQL's null */
};

/*
 * Runs STATEMENTS: one as it is (autocommit), several between BEGIN and COMMIT. ROWS (may
 * be null) are the last one's. False: nothing of it stays, but see enum db_repeat; WHY is a
 * condition raised as SQLSTATE FFnnn (status nnn, even one below 400; code from CONSTRAINT,
 * detail from MESSAGE, members from DETAIL), or the row of db.c's table that the SQLSTATE
 * is in. Unexpected ones are logged here.
 */
bool db_run(struct db *db, const struct db_statement *statements, size_t count,
    enum db_repeat repeat, struct arena *arena, struct db_rows *rows, struct problem *why);

/* db_run of one statement: db_call(db, arena, DB_ONCE, &rows, &why, "select * from f($1)", a). */
#define db_call(db, arena, repeat, rows, why, ...) \
	db_run((db), &DB_STATEMENT(__VA_ARGS__), 1, (repeat), (arena), (rows), (why))

/* The value in column NAME, which must be there; null is SQL's null, or no such row. */
const char *db_value(const struct db_rows *rows, size_t row, const char *name);

#endif
