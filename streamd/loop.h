/*
 * The event loop: descriptors by epoll, seconds by a timing wheel, milliseconds by
 * a short list, and work that waits for the end of a turn. Everything in streamd
 * happens in one of its callbacks, on one thread; none of them may block.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#include "list.h"
#include "wheel.h"

struct loop;

/* A descriptor; a member of whoever owns it. EVENTS are epoll's, level-triggered. */
struct loop_watch {
	int fd; /* -1: not watched */
	void (*ready)(struct loop_watch *watch, uint32_t events);
};

/* For the few things that count in milliseconds. What many wait for belongs on the wheel. */
struct loop_timer {
	struct list link;
	int64_t due_ms;
	void (*fire)(struct loop_timer *timer);
};

/* Something to do when all callbacks of this turn have run. */
struct loop_task {
	struct loop_task *next;
	void (*run)(struct loop_task *task);
};

/* Null: logged. */
struct loop *loop_open(void);
void loop_close(struct loop **loop);

/* Runs turns until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Runs what waits for the end of a turn: a turn's last step, and a program's before it closes things. */
void loop_settle(struct loop *loop);

/* Watches FD for EVENTS; the second changes them; the third forgets it (before close). False: logged. */
bool loop_watch(struct loop *loop, struct loop_watch *watch, int fd, uint32_t events);
void loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events);
void loop_unwatch(struct loop *loop, struct loop_watch *watch);

void loop_timer_start(struct loop_timer *timer, void (*fire)(struct loop_timer *timer));
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t delay_ms);
bool loop_timer_is_set(const struct loop_timer *timer);
void loop_timer_clear(struct loop_timer *timer);

/* Monotonic, as of this turn's start. */
int64_t loop_now_ms(const struct loop *loop);

struct wheel *loop_wheel(struct loop *loop);

/* Runs TASK once at the end of this turn. A task that is waiting already must not be given again. */
void loop_later(struct loop *loop, struct loop_task *task);

/* Likewise at the end of the next turn, which comes at once: for work that is too long for one turn. */
void loop_next(struct loop *loop, struct loop_task *task);

/* Runs TASK after all others: nothing can reach its object then, so it may be freed. */
void loop_reap(struct loop *loop, struct loop_task *task);

#endif
