/*
 * The sequencing of a channel; sequence.h tells its rules. A gap is what lies
 * between LAST and HEAD. While there is one, the sequence either waits or reads.
 */
#include "sequence.h"

#include "event.h"

void
sequence_start(struct sequence *sequence, uint64_t last)
{
	*sequence = (struct sequence){ .last = last, .head = last };
}

void
sequence_stop(struct sequence *sequence)
{
	while (sequence->parked_count > 0)
		event_release(&sequence->parked[--sequence->parked_count]);
}

/* Keeps a hint for its turn. When there is no room, the log will have it. */
static void
park(struct sequence *sequence, struct event *event)
{
	uint8_t at = sequence->parked_count;

	if (at == SEQUENCE_PARKED_MAX)
		return;
	for (uint8_t i = 0; i < at; i++) {
		if (sequence->parked[i]->seq == event->seq)
			return;
	}
	for (; at > 0 && sequence->parked[at - 1]->seq > event->seq; at--)
		sequence->parked[at] = sequence->parked[at - 1];
	sequence->parked[at] = event_hold(event);
	sequence->parked_count++;
}

static struct event *
unpark_first(struct sequence *sequence)
{
	struct event *first = sequence->parked[0];

	sequence->parked_count--;
	for (uint8_t i = 0; i < sequence->parked_count; i++)
		sequence->parked[i] = sequence->parked[i + 1];
	return first;
}

static void
deliver(struct sequence *sequence, struct event *event, const struct sequence_effects *effects,
    void *context)
{
	sequence->last = event->seq;
	if (sequence->head < event->seq)
		sequence->head = event->seq;
	effects->deliver(context, event);
}

/* Delivers EVENT, and those whose turn has come by it. */
static void
advance(struct sequence *sequence, struct event *event, const struct sequence_effects *effects,
    void *context)
{
	deliver(sequence, event, effects, context);
	while (sequence->parked_count > 0 && sequence->parked[0]->seq <= sequence->last + 1) {
		struct event *parked = unpark_first(sequence);

		if (parked->seq == sequence->last + 1)
			deliver(sequence, parked, effects, context);
		event_release(&parked);
	}
}

static void
wait_for_gap(struct sequence *sequence, const struct sequence_effects *effects, void *context)
{
	if (sequence->last == sequence->head || sequence->is_waiting || sequence->is_reading)
		return;
	sequence->is_waiting = true;
	effects->wait(context);
}

void
sequence_hint(struct sequence *sequence, struct event *event,
    const struct sequence_effects *effects, void *context)
{
	if (event->seq <= sequence->last)
		return;
	if (event->seq == sequence->last + 1) {
		advance(sequence, event, effects, context);
		return;
	}
	park(sequence, event);
	sequence_head(sequence, event->seq, effects, context);
}

void
sequence_head(
    struct sequence *sequence, uint64_t seq, const struct sequence_effects *effects, void *context)
{
	if (sequence->head < seq)
		sequence->head = seq;
	wait_for_gap(sequence, effects, context);
}

void
sequence_waited(struct sequence *sequence, const struct sequence_effects *effects, void *context)
{
	if (!sequence->is_waiting)
		return;
	sequence->is_waiting = false;
	if (sequence->last == sequence->head || sequence->is_reading)
		return;
	sequence->is_reading = true;
	sequence->sought = sequence->head;
	effects->read(context);
}

bool
sequence_row(struct sequence *sequence, struct event *event, const struct sequence_effects *effects,
    void *context)
{
	if (event->seq > sequence->last + 1)
		return false;
	if (event->seq == sequence->last + 1)
		advance(sequence, event, effects, context);
	return true;
}

void
sequence_read(
    struct sequence *sequence, bool is_all, const struct sequence_effects *effects, void *context)
{
	sequence->is_reading = false;
	/* What was heard of during the read may be newer than its snapshot. */
	if (is_all && sequence->head == sequence->sought)
		sequence->head = sequence->last;
	wait_for_gap(sequence, effects, context);
}
