/*
 * gateway_verdict: what is known after an exchange, case by case, and how long to wait.
 */
#include "gateway_verdict.h"

#include <stddef.h>

#include "test.h"

static const struct {
	const char *name;
	struct gateway_exchange exchange;
	struct gateway_verdict verdict; /* outcome, is_worth_repeating, is_alive */
} cases[] = {
	{ "never sent", { .is_sent = false }, { GATEWAY_UNAVAILABLE, true, false } },
	{ "cut, or no answer in time", { .is_sent = true }, { GATEWAY_UNKNOWN, true, false } },
	{ "200", { true, 200, .is_json = true }, { GATEWAY_ANSWER, false, true } },
	{ "a decline", { true, 402, .is_json = true }, { GATEWAY_ANSWER, false, true } },
	{ "a bad parameter", { true, 400, .is_json = true }, { GATEWAY_ANSWER, false, true } },
	{ "not there", { true, 404, .is_json = true }, { GATEWAY_ANSWER, false, true } },
	{ "an answer it keeps for the key", { true, 200, .is_json = true, .is_replayed = true },
	    { GATEWAY_ANSWER, false, true } },
	{ "200, but no JSON", { true, 200 }, { GATEWAY_UNKNOWN, true, false } },
	{ "somebody else's 404", { true, 404 }, { GATEWAY_UNKNOWN, true, false } },
	{ "a redirect", { true, 302 }, { GATEWAY_UNKNOWN, true, false } },
	{ "status 100", { true, 100, .is_json = true }, { GATEWAY_UNKNOWN, true, false } },
	{ "500", { true, 500, .is_json = true }, { GATEWAY_UNKNOWN, true, false } },
	{ "503 from a balancer", { true, 503 }, { GATEWAY_UNKNOWN, true, false } },
	{ "a stored 500", { true, 500, .is_json = true, .is_replayed = true },
	    { GATEWAY_UNKNOWN, false, false } },
	{ "our key refused", { true, 401, .is_json = true }, { GATEWAY_UNAVAILABLE, false, true } },
	{ "our key not good for it", { true, 403, .is_json = true },
	    { GATEWAY_UNAVAILABLE, false, true } },
	{ "the key in use", { true, 409, .is_json = true }, { GATEWAY_UNKNOWN, true, true } },
	{ "too many requests", { true, 429, .is_json = true },
	    { GATEWAY_UNAVAILABLE, true, true } },
};

static void
test_verdicts(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gateway_verdict got = gateway_verdict(&cases[i].exchange);
		const struct gateway_verdict *expected = &cases[i].verdict;

		is_int(got.outcome, expected->outcome, "PY-05 outcome: %s", cases[i].name);
		is_int(got.is_worth_repeating, expected->is_worth_repeating, "repeated? %s",
		    cases[i].name);
		is_int(got.is_alive, expected->is_alive, "alive? %s", cases[i].name);
	}
}

static void
test_pauses(void)
{
	int64_t longest_ms = 100;

	for (int failures = 1; failures <= 10; failures++) {
		for (uint32_t random = 0; random < 100000; random += 997) {
			int64_t pause_ms = gateway_pause_ms(failures, 0, random);

			if (pause_ms < longest_ms / 2 || pause_ms > longest_ms)
				ok(false, "after %d failures, random %u: %lld", failures, random,
				    (long long)pause_ms);
		}
		longest_ms = longest_ms * 2 < 2000 ? longest_ms * 2 : 2000;
		if (failures == 4)
			longest_ms = 2000;
	}
	ok(gateway_pause_ms(1, 0, 1) != gateway_pause_ms(1, 0, 2), "pauses differ");
	is_int(gateway_pause_ms(1, 3000, 7), 3000, "Retry-After is the least");
	is_int(gateway_pause_ms(3, 1, 0), 200, "but not the most");
	is_int(gateway_pause_ms(0, 0, 0), 50, "no failure at all is as one");
}

int
main(void)
{
	test_verdicts();
	test_pauses();
	return done();
}
