/*
 * rate_limit: windows on a clock that the test sets, and what counts when Redis is away.
 */
#include "rate_limit.h"

#include <stdint.h>

#include "clock.h"
#include "log.h"
#include "redis.h"
#include "test.h"

static const struct rate_limit_policy three_a_minute = { "three", 3, 60, RATE_LIMIT_PROCESS };
static const struct rate_limit_policy site_wide = { "site", 3, 60, RATE_LIMIT_SITE };
static const struct rate_limit_policy durable = { "durable", 3, 60, RATE_LIMIT_SITE_DURABLE };

/* Stands in for the database. */
struct ledger {
	bool is_up;
	int64_t count;
	int asked;
};

static bool
ledger_count(void *context, const char *key, int64_t window_s, bool is_add, int64_t *count,
    int64_t *resets_in_s)
{
	struct ledger *ledger = context;

	(void)key;
	ledger->asked++;
	ledger->count += is_add;
	*count = ledger->count;
	*resets_in_s = window_s;
	return ledger->is_up;
}

static struct rate_limit_state
take(struct rate_limiter *limiter, const struct rate_limit_policy *policy, const char *who,
    int64_t amount)
{
	return rate_limit_take(limiter, policy, who, amount, NULL, NULL);
}

static void
test_window(struct rate_limiter *limiter)
{
	struct rate_limit_state state;

	ok(!take(limiter, &three_a_minute, "ann", 0).is_exceeded,
	    "nothing taken, nothing exceeded");
	for (int64_t left = 2; left >= 0; left--) {
		state = take(limiter, &three_a_minute, "ann", 1);
		ok(!state.is_exceeded && state.remaining == left, "%d left", (int)left);
	}
	ok(take(limiter, &three_a_minute, "ann", 0).is_exceeded, "looking tells that all is taken");
	clock_advance(20000);
	state = take(limiter, &three_a_minute, "ann", 1);
	ok(state.is_exceeded, "one more is refused");
	is_int(state.resets_in_s, 40, "and told when to come back");
	ok(!take(limiter, &three_a_minute, "bob", 1).is_exceeded,
	    "another subject counts by itself");
	ok(!take(limiter, &site_wide, "ann", 1).is_exceeded, "and so does another policy");
	clock_advance(39999);
	ok(take(limiter, &three_a_minute, "ann", 1).is_exceeded, "until the window ends");
	clock_advance(1);
	ok(!take(limiter, &three_a_minute, "ann", 1).is_exceeded, "and not longer");
}

static void
test_bounded(struct rate_limiter *limiter)
{
	char who[32];
	int refused = 0;

	for (int i = 0; i < 300000; i++) {
		snprintf(who, sizeof(who), "flood %d", i);
		refused += take(limiter, &three_a_minute, who, 1).is_exceeded;
	}
	is_int(refused, 0, "a flood of subjects refuses nobody who asks once");
}

static void
test_fallback(struct rate_limiter *limiter)
{
	struct ledger ledger = { .is_up = true };
	struct rate_limit_state state;

	for (int i = 0; i < 4; i++)
		state = rate_limit_take(limiter, &durable, "eve", 1, ledger_count, &ledger);
	ok(state.is_exceeded && ledger.asked == 4, "without Redis the database counts");
	rate_limit_take(limiter, &site_wide, "eve", 1, ledger_count, &ledger);
	is_int(ledger.asked, 4, "for policies that ask for it");
	ledger.is_up = false;
	ok(!rate_limit_take(limiter, &durable, "eve", 1, ledger_count, &ledger).is_exceeded,
	    "without either this process counts");
}

static void
test_headers(struct rate_limiter *limiter)
{
	struct rate_limit_state state = take(limiter, &three_a_minute, "headers", 1);
	char text[RATE_LIMIT_HEADER_SIZE];

	rate_limit_policy_header(&three_a_minute, text);
	is_string(text, "\"three\";q=3;w=60", "RateLimit-Policy");
	rate_limit_header(&state, text);
	is_string(text, "\"three\";r=2;t=60", "RateLimit");
}

/* Nothing listens at this path: every call must come back at once all the same. */
static void
test_redis_away(void)
{
	struct redis *redis = redis_open("/nonexistent/redis");
	struct rate_limiter *limiter = rate_limiter_open(redis);
	int64_t started_ms = clock_monotonic_ms();

	for (int i = 0; i < 10000; i++)
		redis_publish(redis, "event:order:1", "1 0 {}");
	redis_publish_lines(redis, "a\tb\nno tab\nc\td");
	redis_publish_lines(redis, NULL);
	ok(!take(limiter, &site_wide, "ann", 1).is_exceeded,
	    "OT-19 a limit without Redis counts here");
	ok(clock_monotonic_ms() - started_ms < 500, "OT-19 publishing without Redis costs no time");
	rate_limiter_close(&limiter);
	redis_close(&redis);
	ok(redis == NULL && limiter == NULL, "closed");
}

int
main(void)
{
	struct rate_limiter *limiter = rate_limiter_open(NULL);

	log_start("unit", LOG_LEVEL_ERROR + 1);
	clock_freeze(1793000000000);
	test_window(limiter);
	test_bounded(limiter);
	test_fallback(limiter);
	test_headers(limiter);
	clock_thaw();
	rate_limiter_close(&limiter);
	test_redis_away();
	return done();
}
