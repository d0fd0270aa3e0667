/*
 * Streams. Every call into a transport goes through a view of the stream, made for
 * the moment, and its verdict is obeyed in one place.
 */
#include "stream.h"

#include <stdlib.h>

#include "buffer.h"
#include "channel.h"
#include "connection.h"
#include "counters.h"
#include "crypto.h"
#include "event.h"
#include "memory.h"

enum { AT_ONCE_MAX_S = 5 }; /* how long "at once" may take while the log is out of reach */

/* A channel as this stream watches it. */
struct watch {
	struct subscription subscription;
	struct stream *stream;
	struct list link;
	bool is_expanded;
};

void
streams_start(struct streams *all, struct channels *channels, struct counters *counters,
    const char *epoch, size_t room_bytes)
{
	*all = (struct streams){
		.channels = channels, .counters = counters, .epoch = epoch, .room_bytes = room_bytes
	};
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

/* The stream as its transport sees it; good until the next view of any stream. */
static struct transport_view
view_of(struct stream *stream)
{
	struct streams *all = stream->all;
	struct position *position = all->positions;
	bool is_final = stream->watch_count > 0;

	LIST_EACH(entry, after, &stream->watches) {
		const struct subscription *subscription =
		    &CONTAINER(entry, struct watch, link)->subscription;
		const struct channel *channel = subscription->channel;

		position->channel = channel->name;
		position->seq = subscription->position;
		position->head = channel->head > subscription->position ? channel->head
									: subscription->position;
		is_final = is_final && subscription_is_finished(subscription);
		position++;
	}
	return (struct transport_view){ .epoch = all->epoch,
		.positions = all->positions,
		.count = stream->watch_count,
		.mode = stream->mode,
		.is_final = is_final,
		.events = stream->events,
		.chance = next_chance(all),
		.memory = &stream->memory };
}

static void
stream_obey(struct stream *stream, enum transport_verdict verdict)
{
	if (verdict == TRANSPORT_CLOSE) {
		stream->is_over = true;
		connection_finish(stream->connection);
	} else if (verdict == TRANSPORT_ASK && stream->opener) {
		stream->opener->ask(stream->context);
	}
	connection_touch(stream->connection);
}

static bool
stream_deliver(struct subscription *subscription, struct event *event)
{
	struct watch *watch = CONTAINER(subscription, struct watch, subscription);
	struct stream *stream = watch->stream;
	struct output *output = connection_output(stream->connection);
	struct transport_view view;
	enum transport_verdict verdict;

	if (stream->is_over || !connection_is_open(stream->connection))
		return true;
	view = view_of(stream);
	verdict = stream->transport->event(&view, subscription->channel->name, event, output);
	stream->events++;
	stream->all->counters->events_out++;
	stream_obey(stream, verdict);
	return output->size_bytes < stream->all->room_bytes;
}

static void
stream_changed(struct subscription *subscription)
{
	connection_touch(CONTAINER(subscription, struct watch, subscription)->stream->connection);
}

static void
stream_broken(struct subscription *subscription)
{
	stream_drain(CONTAINER(subscription, struct watch, subscription)->stream);
}

const struct channels_reader stream_reader = {
	.deliver = stream_deliver,
	.changed = stream_changed,
	.broken = stream_broken,
};

/* Attached, but paused: nothing is given before the transport has said how the stream begins. */
static void
stream_watch(struct stream *stream, const struct stream_channel *channel)
{
	struct watch *watch = memory_new(sizeof(*watch));

	watch->stream = stream;
	watch->is_expanded = channel->is_expanded;
	list_append(&stream->watches, &watch->link);
	stream->watch_count++;
	subscription_open(&watch->subscription, stream->all->channels, channel->position.channel,
	    channel->position.seq, channel->position.head, channel->is_final);
}

static void
watch_leave(struct watch *watch)
{
	subscription_close(&watch->subscription);
	list_remove(&watch->link);
	watch->stream->watch_count--;
}

struct stream *
stream_open(const struct stream_setup *setup)
{
	struct stream *stream = memory_new(sizeof(*stream));
	struct streams *all = setup->all;
	struct transport_view view;

	*stream = (struct stream){ .all = all,
		.connection = setup->connection,
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
	all->counters->streams_opened++;
	if (all->positions_room < setup->channel_count) {
		all->positions_room = setup->channel_count;
		all->positions = memory_resize(
		    all->positions, all->positions_room * sizeof(*all->positions));
	}
	for (size_t i = 0; i < setup->channel_count; i++)
		stream_watch(stream, &setup->channels[i]);
	view = view_of(stream);
	stream_obey(stream,
	    setup->transport->open(
		&view, setup->denied, setup->denied_count, connection_output(setup->connection)));
	connection_wait(setup->connection, setup->is_at_once ? AT_ONCE_MAX_S : setup->interval_s);
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
	LIST_EACH(entry, after, &closed->watches) {
		struct watch *watch = CONTAINER(entry, struct watch, link);

		watch_leave(watch);
		free(watch);
	}
	buffer_release(&closed->memory);
	closed->all->open_count--;
	free(closed);
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
	struct output *output = connection_output(stream->connection);
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
	stream_obey(stream, stream->transport->tick(&view, connection_output(stream->connection)));
}

/* A reader who took nothing for a whole interval is gone, or as good as that. */
void
stream_tick(struct stream *stream)
{
	if (connection_has_stalled(stream->connection)) {
		connection_close(stream->connection);
		return;
	}
	stream_say(stream);
	if (!stream->is_over)
		connection_wait(stream->connection, stream->interval_s);
}

void
stream_drain(struct stream *stream)
{
	struct transport_view view;

	if (stream->is_over)
		return;
	view = view_of(stream);
	stream_obey(stream, stream->transport->drain(&view, connection_output(stream->connection)));
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
	stream_obey(
	    stream, stream->transport->denied(&view, name, connection_output(stream->connection)));
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
