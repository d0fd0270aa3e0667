/*
 * sandbox: a payment gateway for development and tests, on loopback alone, never installed. It speaks the part of
 * Stripe's API that FoodFast uses, with Stripe's test cards, well enough for Stripe's own client libraries, and does on
 * demand what a real one does rarely: answers late or not at all, loses, doubles and shuffles its webhooks.
 *
 * What it knows and decides is SQL (sql/sandbox.sql), so it may be killed at any time. Its parts: this file listens,
 * sandbox_http.c answers, sandbox_form.c reads forms, sandbox_webhook.c sends events.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "db.h"
#include "log.h"
#include "sandbox_http.h"
#include "sandbox_webhook.h"
#include "secret_file.h"

#define BACKLOG 256

/* Listens on 127.0.0.1: there is no way to make it listen elsewhere. -1: logged. */
static int
door_open(int64_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0) {
		log_error("cannot listen", LOG_INT("port", port), LOG_TEXT("why", strerror(errno)));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* Closes the door, or opens it again, as a fault wants it. Returns for how many ms that holds; -1: for ever. */
static int
door_keep(const struct http *http, int64_t port, int *door)
{
	int64_t closed_ms = http_door_closed_until_ms(http) - clock_monotonic_ms();

	if (closed_ms > 0) {
		if (*door >= 0)
			close(*door);
		*door = -1;
		return (int)closed_ms;
	}
	if (*door < 0)
		*door = door_open(port);
	return *door < 0 ? 1000 : -1;
}

/* Lets people in until a signal comes. */
static void
serve(struct http *http, int64_t port, int signals, int bell)
{
	struct pollfd waits[] = { { .fd = signals, .events = POLLIN },
		{ .fd = bell, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
	int wait_ms, fd, *door = &waits[2].fd;
	uint64_t rings;

	log_info("listening", LOG_INT("port", port));
	for (;;) {
		wait_ms = door_keep(http, port, door);
		if (poll(waits, 3, wait_ms) < 0 && errno != EINTR)
			break;
		if (waits[0].revents)
			break;
		if (waits[1].revents && read(bell, &rings, sizeof(rings)) > 0)
			continue;
		if (*door >= 0 && (fd = accept4(*door, NULL, NULL, SOCK_CLOEXEC)) >= 0)
			http_accept(http, fd);
	}
	if (*door >= 0)
		close(*door);
}

static int
signals_open(void)
{
	sigset_t stop;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	return signalfd(-1, &stop, SFD_CLOEXEC);
}

/* Runs with KEYS of the API and SECRET of webhooks. */
static bool
run(const struct config *config, const char *keys, char *secret)
{
	int signals = signals_open(), bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct db *db = db_open(config, "sandbox", (size_t)config->database_connections);
	struct webhook *webhook;
	struct http *http;
	bool is_good;

	secret[strcspn(secret, "\n")] = '\0'; /* the newest signs */
	webhook = webhook_open(config, secret);
	http = webhook ? http_open(&(struct http_with){ config, db, webhook, keys, bell }) : NULL;
	is_good = http != NULL;
	if (is_good)
		serve(http, config->sandbox_port, signals, bell);
	http_close(&http);
	webhook_close(&webhook);
	db_close(&db);
	close(bell);
	close(signals);
	return is_good;
}

int
main(int argc, char **argv)
{
	struct config config;
	char *keys, *secret;
	bool is_good;

	config_start(&config, argc, argv, "sandbox", "a payment gateway for development and tests");
	keys = secret_file_read(config.secrets_dir, "gateway-key", "sk_test_");
	secret = secret_file_read(config.secrets_dir, "webhook-secret", "whsec_");
	is_good = keys && secret && run(&config, keys, secret);
	secret_file_forget(&keys);
	secret_file_forget(&secret);
	log_info("stopped");
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
