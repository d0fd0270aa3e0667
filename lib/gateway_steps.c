/*
 * Take, call, settle, publish; over and over.
 */
#include "gateway_steps.h"

#include <inttypes.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "gateway.h"
#include "hints.h"
#include "log.h"
#include "problem.h"

/* Less time than this is no use to a call: the step is left to whoever comes next. */
#define CALL_MIN_MS 50

enum progress { SETTLED, NOTHING_DUE, TROUBLE };

static enum progress
trouble(const char *what, const struct problem *why)
{
	log_error(what, LOG_TEXT("code", why->code));
	return TROUBLE;
}

/*
 * Both statements may run twice: a lease that was given and not heard of runs out, and settling what is no longer ours
 * changes nothing.
 */
static enum progress
step_take(const struct gateway_steps *with, struct arena *arena, const char *subject,
    struct db_rows *step)
{
	const char *lease_ms = arena_print(arena, "%" PRId64, with->config->gateway_lease_ms);
	struct problem why;

	if (!db_call(with->db, arena, DB_REPEATABLE, step, &why,
		"select * from payment_step_take($1, $2)", subject, lease_ms))
		return trouble("cannot take a step", &why);
	return step->count ? SETTLED : NOTHING_DUE;
}

static enum progress
step_settle(const struct gateway_steps *with, struct arena *arena, const struct db_rows *step,
    const struct gateway_answer *answer)
{
	const char *status = arena_print(arena, "%d", answer->status);
	struct db_rows rows;
	struct problem why;

	if (!db_call(with->db, arena, DB_REPEATABLE, &rows, &why,
		"select hints from payment_step_settle($1, $2, $3, $4, $5)",
		db_value(step, 0, "step_id"), db_value(step, 0, "lease"),
		gateway_outcome_name(answer->outcome), status, answer->body))
		return trouble("cannot settle a step", &why);
	for (size_t i = 0; i < rows.count; i++)
		hints_publish(with->redis, with->config, db_value(&rows, i, "hints"));
	return SETTLED;
}

static int64_t
call_time_ms(const struct gateway_steps *with, int64_t until_ms)
{
	int64_t left_ms = until_ms - clock_monotonic_ms();

	return left_ms < with->config->gateway_timeout_ms ? left_ms
							  : with->config->gateway_timeout_ms;
}

static enum progress
step_run(
    const struct gateway_steps *with, struct arena *arena, const char *subject, int64_t until_ms)
{
	struct gateway_answer answer;
	struct db_rows step;
	enum progress taken = step_take(with, arena, subject, &step);

	if (taken != SETTLED)
		return taken;
	gateway_call(with->gateway, arena, db_value(&step, 0, "operation"),
	    db_value(&step, 0, "object_id"), db_value(&step, 0, "params"),
	    db_value(&step, 0, "key"), call_time_ms(with, until_ms), &answer);
	return step_settle(with, arena, &step, &answer);
}

int
gateway_steps_run(const struct gateway_steps *with, const char *subject, int64_t until_ms)
{
	struct arena *arena = arena_open();
	enum progress progress = SETTLED;
	int settled = 0;

	while (progress == SETTLED && clock_monotonic_ms() + CALL_MIN_MS <= until_ms) {
		progress = step_run(with, arena, subject, until_ms);
		settled += progress == SETTLED;
		arena_reset(arena);
	}
	arena_close(&arena);
	return progress == TROUBLE ? -1 : settled;
}
