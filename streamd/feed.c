/*
 * The feed: hints from Redis to the sources of the channels that they name, comparisons of
 * heads, and sweeps of the log.
 */
#include "feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "channel.h"
#include "config.h"
#include "counters.h"
#include "database.h"
#include "doorbell.h"
#include "event.h"
#include "loop.h"
#include "memory.h"
#include "source.h"

/* Redis channels: events of CHANNEL are published on event:CHANNEL. */
static const char event_prefix[] = "event:", revocation[] = "revocation";

enum {
	PREFIX_LENGTH = sizeof(event_prefix) - 1,
	NAME_MAX_BYTES = 192,
	COMPARE_MS = 2,
	COMPARE_MAX = 500
};

static const struct database_statement heads_statement = {
	.name = "log_heads",
	.sql = "select channel, head, is_final from log_heads(string_to_array($1, ','))",
};

static const struct database_statement sweep_statement = {
	.name = "log_sweep",
	.sql = "select kind, name, head, is_final from log_sweep($1)",
};

struct feed {
	struct feed_setup setup;
	struct doorbell *doorbell;
	struct sources sources;
	struct loop_timer sweep_timer, compare_timer;
	struct list compare; /* subscribed now: is the head still the one we knew? */
	struct database_query *sweep, *comparison;
	int64_t sweep_ms, swept_ms; /* when the present one began, and the last that was answered */
	char horizon[24];	    /* the next sweep asks for what is not older; "": unknown */
};

static void
redis_name(const struct channel *channel, char name[NAME_MAX_BYTES])
{
	snprintf(name, NAME_MAX_BYTES, "%s%s", event_prefix, channel->name);
}

static void
channel_subscribe(struct channel *channel, void *context)
{
	struct feed *feed = context;
	char name[NAME_MAX_BYTES];

	redis_name(channel, name);
	doorbell_subscribe(feed->doorbell, name);
}

static void
feed_watched(void *context, struct channel *channel)
{
	struct feed *feed = context;

	channel->feed = source_open(&feed->sources, channel);
	channel_subscribe(channel, feed);
}

static void
feed_unwatched(void *context, struct channel *channel)
{
	struct feed *feed = context;
	struct source *source = channel->feed;
	char name[NAME_MAX_BYTES];

	redis_name(channel, name);
	doorbell_unsubscribe(feed->doorbell, name);
	source_close(&source);
	channel->feed = NULL;
}

static void
feed_head(void *context, struct channel *channel)
{
	(void)context;
	source_head(channel->feed);
}

static void
feed_lacking(void *context, struct channel *channel)
{
	(void)context;
	source_read(channel->feed);
}

static const struct channels_feed channels_feed = {
	.watched = feed_watched,
	.unwatched = feed_unwatched,
	.head = feed_head,
	.lacking = feed_lacking,
};

/* Heads are compared for all channels whose subscription was confirmed in the last moment, by one query. */
static void
compare_answered(void *context, const struct database_answer *answer)
{
	struct feed *feed = context;

	feed->comparison = NULL;
	for (size_t row = 0; row < answer->rows; row++) {
		const char *name = database_text(answer, row, 0);
		struct channel *channel = channel_find(feed->setup.channels, name, strlen(name));

		if (channel)
			channel_learn(channel, (uint64_t)database_number(answer, row, 1),
			    database_truth(answer, row, 2));
	}
	/* A comparison that failed is made good by the next sweep. */
	if (!list_is_empty(&feed->compare))
		loop_timer_set(feed->setup.loop, &feed->compare_timer, COMPARE_MS);
}

