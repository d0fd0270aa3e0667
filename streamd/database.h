/*
 * PostgreSQL without waiting: a small pool of connections on the loop, a queue of
 * queries before them, an answer by callback. Statements are constants beside who
 * uses them, prepared on each connection at their first use.
 *
 * While PostgreSQL is away, queries wait two seconds for its return (a restart takes
 * less); in a longer outage they fail at once: 503 database_unavailable. It is away when
 * no connection serves, or when none has answered for a second though it was asked: one
 * that hangs still has its sockets.
 */
#ifndef DATABASE_H
#define DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

struct config;
struct database;
struct database_query;
struct loop;

enum { DATABASE_PARAMETERS_MAX = 4 };

struct database_statement {
	const char *name; /* of the prepared statement; unique */
	const char *sql;
	bool is_once; /* has an effect: never sent again when its connection broke */

	/*
	 * Those that wait at the same moment are asked together: each parameter of the SQL is an array, an element a
	 * question, and the first column of every row the number of its question, from 1, by which rows are ordered. One
	 * question must not fail the others: who can't be answered gets no rows.
	 */
	bool is_shared;
};

/* Valid in the callback only. */
struct database_answer {
	bool is_ok;
	struct problem why; /* when it is not; texts as valid as the answer */
	size_t rows;
	size_t first_row; /* of the result */
	void *result;
};

typedef void database_callback(void *context, const struct database_answer *answer);

/*
 * Connects in the background. GREETING is run on every new connection before it serves, and GREETED gets
 * each answer: the place to learn whose log this is. CONFIG is borrowed.
 */
struct database *database_open(struct loop *loop, const struct config *config,
    const struct database_statement *greeting, database_callback *greeted, void *context);
void database_close(struct database **database);

/*
 * Asks STATEMENT with COUNT text parameters (copied; null is SQL's null). ANSWERED is called once,
 * never from within this call, unless database_forget() came first.
 */
struct database_query *database_ask(struct database *database,
    const struct database_statement *statement, const char *const *parameters, size_t count,
    database_callback *answered, void *context);

/* The answer is no longer wanted. Null is fine; the caller's pointer is taken away. */
void database_forget(struct database_query **query);

/* A value of the answer; null is SQL's null. */
const char *database_text(const struct database_answer *answer, size_t row, int column);
size_t database_length(const struct database_answer *answer, size_t row, int column);
int64_t database_number(const struct database_answer *answer, size_t row, int column);
bool database_truth(const struct database_answer *answer, size_t row, int column);

/* Does at least one connection serve, and answer? Known a second or two after it has changed. */
bool database_is_up(const struct database *database);

#endif
