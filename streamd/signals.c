/*
 * By signalfd(2): nothing is interrupted, and nothing runs in a handler.
 */
#include "signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "loop.h"

bool
signals_watch(struct loop *loop, struct loop_watch *watch)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd >= 0 && loop_watch(loop, watch, fd, EPOLLIN);
}

bool
signals_take(const struct loop_watch *watch)
{
	struct signalfd_siginfo info;

	return read(watch->fd, &info, sizeof(info)) == sizeof(info);
}
