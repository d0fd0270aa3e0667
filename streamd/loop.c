/*
 * The event loop. A turn: wait, run the callbacks of what is ready, timers that
 * are due, tasks for the turn's end (they write what callbacks queued), and last
 * the reaping. Closing in a callback is safe thereby: an object that this turn's
 * list of ready descriptors still names is only freed after it.
 */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "memory.h"

/* READY_MAX and FIRE_MAX bound a turn, so that a crowd delays others by milliseconds. */
enum { READY_MAX = 256, FIRE_MAX = 256 };

struct tasks {
	struct loop_task *first, **end;
};

struct loop {
	int epoll;
	bool is_running, has_due;
	int64_t now_ms, slot_ms; /* slot: when the wheel's present one ends */
	struct wheel wheel;
	struct list timers; /* soonest first */
	struct tasks later, next, reap;
};

static void
tasks_start(struct tasks *tasks)
{
	tasks->first = NULL;
	tasks->end = &tasks->first;
}

static void
tasks_add(struct tasks *tasks, struct loop_task *task)
{
	task->next = NULL;
	*tasks->end = task;
	tasks->end = &task->next;
}

/* Adds all of FROM to the end of TO. */
static void
tasks_splice(struct tasks *to, struct tasks *from)
{
	if (!from->first)
		return;
	*to->end = from->first;
	to->end = from->end;
	tasks_start(from);
}

/* Also those that are added by one that runs. */
static void
tasks_run(struct tasks *tasks)
{
	while (tasks->first) {
		struct loop_task *task = tasks->first;

		tasks->first = task->next;
		if (!tasks->first)
			tasks->end = &tasks->first;
		task->run(task);
	}
}

struct loop *
loop_open(void)
{
	struct loop *loop = memory_new(sizeof(*loop));

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		log_error("cannot make an epoll", LOG_TEXT("why", strerror(errno)));
		free(loop);
		return NULL;
	}
	loop->now_ms = clock_monotonic_ms();
	loop->slot_ms = loop->now_ms + WHEEL_SLOT_MS;
	wheel_start(&loop->wheel);
	list_start(&loop->timers);
	tasks_start(&loop->later);
	tasks_start(&loop->next);
	tasks_start(&loop->reap);
	return loop;
}

void
loop_close(struct loop **loop)
{
	if (!*loop)
		return;
	close((*loop)->epoll);
	free(*loop);
	*loop = NULL;
}

bool
loop_watch(struct loop *loop, struct loop_watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		log_error("cannot watch a descriptor", LOG_TEXT("why", strerror(errno)));
		return false;
	}
	watch->fd = fd;
	return true;
}

void
loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (watch->fd >= 0)
		epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void
loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
	/* A library may have closed the descriptor already; then epoll has forgotten it too. */
	if (watch->fd >= 0)
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
}

void
loop_timer_start(struct loop_timer *timer, void (*fire)(struct loop_timer *timer))
{
	list_start(&timer->link);
	timer->fire = fire;
}

void
loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t delay_ms)
{
	struct list *later;

	list_remove(&timer->link);
	timer->due_ms = loop->now_ms + delay_ms;
	later = loop->timers.next;
	while (later != &loop->timers &&
	    CONTAINER(later, struct loop_timer, link)->due_ms <= timer->due_ms)
		later = later->next;
	list_append(later, &timer->link);
}

bool
loop_timer_is_set(const struct loop_timer *timer)
{
	return !list_is_empty(&timer->link);
}

void
loop_timer_clear(struct loop_timer *timer)
{
	list_remove(&timer->link);
}

int64_t
loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

struct wheel *
loop_wheel(struct loop *loop)
{
	return &loop->wheel;
}

void
loop_later(struct loop *loop, struct loop_task *task)
{
	tasks_add(&loop->later, task);
}

void
loop_next(struct loop *loop, struct loop_task *task)
{
	tasks_add(&loop->next, task);
}

void
loop_reap(struct loop *loop, struct loop_task *task)
{
	tasks_add(&loop->reap, task);
}

void
loop_stop(struct loop *loop)
{
	loop->is_running = false;
}

static int
wait_ms(const struct loop *loop)
{
	int64_t until_ms = loop->slot_ms;

	if (loop->has_due || loop->next.first)
		return 0;
	if (!list_is_empty(&loop->timers)) {
		int64_t due_ms = CONTAINER(loop->timers.next, struct loop_timer, link)->due_ms;

		if (due_ms < until_ms)
			until_ms = due_ms;
	}
	until_ms -= clock_monotonic_ms();
	return until_ms > 0 ? (int)until_ms : 0;
}

static void
run_ready(struct loop *loop)
{
	struct epoll_event ready[READY_MAX];
	int count = epoll_wait(loop->epoll, ready, READY_MAX, wait_ms(loop));

	loop->now_ms = clock_monotonic_ms();
	/* Before anything is set on the wheel: slots that a busy turn has missed must not shorten its time. */
	for (; loop->slot_ms <= loop->now_ms; loop->slot_ms += WHEEL_SLOT_MS)
		wheel_advance(&loop->wheel);
	for (int i = 0; i < count; i++) {
		struct loop_watch *watch = ready[i].data.ptr;

		if (watch->fd >= 0)
			watch->ready(watch, ready[i].events);
	}
}

static void
run_timers(struct loop *loop)
{
	while (!list_is_empty(&loop->timers)) {
		struct loop_timer *timer = CONTAINER(loop->timers.next, struct loop_timer, link);

		if (timer->due_ms > loop->now_ms)
			break;
		list_remove(&timer->link);
		timer->fire(timer);
	}
	loop->has_due = wheel_fire(&loop->wheel, FIRE_MAX);
}

void
loop_settle(struct loop *loop)
{
	tasks_splice(&loop->later, &loop->next);
	tasks_run(&loop->later);
	tasks_run(&loop->reap);
}

void
loop_run(struct loop *loop)
{
	loop->is_running = true;
	while (loop->is_running) {
		run_ready(loop);
		run_timers(loop);
		loop_settle(loop);
	}
}
