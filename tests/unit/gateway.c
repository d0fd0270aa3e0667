/*
 * gateway: calls against a server of our own, which does with each connection what a script says:
 * answers, answers badly, cuts, is silent, or is not there at all.
 */
#include "gateway.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "gateway_breaker.h"
#include "log.h"
#include "test.h"

#define PATIENCE_MS 5000 /* not waited for, unless something is broken */
#define REQUESTS_MAX 16
#define REQUEST_SIZE 2048
#define SILENCE "silence"
#define CUT ""
#define ANSWER(status, headers, body) \
	"HTTP/1.1 " status "\r\nConnection: close\r\n" headers "\r\n" body
#define OK ANSWER("200 OK", "Request-Id: req_1\r\n", "{\"id\": \"pi_1\"}")
#define FAILS ANSWER("500 Oops", "", "{\"error\": {}}")

static char folder[] = "/tmp/foodfast-unit-gateway-XXXXXX";

/* The server. A script is a list of what to say, ended by null; what comes behind it gets OK. */
struct server {
	int listening;
	int port;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	const char *const *script;
	size_t request_count;
	char requests[REQUESTS_MAX][REQUEST_SIZE];
	int silent; /* the newest connection that is kept waiting, or -1 */
};

struct fixture {
	struct server server;
	struct config config;
	struct gateway *gateway;
	struct arena *arena;
	struct gateway_answer answer;
};

/* Reads a request whole: until its headers end, and as many bytes as they tell. */
static void
request_read(int client, char *request)
{
	size_t length = 0, wanted = REQUEST_SIZE - 1;
	const char *end, *header;
	ssize_t got;

	while (length < wanted &&
	    (got = read(client, request + length, REQUEST_SIZE - 1 - length)) > 0) {
		length += (size_t)got;
		request[length] = '\0';
		end = strstr(request, "\r\n\r\n");
		if (!end)
			continue;
		header = strstr(request, "Content-Length: ");
		wanted = (size_t)(end + 4 - request) +
		    (header ? strtoul(header + 16, NULL, 10) : 0);
	}
	request[length] = '\0';
}

static const char *
script_next(struct server *server)
{
	const char *next = *server->script;

	if (next)
		server->script++;
	return next ? next : OK;
}

static void
server_serve(struct server *server, int client)
{
	char request[REQUEST_SIZE];
	const char *what;

	request_read(client, request);
	pthread_mutex_lock(&server->lock);
	memcpy(server->requests[server->request_count++ % REQUESTS_MAX], request, REQUEST_SIZE);
	what = script_next(server);
	if (!strcmp(what, SILENCE)) {
		if (server->silent >= 0)
			close(server->silent);
		server->silent = client;
	}
	pthread_mutex_unlock(&server->lock);
	if (!strcmp(what, SILENCE))
		return;
	if (write(client, what, strlen(what)) < 0 || shutdown(client, SHUT_WR) < 0)
		log_debug("the client is gone");
	close(client);
}

static void *
server_run(void *argument)
{
	struct server *server = argument;
	int client;

	while ((client = accept(server->listening, NULL, NULL)) >= 0)
		server_serve(server, client);
	return NULL;
}

static void
server_open(struct server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	server->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	server->silent = -1;
	pthread_mutex_init(&server->lock, NULL);
	if (bind(server->listening, (const struct sockaddr *)&address, size) ||
	    listen(server->listening, 16) ||
	    getsockname(server->listening, (struct sockaddr *)&address, &size) ||
	    pthread_create(&server->thread, NULL, server_run, server))
		abort();
	server->port = ntohs(address.sin_port);
}

static void
server_close(struct server *server)
{
	shutdown(server->listening, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listening);
	if (server->silent >= 0)
		close(server->silent);
}

/* From now on the server does this. */
static void
script_set(struct fixture *fixture, const char *const *script)
{
	pthread_mutex_lock(&fixture->server.lock);
	fixture->server.script = script;
	fixture->server.request_count = 0;
	pthread_mutex_unlock(&fixture->server.lock);
}

#define SCRIPT(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define ALWAYS_OK SCRIPT(OK)

static size_t
requests(const struct fixture *fixture)
{
	return fixture->server.request_count;
}