static void
compare(struct loop_timer *timer)
{
	struct feed *feed = CONTAINER(timer, struct feed, compare_timer);
	struct writer writer = { 0 };
	struct buffer *names;

	if (feed->comparison || list_is_empty(&feed->compare))
		return;
	for (int i = 0; i < COMPARE_MAX && !list_is_empty(&feed->compare); i++) {
		struct source *source = CONTAINER(feed->compare.next, struct source, compare_link);

		list_remove(&source->compare_link);
		writer_text(&writer, i == 0 ? "" : ",");
		writer_text(&writer, source->channel->name);
	}
	writer_bytes(&writer, "", 1);
	names = writer_finish(&writer);
	feed->comparison = database_ask(feed->setup.database, &heads_statement,
	    (const char *const[]){ names->bytes }, 1, compare_answered, feed);
	buffer_release(&names);
}

static void
channel_compare(struct channel *channel, void *context)
{
	struct feed *feed = context;
	struct source *source = channel->feed;

	list_remove(&source->compare_link);
	list_append(&feed->compare, &source->compare_link);
	if (!feed->comparison && !loop_timer_is_set(&feed->compare_timer))
		loop_timer_set(feed->setup.loop, &feed->compare_timer, COMPARE_MS);
}

/* One row of a sweep. True: it told what no hint had. */
static bool
sweep_row(struct feed *feed, const struct database_answer *answer, size_t row)
{
	const char *kind = database_text(answer, row, 0), *name = database_text(answer, row, 1);
	struct channel *channel;
	uint64_t head;

	if (strcmp(kind, "horizon") == 0) {
		snprintf(feed->horizon, sizeof(feed->horizon), "%s", name);
	} else if (strcmp(kind, "session") == 0) {
		feed->setup.events->session_ended(feed->setup.context, name);
	} else if (strcmp(kind, "user") == 0) {
		feed->setup.events->user_changed(feed->setup.context, name);
	} else if ((channel = channel_find(feed->setup.channels, name, strlen(name))) != NULL) {
		head = (uint64_t)database_number(answer, row, 2);
		channel_learn(channel, head, database_truth(answer, row, 3));
		return head > channel->last;
	}
	return false;
}

/* Nobody knows yet what was committed between a channel's snapshot and this first sweep. */
static void
compare_all(struct feed *feed)
{
	channels_each(feed->setup.channels, channel_compare, feed);
}

static void
sweep_later(struct feed *feed)
{
	const struct config *config = feed->setup.config;

	loop_timer_set(feed->setup.loop, &feed->sweep_timer,
	    doorbell_is_up(feed->doorbell) ? config->stream_sweep_ms
					   : config->stream_sweep_alone_ms);
}

static void
sweep_answered(void *context, const struct database_answer *answer)
{
	struct feed *feed = context;
	bool has_found = false, is_first = feed->horizon[0] == '\0';

	feed->sweep = NULL;
	sweep_later(feed);
	if (!answer->is_ok) {
		feed->setup.counters->sweeps_failed++;
		return;
	}
	feed->swept_ms = feed->sweep_ms;
	for (size_t row = 0; row < answer->rows; row++)
		has_found |= sweep_row(feed, answer, row);
	feed->setup.counters->sweeps++;
	feed->setup.counters->sweeps_found += has_found;
	if (is_first)
		compare_all(feed);
	sources_retry(&feed->sources);
}

static void
sweep(struct loop_timer *timer)
{
	struct feed *feed = CONTAINER(timer, struct feed, sweep_timer);

	if (feed->sweep)
		return;
	feed->sweep_ms = loop_now_ms(feed->setup.loop);
	feed->sweep = database_ask(feed->setup.database, &sweep_statement,
	    (const char *const[]){ feed->horizon[0] ? feed->horizon : NULL }, 1, sweep_answered,
	    feed);
}

/* A hint: SEQ FINAL JSON, with single spaces. What is malformed is dropped; the log has it anyway. */
static void
hint(struct feed *feed, struct channel *channel, const char *payload, size_t size_bytes)
{
	struct source *source = channel->feed;
	char *end;
	uint64_t seq = strtoull(payload, &end, 10);
	struct event *event;

	if (end == payload || end[0] != ' ' || (end[1] != '0' && end[1] != '1') || end[2] != ' ')
		return;
	feed->setup.counters->events_in++;
	if (seq <= source->sequence.last)
		return;
	event = event_new(seq, end[1] == '1', end + 3, size_bytes - (size_t)(end + 3 - payload));
	source_hint(source, event);
	event_release(&event);
}

