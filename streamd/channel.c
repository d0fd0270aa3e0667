/*
 * Channels by name, their watchers, and the ring that serves a reconnect storm from
 * memory. A channel outlives its last watcher by a few seconds, so that a client
 * who polls, or reconnects, finds it as he left it.
 */
#include "channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "event.h"
#include "hash.h"
#include "memory.h"

enum { BUCKETS_MIN = 256, RING_MIN = 8, RING_MAX = 64, LINGER_S = 5 };

/* A ring is for the usual small events; a large one is read from the log by who lacks it. */
enum { RING_EVENT_MAX_BYTES = 8192 };

struct channels {
	struct wheel *wheel;
	const struct channels_reader *reader;
	const struct channels_feed *feed;
	void *feed_context;
	struct channel **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
};

struct channels *
channels_open(struct wheel *wheel, const struct channels_reader *reader)
{
	struct channels *channels = memory_new(sizeof(*channels));

	channels->wheel = wheel;
	channels->reader = reader;
	channels->bucket_count = BUCKETS_MIN;
	channels->buckets = memory_new(BUCKETS_MIN * sizeof(*channels->buckets));
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
	for (uint32_t i = 0; i < channel->ring_size; i++)
		event_release(&channel->ring[i]);
	free(channel->ring);
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
	channel->last = channel->head = head;
	list_start(&channel->live);
	list_start(&channel->lacking);
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
	struct event *event = channel->ring ? channel->ring[seq % channel->ring_size] : NULL;

	return event && event->seq == seq ? event : NULL;
}

static void
ring_resize(struct channel *channel, uint32_t size)
{
	struct event **old = channel->ring;

	channel->ring = memory_new(size * sizeof(*channel->ring));
	for (uint32_t i = 0; i < channel->ring_size; i++) {
		if (old[i])
			channel->ring[old[i]->seq % size] = old[i];
	}
	channel->ring_size = size;
	free(old);
}

/* Remembers EVENT if it is among the newest; the ring grows with what it is given. */
static void
ring_keep(struct channel *channel, struct event *event)
{
	struct event **place;

	if (event->seq + RING_MAX <= channel->last || channel_recent(channel, event->seq) ||
	    event->envelope->size_bytes > RING_EVENT_MAX_BYTES)
		return;
	if (!channel->ring)
		ring_resize(channel, RING_MIN);
	while (channel->ring[event->seq % channel->ring_size] && channel->ring_size < RING_MAX)
		ring_resize(channel, channel->ring_size * 2);
	place = &channel->ring[event->seq % channel->ring_size];
	event_release(place);
	*place = event_hold(event);
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
	return subscription->channel->all->reader->deliver(subscription, event);
}

/* Gives what the ring has; then it is live, or needs the log, or is out of room. */
static void
subscription_catch_up(struct subscription *subscription)
{
	struct channel *channel = subscription->channel;

	while (subscription->position < channel->last) {
		struct event *event = channel_recent(channel, subscription->position + 1);

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
		wheel_set(channel->all->wheel, &channel->linger, LINGER_S);
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
tell_live(struct channel *channel, void (*tell)(struct subscription *subscription))
{
	LIST_EACH(entry, after, &channel->live)
		tell(CONTAINER(entry, struct subscription, link));
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
		tell_live(channel, channel->all->reader->changed);
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
	ring_keep(channel, event);
	LIST_EACH(entry, after, &channel->live) {
		struct subscription *subscription = CONTAINER(entry, struct subscription, link);

		/* One whose snapshot was newer has it already. Who reads slowly is cut by his queue's limit. */
		if (subscription->position + 1 == event->seq)
			subscription_give(subscription, event);
	}
}

void
channel_supply(struct channel *channel, struct event *event)
{
	ring_keep(channel, event);
	LIST_EACH(entry, after, &channel->lacking) {
		struct subscription *subscription = CONTAINER(entry, struct subscription, link);

		if (subscription->position + 1 == event->seq &&
		    !subscription_give(subscription, event))
			subscription_move(subscription, SUBSCRIPTION_PAUSED);
	}
}

void
channel_supplied(struct channel *channel)
{
	struct list lacking;

	list_start(&lacking);
	list_splice(&lacking, &channel->lacking);
	LIST_EACH(entry, after, &lacking)
		subscription_catch_up(CONTAINER(entry, struct subscription, link));
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
	LIST_EACH(entry, after, &channel->lacking)
		channel->all->reader->broken(CONTAINER(entry, struct subscription, link));
	tell_live(channel, channel->all->reader->broken);
	channel->last = channel->head = last;
}
