/*
 * How long events take, from the time that their transaction gave them to the moment at
 * which the last live watcher's bytes were handed to the kernel: a histogram, for
 * /metrics.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>

#include "loop.h"

struct event;

enum { LATENCY_BUCKETS = 13, LATENCY_NOTED_MAX = 32 };

struct latency {
	struct loop *loop;
	struct loop_task turn;
	unsigned noted_count;
	int64_t noted_ms[LATENCY_NOTED_MAX];   /* when they happened; observed at this turn's end */
	uint64_t buckets[LATENCY_BUCKETS + 1]; /* the last one has no bound */
	uint64_t count;
	int64_t sum_ms;
};

/* The buckets' upper bounds, in ms. */
extern const int64_t latency_bounds_ms[LATENCY_BUCKETS];

void latency_start(struct latency *latency, struct loop *loop);

/* EVENT was queued for the last of its watchers: what is queued leaves in this turn, and is observed after that. */
void latency_note(struct latency *latency, const struct event *event);

#endif
