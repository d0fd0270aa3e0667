/*
 * Records when which event arrives: one SSE stream a line of PATHS_FILE on the unix
 * socket SOCKET; prints "RECEIVED_US CHANNEL SEQ" for every event until stdin ends.
 *
 *   record SOCKET PATHS_FILE [HEADER]...
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { TURN_EVENTS = 512, FRAME_MAX = 16384, HEADERS_MAX = 8192, STREAMS_MAX = 1024 };

struct stream {
	int fd;
	bool is_open; /* has had its first frame */
	size_t used;  /* bytes of an unfinished line, in `line` */
	char *line;
};

struct recorder {
	const char *socket_path;
	const char *headers;
	struct stream streams[STREAMS_MAX];
	size_t opened, started;
	int epoll;
};

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
stream_start(struct recorder *recorder, struct stream *stream, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct epoll_event interest = { .events = EPOLLIN, .data.ptr = stream };
	char request[HEADERS_MAX + 1024];
	int size = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", path, recorder->headers);

	stream->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", recorder->socket_path);
	if (stream->fd < 0 ||
	    connect(stream->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die("connect");
	if (write(stream->fd, request, (size_t)size) != size)
		die("write");
	if (epoll_ctl(recorder->epoll, EPOLL_CTL_ADD, stream->fd, &interest) != 0)
		die("epoll_ctl");
	recorder->started++;
}

/* The text after `key` in a JSON line, up to `stop`; whether it is there. */
static bool
line_field(const char *line, const char *key, const char *stop, char *out, size_t size)
{
	const char *at = strstr(line, key);
	size_t length;

	if (at == NULL)
		return false;
	at += strlen(key);
	while (*at == ' ' || *at == '"')
		at++;
	length = strcspn(at, stop);
	return length < size && snprintf(out, size, "%.*s", (int)length, at) >= 0;
}

static void
event_record(const char *line)
{
	char channel[128], seq[32];

	if (line_field(line, "\"channel\":", "\"", channel, sizeof(channel)) &&
	    line_field(line, "\"seq\":", ",}", seq, sizeof(seq)))
		printf("%lld\t%s\t%s\n", (long long)now_us(), channel, seq);
}

static void
line_take(struct recorder *recorder, struct stream *stream, const char *line)
{
	if (strncmp(line, "data:", 5) != 0)
		return;
	if (!stream->is_open) {
		stream->is_open = true;
		recorder->opened++;
	}
	event_record(line);
}

static void
stream_read(struct recorder *recorder, struct stream *stream)
{
	static char input[FRAME_MAX + 1];
	size_t used = stream->used;
	char *start = input, *end;
	ssize_t size;

	if (used > 0)
		memcpy(input, stream->line, used);
	size = read(stream->fd, input + used, FRAME_MAX - used);
	if (size <= 0) {
		fprintf(stderr, "a stream ended: %s\n",
		    size == 0 ? "closed by the server" : strerror(errno));
		exit(1);
	}
	input[used + (size_t)size] = '\0';
	while ((end = strchr(start, '\n')) != NULL) {
		*end = '\0';
		line_take(recorder, stream, start);
		start = end + 1;
	}
	stream->used = strlen(start);
	free(stream->line);
	stream->line = stream->used > 0 ? strdup(start) : NULL;
}

/* One turn of the loop; false when stdin, watched too while recording, ended. */
static bool
turn(struct recorder *recorder)
{
	struct epoll_event ready[TURN_EVENTS];
	int count = epoll_wait(recorder->epoll, ready, TURN_EVENTS, -1);

	for (int i = 0; i < count; i++) {
		if (ready[i].data.ptr == NULL)
			return false;
		stream_read(recorder, ready[i].data.ptr);
	}
	return true;
}

static void
record(struct recorder *recorder, const char *paths_file)
{
	struct epoll_event interest = { .events = EPOLLIN, .data.ptr = NULL };
	FILE *paths = fopen(paths_file, "r");
	char path[1024];

	if (paths == NULL)
		die(paths_file);
	while (recorder->started < STREAMS_MAX && fgets(path, sizeof(path), paths) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		stream_start(recorder, &recorder->streams[recorder->started], path);
	}
	fclose(paths);
	while (recorder->opened < recorder->started)
		turn(recorder);
	fprintf(stderr, "open\n");
	if (epoll_ctl(recorder->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &interest) != 0)
		die("epoll_ctl");
	while (turn(recorder))
		;
}

static const char *
headers_join(char **from, char **to)
{
	static char headers[HEADERS_MAX];
	size_t used = 0;

	for (; from < to; from++)
		used += (size_t)snprintf(headers + used, sizeof(headers) - used, "%s\r\n", *from);
	return headers;
}

int
main(int argc, char **argv)
{
	static struct recorder recorder;

	if (argc < 3) {
		fprintf(stderr, "usage: record SOCKET PATHS_FILE [HEADER]...\n");
		return 2;
	}
	recorder.epoll = epoll_create1(EPOLL_CLOEXEC);
	recorder.socket_path = argv[1];
	recorder.headers = headers_join(argv + 3, argv + argc);
	record(&recorder, argv[2]);
	return 0;
}
