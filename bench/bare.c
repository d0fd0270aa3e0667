/*
 * The limit that streamd is measured against: an epoll server that answers
 * every connection with SSE headers and a first frame, and writes one fixed event to all of them
 * for each line on its standard input. No channels, no cursors, no log, no
 * authorisation: what remains is the kernel's share of a fan-out.
 *
 *   bare SOCKET        listen on the unix socket SOCKET until stdin ends
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 65536, TURN_EVENTS = 512 };

static const char headers[] = "HTTP/1.1 200 OK\r\n"
			      "Content-Type: text/event-stream\r\n"
			      "Connection: close\r\n\r\n"
			      "data: {\"type\":\"stream.open\"}\n\n";

/* As long as an order.status of streamd, id line included. */
static const char event[] =
    "id: 0123456789abcdef/order:0190a000-0000-7000-8000-000000000000=17\n"
    "data: {\"channel\":\"order:0190a000-0000-7000-8000-000000000000\",\"seq\":17,"
    "\"type\":\"order.status\",\"at\":\"2026-01-01T00:00:00.000Z\",\"data\":{\"order_id\":"
    "\"0190a000-0000-7000-8000-000000000000\",\"status\":\"confirmed\","
    "\"previous\":\"placed\",\"by\":{\"id\":\"0190a000-0000-7000-8000-000000000000\","
    "\"role\":\"restaurant\"}}}\n\n";

static int clients[CLIENTS_MAX];
static size_t client_count;

static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1024) != 0)
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

	while (
	    client_count < CLIENTS_MAX && (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		watch(epoll, fd);
}

/* The request came: answer with the headers and count the client in. */
static void
client_greet(int epoll, int fd)
{
	char request[8192];
	ssize_t size = read(fd, request, sizeof(request));

	if (size <= 0) {
		if (size == 0 || errno != EAGAIN)
			close(fd);
		return;
	}
	if (write(fd, headers, sizeof(headers) - 1) < 0)
		return;
	epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
	clients[client_count++] = fd;
}

static void
broadcast(void)
{
	for (size_t i = 0; i < client_count; i++)
		if (write(clients[i], event, sizeof(event) - 1) < 0 && errno != EPIPE)
			perror("write");
}

/* One broadcast a line; false at the end of the input. */
static bool
command_read(void)
{
	char lines[256];
	ssize_t size = read(STDIN_FILENO, lines, sizeof(lines));

	for (ssize_t i = 0; i < size; i++)
		if (lines[i] == '\n')
			broadcast();
	return size > 0;
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	struct epoll_event ready[TURN_EVENTS];
	int listener = argc == 2 ? listen_at(argv[1]) : -1;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (listener < 0 || epoll < 0) {
		fprintf(stderr, "usage: bare SOCKET\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	watch(epoll, listener);
	watch(epoll, STDIN_FILENO);
	for (;;) {
		int count = epoll_wait(epoll, ready, TURN_EVENTS, -1);

		for (int i = 0; i < count; i++) {
			int fd = ready[i].data.fd;

			if (fd == listener)
				accept_all(epoll, listener);
			else if (fd != STDIN_FILENO)
				client_greet(epoll, fd);
			else if (!command_read())
				return 0;
		}
	}
}
