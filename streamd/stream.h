/*
 * A stream: one client who watches channels over a transport. It joins what the others
 * do not know of each other: subscriptions say what comes next, the transport how it is
 * said, the outlet sends it.
 */
#ifndef STREAM_H
#define STREAM_H

#include "admission.h"
#include "latency.h"
#include "list.h"
#include "transport.h"

struct buffer;
struct channels;
struct counters;
struct database_query;
struct outlet;
struct session;
struct websocket_deflate;
struct stream;

/* What all streams share. */
struct streams {
	struct channels *channels;
	struct counters *counters;
	struct latency latency;
	struct websocket_deflate *deflate; /* for views; null: nothing is compressed */
	const char *epoch;
	size_t room_bytes; /* catching up pauses when so much is unsent */
	size_t open_count;
	struct {
		size_t open;
		uint64_t opened;
	} of[TRANSPORT_NAMES];	    /* by transport's name */
	uint32_t chance;	    /* of a random sequence */
	struct position *positions; /* scratch, for views */
	size_t positions_room;
};

/* Whoever opened a stream whose transport asks. */
struct stream_opener {
	void (*ask)(void *context);
	void (*closed)(void *context);
};

/* A channel to watch, as one database snapshot had it. */
struct stream_channel {
	struct position position; /* the name is copied */
	bool is_final;
	bool is_expanded; /* it came of a name that stands for several */
	bool is_placed;	  /* the client said from where on */
};

struct stream_setup {
	struct streams *all;
	struct outlet *outlet;
	const struct transport *transport;
	enum transport_mode mode;
	unsigned interval_s; /* of heartbeats, or the wait; 1…63 */
	bool is_at_once;     /* ticks as soon as all that there is was given */
	const struct stream_channel *channels;
	size_t channel_count;
	const char *const *denied;
	size_t denied_count;
	struct buffer *memory;		    /* for the transport; taken over; null: none */
	const struct stream_opener *opener; /* null: none */
	void *context;
};

/* Read-only outside stream.c; but the session's members are session.c's, admission and review their files'. */
struct stream {
	struct streams *all;
	struct outlet *outlet;
	const struct transport *transport;
	struct list watches;
	struct session *session;
	struct list session_link;
	struct admission admission;
	struct database_query *review;
	struct buffer *memory;
	const struct stream_opener *opener;
	void *context;
	uint32_t events;
	uint16_t watch_count;
	uint8_t mode, interval_s;
	bool is_at_once, is_over;
};

void streams_start(struct streams *all, struct loop *loop, struct channels *channels,
    struct counters *counters, const char *epoch, size_t room_bytes);
void streams_stop(struct streams *all);

/* Queues the first frames, and is live from there on. */
struct stream *stream_open(const struct stream_setup *setup);
void stream_close(struct stream **stream);

/*
 * More channels: attached, but nothing of them is given before stream_resume(), so that the client is told first.
 * One that is watched already starts anew where CHANNELS says.
 */
void stream_add(struct stream *stream, const struct stream_channel *channels, size_t count);

bool stream_watches(const struct stream *stream, const char *name);

/* NAME is watched no more, nor what came of it if it stands for several. False: it was not. */
bool stream_drop(struct stream *stream, const char *name);

/* Goes on elsewhere, in another dress; what is queued at the old outlet is its owner's to move. */
void stream_move(struct stream *stream, struct outlet *outlet, const struct transport *transport);

/* From the outlet's owner: its turn ends, its queue is empty, its timer fired. */
void stream_settle(struct stream *stream);
void stream_resume(struct stream *stream);
void stream_tick(struct stream *stream);

/* Says what the transport has to say last, and finishes the outlet. */
void stream_drain(struct stream *stream, enum transport_reason reason);

/* The transport's memory is replaced (and taken over); then it says what it has. */
void stream_remember(struct stream *stream, struct buffer *memory);
void stream_say(struct stream *stream);

/*
 * Visits the channels watched, by name, and whether it came of a name that stands for several.
 * A visitor that returns false has the channel taken away: the client is told.
 */
void stream_review(struct stream *stream,
    bool (*is_allowed)(const char *channel, bool is_expanded, void *context), void *context);

/* How channels reach their streams; their context is what all share. */
extern const struct channels_reader stream_reader;

#endif
