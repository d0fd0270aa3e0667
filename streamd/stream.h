/*
 * A stream: one client's connection that watches channels over a transport. It
 * joins what the others do not know of each other: subscriptions say what comes
 * next, the transport how it is said, the connection sends it.
 */
#ifndef STREAM_H
#define STREAM_H

#include "list.h"
#include "transport.h"

struct buffer;
struct channels;
struct connection;
struct counters;
struct session;
struct stream;

/* What all streams share. */
struct streams {
	struct channels *channels;
	struct counters *counters;
	const char *epoch;
	size_t room_bytes; /* catching up pauses when so much is unsent */
	size_t open_count;
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
};

struct stream_setup {
	struct streams *all;
	struct connection *connection;
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

/* Read-only outside stream.c; the session's members are session.c's. */
struct stream {
	struct streams *all;
	struct connection *connection;
	const struct transport *transport;
	struct list watches;
	struct session *session;
	struct list session_link;
	struct buffer *memory;
	const struct stream_opener *opener;
	void *context;
	uint32_t events;
	uint16_t watch_count;
	uint8_t mode, interval_s;
	bool is_at_once, is_over;
};

void streams_start(struct streams *all, struct channels *channels, struct counters *counters,
    const char *epoch, size_t room_bytes);
void streams_stop(struct streams *all);

/* Queues the first frames, and is live from there on. */
struct stream *stream_open(const struct stream_setup *setup);
void stream_close(struct stream **stream);

/* From the connection: its turn ends, its queue is empty, its timer fired. */
void stream_settle(struct stream *stream);
void stream_resume(struct stream *stream);
void stream_tick(struct stream *stream);

/* Says what the transport has to say last, and ends the connection. */
void stream_drain(struct stream *stream);

/* The transport's memory is replaced (and taken over); then it says what it has. */
void stream_remember(struct stream *stream, struct buffer *memory);
void stream_say(struct stream *stream);

/*
 * Visits the channels watched, by name, and whether it came of a name that stands for several.
 * A visitor that returns false has the channel taken away: the client is told.
 */
void stream_review(struct stream *stream,
    bool (*is_allowed)(const char *channel, bool is_expanded, void *context), void *context);

/* How channels reach their streams. */
extern const struct channels_reader stream_reader;

#endif
