/*
 * One channel's order of events, kept from hints that may be lost, doubled or
 * crossed, and from a log that has them all: the next is delivered, an older one
 * dropped; a gap waits a moment for its hint, then is read from the log, in order,
 * before anything newer goes out. Pure: time and the log are its owner's.
 */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

struct event;

enum { SEQUENCE_PARKED_MAX = 8 };

struct sequence {
	uint64_t last;	 /* delivered */
	uint64_t head;	 /* the newest that was heard of */
	uint64_t sought; /* head, when the read began */
	bool is_waiting, is_reading;
	uint8_t parked_count;
	struct event *parked[SEQUENCE_PARKED_MAX]; /* hints that came before their turn, by seq */
};

/* What a sequence makes its owner do. */
struct sequence_effects {
	void (*deliver)(void *context, struct event *event); /* last + 1; LAST is it already */
	void (*wait)(void *context); /* call sequence_waited() in a moment */
	void (*read)(
	    void *context); /* read the log after LAST; sequence_row() each, then sequence_read() */
};

/* A channel whose log stood at LAST when its first watcher came. */
void sequence_start(struct sequence *sequence, uint64_t last);
void sequence_stop(struct sequence *sequence);

/* A hint came. EVENT is borrowed. */
void sequence_hint(struct sequence *sequence, struct event *event,
    const struct sequence_effects *effects, void *context);

/* The log was seen to have SEQ. */
void sequence_head(
    struct sequence *sequence, uint64_t seq, const struct sequence_effects *effects, void *context);

/* The wait is over. */
void sequence_waited(
    struct sequence *sequence, const struct sequence_effects *effects, void *context);

/* A row of the log. False: rows before it are gone from the log, so what follows would hide a gap. */
bool sequence_row(struct sequence *sequence, struct event *event,
    const struct sequence_effects *effects, void *context);

/*
 * The read has ended. IS_ALL: the log had no more; then what it did not bring does not exist, whatever a
 * hint said. Else the rest is waited for, and read, again.
 */
void sequence_read(
    struct sequence *sequence, bool is_all, const struct sequence_effects *effects, void *context);

#endif
