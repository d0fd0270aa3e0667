/*
 * The wheel: a list for each slot to come. wheel.h says what for.
 */
#include "wheel.h"

#include <assert.h>

void
wheel_start(struct wheel *wheel)
{
	for (unsigned i = 0; i < WHEEL_SLOTS; i++)
		list_start(&wheel->slots[i]);
	list_start(&wheel->due);
	wheel->now = 0;
}

void
wheel_timer_start(struct wheel_timer *timer, void (*fire)(struct wheel_timer *timer))
{
	list_start(&timer->link);
	timer->fire = fire;
}

void
wheel_set(struct wheel *wheel, struct wheel_timer *timer, unsigned seconds)
{
	unsigned ahead = seconds * WHEEL_SECOND + 1; /* this slot has begun already */

	assert(seconds >= 1 && seconds <= WHEEL_MAX_S);
	list_remove(&timer->link);
	list_append(&wheel->slots[(wheel->now + ahead) % WHEEL_SLOTS], &timer->link);
}

void
wheel_clear(struct wheel_timer *timer)
{
	list_remove(&timer->link);
}

void
wheel_advance(struct wheel *wheel)
{
	wheel->now = (wheel->now + 1) % WHEEL_SLOTS;
	list_splice(&wheel->due, &wheel->slots[wheel->now]);
}

bool
wheel_fire(struct wheel *wheel, unsigned most)
{
	while (most-- > 0 && !list_is_empty(&wheel->due)) {
		struct wheel_timer *timer = CONTAINER(wheel->due.next, struct wheel_timer, link);

		list_remove(&timer->link);
		timer->fire(timer);
	}
	return !list_is_empty(&wheel->due);
}
