/*
 * The feed. Per channel it keeps a sequence and at most one read of the log in
 * flight, which serves the channel's own gap and all watchers that are behind,
 * however many: 10,000 clients that reconnect at once cost one read a channel.
 */
#include "feed.h"

#include <inttypes.h>
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
#include "log.h"
#include "loop.h"
#include "memory.h"
#include "sequence.h"

/* Redis channels: events of CHANNEL are published on event:CHANNEL. */
static const char event_prefix[] = "event:", revocation[] = "revocation";

enum {
	PREFIX_LENGTH = sizeof(event_prefix) - 1,
	NAME_MAX_BYTES = 192,
	COMPARE_MS = 2,
	COMPARE_MAX = 500
};

/* A read's rows, fewer where they are large: most of what a slow reader has no room for is read again. */
enum { READ_ROWS_MIN = 4, READ_ROWS_FIRST = 64, READ_ROWS_MAX = 256, READ_BYTES = 256 * 1024 };

static const struct database_statement read_statement = {
	.name = "event_read",
	.sql = "select seq, is_final, envelope from event_read($1, $2, $3)",
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
	struct loop_timer gap_timer, sweep_timer, compare_timer;
	struct list gaps;    /* sequences that wait, soonest first */
	struct list compare; /* subscribed now: is the head still the one we knew? */
	struct list stuck;   /* their read failed; again after the next sweep that works */
	struct database_query *sweep, *comparison;
	int64_t sweep_ms, swept_ms; /* when the present one began, and the last that was answered */
	char horizon[24];	    /* the next sweep asks for what is not older; "": unknown */
};

/* The feed's part of a channel. */
struct source {
	struct feed *feed;
	struct channel *channel;
	struct sequence sequence;
	struct database_query *read;
	uint64_t read_after;
	size_t read_rows;
	bool is_gap_read; /* the read began when the sequence had asked for it already */
	struct list link; /* in gaps or stuck */
	int64_t gap_due_ms;
	struct list compare_link;
};

static void source_read(struct source *source);

static void
source_deliver(void *context, struct event *event)
{
	struct source *source = context;

	channel_deliver(source->channel, event);
}

static void
source_wait(void *context)
{
	struct source *source = context;
	struct feed *feed = source->feed;

	source->gap_due_ms = loop_now_ms(feed->setup.loop) + feed->setup.config->stream_gap_ms;
	list_remove(&source->link);
	list_append(&feed->gaps, &source->link);
	if (!loop_timer_is_set(&feed->gap_timer))
		loop_timer_set(
		    feed->setup.loop, &feed->gap_timer, feed->setup.config->stream_gap_ms);
}

static void
source_fill(void *context)
{
	struct source *source = context;

	source->feed->setup.counters->gaps++;
	source_read(source);
}

static const struct sequence_effects effects = {
	.deliver = source_deliver,
	.wait = source_wait,
	.read = source_fill,
};

static void
gaps_due(struct loop_timer *timer)
{
	struct feed *feed = CONTAINER(timer, struct feed, gap_timer);

	while (!list_is_empty(&feed->gaps)) {
		struct source *source = CONTAINER(feed->gaps.next, struct source, link);
		int64_t left_ms = source->gap_due_ms - loop_now_ms(feed->setup.loop);

		if (left_ms > 0) {
			loop_timer_set(feed->setup.loop, timer, left_ms);
			return;
		}
		list_remove(&source->link);
		sequence_waited(&source->sequence, &effects, source);
	}
}

/* What comes after READ_AFTER is gone from the log: its watchers start anew, and so does the channel. */
static void
source_broken(struct source *source)
{
	struct channel *channel = source->channel;
	uint64_t last = channel->head > source->sequence.head ? channel->head
							      : source->sequence.head;

	log_warning("the log has lost events that are watched", LOG_TEXT("channel", channel->name),
	    LOG_INT("after", (int64_t)source->read_after));
	source->feed->setup.counters->channels_broken++;
	sequence_stop(&source->sequence);
	sequence_start(&source->sequence, last);
	channel_break(channel, last);
}

