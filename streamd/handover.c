/*
 * Handing over. A receiver takes only a few datagrams into its queue; whoever finds it full
 * waits here, a moment, as a descriptor and some bytes: in no loop, so that nothing is read
 * from him that would have to follow.
 */
#include "handover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "connection.h"
#include "log.h"
#include "loop.h"
#include "memory.h"

enum { AGAIN_MS = 2, PATIENCE_MS = 5000, RECEIVED_A_TURN = 64 };

/* Someone on his way. */
struct passenger {
	struct list link;
	unsigned number;
	int fd;
	int64_t until_ms;
	const char *refusal;
	size_t size_bytes;
	char bytes[];
};

struct handover {
	struct loop *loop;
	struct loop_watch watch;
	struct loop_timer again;
	struct list waiting;
	const char *folder;
	unsigned number;
	void (*received)(void *context, int fd, const char *bytes, size_t size_bytes);
	void *context;
	char bytes[CONNECTION_INPUT_MAX];
};

/* A datagram with one descriptor beside it. */
union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static bool
address_of(const struct handover *handover, unsigned number, struct sockaddr_un *address)
{
	int length;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/streamd-%u.handover",
	    handover->folder, number);
	return length > 0 && (size_t)length < sizeof(address->sun_path);
}

/* Giving. */

static bool
passenger_send(const struct handover *handover, const struct passenger *passenger)
{
	struct sockaddr_un address;
	union control control = { 0 };
	struct iovec bytes = { .iov_base = (void *)(uintptr_t)passenger->bytes,
		.iov_len = passenger->size_bytes };
	struct msghdr message = { .msg_name = &address,
		.msg_namelen = sizeof(address),
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	if (!address_of(handover, passenger->number, &address)) {
		errno = ENAMETOOLONG;
		return false;
	}
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &passenger->fd, sizeof(int));
	return sendmsg(handover->watch.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static void
passenger_free(struct passenger *passenger)
{
	list_remove(&passenger->link);
	close(passenger->fd);
	free(passenger);
}

/* False: he must wait. */
static bool
passenger_go(const struct handover *handover, struct passenger *passenger)
{
	bool is_gone = passenger_send(handover, passenger);
	bool is_full = !is_gone && (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS);

	if (is_full && loop_now_ms(handover->loop) < passenger->until_ms)
		return false;
	if (!is_gone)
		send(passenger->fd, passenger->refusal, strlen(passenger->refusal),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	passenger_free(passenger);
	return true;
}

/* One who must wait holds up those for the same place alone: each is tried. */
static void
passengers_go(struct loop_timer *timer)
{
	struct handover *handover = CONTAINER(timer, struct handover, again);

	LIST_EACH(entry, after, &handover->waiting)
		passenger_go(handover, CONTAINER(entry, struct passenger, link));
	if (!list_is_empty(&handover->waiting))
		loop_timer_set(handover->loop, timer, AGAIN_MS);
}

void
handover_give(struct handover *handover, unsigned number, int fd, const char *bytes,
    size_t size_bytes, const char *refusal)
{
	struct passenger *passenger = memory_new(sizeof(*passenger) + size_bytes);

	list_start(&passenger->link);
	passenger->number = number;
	passenger->fd = fd;
	passenger->until_ms = loop_now_ms(handover->loop) + PATIENCE_MS;
	passenger->refusal = refusal;
	passenger->size_bytes = size_bytes;
	memcpy(passenger->bytes, bytes, size_bytes);
	if (passenger_go(handover, passenger))
		return;
	list_append(&handover->waiting, &passenger->link);
	if (!loop_timer_is_set(&handover->again))
		loop_timer_set(handover->loop, &handover->again, AGAIN_MS);
}

/* Receiving. */

/* The one descriptor that came with a datagram; -1: there was none, or more, which are closed. */
static int
descriptor_take(struct msghdr *message)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(message);
	int fds[sizeof(union control) / sizeof(int)];
	size_t count;

	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
		return -1;
	count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(head), count * sizeof(int));
	if (count == 1)
		return fds[0];
	while (count > 0)
		close(fds[--count]);
	return -1;
}

/* False: there is nothing more to receive. */
static bool
receive_one(struct handover *handover)
{
	union control control;
	struct iovec bytes = { .iov_base = handover->bytes, .iov_len = sizeof(handover->bytes) };
	struct msghdr message = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t size = recvmsg(handover->watch.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd;

	if (size < 0)
		return errno == EINTR;
	fd = descriptor_take(&message);
	if (fd >= 0 && !(message.msg_flags & MSG_TRUNC))
		handover->received(handover->context, fd, handover->bytes, (size_t)size);
	else if (fd >= 0)
		close(fd);
	return true;
}

static void
handover_ready(struct loop_watch *watch, uint32_t events)
{
	struct handover *handover = CONTAINER(watch, struct handover, watch);

	(void)events;
	for (int i = 0; i < RECEIVED_A_TURN && receive_one(handover); i++)
		;
}

static int
socket_open(const struct handover *handover)
{
	struct sockaddr_un address;
	int fd = -1;

	if (address_of(handover, handover->number, &address))
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	unlink(address.sun_path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

struct handover *
handover_open(struct loop *loop, const char *folder, unsigned number,
    void (*received)(void *context, int fd, const char *bytes, size_t size_bytes), void *context)
{
	struct handover *handover = memory_new(sizeof(*handover));
	int fd;

	handover->loop = loop;
	handover->folder = folder;
	handover->number = number;
	handover->received = received;
	handover->context = context;
	handover->watch = (struct loop_watch){ .fd = -1, .ready = handover_ready };
	list_start(&handover->waiting);
	loop_timer_start(&handover->again, passengers_go);
	fd = socket_open(handover);
	if (fd >= 0 && loop_watch(loop, &handover->watch, fd, EPOLLIN))
		return handover;
	log_error("no socket for handing over", LOG_TEXT("folder", folder),
	    LOG_TEXT("why", strerror(errno)));
	if (fd >= 0)
		close(fd);
	free(handover);
	return NULL;
}

void
handover_close(struct handover **handover)
{
	struct handover *closed = *handover;
	int fd;

	*handover = NULL;
	if (!closed)
		return;
	fd = closed->watch.fd;
	loop_timer_clear(&closed->again);
	LIST_EACH(entry, after, &closed->waiting)
		passenger_free(CONTAINER(entry, struct passenger, link));
	loop_unwatch(closed->loop, &closed->watch);
	close(fd);
	free(closed);
}
