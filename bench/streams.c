/*
 * Many SSE clients in one process: opens streams, then says what reached them
 * and when. Lines on stdin steer it, lines on stdout answer, so that a script
 * can start a server, trigger an event, and read the result.
 *
 *   streams SOCKET COUNT PATH [HEADER]...
 *       Opens COUNT streams of PATH on the unix socket, the HEADERs sent with
 *       each ("Authorization: Bearer …"), and prints "open SECONDS" when every
 *       one has its first frame. Then, for every line on stdin: waits until each
 *       has one more event and prints "reached FIRST_MS LAST_MS", counted from
 *       the moment the line was read.
 *
 *   streams --record SOCKET PATHS_FILE [HEADER]...
 *       One stream a line of PATHS_FILE; prints "RECEIVED_US CHANNEL SEQ" for
 *       every event until stdin ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { TURN_EVENTS = 512, FRAME_MAX = 16384, HEADERS_MAX = 8192, IN_FLIGHT_MAX = 512 };

struct stream {
	int fd;
	bool is_open;	 /* has had its first frame */
	uint32_t events; /* frames with a "seq" */
	size_t used;	 /* bytes of an unfinished line, in `line` */
	char *line;
};

struct bench {
	const char *socket_path;
	const char *headers;
	struct stream *streams;
	size_t count, opened, started;
	size_t reached; /* streams that have had `round` events */
	uint32_t round;
	bool is_recording;
	int epoll;
};

static int64_t
now_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
stream_start(struct bench *bench, struct stream *stream, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct epoll_event interest = { .events = EPOLLIN, .data.ptr = stream };
	char request[HEADERS_MAX + 1024];
	int size = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: bench\r\n%s\r\n",
	    path, bench->headers);

	stream->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", bench->socket_path);
	if (stream->fd < 0 ||
	    connect(stream->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die("connect");
	if (write(stream->fd, request, (size_t)size) != size)
		die("write");
	if (epoll_ctl(bench->epoll, EPOLL_CTL_ADD, stream->fd, &interest) != 0)
		die("epoll_ctl");
	bench->started++;
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
		printf("%lld\t%s\t%s\n", (long long)now_us(CLOCK_REALTIME), channel, seq);
}

static void
line_take(struct bench *bench, struct stream *stream, const char *line)
{
	if (strncmp(line, "data:", 5) != 0)
		return;
	if (!stream->is_open) {
		stream->is_open = true;
		bench->opened++;
	}
	if (strstr(line, "\"seq\":") == NULL)
		return;
	stream->events++;
	if (stream->events == bench->round)
		bench->reached++;
	if (bench->is_recording)
		event_record(line);
}

static void
stream_read(struct bench *bench, struct stream *stream)
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
		line_take(bench, stream, start);
		start = end + 1;
	}
	stream->used = strlen(start);
	free(stream->line);
	stream->line = stream->used > 0 ? strdup(start) : NULL;
}

/* One turn of the loop; false when stdin, watched too while recording, ended. */
static bool
turn(struct bench *bench)
{
	struct epoll_event ready[TURN_EVENTS];
	int count = epoll_wait(bench->epoll, ready, TURN_EVENTS, -1);

	for (int i = 0; i < count; i++) {
		if (ready[i].data.ptr == NULL)
			return false;
		stream_read(bench, ready[i].data.ptr);
	}
	return true;
}

static void
fan_out(struct bench *bench, const char *path)
{
	int64_t start_us = now_us(CLOCK_MONOTONIC);
	char command[64];

	while (bench->opened < bench->count) {
		while (
		    bench->started < bench->count && bench->started - bench->opened < IN_FLIGHT_MAX)
			stream_start(bench, &bench->streams[bench->started], path);
		turn(bench);
	}
	printf("open %.3f\n", (double)(now_us(CLOCK_MONOTONIC) - start_us) / 1e6);
	fflush(stdout);
	while (fgets(command, sizeof(command), stdin) != NULL) {
		int64_t first_us = 0;

		start_us = now_us(CLOCK_MONOTONIC);
		bench->reached = 0;
		bench->round++;
		while (bench->reached < bench->count) {
			turn(bench);
			if (bench->reached > 0 && first_us == 0)
				first_us = now_us(CLOCK_MONOTONIC) - start_us;
		}
		printf("reached %.1f %.1f\n", (double)first_us / 1e3,
		    (double)(now_us(CLOCK_MONOTONIC) - start_us) / 1e3);
		fflush(stdout);
	}
}

static void
record(struct bench *bench, const char *paths_file)
{
	struct epoll_event interest = { .events = EPOLLIN, .data.ptr = NULL };
	FILE *paths = fopen(paths_file, "r");
	char path[1024];

	if (paths == NULL)
		die(paths_file);
	while (bench->started < bench->count && fgets(path, sizeof(path), paths) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		stream_start(bench, &bench->streams[bench->started], path);
	}
	fclose(paths);
	while (bench->opened < bench->started)
		turn(bench);
	fprintf(stderr, "open\n");
	if (epoll_ctl(bench->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &interest) != 0)
		die("epoll_ctl");
	while (turn(bench))
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
	struct bench bench = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	struct rlimit files;

	if (argc < 4) {
		fprintf(stderr,
		    "usage: streams SOCKET COUNT PATH [HEADER]...\n"
		    "       streams --record SOCKET PATHS_FILE [HEADER]...\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	bench.is_recording = strcmp(argv[1], "--record") == 0;
	bench.socket_path = argv[bench.is_recording ? 2 : 1];
	bench.count = bench.is_recording ? 1024 : strtoul(argv[2], NULL, 10);
	bench.headers = headers_join(argv + 4, argv + argc);
	bench.streams = calloc(bench.count, sizeof(*bench.streams));
	if (bench.streams == NULL)
		die("calloc");
	if (bench.is_recording)
		record(&bench, argv[3]);
	else
		fan_out(&bench, argv[3]);
	return 0;
}
