/*
 * Sources of channels. A gap waits a moment for its hint, in a line in which all wait equally
 * long; then the log is read.
 */
#include "source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "channel.h"
#include "counters.h"
#include "database.h"
#include "event.h"
#include "log.h"
#include "memory.h"

/* A read's rows, fewer where they are large: most of what a slow reader has no room for is read again. */
enum { READ_ROWS_MIN = 4, READ_ROWS_FIRST = 64, READ_ROWS_MAX = 256, READ_BYTES = 256 * 1024 };

static const struct database_statement read_statement = {
	.name = "event_read",
	.sql = "select seq, is_final, envelope from event_read($1, $2, $3)",
};

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
	struct sources *all = source->all;

	source->gap_due_ms = loop_now_ms(all->loop) + all->gap_ms;
	list_remove(&source->link);
	list_append(&all->gaps, &source->link);
	if (!loop_timer_is_set(&all->gap_timer))
		loop_timer_set(all->loop, &all->gap_timer, all->gap_ms);
}

static void
source_fill(void *context)
{
	struct source *source = context;

	source->all->counters->gaps++;
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
	struct sources *all = CONTAINER(timer, struct sources, gap_timer);

	while (!list_is_empty(&all->gaps)) {
		struct source *source = CONTAINER(all->gaps.next, struct source, link);
		int64_t left_ms = source->gap_due_ms - loop_now_ms(all->loop);

		if (left_ms > 0) {
			loop_timer_set(all->loop, timer, left_ms);
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
	source->all->counters->channels_broken++;
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
	source->all->counters->events_replayed++;
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
	struct sources *all = source->all;
	uint64_t last = source->sequence.last;
	bool is_all = answer->rows < source->read_rows;

	source->read = NULL;
	if (!answer->is_ok) {
		if (list_is_empty(&source->link))
			list_append(&all->stuck, &source->link);
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
void
source_read(struct source *source)
{
	struct sources *all = source->all;
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
	all->counters->log_reads++;
	snprintf(text, sizeof(text), "%" PRIu64, after);
	snprintf(rows, sizeof(rows), "%zu", source->read_rows);
	source->read = database_ask(all->database, &read_statement,
	    (const char *const[]){ source->channel->name, text, rows }, 3, source_answered, source);
}

void
source_hint(struct source *source, struct event *event)
{
	sequence_hint(&source->sequence, event, &effects, source);
}

void
source_head(struct source *source)
{
	sequence_head(&source->sequence, source->channel->head, &effects, source);
}

struct source *
source_open(struct sources *all, struct channel *channel)
{
	struct source *source = memory_new(sizeof(*source));

	source->all = all;
	source->channel = channel;
	source->read_rows = READ_ROWS_FIRST;
	sequence_start(&source->sequence, channel->last);
	list_start(&source->link);
	list_start(&source->compare_link);
	return source;
}

void
source_close(struct source **source)
{
	struct source *closed = *source;

	*source = NULL;
	if (!closed)
		return;
	database_forget(&closed->read);
	sequence_stop(&closed->sequence);
	list_remove(&closed->link);
	list_remove(&closed->compare_link);
	free(closed);
}

void
sources_retry(struct sources *all)
{
	while (!list_is_empty(&all->stuck)) {
		struct source *source = CONTAINER(all->stuck.next, struct source, link);

		list_remove(&source->link);
		source_read(source);
	}
}

void
sources_start(struct sources *all, struct loop *loop, struct database *database,
    struct counters *counters, int64_t gap_ms)
{
	*all = (struct sources){
		.loop = loop, .database = database, .counters = counters, .gap_ms = gap_ms
	};
	list_start(&all->gaps);
	list_start(&all->stuck);
	loop_timer_start(&all->gap_timer, gaps_due);
}

void
sources_stop(struct sources *all)
{
	loop_timer_clear(&all->gap_timer);
}
