/*
 * Channels by name, their watchers, and the rings that serve crowds and reconnect storms
 * from memory. A channel outlives its last watcher by a few seconds, so that a client
 * who polls, or reconnects, finds it as he left it.
 *
 * A crowd's watchers are put in line, behind; a task takes some from the front of each such
 * line a turn, until all are served. A watcher's events are the ones after his position, whichever
 * line he is in, so a wave changes when he is given them and nothing else.
 */
#include "channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "event.h"
#include "hash.h"
#include "loop.h"
#include "memory.h"

enum { BUCKETS_MIN = 256, LINGER_S = 5 };

/* What is kept of usual, small events; a large one is read from the log by who lacks it. */
enum { RECENT_MAX = 64, RECENT_EVENT_MAX_BYTES = 8192 };

/* While a crowd is served, more is kept, large events too: the last of it needs what the first was given long ago. */
enum { CROWD = 64, CROWD_RECENT_MAX = 1024, CROWD_RECENT_MAX_BYTES = 4 << 20 };

enum { SUPPLY_MAX = 256 }; /* rows of one read of the log */

/* A turn's share of the waves, in watchers served; events count too, for many that are given at once take their time. */
enum { WAVE_SHARE = 64, WAVE_EVENTS = 32, WAVE_SLICE = 16 };

/* While few watch what happens elsewhere, a wave rests after each turn: the other programs of this machine need its cores too. */
enum { WAVE_REST_MS = 1, OTHERS_MS = 1000 };

struct channels {
	struct loop *loop;
	const struct channels_reader *reader;
	void *reader_context;
	const struct channels_feed *feed;
	void *feed_context;
	struct list waves; /* channels that have somebody behind */
	struct loop_task wave;
	struct loop_timer rest; /* of the wave */
	bool is_waving;
	int64_t others_until_ms; /* so long something counts as happening elsewhere */
	uint64_t given;		 /* events, in all */
	struct channel **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
};

static void wave_turn(struct loop_task *task);
static void wave_rested(struct loop_timer *timer);

struct channels *
channels_open(struct loop *loop, const struct channels_reader *reader, void *context)
{
	struct channels *channels = memory_new(sizeof(*channels));

	channels->loop = loop;
	channels->reader = reader;
	channels->reader_context = context;
	channels->bucket_count = BUCKETS_MIN;
	channels->buckets = memory_new(BUCKETS_MIN * sizeof(*channels->buckets));
	list_start(&channels->waves);
	channels->wave.run = wave_turn;
	loop_timer_start(&channels->rest, wave_rested);
	return channels;
}

void
channels_set_feed(struct channels *channels, const struct channels_feed *feed, void *context)
{
	channels->feed = feed;
	channels->feed_context = context;
}

size_t
channels_count(const struct channels *channels)
{
	return channels->count;
}

static struct channel **
bucket_of(struct channels *channels, const char *name, size_t length)
{
	return &channels->buckets[hash_text(name, length) & (channels->bucket_count - 1)];
}

static void
channels_grow(struct channels *channels)
{
	struct channel **old = channels->buckets;
	size_t old_count = channels->bucket_count;

	channels->bucket_count *= 2;
	channels->buckets = memory_new(channels->bucket_count * sizeof(*channels->buckets));
	for (size_t i = 0; i < old_count; i++) {
		struct channel *channel = old[i];

		while (channel) {
			struct channel *next = channel->next;
			struct channel **bucket = bucket_of(
			    channels, channel->name, strlen(channel->name));

			channel->next = *bucket;
			*bucket = channel;
			channel = next;
		}
	}
	free(old);
}

struct channel *
channel_find(struct channels *channels, const char *name, size_t length)
{
	struct channel *channel = *bucket_of(channels, name, length);

	while (
	    channel && (strncmp(channel->name, name, length) != 0 || channel->name[length] != '\0'))
		channel = channel->next;
	return channel;
}

void
channels_each(
    struct channels *channels, void (*visit)(struct channel *channel, void *context), void *context)
{
	for (size_t i = 0; i < channels->bucket_count; i++) {
		for (struct channel *channel = channels->buckets[i], *next; channel;
		     channel = next) {
			next = channel->next;
			visit(channel, context);
		}
	}
}

