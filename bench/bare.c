/*
 * The limit that streamd is measured against: an epoll server that answers every
 * connection with the head of an SSE stream or of a WebSocket and a first frame, and writes
 * fixed events to all of them when its standard input says so. No channels, no
 * cursors, no log, no authorisation: what remains is the kernel's share of a fan-out.
 *
 *   bare TARGET        listen on the unix socket TARGET (a path), or on TCP port TARGET of
 *                      loopback, until stdin ends. Lines on stdin:
 *   each N             N events to all, one after another: a write for each event of each client
 *   joined N           the same, but the N events of a client leave in one write
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FDS_MAX = 65536, TURN_EVENTS = 512, JOINED_MAX = 1000, BACKLOG = 4096 };

#define EVENT_DATA                                                                 \
	"{\"channel\":\"user:0190a000-0000-7000-8000-000000000000\",\"seq\":17,"   \
	"\"type\":\"user.updated\",\"at\":\"2026-01-01T00:00:00.000Z\",\"data\":{" \
	"\"mark\": \"^\", \"n\": 17, \"fill\": "                                   \
	"\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}}"

#define WEBSOCKET_DATA "{\"op\":\"event\",\"event\":" EVENT_DATA "}"

enum { WEBSOCKET_BYTES = sizeof(WEBSOCKET_DATA) - 1 };

struct protocol {
	const char *request; /* what a request for it contains */
	const char *head, *event;
	size_t event_bytes;
};

/* As long as the same event of streamd, id line included. */
static const char sse_event[] =
    "id: 0123456789abcdef/user:0190a000-0000-7000-8000-000000000000=17\n"
    "data: " EVENT_DATA "\n\n";

/* A text frame; its length is written by main. The answer to a key is that of RFC 6455's example, which is what our clients send. */
static char websocket_event[] = "\x81\x7e??" WEBSOCKET_DATA;

static const struct protocol protocols[] = {
	{ "Upgrade: websocket",
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
	    websocket_event, sizeof(websocket_event) - 1 },
	{ "",
	    "HTTP/1.1 200 OK\r\n"
	    "Content-Type: text/event-stream\r\n"
	    "Connection: close\r\n\r\n"
	    "data: {\"type\":\"stream.open\"}\n\n",
	    sse_event, sizeof(sse_event) - 1 },
};

/* Clients by their descriptor; null: none, or one that has not asked yet. */
static const struct protocol *clients[FDS_MAX];
static int fd_last;

static int
listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

static int
listen_tcp(const char *port)
{
	const int yes = 1;
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	return fd;
}

static void
watch(int epoll, int fd)
{
	struct epoll_event interest = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest) != 0) {
		perror("epoll_ctl");
		exit(1);
	}
}

static void
accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0 && fd < FDS_MAX) {
		watch(epoll, fd);
		if (fd > fd_last)
			fd_last = fd;
	}
}

static void
client_end(int fd)
{
	clients[fd] = NULL;
	close(fd);
}

/* Waits for room where a socket is full: it has no queue of its own. */
static void
client_write(int fd, const char *bytes, size_t size_bytes)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	while (size_bytes > 0) {
		ssize_t sent = send(fd, bytes, size_bytes, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN) {
			poll(&room, 1, -1);
		} else if (sent < 0) {
			client_end(fd);
			return;
		} else {
			bytes += sent;
			size_bytes -= (size_t)sent;
		}
	}
}

/* A request came: answer it and count the client in. What comes later is dropped. */
static void
client_read(int fd)
{
	char request[8192];
	ssize_t size = read(fd, request, sizeof(request) - 1);
	const struct protocol *protocol = protocols;

	if (size <= 0) {
		if (size == 0 || errno != EAGAIN)
			client_end(fd);
		return;
	}
	if (clients[fd] != NULL)
		return;
	request[size] = '\0';
	while (strstr(request, protocol->request) == NULL)
		protocol++;
	clients[fd] = protocol;
	client_write(fd, protocol->head, strlen(protocol->head));
}

static void
broadcast(void)
{
	for (int fd = 0; fd <= fd_last; fd++)
		if (clients[fd] != NULL)
			client_write(fd, clients[fd]->event, clients[fd]->event_bytes);
}

/* COUNT events in one write to each, whichever protocol it speaks. */
static void
broadcast_joined(size_t count)
{
	static char joined[JOINED_MAX * (sizeof(sse_event) + sizeof(websocket_event))];

	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		const struct protocol *protocol = &protocols[i];

		for (size_t n = 0; n < count; n++)
			memcpy(joined + n * protocol->event_bytes, protocol->event,
			    protocol->event_bytes);
		for (int fd = 0; fd <= fd_last; fd++)
			if (clients[fd] == protocol)
				client_write(fd, joined, count * protocol->event_bytes);
	}
}

/* The number after WORD in an order that begins with it; 0: it is another one. */
static size_t
order_count(const char *line, const char *word)
{
	size_t length = strlen(word);

	return strncmp(line, word, length) == 0 ? strtoul(line + length, NULL, 10) : 0;
}

/* One order; false at the end of the input. */
static bool
obey(void)
{
	char line[64];
	ssize_t size = read(STDIN_FILENO, line, sizeof(line) - 1);
	size_t joined, each;

	if (size <= 0)
		return false;
	line[size] = '\0';
	joined = order_count(line, "joined ");
	if (joined > 0 && joined <= JOINED_MAX)
		broadcast_joined(joined);
	for (each = order_count(line, "each "); each > 0; each--)
		broadcast();
	return true;
}

static void
descriptors_raise(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void
serve(int epoll, int listener)
{
	struct epoll_event ready[TURN_EVENTS];

	for (;;) {
		int count = epoll_wait(epoll, ready, TURN_EVENTS, -1);

		for (int i = 0; i < count; i++) {
			int fd = ready[i].data.fd;

			if (fd == listener)
				accept_all(epoll, listener);
			else if (fd != STDIN_FILENO)
				client_read(fd);
			else if (!obey())
				return;
		}
	}
}

int
main(int argc, char **argv)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), listener = -1;

	if (argc == 2)
		listener = strchr(argv[1], '/') ? listen_unix(argv[1]) : listen_tcp(argv[1]);
	if (listener < 0 || listen(listener, BACKLOG) != 0 || epoll < 0) {
		fprintf(stderr, "usage: bare SOCKET|PORT\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	descriptors_raise();
	websocket_event[2] = (char)(WEBSOCKET_BYTES >> 8);
	websocket_event[3] = (char)(WEBSOCKET_BYTES & 0xff);
	watch(epoll, listener);
	watch(epoll, STDIN_FILENO);
	serve(epoll, listener);
	return 0;
}
