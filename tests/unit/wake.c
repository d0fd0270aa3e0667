/*
 * wake: time, a ring, a stop, and Redis that goes away; a socket of our own stands in for Redis.
 */
#include "wake.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "log.h"
#include "test.h"

#define LONG_MS 20000 /* never waited for, unless something is broken */
#define SUBSCRIPTION "*2\r\n$9\r\nSUBSCRIBE\r\n$12\r\nwake:payment\r\n"

static char folder[] = "/tmp/foodfast-unit-wake-XXXXXX";
static char path[64];

static int
server_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	if (bind(server, (const struct sockaddr *)&address, sizeof(address)) || listen(server, 8))
		abort();
	return server;
}

/* Takes the client in, and reads what it asks for into COMMAND. */
static int
server_accept(int server, char *command, size_t size)
{
	int client = accept(server, NULL, NULL);
	ssize_t length = client < 0 ? -1 : read(client, command, size - 1);

	command[length > 0 ? length : 0] = '\0';
	return client;
}

static void
say(int client, const char *text)
{
	if (write(client, text, strlen(text)) < 0)
		abort();
}

static void
test_rings(struct wake *wake, int server)
{
	char command[128];
	int client;

	is_int(wake_wait(wake, 0), WAKE_TIME, "a look, and Redis says nothing yet");
	client = server_accept(server, command, sizeof(command));
	is_string(command, SUBSCRIPTION, "one channel is subscribed to");
	say(client, "*3\r\n$9\r\nsubscribe\r\n$12\r\nwake:payment\r\n:1\r\n");
	is_int(wake_wait(wake, LONG_MS), WAKE_RUNG,
	    "its confirmation is a ring: one may have been missed");
	is_int(wake_wait(wake, 20), WAKE_TIME, "then time passes");
	say(client, "*3\r\n$7\r\nmessage\r\n$12\r\nwake:payment\r\n$1\r\n1\r\n");
	say(client, "*3\r\n$7\r\nmessage\r\n$12\r\nwake:payment\r\n$1\r\n1\r\n");
	is_int(wake_wait(wake, LONG_MS), WAKE_RUNG, "rings while nobody waited");
	is_int(wake_wait(wake, 0), WAKE_TIME, "count once");
	close(client);
	is_int(wake_wait(wake, 20), WAKE_TIME, "Redis goes away: time counts on");
}

static void
test_reconnects(struct wake *wake, int server)
{
	struct pollfd descriptor = { .fd = server, .events = POLLIN };
	char command[128];
	int client;

	for (int i = 0; i < 400 && poll(&descriptor, 1, 0) == 0; i++)
		wake_wait(wake, 10);
	client = server_accept(server, command, sizeof(command));
	is_string(command, SUBSCRIPTION, "a second later it is asked again");
	say(client, "+");
	is_int(wake_wait(wake, LONG_MS), WAKE_RUNG, "and rings");
	close(client);
}

/* Held back by the test too, so that it is there before the wait begins. */
static void
test_stops(struct wake *wake)
{
	sigset_t stop, pending;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	kill(getpid(), SIGTERM);
	is_int(wake_wait(wake, LONG_MS), WAKE_STOP, "SIGTERM ends the wait");
	sigpending(&pending);
	ok(!sigismember(&pending, SIGTERM), "and is taken");
	pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
	wake_wait(wake, 10);
	sigprocmask(SIG_BLOCK, NULL, &pending);
	ok(!sigismember(&pending, SIGTERM), "outside of a wait nothing is held back");
}

static void
test_without_redis(void)
{
	struct config config = { .redis = "/nonexistent/redis" };
	struct wake *wake = wake_open(&config, "payment");
	int64_t started_ms = clock_monotonic_ms();

	is_int(wake_wait(wake, 50), WAKE_TIME, "OT-19 without Redis it waits");
	ok(clock_monotonic_ms() - started_ms >= 50, "OT-19 as long as it was told");
	wake_close(&wake);
	ok(wake == NULL, "closed");
}

int
main(void)
{
	struct config config = { .redis = path };
	struct wake *wake;
	int server;

	log_start("unit", LOG_LEVEL_ERROR + 1);
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/redis", folder);
	server = server_open();
	wake = wake_open(&config, "payment");
	test_rings(wake, server);
	test_reconnects(wake, server);
	test_stops(wake);
	wake_close(&wake);
	close(server);
	unlink(path);
	rmdir(folder);
	test_without_redis();
	return done();
}
