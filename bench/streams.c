/*
 * The load generator: thousands of clients in one process, that say when each has
 * had what was sent to all. Lines on stdin steer it, lines on stdout answer, so that
 * a script can start a server, trigger events, and read the result.
 *
 *   streams [OPTION]... COUNT TARGET...
 *       Opens COUNT clients of the TARGETs in turn (paths of unix sockets, or TCP
 *       ports of loopback) and prints "open SECONDS" when all are open. Then, for
 *       every line "expect N": prints "ready", waits until each client has N more
 *       events, and prints "reached FIRST_US LAST_US", as CLOCK_MONOTONIC has them.
 *
 *   --path PATH        what to GET
 *   --header LINE      sent along ("Authorization: Bearer …"); may be repeated
 *   --own FILE         one more header for each client: the lines of FILE in turn
 *   --websocket        by WebSocket, instead of SSE
 *   --wait TEXT        the next --say waits until this has come
 *   --say TEXT         sent as a WebSocket text once the answer is there; may be repeated
 *   --open TEXT        a client is open once this has come; without it, once the answer's head has
 *   --at-once N        how many open at once (256)
 *   --over MS          they begin evenly over so long, not one as soon as another is open
 *   --engine-io        answers the pings of Engine.IO
 *
 * An event is what holds WIRE_MARK. While something is awaited the program naps between
 * turns and takes what came meanwhile: no server pays for waking it, as none would
 * for waking clients on other machines. So its times are NAP_US coarse.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "streams_client.h"

enum { TURN_EVENTS = 512, HEADERS_MAX = 8192, AT_ONCE = 256, NAP_US = 200 };

struct bench {
	struct plan plan;
	struct client *clients;
	size_t count, started, opened;
	size_t reached;	   /* clients that have all that is awaited */
	uint32_t expected; /* events of each client, since the start */
	size_t at_once;	   /* clients that may be opening */
	int64_t over_us;   /* their beginnings are spread over it */
	int64_t first_us;  /* when the first of those came; 0: none yet */
	bool is_idle;	   /* nothing is awaited but orders */
	int epoll;
};

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
start_one(struct bench *bench)
{
	struct client *client = &bench->clients[bench->started];
	struct epoll_event interest = { .events = EPOLLIN, .data.ptr = client };

	client_start(client, &bench->plan, bench->started);
	if (epoll_ctl(bench->epoll, EPOLL_CTL_ADD, client->fd, &interest) != 0)
		die("epoll_ctl");
	bench->started++;
}

static void
client_ready(struct bench *bench, struct client *client)
{
	uint32_t before = client->events;
	bool was_open = client->state == CLIENT_OPEN;

	client_read(client, &bench->plan);
	if (!was_open && client->state == CLIENT_OPEN)
		bench->opened++;
	if (client->events == before)
		return;
	if (client->events > bench->expected) {
		fprintf(stderr, "a client had %u events where %u were sent\n", client->events,
		    bench->expected);
		exit(1);
	}
	if (bench->first_us == 0)
		bench->first_us = now_us();
	if (client->events == bench->expected)
		bench->reached++;
}

/* True: stdin has something to say. */
static bool
turn(struct bench *bench)
{
	const struct timespec nap = { .tv_nsec = NAP_US * 1000L };
	struct epoll_event ready[TURN_EVENTS];
	int count = epoll_wait(bench->epoll, ready, TURN_EVENTS, bench->is_idle ? -1 : 0);
	bool is_told = false;

	for (int i = 0; i < count; i++) {
		if (ready[i].data.ptr == NULL)
			is_told = true;
		else
			client_ready(bench, ready[i].data.ptr);
	}
	if (!bench->is_idle && count < TURN_EVENTS / 4)
		nanosleep(&nap, NULL);
	return is_told;
}

/* Clients that should have begun ELAPSED_US after the first. */
static size_t
due(const struct bench *bench, int64_t elapsed_us)
{
	if (elapsed_us >= bench->over_us)
		return bench->count;
	return (size_t)((int64_t)bench->count * elapsed_us / bench->over_us);
}

static void
open_all(struct bench *bench)
{
	int64_t start_us = now_us();

	while (bench->opened < bench->count) {
		while (bench->started < due(bench, now_us() - start_us) &&
		    bench->started - bench->opened < bench->at_once)
			start_one(bench);
		turn(bench);
	}
	bench->is_idle = true;
	printf("open %.3f\n", (double)(now_us() - start_us) / 1e6);
	fflush(stdout);
}

static void
expect(struct bench *bench, uint32_t events)
{
	bench->expected += events;
	bench->reached = 0;
	bench->first_us = 0;
	bench->is_idle = false;
	printf("ready\n");
	fflush(stdout);
	while (bench->reached < bench->count)
		turn(bench);
	bench->is_idle = true;
	printf("reached %lld %lld\n", (long long)bench->first_us, (long long)now_us());
	fflush(stdout);
}

