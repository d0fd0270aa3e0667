/*
 * Channels with watchers, and how far each watcher has come. A channel delivers an
 * event to whoever has the one before; who is further behind catches up, from a
 * small ring of recent events or from the log, and nobody is ever given anything
 * but his position + 1: exactly once and in order, by construction.
 *
 * A few watchers are given an event at once. A crowd is served in waves, some of it a
 * turn of the loop, so that it holds up nobody else; what comes meanwhile is given to
 * the rest of it in one go.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"
#include "ring.h"
#include "wheel.h"

struct channel;
struct channels;
struct event;
struct loop;

enum subscription_state {
	SUBSCRIPTION_PAUSED,  /* its reader has no room; in no list */
	SUBSCRIPTION_LIVE,    /* has all that the channel delivered, or is waiting for the wave */
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
	struct list behind; /* to be served by the wave under way, in this order */
	struct list wave;   /* among those that have one */
	size_t watcher_count;
	uint64_t last;	    /* delivered last */
	uint64_t head;	    /* the log's, as far as known; ≥ last */
	uint64_t final_seq; /* of the event that finished the channel; 0: not finished */
	uint64_t reached;   /* all live watchers have been given so far */
	struct ring recent; /* delivered lately */
	struct ring supply; /* of the log, for those who lacked it */
	struct list
	    supplied; /* stands in line behind the last of them; in none: the supply has served */
	bool is_supply_whole; /* the next row begins another */
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
	/*
	 * Gives EVENT; position is its seq already. False: no room for more until subscription_resume().
	 * The subscription must not be closed in here.
	 */
	bool (*deliver)(struct subscription *subscription, struct event *event);

	/* Something else of the channel changed: it is finished, or a catch-up has come to its end. */
	void (*changed)(struct subscription *subscription);

	/* The log has lost what comes next: only a new start helps. */
	void (*broken)(struct subscription *subscription);

	/* EVENT, which is new, was given to the last of its live watchers, and leaves by this turn's end. */
	void (*reached)(void *context, const struct event *event);
};

struct channels *channels_open(
    struct loop *loop, const struct channels_reader *reader, void *context);
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
