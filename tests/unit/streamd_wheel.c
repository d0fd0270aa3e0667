/*
 * The timing wheel: every timer fires once, in its time and not before.
 */
#include "wheel.h"

#include "test.h"

static unsigned fired;

static void
fire(struct wheel_timer *timer)
{
	(void)timer;
	fired++;
}

static struct wheel wheel;
static struct wheel_timer again_timer;

static void
fire_again(struct wheel_timer *timer)
{
	fired++;
	wheel_set(&wheel, timer, 1);
}

/* Slots until TIMER fires, set to SECONDS. */
static unsigned
slots_until(struct wheel_timer *timer, unsigned seconds)
{
	unsigned slots = 0;

	fired = 0;
	wheel_set(&wheel, timer, seconds);
	while (fired == 0 && slots < 2 * WHEEL_SLOTS) {
		wheel_advance(&wheel);
		wheel_fire(&wheel, 1);
		slots++;
	}
	return slots;
}

static void
test_times(void)
{
	struct wheel_timer timer;
	bool is_exact = true;

	wheel_timer_start(&timer, fire);
	for (unsigned seconds = 1; seconds <= WHEEL_MAX_S; seconds++)
		is_exact = is_exact && slots_until(&timer, seconds) == seconds * WHEEL_SECOND + 1;
	ok(is_exact, "from 1 to 63 seconds, never early and at most a slot late");
}

static void
test_clear(void)
{
	struct wheel_timer timer;

	wheel_timer_start(&timer, fire);
	wheel_set(&wheel, &timer, 1);
	wheel_clear(&timer);
	wheel_clear(&timer);
	fired = 0;
	for (unsigned i = 0; i < WHEEL_SLOTS; i++) {
		wheel_advance(&wheel);
		wheel_fire(&wheel, 10);
	}
	is_int(fired, 0, "a cleared timer does not fire, and clearing twice is harmless");
}

static void
test_again(void)
{
	wheel_timer_start(&again_timer, fire_again);
	wheel_set(&wheel, &again_timer, 1);
	fired = 0;
	for (unsigned i = 0; i < 10 * (WHEEL_SECOND + 1); i++) {
		wheel_advance(&wheel);
		wheel_fire(&wheel, 10);
	}
	is_int(fired, 10, "a timer may set itself anew");
	wheel_clear(&again_timer);
}

static void
test_crowd(void)
{
	static struct wheel_timer crowd[1000];

	for (unsigned i = 0; i < 1000; i++) {
		wheel_timer_start(&crowd[i], fire);
		wheel_set(&wheel, &crowd[i], 2);
	}
	fired = 0;
	for (unsigned i = 0; i < 2 * WHEEL_SECOND + 1; i++)
		wheel_advance(&wheel);
	ok(wheel_fire(&wheel, 256), "a crowd is not fired all at once");
	is_int(fired, 256, "but as many as asked for");
	wheel_clear(&crowd[999]);
	while (wheel_fire(&wheel, 256))
		;
	is_int(fired, 999, "and then the rest, but for one that was cleared while due");
}

int
main(void)
{
	wheel_start(&wheel);
	test_times();
	test_clear();
	test_again();
	test_crowd();
	return done();
}