static void
channel_free(struct channel *channel)
{
	struct channels *all = channel->all;
	struct channel **place = bucket_of(all, channel->name, strlen(channel->name));

	all->feed->unwatched(all->feed_context, channel);
	while (*place != channel)
		place = &(*place)->next;
	*place = channel->next;
	all->count--;
	wheel_clear(&channel->linger);
	list_remove(&channel->wave);
	ring_clear(&channel->recent);
	ring_clear(&channel->supply);
	free(channel);
}

static void
channel_free_visit(struct channel *channel, void *context)
{
	(void)context;
	channel_free(channel);
}

void
channels_close(struct channels **channels)
{
	if (!*channels)
		return;
	channels_each(*channels, channel_free_visit, NULL);
	loop_timer_clear(&(*channels)->rest);
	free((*channels)->buckets);
	free(*channels);
	*channels = NULL;
}

static void
channel_lingered(struct wheel_timer *timer)
{
	channel_free(CONTAINER(timer, struct channel, linger));
}

static struct channel *
channel_new(struct channels *channels, const char *name, uint64_t head)
{
	size_t length = strlen(name);
	struct channel *channel = memory_new(sizeof(*channel) + length + 1);
	struct channel **bucket;

	if (channels->count >= channels->bucket_count)
		channels_grow(channels);
	bucket = bucket_of(channels, name, length);
	memcpy(channel->name, name, length + 1);
	channel->all = channels;
	channel->last = channel->head = channel->reached = head;
	list_start(&channel->live);
	list_start(&channel->lacking);
	list_start(&channel->behind);
	list_start(&channel->wave);
	list_start(&channel->supplied);
	wheel_timer_start(&channel->linger, channel_lingered);
	channel->next = *bucket;
	*bucket = channel;
	channels->count++;
	channels->feed->watched(channels->feed_context, channel);
	return channel;
}

struct event *
channel_recent(const struct channel *channel, uint64_t seq)
{
	return ring_find(&channel->recent, seq);
}

static bool
is_crowd(const struct channel *channel)
{
	return channel->watcher_count > CROWD || !list_is_empty(&channel->behind);
}

/* Remembers EVENT if it is among the newest. */
static void
recent_keep(struct channel *channel, struct event *event)
{
	bool is_large = event->envelope->size_bytes > RECENT_EVENT_MAX_BYTES;
	uint32_t most = RECENT_MAX;

	if (is_crowd(channel)) {
		is_large = channel->recent.bytes > CROWD_RECENT_MAX_BYTES;
		most = CROWD_RECENT_MAX;
	}
	if (!is_large && event->seq + most > channel->last)
		ring_keep(&channel->recent, event, most);
}

static void
subscription_move(struct subscription *subscription, enum subscription_state state)
{
	struct channel *channel = subscription->channel;

	list_remove(&subscription->link);
	subscription->state = state;
	if (state == SUBSCRIPTION_LIVE)
		list_append(&channel->live, &subscription->link);
	if (state == SUBSCRIPTION_LACKING)
		list_append(&channel->lacking, &subscription->link);
}

/* False: its reader wants no more for now. */
static bool
subscription_give(struct subscription *subscription, struct event *event)
{
	assert(event->seq == subscription->position + 1);
	subscription->position = event->seq;
	subscription->channel->all->given++;
	return subscription->channel->all->reader->deliver(subscription, event);
}

/* Gives what is in memory; then it is live, or needs the log, or is out of room. */
static void
subscription_catch_up(struct subscription *subscription)
{
	struct channel *channel = subscription->channel;

	while (subscription->position < channel->last) {
		uint64_t next = subscription->position + 1;
		struct event *event = ring_find(&channel->recent, next);

		if (!event)
			event = ring_find(&channel->supply, next);
		if (!event) {
			subscription_move(subscription, SUBSCRIPTION_LACKING);
			return;
		}
		if (!subscription_give(subscription, event) &&
		    subscription->position < channel->last) {
			subscription_move(subscription, SUBSCRIPTION_PAUSED);
			return;
		}
	}
	subscription_move(subscription, SUBSCRIPTION_LIVE);
	channel->all->reader->changed(subscription);
}

