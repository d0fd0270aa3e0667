/*
 * Streams. Every call into a transport goes through a view of the stream, made for
 * the moment, and its verdict is obeyed in one place.
 */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "channel.h"
#include "counters.h"
#include "crypto.h"
#include "event.h"
#include "memory.h"
#include "outlet.h"

enum { AT_ONCE_MAX_S = 5 }; /* how long "at once" may take while the log is out of reach */

/* A channel as this stream watches it. */
struct watch {
	struct subscription subscription;
	struct stream *stream;
	struct list link;
	uint64_t
	    given; /* the last seq that left: counted apart from the subscription, to watch over it */
	bool is_expanded;
};

void
streams_start(struct streams *all, struct loop *loop, struct channels *channels,
    struct counters *counters, const char *epoch, size_t room_bytes)
{
	*all = (struct streams){
		.channels = channels, .counters = counters, .epoch = epoch, .room_bytes = room_bytes
	};
	latency_start(&all->latency, loop);
	crypto_random(&all->chance, sizeof(all->chance));
	all->chance |= 1;
}

void
streams_stop(struct streams *all)
{
	free(all->positions);
	all->positions = NULL;
}

/* xorshift32: good enough to spread things out. */
static uint32_t
next_chance(struct streams *all)
{
	all->chance ^= all->chance << 13;
	all->chance ^= all->chance >> 17;
	all->chance ^= all->chance << 5;
	return all->chance;
}

/* The stream as a transport sees it to whom all readers are alike. */
static struct transport_view
view_brief(struct stream *stream)
{
	struct streams *all = stream->all;

	return (struct transport_view){ .epoch = all->epoch,
		.mode = stream->mode,
		.events = stream->events,
		.chance = next_chance(all),
		.memory = &stream->memory,
		.dress = stream->transport->dress,
		.deflate = all->deflate };
}

/* The same with positions; good until the next view of any stream. */
static struct transport_view
view_of(struct stream *stream)
{
	struct transport_view view = view_brief(stream);
	struct position *position = stream->all->positions;

	view.positions = stream->all->positions;
	view.count = stream->watch_count;
	view.is_final = stream->watch_count > 0;
	LIST_EACH(entry, after, &stream->watches) {
		const struct subscription *subscription =
		    &CONTAINER(entry, struct watch, link)->subscription;
		const struct channel *channel = subscription->channel;

		position->channel = channel->name;
		position->seq = subscription->position;
		position->head = channel->head > subscription->position ? channel->head
									: subscription->position;
		view.is_final = view.is_final && subscription_is_finished(subscription);
		position++;
	}
	return view;
}

static void
watch_leave(struct watch *watch)
{
	subscription_close(&watch->subscription);
	list_remove(&watch->link);
	watch->stream->watch_count--;
}

/* Watches nothing any more. */
static void
stream_leave(struct stream *stream)
{
	LIST_EACH(entry, after, &stream->watches) {
		struct watch *watch = CONTAINER(entry, struct watch, link);

		watch_leave(watch);
		free(watch);
	}
}

static void
stream_obey(struct stream *stream, enum transport_verdict verdict)
{
	if (verdict == TRANSPORT_CLOSE) {
		stream->is_over = true;
		outlet_finish(stream->outlet);
	} else if (verdict == TRANSPORT_LEAVE) {
		stream_leave(stream);
	} else if (verdict == TRANSPORT_ASK && stream->opener) {
		stream->opener->ask(stream->context);
	}
	outlet_touch(stream->outlet);
}

/*
 * Is EVENT the one after the last that was given? Nothing else may come here. If it did, the client would have to start
 * anew with his cursor: rather that than a hole, or an event twice.
 */
static bool
watch_takes(struct watch *watch, const struct event *event)
{
	struct counters *counters = watch->stream->all->counters;
	int32_t ahead = (int32_t)((uint32_t)event->seq - ++watch->given);

	if (ahead == 0)
		return true;
	if (ahead > 0)
		counters->gaps_sent++;
	else
		counters->duplicates_sent++;
	stream_drain(watch->stream, TRANSPORT_RESTART);
	return false;
}

