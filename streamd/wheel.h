/*
 * A timing wheel: 256 slots of a quarter of a second, for what thousands of
 * connections wait for at once (heartbeats, long-polls, requests that never come).
 * Setting and clearing cost nothing, whatever their number. Pure: told when a
 * quarter is over.
 */
#ifndef WHEEL_H
#define WHEEL_H

#include "list.h"

enum { WHEEL_SLOTS = 256, WHEEL_SLOT_MS = 250, WHEEL_SECOND = 4, WHEEL_MAX_S = 63 };

struct wheel_timer {
	struct list link;
	void (*fire)(struct wheel_timer *timer);
};

struct wheel {
	struct list slots[WHEEL_SLOTS];
	struct list due;
	unsigned now;
};

void wheel_start(struct wheel *wheel);

/* Once, before a timer's first use. */
void wheel_timer_start(struct wheel_timer *timer, void (*fire)(struct wheel_timer *timer));

/* Fires once, after SECONDS (1…63), a slot later at most; a timer that was set is set anew. */
void wheel_set(struct wheel *wheel, struct wheel_timer *timer, unsigned seconds);
void wheel_clear(struct wheel_timer *timer);

/* A slot is over: the next one's timers become due. */
void wheel_advance(struct wheel *wheel);

/* Fires MOST of the due timers, so that a crowded slot does not hold up the loop. True: more are due. */
bool wheel_fire(struct wheel *wheel, unsigned most);

#endif