static void
create(struct fixture *fixture, const char *key, int64_t timeout_ms)
{
	gateway_call(fixture->gateway, fixture->arena, "payment_intent.create", NULL,
	    "{\"amount\": 1999, \"metadata\": {\"order_id\": \"7\"}}", key, timeout_ms,
	    &fixture->answer);
}

static void
retrieve(struct fixture *fixture, int64_t timeout_ms)
{
	gateway_call(fixture->gateway, fixture->arena, "payment_intent.retrieve", "pi_1", NULL,
	    NULL, timeout_ms, &fixture->answer);
}

static void
is_answer(const struct fixture *fixture, enum gateway_outcome outcome, int status, size_t tries,
    const char *name)
{
	is_string(gateway_outcome_name(fixture->answer.outcome), gateway_outcome_name(outcome),
	    "PY-05 %s: outcome", name);
	is_int(fixture->answer.status, status, "PY-05 %s: status", name);
	is_int((long long)requests(fixture), (long long)tries, "PY-05 %s: requests", name);
}

static void
test_requests(struct fixture *fixture)
{
	const char *first = fixture->server.requests[0];

	script_set(fixture, ALWAYS_OK);
	create(fixture, "key-1", PATIENCE_MS);
	is_answer(fixture, GATEWAY_ANSWER, 200, 1, "a write");
	is_string(fixture->answer.body, "{\"id\": \"pi_1\"}", "its answer");
	ok(strstr(first, "POST /v1/payment_intents HTTP/1.1\r\n") == first, "its path");
	ok(strstr(first, "\r\nAuthorization: Bearer sk_test_0123456789abcdef\r\n"), "our key");
	ok(strstr(first, "\r\nIdempotency-Key: key-1\r\n"), "the key of the call");
	ok(strstr(first, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"), "a form");
	ok(strstr(first, "\r\n\r\namount=1999&metadata[order_id]=7"), "its parameters");

	script_set(fixture, ALWAYS_OK);
	gateway_call(fixture->gateway, fixture->arena, "payment_intent.list", NULL,
	    "{\"limit\": 3, \"created\": {\"gte\": 5}}", NULL, PATIENCE_MS, &fixture->answer);
	ok(strstr(first, "GET /v1/payment_intents?limit=3&created[gte]=5 HTTP/1.1\r\n") == first,
	    "a read puts them into the query");

	script_set(fixture, ALWAYS_OK);
	gateway_call(fixture->gateway, fixture->arena, "customer.delete", "cus_1", NULL, NULL,
	    PATIENCE_MS, &fixture->answer);
	ok(strstr(first, "DELETE /v1/customers/cus_1 HTTP/1.1\r\n") == first, "a deletion");

	script_set(fixture, ALWAYS_OK);
	gateway_call(fixture->gateway, fixture->arena, "payment_intent.capture", "pi_1", NULL, "k",
	    PATIENCE_MS, &fixture->answer);
	ok(strstr(first, "POST /v1/payment_intents/pi_1/capture HTTP/1.1\r\n") == first &&
		strstr(first, "Content-Length: 0\r\n"),
	    "a write without parameters");
}

static void
test_refused_calls(struct fixture *fixture)
{
	script_set(fixture, ALWAYS_OK);
	gateway_call(fixture->gateway, fixture->arena, "payment_intent.invent", NULL, NULL, NULL,
	    PATIENCE_MS, &fixture->answer);
	is_answer(fixture, GATEWAY_UNAVAILABLE, 0, 0, "an unknown operation");
	gateway_call(fixture->gateway, fixture->arena, "refund.create", NULL, "not JSON", "k",
	    PATIENCE_MS, &fixture->answer);
	is_answer(fixture, GATEWAY_UNAVAILABLE, 0, 0, "parameters that are no object");
	gateway_call(fixture->gateway, fixture->arena, "refund.retrieve", NULL, NULL, NULL,
	    PATIENCE_MS, &fixture->answer);
	is_answer(fixture, GATEWAY_UNAVAILABLE, 0, 0, "no object to retrieve");
	retrieve(fixture, 0);
	is_answer(fixture, GATEWAY_UNAVAILABLE, 0, 0, "no time at all");
}

static void
test_answers(struct fixture *fixture)
{
	script_set(fixture,
	    SCRIPT(ANSWER("402 Declined", "", "{\"error\": {\"code\": \"card_declined\"}}")));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_ANSWER, 402, 1, "a decline is an answer");
	is_string(fixture->answer.body, "{\"error\": {\"code\": \"card_declined\"}}", "as it is");

	script_set(fixture, SCRIPT(ANSWER("401 No", "", "{\"error\": {}}")));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_UNAVAILABLE, 401, 1, "our key refused");

	script_set(fixture,
	    SCRIPT(ANSWER("500 Oops", "Idempotent-Replayed: true\r\n", "{\"error\": {}}")));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_UNKNOWN, 500, 1, "a stored 500 is not asked for again");

	script_set(fixture,
	    SCRIPT(
		ANSWER("302 Found", "Location: /elsewhere\r\nIdempotent-Replayed: true\r\n", "")));
	retrieve(fixture, PATIENCE_MS);
	is_answer(fixture, GATEWAY_UNKNOWN, 302, 1, "a redirect is not followed");
	ok(!fixture->answer.body, "and what is no JSON isn't handed on");
}