static bool
stream_deliver(struct subscription *subscription, struct event *event)
{
	struct watch *watch = CONTAINER(subscription, struct watch, subscription);
	struct stream *stream = watch->stream;
	struct output *output = &stream->outlet->output;
	struct transport_view view;
	enum transport_verdict verdict;

	if (stream->is_over || !stream->outlet->is_open || !watch_takes(watch, event))
		return true;
	view = stream->transport->is_alike ? view_brief(stream) : view_of(stream);
	verdict = stream->transport->event(&view, subscription->channel->name, event, output);
	stream->events++;
	stream->all->counters->events_out++;
	stream_obey(stream, verdict);
	return output->size_bytes < stream->all->room_bytes;
}

static void
stream_changed(struct subscription *subscription)
{
	outlet_touch(CONTAINER(subscription, struct watch, subscription)->stream->outlet);
}

static void
stream_broken(struct subscription *subscription)
{
	stream_drain(
	    CONTAINER(subscription, struct watch, subscription)->stream, TRANSPORT_RESTART);
}

static void
stream_reached(void *context, const struct event *event)
{
	struct streams *all = context;

	latency_note(&all->latency, event);
}

const struct channels_reader stream_reader = {
	.deliver = stream_deliver,
	.changed = stream_changed,
	.broken = stream_broken,
	.reached = stream_reached,
};

/* For the largest stream's view. */
static void
positions_make_room(struct streams *all, size_t count)
{
	if (all->positions_room >= count)
		return;
	all->positions_room = count;
	all->positions = memory_resize(all->positions, count * sizeof(*all->positions));
}

/* Attached, but paused: nothing is given before the transport has said how the stream begins. */
static void
stream_watch(struct stream *stream, const struct stream_channel *channel)
{
	struct watch *watch = memory_new(sizeof(*watch));

	watch->stream = stream;
	watch->given = (uint32_t)channel->position.seq;
	watch->is_expanded = channel->is_expanded;
	list_append(&stream->watches, &watch->link);
	stream->watch_count++;
	positions_make_room(stream->all, stream->watch_count);
	subscription_open(&watch->subscription, stream->all->channels, channel->position.channel,
	    channel->position.seq, channel->position.head, channel->is_final);
}

struct stream *
stream_open(const struct stream_setup *setup)
{
	struct stream *stream = memory_new(sizeof(*stream));
	struct streams *all = setup->all;
	struct transport_view view;

	*stream = (struct stream){ .all = all,
		.outlet = setup->outlet,
		.transport = setup->transport,
		.memory = setup->memory,
		.opener = setup->opener,
		.context = setup->context,
		.mode = (uint8_t)setup->mode,
		.interval_s = (uint8_t)setup->interval_s,
		.is_at_once = setup->is_at_once };
	list_start(&stream->watches);
	list_start(&stream->session_link);
	all->open_count++;
	all->of[transport_place(setup->transport)].open++;
	all->of[transport_place(setup->transport)].opened++;
	for (size_t i = 0; i < setup->channel_count; i++)
		stream_watch(stream, &setup->channels[i]);
	view = view_of(stream);
	stream_obey(stream,
	    setup->transport->open(
		&view, setup->denied, setup->denied_count, &setup->outlet->output));
	outlet_wait(setup->outlet, setup->is_at_once ? AT_ONCE_MAX_S : setup->interval_s);
	stream_resume(stream);
	return stream;
}

void
stream_close(struct stream **stream)
{
	struct stream *closed = *stream;

	*stream = NULL;
	if (!closed)
		return;
	if (closed->opener)
		closed->opener->closed(closed->context);
	stream_leave(closed);
	buffer_release(&closed->memory);
	closed->all->open_count--;
	closed->all->of[transport_place(closed->transport)].open--;
	free(closed);
}

static struct watch *
watch_find(const struct stream *stream, const char *name)
{
	LIST_EACH(entry, after, &stream->watches) {
		struct watch *watch = CONTAINER(entry, struct watch, link);

		if (strcmp(watch->subscription.channel->name, name) == 0)
			return watch;
	}
	return NULL;
}

bool
stream_watches(const struct stream *stream, const char *name)
{
	return watch_find(stream, name) != NULL;
}

void
stream_add(struct stream *stream, const struct stream_channel *channels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct watch *watch = watch_find(stream, channels[i].position.channel);

		stream_watch(stream, &channels[i]);
		if (!watch)
			continue;
		watch_leave(watch);
		free(watch);
	}
}

