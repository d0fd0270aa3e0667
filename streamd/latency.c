/*
 * The histogram of latencies. Its task waits in the same line as the writes, behind them.
 */
#include "latency.h"

#include "clock.h"
#include "event.h"
#include "list.h"

const int64_t latency_bounds_ms[LATENCY_BUCKETS] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000,
	5000, 10000 };

static void
latency_observe(struct latency *latency, int64_t latency_ms)
{
	unsigned bucket = 0;

	while (bucket < LATENCY_BUCKETS && latency_ms > latency_bounds_ms[bucket])
		bucket++;
	latency->buckets[bucket]++;
	latency->count++;
	latency->sum_ms += latency_ms;
}

/* A clock that was set back makes no event arrive before it happened. */
static void
latency_turn(struct loop_task *task)
{
	struct latency *latency = CONTAINER(task, struct latency, turn);
	int64_t now_ms = clock_wall_ms();

	for (unsigned i = 0; i < latency->noted_count; i++) {
		int64_t since_ms = now_ms - latency->noted_ms[i];

		latency_observe(latency, since_ms > 0 ? since_ms : 0);
	}
	latency->noted_count = 0;
}

void
latency_start(struct latency *latency, struct loop *loop)
{
	*latency = (struct latency){ .loop = loop, .turn.run = latency_turn };
}

/* When a turn has more events than are noted, those go uncounted that came last. */
void
latency_note(struct latency *latency, const struct event *event)
{
	int64_t at_ms;

	if (latency->noted_count == LATENCY_NOTED_MAX || !event_time(event, &at_ms))
		return;
	if (latency->noted_count == 0)
		loop_later(latency->loop, &latency->turn);
	latency->noted_ms[latency->noted_count++] = at_ms;
}