/* Tells of the new events that nobody who is live is waiting for any more. */
static void
channel_reach(struct channel *channel)
{
	const struct channels *all = channel->all;
	struct list *first = channel->behind.next;
	uint64_t reached = channel->last;

	if (first == &channel->supplied)
		first = first->next;
	if (first != &channel->behind)
		reached = CONTAINER(first, struct subscription, link)->position;
	while (channel->reached < reached) {
		const struct event *event = channel_recent(channel, ++channel->reached);

		if (event)
			all->reader->reached(all->reader_context, event);
	}
}

/* Those who could not be served from memory need the log, but not before the last read's rows have served. */
static void
lacking_tell(struct channel *channel)
{
	if (!list_is_empty(&channel->lacking) && list_is_empty(&channel->supplied))
		channel->all->feed->lacking(channel->all->feed_context, channel);
}

/* Serves the first in line. */
static void
wave_serve(struct channel *channel)
{
	struct list *first = channel->behind.next;

	if (first != &channel->supplied) {
		subscription_catch_up(CONTAINER(first, struct subscription, link));
		return;
	}
	list_remove(first);
	ring_clear(&channel->supply);
}

/* Serves some of CHANNEL's crowd. Returns what that took of the turn's share. */
static int
wave_slice(struct channel *channel)
{
	uint64_t given = channel->all->given;
	int served = 0;

	while (served < WAVE_SLICE && !list_is_empty(&channel->behind)) {
		wave_serve(channel);
		served++;
	}
	channel_reach(channel);
	lacking_tell(channel);
	return served + (int)((channel->all->given - given) / WAVE_EVENTS);
}

/* A turn's share is spread over all waves, a slice each in turn. */
static void
wave_turn(struct loop_task *task)
{
	struct channels *channels = CONTAINER(task, struct channels, wave);
	int share = WAVE_SHARE;

	channels->is_waving = false;
	while (share > 0 && !list_is_empty(&channels->waves)) {
		struct channel *channel = CONTAINER(channels->waves.next, struct channel, wave);

		share -= wave_slice(channel);
		list_remove(&channel->wave);
		if (list_is_empty(&channel->behind))
			ring_trim(
			    &channel->recent, channel->last, RECENT_MAX, RECENT_EVENT_MAX_BYTES);
		else
			list_append(&channels->waves, &channel->wave);
	}
	if (list_is_empty(&channels->waves) || channels->is_waving)
		return;
	channels->is_waving = true;
	if (loop_now_ms(channels->loop) < channels->others_until_ms)
		loop_timer_set(channels->loop, &channels->rest, WAVE_REST_MS);
	else
		loop_next(channels->loop, &channels->wave);
}

static void
wave_rested(struct loop_timer *timer)
{
	struct channels *channels = CONTAINER(timer, struct channels, rest);

	loop_later(channels->loop, &channels->wave);
}

/* Somebody was put in line. */
static void
wave_begin(struct channel *channel)
{
	struct channels *channels = channel->all;

	if (list_is_empty(&channel->wave))
		list_append(&channels->waves, &channel->wave);
	if (channels->is_waving)
		return;
	channels->is_waving = true;
	loop_later(channels->loop, &channels->wave);
}

void
subscription_open(struct subscription *subscription, struct channels *channels, const char *name,
    uint64_t position, uint64_t head, bool is_final)
{
	struct channel *channel = channel_find(channels, name, strlen(name));

	if (!channel)
		channel = channel_new(channels, name, head);
	wheel_clear(&channel->linger);
	channel->watcher_count++;
	*subscription = (struct subscription){ .channel = channel, .position = position };
	list_start(&subscription->link);
	channel_learn(channel, head, is_final);
}

