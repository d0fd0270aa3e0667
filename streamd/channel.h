/*
 * Channels with watchers, and how far each watcher has come. A channel delivers an
 * event to whoever has the one before; who is further behind catches up, from a
 * small ring of recent events or from the log, and nobody is ever given anything
 * but his position + 1: exactly once and in order, by construction.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"
#include "wheel.h"

struct channel;
struct channels;
struct event;

enum subscription_state {
	SUBSCRIPTION_PAUSED,  /* its reader has no room; in no list */
	SUBSCRIPTION_LIVE,    /* has all that the channel delivered */
	SUBSCRIPTION_LACKING, /* needs older events from the log */
};

/* A watcher of a channel; a member of its owner's. Read-only outside channel.c. */
struct subscription {
	struct list link;
	struct channel *channel;
	uint64_t position; /* seq of the last event given */
	enum subscription_state state;
};

struct channel {
	struct channel *next; /* of its hash */
	struct channels *all;
	struct list live, lacking;
	size_t watcher_count;
	uint64_t last;	     /* delivered last */
	uint64_t head;	     /* the log's, as far as known; ≥ last */
	uint64_t final_seq;  /* of the event that finished the channel; 0: not finished */
	struct event **ring; /* by seq modulo its size */
	uint32_t ring_size;
	struct wheel_timer linger;
	void *feed; /* the feed's own */
	char name[];
};

/* Who gives the channels their events, and who takes them. */
struct channels_feed {
	void (*watched)(void *context, struct channel *channel);   /* its first watcher came */
	void (*unwatched)(void *context, struct channel *channel); /* about to be freed */
	void (*head)(void *context, struct channel *channel);	   /* head has risen */
	void (*lacking)(
	    void *context, struct channel *channel); /* someone lacks events of the log */
};

struct channels_reader {
	/* Gives EVENT; position is its seq already. False: no room for more until subscription_resume(). */
	bool (*deliver)(struct subscription *subscription, struct event *event);

	/* Something else of the channel changed: it is finished, or a catch-up has come to its end. */
	void (*changed)(struct subscription *subscription);

	/* The log has lost what comes next: only a new start helps. */
	void (*broken)(struct subscription *subscription);
};

struct channels *channels_open(struct wheel *wheel, const struct channels_reader *reader);
void channels_close(struct channels **channels);
void channels_set_feed(struct channels *channels, const struct channels_feed *feed, void *context);
size_t channels_count(const struct channels *channels);
void channels_each(struct channels *channels, void (*visit)(struct channel *channel, void *context),
    void *context);

/* Null: nobody watches it. */
struct channel *channel_find(struct channels *channels, const char *name, size_t length);

/*
 * Starts to watch NAME after POSITION, paused until subscription_resume(). HEAD is what one database snapshot
 * says of the channel, IS_FINAL whether its last event has been.
 */
void subscription_open(struct subscription *subscription, struct channels *channels,
    const char *name, uint64_t position, uint64_t head, bool is_final);
void subscription_close(struct subscription *subscription);

/* Gives what there is, until the reader has no more room. */
void subscription_resume(struct subscription *subscription);

/* Has it all that the log is known to have? */
bool subscription_is_current(const struct subscription *subscription);

/* And is that all there will ever be? */
bool subscription_is_finished(const struct subscription *subscription);

/* For the feed. The log has HEAD. */
void channel_learn(struct channel *channel, uint64_t head, bool is_final);

/* EVENT, which is last + 1, goes to all who have last. */
void channel_deliver(struct channel *channel, struct event *event);

/* A row of the log up to LAST, for those who lack it; then, when the read is over, channel_supplied(). */
void channel_supply(struct channel *channel, struct event *event);
void channel_supplied(struct channel *channel);

/* From which position on does the one furthest behind need the log? False: nobody does. */
bool channel_lacks(const struct channel *channel, uint64_t *position);

/* The event SEQ, when the ring has it; borrowed, else null. */
struct event *channel_recent(const struct channel *channel, uint64_t seq);

/* The log has lost what some watchers lack: they are told to start anew, and the channel goes on after LAST. */
void channel_break(struct channel *channel, uint64_t last);

#endif