/* The channel that a Redis channel's name is of; null: nobody watches it, or it is none of a channel's. */
static struct channel *
channel_named(const struct feed *feed, const char *name)
{
	if (strncmp(name, event_prefix, PREFIX_LENGTH) != 0)
		return NULL;
	name += PREFIX_LENGTH;
	return channel_find(feed->setup.channels, name, strlen(name));
}

static void
redis_message(void *context, const char *name, const char *payload, size_t size_bytes)
{
	struct feed *feed = context;
	struct channel *channel = channel_named(feed, name);

	if (channel)
		hint(feed, channel, payload, size_bytes);
	else if (strcmp(name, revocation) != 0)
		return;
	else if (strncmp(payload, "session ", 8) == 0)
		feed->setup.events->session_ended(feed->setup.context, payload + 8);
	else if (strncmp(payload, "user ", 5) == 0)
		feed->setup.events->user_changed(feed->setup.context, payload + 5);
}

static void
redis_subscribed(void *context, const char *name)
{
	struct feed *feed = context;
	struct channel *channel = channel_named(feed, name);

	if (channel)
		channel_compare(channel, feed);
}

/* A watcher came back before the farewell was answered. */
static void
redis_unsubscribed(void *context, const char *name)
{
	struct feed *feed = context;
	struct channel *channel = channel_named(feed, name);

	if (channel)
		channel_subscribe(channel, feed);
}

static void
redis_connected(void *context)
{
	struct feed *feed = context;

	doorbell_subscribe(feed->doorbell, revocation);
	channels_each(feed->setup.channels, channel_subscribe, feed);
}

/* Sweeps hurry from now on. */
static void
redis_lost(void *context)
{
	struct feed *feed = context;

	if (!feed->sweep)
		sweep_later(feed);
}

static const struct doorbell_events doorbell_events = {
	.connected = redis_connected,
	.lost = redis_lost,
	.subscribed = redis_subscribed,
	.unsubscribed = redis_unsubscribed,
	.message = redis_message,
};

struct feed *
feed_open(const struct feed_setup *setup)
{
	struct feed *feed = memory_new(sizeof(*feed));

	feed->setup = *setup;
	feed->swept_ms = loop_now_ms(setup->loop);
	list_start(&feed->compare);
	sources_start(&feed->sources, setup->loop, setup->database, setup->counters,
	    setup->config->stream_gap_ms);
	loop_timer_start(&feed->sweep_timer, sweep);
	loop_timer_start(&feed->compare_timer, compare);
	loop_timer_set(setup->loop, &feed->sweep_timer, 0);
	channels_set_feed(setup->channels, &channels_feed, feed);
	feed->doorbell = doorbell_open(setup->loop, setup->config->redis, &doorbell_events, feed);
	return feed;
}

void
feed_close(struct feed **feed)
{
	struct feed *closed = *feed;

	*feed = NULL;
	if (!closed)
		return;
	doorbell_close(&closed->doorbell);
	sources_stop(&closed->sources);
	loop_timer_clear(&closed->sweep_timer);
	loop_timer_clear(&closed->compare_timer);
	database_forget(&closed->sweep);
	database_forget(&closed->comparison);
	free(closed);
}

bool
feed_has_redis(const struct feed *feed)
{
	return doorbell_is_up(feed->doorbell);
}

int64_t
feed_redis_round_trip_us(const struct feed *feed)
{
	return doorbell_round_trip_us(feed->doorbell);
}

int64_t
feed_sweep_age_ms(const struct feed *feed)
{
	return loop_now_ms(feed->setup.loop) - feed->swept_ms;
}