static void
test_repeats(struct fixture *fixture)
{
	script_set(fixture, SCRIPT(FAILS, CUT, OK));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_ANSWER, 200, 3, "a write with a key, after a 500 and a cut");

	script_set(fixture, SCRIPT(FAILS, OK));
	create(fixture, NULL, PATIENCE_MS);
	is_answer(fixture, GATEWAY_UNKNOWN, 500, 1, "a write without a key isn't repeated");

	script_set(fixture, SCRIPT(CUT, OK));
	retrieve(fixture, PATIENCE_MS);
	is_answer(fixture, GATEWAY_ANSWER, 200, 2, "a read is");

	script_set(fixture, SCRIPT(ANSWER("409 Busy", "", "{\"error\": {}}"), OK));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_ANSWER, 200, 2, "a key that is in use");

	script_set(
	    fixture, SCRIPT(FAILS, ANSWER("429 Slow", "Retry-After: 60\r\n", "{\"error\": {}}")));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_UNKNOWN, 500, 2, "a 500 isn't forgotten over a later refusal");

	script_set(fixture, SCRIPT("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\": ", OK));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_ANSWER, 200, 2, "an answer cut in its middle");

	script_set(fixture, SCRIPT(ANSWER("200 OK", "", "<html>"), OK));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_ANSWER, 200, 2, "an answer that is no JSON");
}

static void
test_rate_limit(struct fixture *fixture)
{
	int64_t started_ms = clock_monotonic_ms();

	script_set(
	    fixture, SCRIPT(ANSWER("429 Slow", "Retry-After: 1\r\n", "{\"error\": {}}"), OK));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_ANSWER, 200, 2, "429 with Retry-After");
	ok(clock_monotonic_ms() - started_ms >= 1000, "PY-05 is waited out");

	script_set(fixture, SCRIPT(ANSWER("429 Slow", "Retry-After: 60\r\n", "{\"error\": {}}")));
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_UNAVAILABLE, 429, 1, "but not for longer than there is time");
}

static void
test_silence(struct fixture *fixture)
{
	int64_t started_ms = clock_monotonic_ms();

	script_set(fixture, SCRIPT(SILENCE));
	create(fixture, "k", 200);
	is_answer(fixture, GATEWAY_UNKNOWN, 0, 1, "no answer in time");
	ok(clock_monotonic_ms() - started_ms >= 200, "PY-05 all of which was given");
}

static void
test_large(struct fixture *fixture)
{
	static const char start[] = ANSWER("200 OK", "", "{}");
	size_t size = 2 << 20;
	char *answer = malloc(size);

	if (!answer)
		abort();
	memset(answer, ' ', size - 1);
	answer[size - 1] = '\0';
	memcpy(answer, start, strlen(start));
	script_set(fixture, SCRIPT(answer));
	create(fixture, NULL, PATIENCE_MS);
	is_answer(fixture, GATEWAY_UNKNOWN, 0, 1, "an answer without an end");
	free(answer);
}

