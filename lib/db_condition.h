/*
 * What an SQLSTATE means: the one table, pure, between PostgreSQL's errors and ours.
 * For db.c and its test, and for streamd, which has a libpq of its own.
 */
#ifndef DB_CONDITION_H
#define DB_CONDITION_H

struct arena;
struct problem;

enum db_outcome {
	DB_DONE,
	DB_FAILED,   /* a problem for the client; nothing stays */
	DB_CONFLICT, /* rolled back for another's sake: the same again may pass */
	DB_STALE,    /* the connection's prepared statements are not what we think */
	DB_NOT_RUN,  /* the connection was lost, and nothing can have happened */
	DB_UNKNOWN,  /* the connection was lost: who knows */
};

/* An error as the server sent it; SQLSTATE "": it sent none. Others may be null. */
struct db_error {
	const char *sqlstate;
	const char *message;
	const char *constraint;
	const char *detail;
};

/* Fills WHY, with copies. Logs what no client can help. */
enum db_outcome db_condition(
    const struct db_error *error, struct arena *arena, struct problem *why);

#endif
