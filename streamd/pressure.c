/*
 * Looking after memory. A storm of connections, and a crowd served in waves, leave pages
 * behind that hold nothing; malloc would keep them.
 */
#include "pressure.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "counters.h"
#include "log.h"

enum { TRIM_NEVER = -1 };
enum { LOOK_MS = 200, QUIET_TRIM_MS = 1000, TRIM_MS = 10000, EASED_SHARE = 16 };

/* Of the pages that are in memory (proc(5), statm); 0: the system does not tell. */
static size_t
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (!file)
		return 0;
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
	if (fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void
trim(struct pressure *pressure, uint64_t work)
{
	malloc_trim(0);
	pressure->work_trimmed = work;
	pressure->trimmed_ms = loop_now_ms(pressure->loop);
	pressure->used_bytes = resident_bytes();
}

/* When it is quiet, or has not been for long; and only if something happened since. */
static bool
is_time_to_trim(const struct pressure *pressure, uint64_t work)
{
	bool is_quiet = work == pressure->work_seen;
	int64_t since_ms = loop_now_ms(pressure->loop) - pressure->trimmed_ms;

	return work != pressure->work_trimmed && since_ms >= (is_quiet ? QUIET_TRIM_MS : TRIM_MS);
}

/* It is eased a little below the limit, lest it changes its mind with every client. */
static bool
is_high(const struct pressure *pressure)
{
	size_t limit = pressure->limit_bytes;

	if (pressure->is_high)
		limit -= limit / EASED_SHARE;
	return limit > 0 && pressure->used_bytes > limit;
}

static void
pressure_look(struct loop_timer *timer)
{
	struct pressure *pressure = CONTAINER(timer, struct pressure, timer);
	uint64_t work = pressure->counters->requests + pressure->counters->events_out;
	bool was_high = pressure->is_high;

	pressure->used_bytes = resident_bytes();
	if (is_time_to_trim(pressure, work) || (is_high(pressure) && !was_high))
		trim(pressure, work);
	pressure->work_seen = work;
	pressure->is_high = is_high(pressure);
	if (pressure->is_high != was_high)
		log_warning(pressure->is_high ? "too much memory; newcomers are refused"
					      : "there is memory again",
		    LOG_INT("bytes", (int64_t)pressure->used_bytes));
	loop_timer_set(pressure->loop, timer, LOOK_MS);
}

void
pressure_start(struct pressure *pressure, struct loop *loop, size_t limit_bytes,
    const struct counters *counters)
{
	*pressure = (struct pressure){ .loop = loop,
		.counters = counters,
		.limit_bytes = limit_bytes,
		.trimmed_ms = loop_now_ms(loop) };
	/* Memory is given back here, at quiet moments, and not by every free() that comes upon the heap's end. */
	mallopt(M_TRIM_THRESHOLD, TRIM_NEVER);
	loop_timer_start(&pressure->timer, pressure_look);
	loop_timer_set(loop, &pressure->timer, 0);
}

void
pressure_stop(struct pressure *pressure)
{
	if (pressure->loop)
		loop_timer_clear(&pressure->timer);
}