/* With tries of one call each: they carry no key. */
static void
test_breaker(struct fixture *fixture)
{
	script_set(fixture, ALWAYS_OK);
	retrieve(fixture, PATIENCE_MS);
	script_set(fixture, SCRIPT(FAILS, FAILS, FAILS, FAILS, FAILS));
	for (int i = 0; i < GATEWAY_BREAKER_FAILURES; i++)
		create(fixture, NULL, PATIENCE_MS);
	is_answer(fixture, GATEWAY_UNKNOWN, 500, GATEWAY_BREAKER_FAILURES, "failures in a row");
	create(fixture, "k", PATIENCE_MS);
	is_answer(
	    fixture, GATEWAY_UNAVAILABLE, 0, GATEWAY_BREAKER_FAILURES, "then nothing is sent");
	clock_freeze(clock_monotonic_ms());
	clock_advance(GATEWAY_BREAKER_PAUSE_MS);
	create(fixture, "k", PATIENCE_MS);
	is_answer(fixture, GATEWAY_ANSWER, 200, GATEWAY_BREAKER_FAILURES + 1,
	    "until one that is tried succeeds");
	clock_thaw();
}

static void
test_nobody_there(struct fixture *fixture)
{
	struct config config = fixture->config;
	struct gateway *gateway;

	server_close(&fixture->server);
	gateway = gateway_open(&config);
	fixture->server.request_count = 0;
	gateway_call(
	    gateway, fixture->arena, "refund.retrieve", "re_1", NULL, NULL, 300, &fixture->answer);
	is_answer(fixture, GATEWAY_UNAVAILABLE, 0, 0, "nobody listens");
	gateway_close(&gateway);
	ok(!gateway, "closed");
}

static void
key_write(const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/gateway-key", folder);
	file = fopen(path, "we");
	fputs(text, file);
	fclose(file);
}

static void
test_keys(struct fixture *fixture)
{
	static const char *const bad[] = { "", "\n", "pk_test_0123456789abcdef\n", "sk_1\n",
		"sk_test_0123456789 bcdef\n",
		"sk_test_0123456789abcdef\nsk_test_f123456789abcdef\n" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		key_write(bad[i]);
		ok(!gateway_open(&fixture->config), "no key, no gateway: %zu", i);
	}
	key_write("rk_test_0123456789abcdef\n");
	fixture->gateway = gateway_open(&fixture->config);
	ok(fixture->gateway, "a restricted key");
	gateway_close(&fixture->gateway);
	key_write("sk_test_0123456789abcdef\n");
	fixture->gateway = gateway_open(&fixture->config);
	ok(fixture->gateway, "a key");
}

static void
test_urls(struct fixture *fixture)
{
	static const struct {
		const char *url;
		bool is_taken;
	} urls[] = {
		{ "https://api.stripe.com", true },
		{ "http://127.0.0.1:18080", true },
		{ "http://localhost", true },
		{ "http://[::1]:1", true },
		{ "http://api.stripe.com", false },
		{ "http://127.0.0.1.example.com", false },
		{ "http://127.0.0.1:80@example.com", false },
		{ "http://localhostess", false },
		{ "ftp://127.0.0.1", false },
		{ "127.0.0.1", false },
	};
	struct config config = fixture->config;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct gateway *gateway;

		config.gateway_url = urls[i].url;
		gateway = gateway_open(&config);
		is_int(
		    gateway != NULL, urls[i].is_taken, "PY-05 the key may go to %s", urls[i].url);
		gateway_close(&gateway);
	}
}

int
main(void)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char reason[512], url[64], path[64];

	log_start("unit", LOG_LEVEL_ERROR + 1);
	signal(SIGPIPE, SIG_IGN);
	clearenv();
	if (!fixture || !mkdtemp(folder) || config_read(&fixture->config, reason, sizeof(reason)))
		return 1;
	fixture->arena = arena_open();
	server_open(&fixture->server);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", fixture->server.port);
	fixture->config.gateway_url = url;
	fixture->config.secrets_dir = folder;
	test_keys(fixture);
	test_urls(fixture);
	test_requests(fixture);
	test_refused_calls(fixture);
	test_answers(fixture);
	test_repeats(fixture);
	test_rate_limit(fixture);
	test_silence(fixture);
	test_large(fixture);
	test_breaker(fixture);
	test_nobody_there(fixture);
	gateway_close(&fixture->gateway);
	arena_close(&fixture->arena);
	snprintf(path, sizeof(path), "%s/gateway-key", folder);
	unlink(path);
	rmdir(folder);
	free(fixture);
	return done();
}
