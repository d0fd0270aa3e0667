/*
 * Counted events.
 */
#include "event.h"

#include <stdlib.h>

#include "buffer.h"
#include "memory.h"

struct event *
event_new(uint64_t seq, bool is_final, const char *envelope, size_t size_bytes)
{
	struct event *event = memory_new(sizeof(*event));

	event->seq = seq;
	event->references = 1;
	event->is_final = is_final;
	event->envelope = buffer_copy(envelope, size_bytes);
	return event;
}

struct event *
event_hold(struct event *event)
{
	event->references++;
	return event;
}

void
event_release(struct event **event)
{
	struct event *released = *event;

	*event = NULL;
	if (!released || --released->references > 0)
		return;
	buffer_release(&released->envelope);
	for (size_t i = 0; i < EVENT_ENCODINGS; i++)
		buffer_release(&released->encodings[i]);
	free(released);
}