/* "announcements" stands for what came of it too, "announcements:role:customer". */
static bool
watch_is_of(const struct watch *watch, const char *name)
{
	const char *channel = watch->subscription.channel->name;
	size_t length = strlen(name);

	if (strcmp(channel, name) == 0)
		return true;
	return watch->is_expanded && strncmp(channel, name, length) == 0 && channel[length] == ':';
}

bool
stream_drop(struct stream *stream, const char *name)
{
	bool has_dropped = false;

	LIST_EACH(entry, after, &stream->watches) {
		struct watch *watch = CONTAINER(entry, struct watch, link);

		if (!watch_is_of(watch, name))
			continue;
		watch_leave(watch);
		free(watch);
		has_dropped = true;
	}
	/* What is left may be finished, all of it. */
	if (has_dropped)
		outlet_touch(stream->outlet);
	return has_dropped;
}

void
stream_move(struct stream *stream, struct outlet *outlet, const struct transport *transport)
{
	stream->all->of[transport_place(stream->transport)].open--;
	stream->all->of[transport_place(transport)].open++;
	stream->outlet = outlet;
	stream->transport = transport;
	outlet_touch(outlet);
}

void
stream_resume(struct stream *stream)
{
	if (stream->is_over)
		return;
	LIST_EACH(entry, after, &stream->watches)
		subscription_resume(&CONTAINER(entry, struct watch, link)->subscription);
}

/* Was everything given that can be given now? What waits for room counts as given; what waits for the log does not. */
static bool
stream_is_current(struct stream *stream)
{
	bool is_paused = false, is_current = true;

	LIST_EACH(entry, after, &stream->watches) {
		const struct subscription *subscription =
		    &CONTAINER(entry, struct watch, link)->subscription;

		is_paused |= subscription->state == SUBSCRIPTION_PAUSED;
		is_current &= subscription_is_current(subscription);
	}
	return is_current || is_paused;
}

void
stream_settle(struct stream *stream)
{
	struct output *output = &stream->outlet->output;
	struct transport_view view;
	enum transport_verdict verdict;

	if (stream->is_over || !stream_is_current(stream))
		return;
	view = view_of(stream);
	verdict = stream->transport->settle(&view, output);
	if (verdict == TRANSPORT_STAY && stream->is_at_once)
		verdict = stream->transport->tick(&view, output);
	if (verdict != TRANSPORT_STAY)
		stream_obey(stream, verdict);
}

void
stream_say(struct stream *stream)
{
	struct transport_view view;

	if (stream->is_over)
		return;
	view = view_of(stream);
	stream_obey(stream, stream->transport->tick(&view, &stream->outlet->output));
}

/* A reader who took nothing for a whole interval is gone, or as good as that. */
void
stream_tick(struct stream *stream)
{
	if (outlet_has_stalled(stream->outlet)) {
		outlet_close(stream->outlet);
		return;
	}
	stream_say(stream);
	if (!stream->is_over)
		outlet_wait(stream->outlet, stream->interval_s);
}

void
stream_drain(struct stream *stream, enum transport_reason reason)
{
	struct transport_view view;

	if (stream->is_over)
		return;
	view = view_of(stream);
	stream_obey(stream, stream->transport->drain(&view, reason, &stream->outlet->output));
}

void
stream_remember(struct stream *stream, struct buffer *memory)
{
	buffer_release(&stream->memory);
	stream->memory = memory;
}

/* The channel, and so its name, outlives its last watcher for a while. */
static void
stream_deny(struct stream *stream, struct watch *watch)
{
	const char *name = watch->subscription.channel->name;
	struct transport_view view;

	watch_leave(watch);
	view = view_of(stream);
	stream_obey(stream, stream->transport->denied(&view, name, &stream->outlet->output));
	free(watch);
}

void
stream_review(struct stream *stream,
    bool (*is_allowed)(const char *channel, bool is_expanded, void *context), void *context)
{
	LIST_EACH(entry, after, &stream->watches) {
		struct watch *watch = CONTAINER(entry, struct watch, link);

		if (!stream->is_over &&
		    !is_allowed(watch->subscription.channel->name, watch->is_expanded, context))
			stream_deny(stream, watch);
	}
}
