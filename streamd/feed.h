/*
 * The feed: gives channels their events, from Redis' hints at once and from the log
 * for whatever they missed. A hint only says what to look for; what is delivered,
 * and in which order, is decided by a sequence a channel (sequence.h).
 *
 * Three things repair what hints missed: a gap is read from the log; heads are
 * compared when a subscription is confirmed; and a sweep, every second (four times
 * as often while Redis is away), asks the log for what has been committed since the last.
 */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stdint.h>

struct channels;
struct config;
struct counters;
struct database;
struct database_statement;
struct feed;
struct loop;

/* What the feed learns besides events. */
struct feed_events {
	void (*session_ended)(void *context, const char *session_id);
	void (*user_changed)(void *context, const char *user_id); /* his rights */
};

/* All borrowed. Becomes the feed of CHANNELS. */
struct feed_setup {
	struct loop *loop;
	const struct config *config;
	struct database *database;
	struct channels *channels;
	struct counters *counters;
	const struct feed_events *events;
	void *context;
};

struct feed *feed_open(const struct feed_setup *setup);
void feed_close(struct feed **feed);

bool feed_has_redis(const struct feed *feed);

/* How long Redis takes to answer; 0: it never has. */
int64_t feed_redis_round_trip_us(const struct feed *feed);

/* How long ago the last sweep began whose answer came; since the start, if none has. */
int64_t feed_sweep_age_ms(const struct feed *feed);

#endif
