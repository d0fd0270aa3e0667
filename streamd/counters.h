/*
 * What streamd counts, for /metrics. To add one: a field here, a row in the table
 * of metrics.c.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stdint.h>

struct counters {
	uint64_t requests;
	uint64_t streams_denied;  /* 401, 403 */
	uint64_t events_in;	  /* hints that Redis brought for a channel watched here */
	uint64_t events_out;	  /* events given to streams */
	uint64_t events_replayed; /* of those, read from the log */
	uint64_t log_reads;
	uint64_t gaps; /* reads that a gap made necessary */
	uint64_t sweeps;
	uint64_t sweeps_found; /* sweeps that found what no hint had told */
	uint64_t sweeps_failed;
	uint64_t channels_broken; /* the log had lost what a watcher lacked */

	/* Must stay 0: what would have been sent, had it not been refused. */
	uint64_t gaps_sent;
	uint64_t duplicates_sent;
};

#endif
