/*
 * gateway_breaker: every edge of its picture.
 */
#include "gateway_breaker.h"

#include "test.h"

#define START_MS 1000

/* A breaker that has just opened, at START_MS. */
static struct gateway_breaker
opened(void)
{
	struct gateway_breaker breaker = { 0 };

	for (int i = 0; i < GATEWAY_BREAKER_FAILURES; i++)
		gateway_breaker_note(&breaker, false, START_MS);
	return breaker;
}

static void
test_closed(void)
{
	struct gateway_breaker breaker = { 0 };

	for (int i = 1; i < GATEWAY_BREAKER_FAILURES; i++)
		is_int(gateway_breaker_note(&breaker, false, START_MS), BREAKER_SAME,
		    "PY-05 failure %d opens nothing", i);
	ok(gateway_breaker_admits(&breaker, START_MS), "and calls go on");
	is_int(gateway_breaker_note(&breaker, true, START_MS), BREAKER_SAME, "a success");
	for (int i = 1; i < GATEWAY_BREAKER_FAILURES; i++)
		gateway_breaker_note(&breaker, false, START_MS);
	ok(gateway_breaker_admits(&breaker, START_MS), "makes the count begin anew");
	is_int(gateway_breaker_note(&breaker, false, START_MS), BREAKER_OPENED,
	    "as many in a row open it, and that is told");
}

static void
test_open(void)
{
	struct gateway_breaker breaker = opened();

	ok(!gateway_breaker_admits(&breaker, START_MS), "PY-05 open: no call");
	ok(!gateway_breaker_admits(&breaker, START_MS + GATEWAY_BREAKER_PAUSE_MS - 1),
	    "for the whole pause");
	is_int(gateway_breaker_note(&breaker, false, START_MS + 100), BREAKER_SAME,
	    "a call that was under way fails too: told once");
	ok(!gateway_breaker_admits(&breaker, START_MS + GATEWAY_BREAKER_PAUSE_MS),
	    "and the pause counts from the newest failure");
	ok(gateway_breaker_admits(&breaker, START_MS + 100 + GATEWAY_BREAKER_PAUSE_MS),
	    "then one is let through");
}

static void
test_half_open(void)
{
	struct gateway_breaker breaker = opened();
	int64_t now_ms = START_MS + GATEWAY_BREAKER_PAUSE_MS;

	ok(gateway_breaker_admits(&breaker, now_ms), "half open: one call");
	ok(!gateway_breaker_admits(&breaker, now_ms), "and not two");
	is_int(gateway_breaker_note(&breaker, false, now_ms + 10), BREAKER_SAME, "it fails");
	ok(!gateway_breaker_admits(&breaker, now_ms + GATEWAY_BREAKER_PAUSE_MS), "so it waits");
	now_ms += 10 + GATEWAY_BREAKER_PAUSE_MS;
	ok(gateway_breaker_admits(&breaker, now_ms), "another pause, another call");
	is_int(gateway_breaker_note(&breaker, true, now_ms), BREAKER_CLOSED, "it succeeds: closed");
	ok(gateway_breaker_admits(&breaker, now_ms) && gateway_breaker_admits(&breaker, now_ms),
	    "and all are let through");
	is_int(gateway_breaker_note(&breaker, false, now_ms), BREAKER_SAME,
	    "one failure afterwards opens nothing");
}

static void
test_silent_probe(void)
{
	struct gateway_breaker breaker = opened();
	int64_t now_ms = START_MS + GATEWAY_BREAKER_PAUSE_MS;

	gateway_breaker_admits(&breaker, now_ms);
	ok(gateway_breaker_admits(&breaker, now_ms + GATEWAY_BREAKER_PAUSE_MS),
	    "a call that never tells how it went holds up others for one pause");
}

int
main(void)
{
	test_closed();
	test_open();
	test_half_open();
	test_silent_probe();
	return done();
}
