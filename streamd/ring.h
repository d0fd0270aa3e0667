/*
 * Events of one channel at hand, by their seq: so many at most, and the newer one
 * stays where two would share a place. It serves who is a little behind from
 * memory. Pure.
 */
#ifndef RING_H
#define RING_H

#include <stddef.h>
#include <stdint.h>

struct event;

/* Zeroed is empty, and holds no memory. */
struct ring {
	struct event **events; /* each at its seq modulo size */
	uint32_t size;	       /* a power of two */
	size_t bytes;	       /* of their envelopes */
};

/* The event SEQ; borrowed; null: it is not here. */
struct event *ring_find(const struct ring *ring, uint64_t seq);

/* Keeps EVENT; the ring grows, to MOST places (a power of two), before an older event has to go. */
void ring_keep(struct ring *ring, struct event *event, uint32_t most);

/* Lets go of all but the events of up to EVENT_BYTES_MAX that are among the MOST up to LAST, and shrinks to that. */
void ring_trim(struct ring *ring, uint64_t last, uint32_t most, size_t event_bytes_max);

void ring_clear(struct ring *ring);

#endif
