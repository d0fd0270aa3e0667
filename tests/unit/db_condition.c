/* SQLSTATEs: which are the client's, which are repeated, which are trouble. */
#include "db_condition.h"

#include "arena.h"
#include "log.h"
#include "problem.h"
#include "test.h"

static const struct {
	const char *sqlstate;
	enum db_outcome outcome;
	int status;
	const char *code;
} cases[] = {
	{ "", DB_UNKNOWN, 503, "database_unavailable" },
	{ "08006", DB_UNKNOWN, 503, "database_unavailable" },
	{ "57P01", DB_NOT_RUN, 503, "database_unavailable" },
	{ "57P03", DB_NOT_RUN, 503, "database_unavailable" },
	{ "53300", DB_NOT_RUN, 503, "database_unavailable" },
	{ "40001", DB_CONFLICT, 503, "database_busy" },
	{ "40P01", DB_CONFLICT, 503, "database_busy" },
	{ "55P03", DB_FAILED, 503, "database_busy" },
	{ "57014", DB_FAILED, 503, "database_busy" },
	{ "26000", DB_STALE, 500, "internal" },
	{ "0A000", DB_STALE, 500, "internal" },
	{ "22P05", DB_FAILED, 422, "invalid_value" },
	{ "42883", DB_FAILED, 500, "internal" },
	{ "23505", DB_FAILED, 500, "internal" },
};

static void
test_table(struct arena *arena)
{
	struct problem why;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct db_error error = { .sqlstate = cases[i].sqlstate, .message = "private" };

		is_int(db_condition(&error, arena, &why), cases[i].outcome, "%s is judged",
		    cases[i].sqlstate);
		is_int(why.status, cases[i].status, "with its status");
		is_string(why.code, cases[i].code, "with its code");
		ok(!strstr(why.detail, "private"), "telling nothing of the server's message");
		ok(why.status != 503 || why.retry_after_s > 0,
		    "and when to come back, where that helps");
	}
}

static void
test_own(struct arena *arena)
{
	struct db_error error = {
		.sqlstate = "FF409",
		.message = "No.",
		.constraint = "illegal_transition",
		.detail = "{\"allowed\": []}",
	};
	struct problem why;

	is_int(db_condition(&error, arena, &why), DB_FAILED, "a condition of our own");
	is_int(why.status, 409, "has its status in the SQLSTATE");
	is_string(why.code, "illegal_transition", "its code in CONSTRAINT");
	is_string(why.detail, "No.", "its detail in MESSAGE");
	is_string(why.members, "{\"allowed\": []}", "further members in DETAIL");
	is_int(db_condition(&(struct db_error){ .sqlstate = "FF208" }, arena, &why), DB_FAILED,
	    "one below 400");
	is_int(why.status, 208, "is told as such");
}

int
main(void)
{
	struct arena *arena = arena_open();

	log_start("test", LOG_LEVEL_ERROR + 1);
	test_table(arena);
	test_own(arena);
	arena_close(&arena);
	return done();
}