void
subscription_close(struct subscription *subscription)
{
	struct channel *channel = subscription->channel;

	if (!channel)
		return;
	list_remove(&subscription->link);
	subscription->channel = NULL;
	if (--channel->watcher_count == 0)
		wheel_set(loop_wheel(channel->all->loop), &channel->linger, LINGER_S);
}

void
subscription_resume(struct subscription *subscription)
{
	struct channel *channel = subscription->channel;

	if (subscription->state != SUBSCRIPTION_PAUSED)
		return;
	subscription_catch_up(subscription);
	if (subscription->state == SUBSCRIPTION_LACKING)
		channel->all->feed->lacking(channel->all->feed_context, channel);
}

bool
subscription_is_current(const struct subscription *subscription)
{
	return subscription->position >= subscription->channel->head;
}

bool
subscription_is_finished(const struct subscription *subscription)
{
	return subscription->channel->final_seq > 0 && subscription_is_current(subscription);
}

static void
tell(struct list *watchers, void (*what)(struct subscription *subscription))
{
	LIST_EACH(entry, after, watchers)
		what(CONTAINER(entry, struct subscription, link));
}

void
channel_learn(struct channel *channel, uint64_t head, bool is_final)
{
	if (head > channel->head) {
		channel->head = head;
		channel->all->feed->head(channel->all->feed_context, channel);
	}
	if (is_final && channel->final_seq == 0) {
		channel->final_seq = head;
		tell(&channel->live, channel->all->reader->changed);
	}
}

static void
give_live(struct channel *channel, struct event *event)
{
	LIST_EACH(entry, after, &channel->live) {
		struct subscription *subscription = CONTAINER(entry, struct subscription, link);

		/* One whose snapshot was newer has it already. Who reads slowly is cut by his queue's limit. */
		if (subscription->position + 1 == event->seq)
			subscription_give(subscription, event);
	}
}

void
channel_deliver(struct channel *channel, struct event *event)
{
	assert(event->seq == channel->last + 1);
	channel->last = event->seq;
	if (channel->head < event->seq)
		channel->head = event->seq;
	if (event->is_final)
		channel->final_seq = event->seq;
	recent_keep(channel, event);
	if (list_is_empty(&channel->live) && list_is_empty(&channel->behind)) {
		channel->reached = channel->last;
	} else if (is_crowd(channel)) {
		list_splice(&channel->behind, &channel->live);
		wave_begin(channel);
	} else {
		channel->all->others_until_ms = loop_now_ms(channel->all->loop) + OTHERS_MS;
		give_live(channel, event);
		channel_reach(channel);
	}
}

void
channel_supply(struct channel *channel, struct event *event)
{
	if (channel->is_supply_whole)
		ring_clear(&channel->supply);
	channel->is_supply_whole = false;
	ring_keep(&channel->supply, event, SUPPLY_MAX);
	recent_keep(channel, event);
}

void
channel_supplied(struct channel *channel)
{
	struct list lacking;

	channel->is_supply_whole = true;
	if (is_crowd(channel)) {
		list_splice(&channel->behind, &channel->lacking);
		list_remove(&channel->supplied);
		list_append(&channel->behind, &channel->supplied);
		wave_begin(channel);
		return;
	}
	list_start(&lacking);
	list_splice(&lacking, &channel->lacking);
	LIST_EACH(entry, after, &lacking)
		subscription_catch_up(CONTAINER(entry, struct subscription, link));
	ring_clear(&channel->supply);
}

bool
channel_lacks(const struct channel *channel, uint64_t *position)
{
	*position = UINT64_MAX;
	LIST_EACH(entry, after, (struct list *)(uintptr_t)&channel->lacking) {
		uint64_t at = CONTAINER(entry, struct subscription, link)->position;

		if (at < *position)
			*position = at;
	}
	return !list_is_empty(&channel->lacking);
}

void
channel_break(struct channel *channel, uint64_t last)
{
	list_remove(&channel->supplied);
	tell(&channel->lacking, channel->all->reader->broken);
	tell(&channel->behind, channel->all->reader->broken);
	tell(&channel->live, channel->all->reader->broken);
	ring_clear(&channel->supply);
	channel->last = channel->head = channel->reached = last;
}
