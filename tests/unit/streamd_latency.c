/*
 * The histogram of latencies: what is noted is observed at the turn's end, by the clock of that moment.
 */
#include "latency.h"

#include <stdio.h>

#include "clock.h"
#include "event.h"

#include "test.h"

#define NOW_MS 1793000000123

static struct loop *loop;
static struct latency latency;

static struct event *
event_of(const char *at)
{
	char text[256];
	int length = snprintf(text, sizeof(text),
	    "{\"channel\":\"c\",\"seq\":1,\"type\":\"t\",\"at\":\"%s\",\"data\":{\"at\":\"x\"}}",
	    at);

	return event_new(1, false, text, (size_t)length);
}

static void
note(int64_t ago_ms)
{
	char at[CLOCK_TEXT_SIZE];
	struct event *event;

	clock_format(NOW_MS - ago_ms, at);
	event = event_of(at);
	latency_note(&latency, event);
	event_release(&event);
}

static void
test_time(void)
{
	static const char *const wrong[] = { "", "yesterday", "2026-11-21T13:50:00.12" };
	struct event *event = event_of("2026-11-21T13:50:00.123Z");
	int64_t at_ms;

	ok(event_time(event, &at_ms) && at_ms == 1795269000123, "RN-16 an event tells its time");
	event_release(&event);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		event = event_of(wrong[i]);
		ok(!event_time(event, &at_ms), "unless it does not: %s", wrong[i]);
		event_release(&event);
	}
	event = event_new(1, false, "{}", 2);
	ok(!event_time(event, &at_ms), "or has none");
	event_release(&event);
}

static void
test_histogram(void)
{
	clock_freeze(NOW_MS);
	latency_start(&latency, loop);
	note(0);
	note(5);
	note(6);
	note(60000);
	note(-500);
	is_int((long long)latency.count, 0, "RN-16 nothing is observed before the turn's end");
	clock_advance(2);
	loop_settle(loop);
	is_int((long long)latency.count, 5, "then all is");
	is_int((long long)latency.buckets[0], 1, "what lies in the future took no time");
	is_int((long long)latency.buckets[1], 1, "a bound belongs to its bucket");
	is_int((long long)latency.buckets[3], 2,
	    "RN-16 each in its bucket, by the time it is by then");
	is_int((long long)latency.buckets[LATENCY_BUCKETS], 1, "and the last has no bound");
	is_int(latency.sum_ms, 2 + 7 + 8 + 60002, "the sum is told too");
	loop_settle(loop);
	is_int((long long)latency.count, 5, "each is observed once");
	for (int i = 0; i < 2 * LATENCY_NOTED_MAX; i++)
		note(1);
	loop_settle(loop);
	is_int((long long)latency.count, 5 + LATENCY_NOTED_MAX, "of very many in a turn, some are");
	clock_thaw();
}

int
main(void)
{
	loop = loop_open();
	test_time();
	test_histogram();
	loop_close(&loop);
	return done();
}