/* One row goes to those who lack it, or is the channel's next. False: rows before it are gone. */
static bool
source_row(struct source *source, const struct database_answer *answer, size_t row)
{
	struct channel *channel = source->channel;
	uint64_t seq = (uint64_t)database_number(answer, row, 0);
	struct event *event = channel_recent(channel, seq);
	bool is_next;

	event = event ? event_hold(event)
		      : event_new(seq, database_truth(answer, row, 1),
			    database_text(answer, row, 2), database_length(answer, row, 2));
	source->feed->setup.counters->events_replayed++;
	is_next = seq > channel->last;
	if (!is_next)
		channel_supply(channel, event);
	else
		is_next = sequence_row(&source->sequence, event, &effects, source);
	event_release(&event);
	return is_next || seq <= channel->last;
}

/* Every row follows the one before, and the first one READ_AFTER; else the log has a hole. */
static bool
source_take(struct source *source, const struct database_answer *answer)
{
	uint64_t expected = source->read_after + 1;

	if (answer->rows == 0)
		return source->read_after >= source->channel->last;
	for (size_t row = 0; row < answer->rows; row++, expected++) {
		if ((uint64_t)database_number(answer, row, 0) != expected ||
		    !source_row(source, answer, row))
			return false;
	}
	return true;
}

/* The next read has half as many rows as this one when it was too much, else twice as many. */
static void
source_fit(struct source *source, const struct database_answer *answer)
{
	size_t bytes = 0;

	for (size_t row = 0; row < answer->rows; row++)
		bytes += database_length(answer, row, 2);
	if (bytes > READ_BYTES && source->read_rows > READ_ROWS_MIN)
		source->read_rows /= 2;
	else if (bytes <= READ_BYTES / 2 && source->read_rows < READ_ROWS_MAX)
		source->read_rows *= 2;
}

static void
source_answered(void *context, const struct database_answer *answer)
{
	struct source *source = context;
	struct feed *feed = source->feed;
	uint64_t last = source->sequence.last;
	bool is_all = answer->rows < source->read_rows;

	source->read = NULL;
	if (!answer->is_ok) {
		if (list_is_empty(&source->link))
			list_append(&feed->stuck, &source->link);
		return;
	}
	if (!source_take(source, answer)) {
		source_broken(source);
		return;
	}
	source_fit(source, answer);
	channel_supplied(source->channel);
	/* A read for watchers further behind may not have come to the channel's own gap yet. */
	if (source->is_gap_read && (is_all || source->sequence.last > last))
		sequence_read(&source->sequence, is_all, &effects, source);
	source_read(source);
}

/* Reads the log from where the one furthest behind stands: a watcher, or the channel itself. */
static void
source_read(struct source *source)
{
	struct feed *feed = source->feed;
	uint64_t after;
	char text[24], rows[24];

	/* The first look is at what is cheap: this is called for each of the many that come at once. */
	if (source->read ||
	    !(channel_lacks(source->channel, &after) || source->sequence.is_reading))
		return;
	if (source->sequence.is_reading && source->sequence.last < after)
		after = source->sequence.last;
	source->read_after = after;
	source->is_gap_read = source->sequence.is_reading;
	feed->setup.counters->log_reads++;
	snprintf(text, sizeof(text), "%" PRIu64, after);
	snprintf(rows, sizeof(rows), "%zu", source->read_rows);
	source->read = database_ask(feed->setup.database, &read_statement,
	    (const char *const[]){ source->channel->name, text, rows }, 3, source_answered, source);
}

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
	struct source *source = memory_new(sizeof(*source));

	source->feed = feed;
	source->channel = channel;
	source->read_rows = READ_ROWS_FIRST;
	sequence_start(&source->sequence, channel->last);
	list_start(&source->link);
	list_start(&source->compare_link);
	channel->feed = source;
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
	database_forget(&source->read);
	sequence_stop(&source->sequence);
	list_remove(&source->link);
	list_remove(&source->compare_link);
	free(source);
	channel->feed = NULL;
}

static void
feed_head(void *context, struct channel *channel)
{
	struct source *source = channel->feed;

	(void)context;
	sequence_head(&source->sequence, channel->head, &effects, source);
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
	while (!list_is_empty(&feed->stuck)) {
		struct source *source = CONTAINER(feed->stuck.next, struct source, link);

		list_remove(&source->link);
		source_read(source);
	}
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
	sequence_hint(&source->sequence, event, &effects, source);
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
	list_start(&feed->gaps);
	list_start(&feed->compare);
	list_start(&feed->stuck);
	loop_timer_start(&feed->gap_timer, gaps_due);
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
	loop_timer_clear(&closed->gap_timer);
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
