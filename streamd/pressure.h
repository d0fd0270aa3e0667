/*
 * How much memory this process has, looked at a few times a second: beyond a limit newcomers are
 * refused, and who is there stays. After busy seconds, what malloc holds for nothing goes
 * back to the system.
 */
#ifndef PRESSURE_H
#define PRESSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"

struct counters;

/* Zeroed: no limit. Read-only outside pressure.c. */
struct pressure {
	struct loop *loop;
	struct loop_timer timer;
	const struct counters *counters;
	size_t limit_bytes, used_bytes;
	bool is_high;
	uint64_t work_seen,
	    work_trimmed; /* done by the last look, and by the last time that memory was given back */
	int64_t trimmed_ms;
};

/* COUNTERS, which is borrowed, tells whether anything happens. */
void pressure_start(struct pressure *pressure, struct loop *loop, size_t limit_bytes,
    const struct counters *counters);
void pressure_stop(struct pressure *pressure);

#endif