/* One order from stdin; false: that was the last. Orders come one at a time, each when the last is done. */
static bool
obey(struct bench *bench)
{
	static const char order[] = "expect ";
	char line[64];
	ssize_t size = read(STDIN_FILENO, line, sizeof(line) - 1);
	unsigned long events = 0;

	if (size <= 0)
		return false;
	line[size] = '\0';
	if (strncmp(line, order, sizeof(order) - 1) == 0)
		events = strtoul(line + sizeof(order) - 1, NULL, 10);
	if (events == 0) {
		fprintf(stderr, "what is this: %s", line);
		exit(2);
	}
	expect(bench, (uint32_t)events);
	return true;
}

static _Noreturn void
usage(void)
{
	fprintf(stderr,
	    "usage: streams [--path PATH] [--header LINE]... [--own FILE] [--websocket]\n"
	    "               [--wait TEXT] [--say TEXT]... [--open TEXT]\n"
	    "               [--at-once N] [--over MS] [--engine-io] COUNT TARGET...\n");
	exit(2);
}

/* LINES and another one. */
static const char *
line_add(const char *lines, const char *line)
{
	static char all[HEADERS_MAX];
	size_t used = strlen(lines);

	if (snprintf(all + used, sizeof(all) - used, "%s\r\n", line) >= (int)(sizeof(all) - used))
		usage();
	return all;
}

/* The lines of a file, each with its CRLF. */
static void
own_read(struct plan *plan, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[HEADERS_MAX];

	if (file == NULL)
		die(path);
	while (fgets(line, sizeof(line) - 1, file) != NULL) {
		char *copy;

		line[strcspn(line, "\r\n")] = '\0';
		plan->own_headers = realloc(
		    plan->own_headers, (plan->own_header_count + 1) * sizeof(*plan->own_headers));
		if (plan->own_headers == NULL || asprintf(&copy, "%s\r\n", line) < 0)
			die("realloc");
		plan->own_headers[plan->own_header_count++] = copy;
	}
	fclose(file);
	if (plan->own_header_count == 0)
		usage();
}

static void
step_add(struct plan *plan, const char *wait, const char *say)
{
	if (plan->step_count == STEPS_MAX)
		usage();
	plan->steps[plan->step_count++] = (struct step){ wait, say };
}

static void
options_read(struct bench *bench, int argc, char **argv)
{
	static const struct option options[] = {
		{ "path", required_argument, NULL, 'p' },
		{ "header", required_argument, NULL, 'h' },
		{ "own", required_argument, NULL, 'f' },
		{ "websocket", no_argument, NULL, 'w' },
		{ "wait", required_argument, NULL, 'a' },
		{ "say", required_argument, NULL, 's' },
		{ "open", required_argument, NULL, 'o' },
		{ "at-once", required_argument, NULL, 'n' },
		{ "over", required_argument, NULL, 'm' },
		{ "engine-io", no_argument, NULL, 'e' },
		{ 0 },
	};
	struct plan *plan = &bench->plan;
	const char *wait = "";
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			plan->path = optarg;
			break;
		case 'h':
			plan->headers = line_add(plan->headers, optarg);
			break;
		case 'f':
			own_read(plan, optarg);
			break;
		case 'w':
			plan->is_websocket = true;
			break;
		case 'a':
			wait = optarg;
			break;
		case 's':
			step_add(plan, wait, optarg);
			break;
		case 'o':
			plan->open = optarg;
			break;
		case 'n':
			bench->at_once = strtoul(optarg, NULL, 10);
			break;
		case 'm':
			bench->over_us = 1000 * (int64_t)strtoul(optarg, NULL, 10);
			break;
		case 'e':
			plan->is_engine_io = true;
			break;
		default:
			usage();
		}
	}
}

static void
targets_read(struct bench *bench, char **arguments)
{
	struct plan *plan = &bench->plan;

	if (arguments[0] == NULL || arguments[1] == NULL)
		usage();
	bench->count = strtoul(arguments[0], NULL, 10);
	for (arguments++; *arguments != NULL && plan->target_count < TARGETS_MAX; arguments++)
		plan->targets[plan->target_count++] = *arguments;
	bench->clients = calloc(bench->count, sizeof(*bench->clients));
	if (bench->count == 0 || bench->clients == NULL)
		usage();
}

static void
descriptors_raise(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		die("getrlimit");
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

int
main(int argc, char **argv)
{
	struct bench bench = { .plan = { .path = "/", .headers = "", .open = "" },
		.at_once = AT_ONCE };
	struct epoll_event orders = { .events = EPOLLIN, .data.ptr = NULL };

	options_read(&bench, argc, argv);
	targets_read(&bench, argv + optind);
	descriptors_raise();
	bench.epoll = epoll_create1(EPOLL_CLOEXEC);
	open_all(&bench);
	if (bench.epoll < 0 || epoll_ctl(bench.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &orders) != 0)
		die("epoll");
	for (;;)
		if (turn(&bench) && !obey(&bench))
			return 0;
}
