/*
 * A connection to Redis that has subscribed to one channel, and whose every byte is a ring: the confirmation of the
 * subscription too, for before it rings were missed. So the protocol needs no reading, and no
 * library (RESP, https://redis.io/docs/latest/develop/reference/protocol-spec/).
 */
#include "wake.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "log.h"

#define RETRY_MS 1000

struct wake {
	const char *path; /* of Redis' socket */
	const char *name;
	int redis;	     /* -1: not connected */
	int64_t next_try_ms; /* while it is not */
	int signals;	     /* readable once somebody asks to stop */
	sigset_t stop;
};

struct wake *
wake_open(const struct config *config, const char *name)
{
	struct wake *wake = calloc(1, sizeof(*wake));

	if (!wake)
		abort();
	*wake = (struct wake){ .path = config->redis, .name = name, .redis = -1 };
	sigemptyset(&wake->stop);
	sigaddset(&wake->stop, SIGTERM);
	sigaddset(&wake->stop, SIGINT);
	wake->signals = signalfd(-1, &wake->stop, SFD_CLOEXEC | SFD_NONBLOCK);
	if (wake->signals < 0)
		abort();
	return wake;
}

static void
hang_up(struct wake *wake)
{
	if (wake->redis >= 0)
		close(wake->redis);
	wake->redis = -1;
	wake->next_try_ms = clock_monotonic_ms() + RETRY_MS;
}

void
wake_close(struct wake **wake)
{
	if (!*wake)
		return;
	hang_up(*wake);
	close((*wake)->signals);
	free(*wake);
	*wake = NULL;
}

/* Asks for the rings. A few bytes, which always fit into a new socket. */
static bool
subscribe(const struct wake *wake)
{
	char command[160];
	int length = snprintf(command, sizeof(command),
	    "*2\r\n$9\r\nSUBSCRIBE\r\n$%zu\r\nwake:%s\r\n", strlen("wake:") + strlen(wake->name),
	    wake->name);

	return send(wake->redis, command, (size_t)length, MSG_NOSIGNAL) == length;
}

/* Connects again, when it is time to. A Unix socket answers at once, or not at all. */
static void
reach_redis(struct wake *wake)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (wake->redis >= 0 || clock_monotonic_ms() < wake->next_try_ms)
		return;
	if (strlen(wake->path) >= sizeof(address.sun_path))
		return hang_up(wake);
	memcpy(address.sun_path, wake->path, strlen(wake->path));
	wake->redis = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (wake->redis < 0 ||
	    connect(wake->redis, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    !subscribe(wake))
		hang_up(wake);
}

/* Reads whatever is there. Was it a ring? */
static bool
listen_to_redis(struct wake *wake)
{
	char bytes[4096];
	ssize_t length;
	bool is_rung = false;

	while ((length = recv(wake->redis, bytes, sizeof(bytes), 0)) > 0)
		is_rung = true;
	if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
		log_warning("Redis is away: work is found by looking for it");
		hang_up(wake);
	}
	return is_rung;
}

/* How long to sleep at most: until DEADLINE_MS, or the next try to reach Redis. */
static int
patience_ms(const struct wake *wake, int64_t deadline_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t until_ms = wake->redis < 0 && wake->next_try_ms < deadline_ms ? wake->next_try_ms
									      : deadline_ms;

	if (until_ms <= now_ms)
		return 0;
	return until_ms - now_ms > INT32_MAX ? INT32_MAX : (int)(until_ms - now_ms);
}

/* With the signals blocked. */
static enum wake_reason
wait_until(struct wake *wake, int64_t deadline_ms)
{
	struct pollfd descriptors[2];

	do {
		reach_redis(wake);
		descriptors[0] = (struct pollfd){ .fd = wake->signals, .events = POLLIN };
		descriptors[1] = (struct pollfd){ .fd = wake->redis, .events = POLLIN };
		if (poll(descriptors, 2, patience_ms(wake, deadline_ms)) < 0)
			continue;
		if (descriptors[0].revents)
			return WAKE_STOP;
		if (descriptors[1].revents && listen_to_redis(wake))
			return WAKE_RUNG;
	} while (clock_monotonic_ms() < deadline_ms);
	return WAKE_TIME;
}

enum wake_reason
wake_wait(struct wake *wake, int64_t timeout_ms)
{
	enum wake_reason reason;
	struct signalfd_siginfo taken;
	sigset_t before;

	pthread_sigmask(SIG_BLOCK, &wake->stop, &before);
	reason = wait_until(wake, clock_monotonic_ms() + timeout_ms);
	/* What was answered must not end the process when it is let through again. */
	while (reason == WAKE_STOP && read(wake->signals, &taken, sizeof(taken)) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return reason;
}
