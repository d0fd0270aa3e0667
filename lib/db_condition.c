/*
 * SQLSTATE to problem.
 *
 * To add a condition of our own: nothing here; raise it by api.fail(status, code, detail).
 * To treat one of PostgreSQL's in a new way: a row in conditions[]; the first that matches
 * counts.
 */
#include "db_condition.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "log.h"
#include "problem.h"

struct condition {
	const char *prefix; /* of the SQLSTATE: two characters are a class */
	enum db_outcome outcome;
	int status;
	const char *code;
	const char *detail;
	int retry_after_s;
};

#define UNAVAILABLE 503, "database_unavailable", "The database does not answer; try again soon.", 2
#define BUSY 503, "database_busy", "The database is busy; try again soon.", 1
#define UNFIT 422, "invalid_value", "A value is out of range.", 0
#define INTERNAL 500, "internal", "Something went wrong here.", 0

static const struct condition conditions[] = {
	{ "", DB_UNKNOWN, UNAVAILABLE }, /* no SQLSTATE at all: the connection broke */
	{ "08", DB_UNKNOWN, UNAVAILABLE },
	{ "57P01", DB_NOT_RUN, UNAVAILABLE }, /* shut down by an administrator, */
	{ "57P02", DB_NOT_RUN, UNAVAILABLE }, /* by a sibling's crash, */
	{ "57P03", DB_NOT_RUN, UNAVAILABLE }, /* or not up yet */
	{ "53", DB_NOT_RUN, UNAVAILABLE },    /* out of connections, memory, disk */
	{ "25006", DB_NOT_RUN, UNAVAILABLE }, /* read-only: a standby, about to be promoted */
	{ "40", DB_CONFLICT, BUSY },	      /* serialization failure, deadlock */
	{ "55P03", DB_FAILED, BUSY },	      /* lock_timeout */
	{ "57014", DB_FAILED, BUSY },	      /* statement_timeout */
	{ "26000", DB_STALE, INTERNAL },      /* no such prepared statement */
	{ "42P05", DB_STALE, INTERNAL },      /* there is already one */
	{ "0A000", DB_STALE, INTERNAL },      /* its result's type has changed, by a deploy */
	{ "22003", DB_FAILED, UNFIT },
	{ "22008", DB_FAILED, UNFIT },
	{ "22021", DB_FAILED, UNFIT },
	{ "22P05", DB_FAILED, UNFIT },
};

static const struct condition unexpected = { "", DB_FAILED, INTERNAL };

static const struct condition *
find(const char *sqlstate)
{
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		size_t length = strlen(conditions[i].prefix);

		if (length ? !strncmp(sqlstate, conditions[i].prefix, length) : !*sqlstate)
			return &conditions[i];
	}
	return &unexpected;
}

/* FFnnn: raised by our own functions for the client. */
static enum db_outcome
own_condition(const struct db_error *error, struct arena *arena, struct problem *why)
{
	const char *code = error->constraint ? error->constraint : "error";

	problem_set(why, (int)strtol(error->sqlstate + 2, NULL, 10), arena_text(arena, code),
	    arena_text(arena, error->message));
	why->members = arena_text(arena, error->detail);
	return DB_FAILED;
}

enum db_outcome
db_condition(const struct db_error *error, struct arena *arena, struct problem *why)
{
	const struct condition *condition;

	if (!strncmp(error->sqlstate, "FF", 2))
		return own_condition(error, arena, why);
	condition = find(error->sqlstate);
	problem_set_retry(
	    why, condition->status, condition->code, condition->detail, condition->retry_after_s);
	if (condition->status == 500)
		log_error("database error", LOG_TEXT("sqlstate", error->sqlstate),
		    LOG_TEXT("error", error->message));
	else
		log_warning("database trouble", LOG_TEXT("sqlstate", error->sqlstate),
		    LOG_TEXT("error", error->message));
	return condition->outcome;
}
