/*
 * The loop's short list of timers: they fire in the order in which they are due, whichever was set first or anew.
 */
#include "loop.h"

#include <unistd.h>

#include "test.h"

static struct loop *loop;
static struct loop_timer first, second, last;
static char order[8];
static size_t fired;

static void
fire(struct loop_timer *timer)
{
	order[fired++] = timer == &first ? '1' : timer == &second ? '2' : '3';
	if (timer == &last)
		loop_stop(loop);
}

int
main(void)
{
	loop = loop_open();
	loop_timer_start(&first, fire);
	loop_timer_start(&second, fire);
	loop_timer_start(&last, fire);
	alarm(10); /* a loop within the list would never end */

	loop_timer_set(loop, &last, 30);
	loop_timer_set(loop, &second, 10);
	loop_timer_set(loop, &first, 20);
	loop_timer_set(loop, &first, 1);
	loop_timer_set(loop, &first, 2);
	loop_timer_set(loop, &last, 40);
	loop_run(loop);
	is_string(
	    order, "123", "RN-11 timers fire as they are due, the one in front set anew twice too");

	loop_timer_set(loop, &last, 5);
	loop_timer_set(loop, &first, 1);
	loop_timer_clear(&first);
	loop_run(loop);
	is_string(order, "1233", "RN-11 one that was cleared does not fire");
	ok(!loop_timer_is_set(&first), "RN-11 and is not set");

	loop_close(&loop);
	return done();
}
