/*
 * A source: where one channel's events come from, in order and without a gap. It keeps a
 * sequence, and at most one read of the log in flight, which serves the channel's own gap and
 * all watchers that are behind, however many: 10,000 clients that reconnect at once cost one
 * read a channel.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "loop.h"
#include "sequence.h"

struct channel;
struct counters;
struct database;
struct database_query;
struct source;

/* What all sources share. */
struct sources {
	struct loop *loop;
	struct database *database;
	struct counters *counters;
	int64_t gap_ms; /* how long a gap waits for its hint */
	struct loop_timer gap_timer;
	struct list gaps;  /* sequences that wait, soonest first */
	struct list stuck; /* their read failed */
};

/* Read-only outside source.c. */
struct source {
	struct sources *all;
	struct channel *channel;
	struct sequence sequence;
	struct database_query *read;
	uint64_t read_after;
	size_t read_rows;
	bool is_gap_read; /* the read began when the sequence had asked for it already */
	struct list link; /* in gaps or stuck */
	int64_t gap_due_ms;
	struct list compare_link; /* the feed's own */
};

/* All borrowed. */
void sources_start(struct sources *all, struct loop *loop, struct database *database,
    struct counters *counters, int64_t gap_ms);
void sources_stop(struct sources *all);

/* What could not be read is read again. */
void sources_retry(struct sources *all);

/* Of CHANNEL, from its last event on. */
struct source *source_open(struct sources *all, struct channel *channel);
void source_close(struct source **source);

/* A hint brought EVENT, which is borrowed; the log has what the channel's head says; somebody lacks events. */
void source_hint(struct source *source, struct event *event);
void source_head(struct source *source);
void source_read(struct source *source);

#endif
