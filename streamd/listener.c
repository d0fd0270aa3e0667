/*
 * Accepting. A few descriptors are held in reserve, so that even a full process can accept a newcomer and answer: left in the
 * backlog, it would wait for nothing. Those that were refused last are the reserve: closed at once, with its request unread, a
 * connection is reset, and the answer may be lost with it.
 */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "memory.h"

enum { ACCEPTED_A_TURN = 64, BACKLOG = 4096, PAUSE_MS = 100, SPARES = 8, DRAINED_MAX = 16 };

struct listener {
	struct loop *loop;
	struct loop_watch watch;
	struct loop_timer pause;
	int fd;
	int spares[SPARES]; /* /dev/null, or who was refused */
	uint64_t refused;
	const char *refusal;
	void (*accepted)(void *context, int fd);
	void *context;
};

static int
spare_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int
accept_one(const struct listener *listener)
{
	return accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* What has come over it meanwhile is read, so that it ends in peace. */
static void
spare_close(int fd)
{
	char scratch[4096];

	for (int i = 0; i < DRAINED_MAX && recv(fd, scratch, sizeof(scratch), MSG_DONTWAIT) > 0;)
		i++;
	if (fd >= 0)
		close(fd);
}

/* Without even a spare, accepting would fail for ever at full speed: it pauses instead. */
static void
refuse_one(struct listener *listener)
{
	int *spare = &listener->spares[listener->refused % SPARES];
	int fd = -1;

	if (*spare >= 0) {
		spare_close(*spare);
		fd = accept_one(listener);
	}
	if (fd >= 0) {
		listener->refused++;
		send(fd, listener->refusal, strlen(listener->refusal), MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		*spare = fd;
		return;
	}
	*spare = spare_open();
	loop_unwatch(listener->loop, &listener->watch);
	loop_timer_set(listener->loop, &listener->pause, PAUSE_MS);
}

static void
listener_ready(struct loop_watch *watch, uint32_t events)
{
	struct listener *listener = CONTAINER(watch, struct listener, watch);

	(void)events;
	for (int i = 0; i < ACCEPTED_A_TURN && watch->fd >= 0; i++) {
		int fd = accept_one(listener);

		if (fd >= 0)
			listener->accepted(listener->context, fd);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			refuse_one(listener);
		else if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

void
listener_pause(struct listener *listener)
{
	loop_timer_clear(&listener->pause);
	loop_unwatch(listener->loop, &listener->watch);
}

void
listener_resume(struct listener *listener)
{
	if (listener->watch.fd < 0 &&
	    !loop_watch(listener->loop, &listener->watch, listener->fd, EPOLLIN))
		loop_timer_set(listener->loop, &listener->pause, PAUSE_MS);
}

static void
pause_over(struct loop_timer *timer)
{
	listener_resume(CONTAINER(timer, struct listener, pause));
}

struct listener *
listener_open(struct loop *loop, int fd, const char *refusal,
    void (*accepted)(void *context, int fd), void *context)
{
	struct listener *listener = memory_new(sizeof(*listener));
	int flags = fcntl(fd, F_GETFL);

	*listener = (struct listener){ .loop = loop,
		.fd = fd,
		.refusal = refusal,
		.accepted = accepted,
		.context = context,
		.watch = { .fd = -1, .ready = listener_ready } };
	for (size_t i = 0; i < SPARES; i++)
		listener->spares[i] = spare_open();
	loop_timer_start(&listener->pause, pause_over);
	/* A storm of clients waits here, not at the proxy, which would look again a second later. */
	listen(fd, BACKLOG);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    !loop_watch(loop, &listener->watch, fd, EPOLLIN)) {
		log_error("no listening socket", LOG_INT("descriptor", fd));
		listener_close(&listener);
	}
	return listener;
}

uint64_t
listener_refused(const struct listener *listener)
{
	return listener->refused;
}

void
listener_close(struct listener **listener)
{
	struct listener *closed = *listener;

	*listener = NULL;
	if (!closed)
		return;
	loop_unwatch(closed->loop, &closed->watch);
	loop_timer_clear(&closed->pause);
	for (size_t i = 0; i < SPARES; i++)
		spare_close(closed->spares[i]);
	free(closed);
}

int
listener_socket(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0)
		return -1;
	/* Those accepted inherit it: what is written is whole, and need not wait for the peer's acknowledgement. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	log_error("cannot listen", LOG_INT("port", port), LOG_TEXT("why", strerror(errno)));
	close(fd);
	return -1;
}
