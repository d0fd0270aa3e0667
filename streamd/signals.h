/*
 * The signals that ask a program to stop, as one more descriptor of its loop.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

struct loop;
struct loop_watch;

/*
 * From here on SIGTERM and SIGINT make WATCH ready, which is the caller's with its callback filled, and SIGPIPE does
 * nothing. In this thread and those started later: others must hold them off themselves. False: it cannot be had.
 */
bool signals_watch(struct loop *loop, struct loop_watch *watch);

/* One has come, and is taken. To be asked when WATCH is ready. */
bool signals_take(const struct loop_watch *watch);

#endif
