/*
 * Counted events.
 */
#include "event.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "clock.h"
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

/* Nothing that stands before it can hold a quote: "channel", "seq" and "type" are words. */
bool
event_time(const struct event *event, int64_t *at_ms)
{
	static const char key[] = "\"at\":\"";
	const struct buffer *envelope = event->envelope;
	const char *at = memmem(envelope->bytes, envelope->size_bytes, key, sizeof(key) - 1);
	char text[CLOCK_TEXT_SIZE] = "";

	if (!at)
		return false;
	at += sizeof(key) - 1;
	if (envelope->bytes + envelope->size_bytes - at < (ptrdiff_t)sizeof(text))
		return false;
	memcpy(text, at, sizeof(text) - 1);
	return clock_parse(text, at_ms);
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
