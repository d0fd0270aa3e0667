/*
 * Rings of events. A channel of a few events has a small one.
 */
#include "ring.h"

#include <assert.h>
#include <stdlib.h>

#include "buffer.h"
#include "event.h"
#include "memory.h"

enum { SIZE_MIN = 8 };

static struct event **
place_of(const struct ring *ring, uint64_t seq)
{
	assert(ring->size > 0);
	return &ring->events[seq & (ring->size - 1)];
}

struct event *
ring_find(const struct ring *ring, uint64_t seq)
{
	struct event *event = ring->size > 0 ? *place_of(ring, seq) : NULL;

	return event && event->seq == seq ? event : NULL;
}

static void
place_clear(struct ring *ring, struct event **place)
{
	if (*place)
		ring->bytes -= (*place)->envelope->size_bytes;
	event_release(place);
}

/* What has no place in the new size of its own goes. */
static void
ring_resize(struct ring *ring, uint32_t size)
{
	struct ring old = *ring;

	ring->events = memory_new(size * sizeof(struct event *));
	ring->size = size;
	for (uint32_t i = 0; i < old.size; i++) {
		struct event **place = old.events[i] ? place_of(ring, old.events[i]->seq) : NULL;

		if (place && !*place)
			*place = old.events[i];
		else
			place_clear(ring, &old.events[i]);
	}
	free(old.events);
}

void
ring_keep(struct ring *ring, struct event *event, uint32_t most)
{
	struct event **place;

	if (ring->size == 0)
		ring_resize(ring, SIZE_MIN);
	while (*(place = place_of(ring, event->seq)) && (*place)->seq != event->seq &&
	    ring->size < most)
		ring_resize(ring, ring->size * 2);
	if (*place && (*place)->seq >= event->seq)
		return;
	place_clear(ring, place);
	*place = event_hold(event);
	ring->bytes += event->envelope->size_bytes;
}

void
ring_trim(struct ring *ring, uint64_t last, uint32_t most, size_t event_bytes_max)
{
	for (uint32_t i = 0; i < ring->size; i++) {
		const struct event *event = ring->events[i];

		if (event &&
		    (event->seq + most <= last || event->envelope->size_bytes > event_bytes_max))
			place_clear(ring, &ring->events[i]);
	}
	if (ring->size > most)
		ring_resize(ring, most);
}

void
ring_clear(struct ring *ring)
{
	for (uint32_t i = 0; i < ring->size; i++)
		event_release(&ring->events[i]);
	free(ring->events);
	*ring = (struct ring){ 0 };
}
