/*
 * Each connection has a thread of libmicrohttpd's, which a fault may let wait. To refuse new connections is not this file's:
 * main listens, and asks http_door_closed_until_ms().
 */
#include "sandbox_http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "crypto.h"
#include "db.h"
#include "log.h"
#include "problem.h"
#include "sandbox_form.h"
#include "sandbox_webhook.h"
#include "text.h"

#define BODY_MAX_BYTES 65536
#define IDLE_S 75

struct http {
	struct http_with with;
	const char *url; /* of this sandbox, for links */
	struct arena *arena;
	struct MHD_Daemon *daemon;
	_Atomic int64_t door_closed_until_ms;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	bool is_ending;
};

/* A request, from its first line to the end of its answer. */
struct exchange {
	struct arena *arena;
	const char *query; /* null: none */
	struct text body;
	bool is_begun;
	bool is_too_large;
	const char *request_id;
	int64_t started_us;
};

struct answer {
	unsigned status;
	const char *type;
	const char *body;
	const char *location;
	const char *fault; /* "": none */
	const char *key;
	int64_t delay_ms;
	bool is_replayed;
	bool is_cut;
};

/* Answers that come from here. */

static const struct answer not_json = {
	.status = 415,
	.body =
	    "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"application/json, please\"}}"
};
static const struct answer not_here = {
	.status = 403,
	.body =
	    "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"The sandbox is on 127.0.0.1 alone\"}}"
};
static const struct answer too_large = {
	.status = 413,
	.body = "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Request too large\"}}"
};
static const struct answer no_form = {
	.status = 400,
	.body =
	    "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Invalid request: not a form\"}}"
};
static const struct answer no_key = {
	.status = 401,
	.body =
	    "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Invalid API Key provided\"}}"
};
static const struct answer no_database = { .status = 500,
	.fault = "",
	.body = "{\"error\":{\"type\":\"api_error\",\"message\":\"An unknown error occurred\"}}" };

/* What may be asked */

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

	return value ? value : "";
}

/* A page elsewhere whose name was made to point here must not get in. */
static bool
is_addressed_to_us(struct MHD_Connection *connection)
{
	const char *host = header(connection, "Host");
	size_t length = strcspn(host, ":");

	return (length == 9 && memcmp(host, "127.0.0.1", 9) == 0) ||
	    (length == 9 && memcmp(host, "localhost", 9) == 0);
}

/* As Bearer, or as the user of Basic. */
static bool
is_authorized(const struct http *http, struct arena *arena, const char *authorization)
{
	const char *key = http->with.keys, *pair;
	size_t length;
	char *basic;

	for (; key[0] != '\0'; key += length + (key[length] == '\n')) {
		length = strcspn(key, "\n");
		if (strcmp(authorization, arena_print(arena, "Bearer %.*s", (int)length, key)) == 0)
			return true;
		pair = arena_print(arena, "%.*s:", (int)length, key);
		basic = arena_alloc(arena, CRYPTO_BASE64_SIZE(length + 1));
		crypto_base64_write(pair, length + 1, basic);
		if (strcmp(authorization, arena_print(arena, "Basic %s", basic)) == 0)
			return true;
	}
	return false;
}

/* The parameters as a JSON object; null: no form. */
static const char *
params_read(struct exchange *exchange, bool is_json)
{
	struct text form;

	if (is_json)
		return exchange->body.length > 0 ? exchange->body.bytes : "{}";
	text_start(&form, exchange->arena);
	text_add(&form, exchange->query ? exchange->query : "");
	text_add(&form, "&");
	text_add_bytes(&form, exchange->body.bytes, exchange->body.length);
	return form_read(exchange->arena, form.bytes, form.length);
}

/* Asking, and waiting */

/* Waits; false: the sandbox ends. */
static bool
wait_ms(struct http *http, int64_t ms)
{
	struct timespec until;
	bool is_ending;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&http->mutex);
	while (!http->is_ending)
		if (pthread_cond_timedwait(&http->ended, &http->mutex, &until))
			break;
	is_ending = http->is_ending;
	pthread_mutex_unlock(&http->mutex);
	return !is_ending;
}

static void
answer_from(const struct db_rows *rows, struct answer *answer)
{
	const char *fault = db_value(rows, 0, "fault"), *delay = db_value(rows, 0, "delay_ms");

	*answer = (struct answer){
		.status = (unsigned)strtoul(db_value(rows, 0, "status"), NULL, 10),
		.type = db_value(rows, 0, "type"),
		.body = db_value(rows, 0, "body"),
		.location = db_value(rows, 0, "location"),
		.fault = fault ? fault : "",
		.delay_ms = delay ? strtoll(delay, NULL, 10) : 0,
		.is_replayed = db_value(rows, 0, "is_replayed")[0] == 't',
	};
}

static void
database_ask(struct http *http, struct exchange *exchange, const char *const question[5],
    bool is_repeated, struct answer *answer)
{
	struct db_rows rows;
	struct problem why;

	if (db_call(http->with.db, exchange->arena, DB_ONCE, &rows, &why,
		"select * from call($1, $2, $3, $4, $5, $6)", question[0], question[1], question[2],
		question[3], question[4], is_repeated ? "true" : "false"))
		answer_from(&rows, answer);
	else
		*answer = no_database;
	if (strcmp(question[0], "GET") != 0)
		webhook_ring(http->with.webhook);
}

static void
door_close(struct http *http, int64_t ms)
{
	uint64_t ring = 1;

	atomic_store(&http->door_closed_until_ms, clock_monotonic_ms() + ms);
	if (write(http->with.door_bell, &ring, sizeof(ring)) < 0)
		log_error("the door stays open");
}

/* What a fault does besides the answer that SQL gave. */
static void
fault_suffer(struct http *http, struct exchange *exchange, const char *const question[5],
    struct answer *answer)
{
	const char *fault = answer->fault;

	if (strcmp(fault, "delay_before") == 0 && wait_ms(http, answer->delay_ms)) {
		database_ask(http, exchange, question, true, answer);
		answer->fault = fault;
	} else if (strcmp(fault, "delay") == 0) {
		wait_ms(http, answer->delay_ms);
	} else if (strcmp(fault, "refuse") == 0) {
		door_close(http, answer->delay_ms);
	}
	answer->is_cut = strncmp(fault, "cut", 3) == 0 ||
	    clock_monotonic_ms() < http->door_closed_until_ms;
}

static void
request_answer(struct http *http, struct exchange *exchange, struct MHD_Connection *connection,
    const char *method, const char *path, struct answer *answer)
{
	const char *key = header(connection, "Idempotency-Key"), *params;
	bool is_control = strncmp(path, "/sandbox/", 9) == 0 && strcmp(method, "GET") != 0;
	const char *const json = "application/json";

	*answer = no_form;
	if (!is_addressed_to_us(connection))
		*answer = not_here;
	else if (exchange->is_too_large)
		*answer = too_large;
	else if (is_control && exchange->body.length > 0 &&
	    strncmp(header(connection, "Content-Type"), json, strlen(json)) != 0)
		*answer = not_json;
	else if (strncmp(path, "/v1/", 4) == 0 &&
	    !is_authorized(http, exchange->arena, header(connection, "Authorization")))
		*answer = no_key;
	else if (text_is_utf8(path, strlen(path)) && text_is_utf8(key, strlen(key)) &&
	    (params = params_read(exchange, is_control)) != NULL) {
		const char *const question[5] = { method, path, params, key[0] != '\0' ? key : NULL,
			http->url };

		database_ask(http, exchange, question, false, answer);
		fault_suffer(http, exchange, question, answer);
		answer->key = question[3];
	}
}

/* The answer, on its way */

/* No word of the page runs, and nobody frames it; its form leads back to where the payment came from. */
static const char *const page_policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'self' http: https:; frame-ancestors 'none'";

static enum MHD_Result
answer_send(
    struct MHD_Connection *connection, const struct exchange *exchange, const struct answer *answer)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    strlen(answer->body), (void *)(uintptr_t)answer->body, MHD_RESPMEM_MUST_COPY);
	const char *headers[][2] = {
		{ "Content-Type", answer->type ? answer->type : "application/json" },
		{ "Request-Id", exchange->request_id },
		{ "Cache-Control", "no-cache, no-store" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Content-Security-Policy",
		    answer->type && answer->type[0] == 't' ? page_policy : NULL },
		{ "Idempotency-Key", answer->key },
		{ "Idempotent-Replayed", answer->is_replayed ? "true" : NULL },
		{ "Location", answer->location },
		{ "Retry-After", answer->status == 429 ? "1" : NULL },
		{ "WWW-Authenticate", answer->status == 401 ? "Bearer realm=\"Stripe\"" : NULL },
	};
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (headers[i][1])
			MHD_add_response_header(response, headers[i][0], headers[i][1]);
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

/* What libmicrohttpd calls */

/* At the first line: URI is as it was sent. What is returned becomes the request's own. */
static void *
exchange_open(void *unused, const char *uri, struct MHD_Connection *connection)
{
	struct arena *arena = arena_open();
	struct exchange *exchange = arena_alloc(arena, sizeof(*exchange));
	unsigned char random[8];
	char hex[CRYPTO_HEX_SIZE(sizeof(random))];
	const char *mark = strchr(uri, '?');

	(void)unused;
	(void)connection;
	crypto_random(random, sizeof(random));
	crypto_hex_write(random, sizeof(random), hex);
	exchange->arena = arena;
	exchange->query = mark ? arena_text(arena, mark + 1) : NULL;
	exchange->request_id = arena_print(arena, "req_%s", hex);
	exchange->started_us = clock_monotonic_us();
	text_start(&exchange->body, arena);
	return exchange;
}

static void
exchange_close(void *unused, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *state;
	struct arena *arena = exchange ? exchange->arena : NULL;

	(void)unused;
	(void)connection;
	(void)code;
	*state = NULL;
	if (arena)
		arena_close(&arena);
}

/* Called first with the headers, then with pieces of the body, then with none. */
static enum MHD_Result
request_take(void *given, struct MHD_Connection *connection, const char *path, const char *method,
    const char *version, const char *piece, size_t *size, void **state)
{
	struct exchange *exchange = *state;
	struct answer answer;

	(void)version;
	if (!exchange->is_begun) {
		exchange->is_begun = true;
		return MHD_YES;
	}
	if (*size > 0) {
		exchange->is_too_large |= exchange->body.length + *size > BODY_MAX_BYTES;
		if (!exchange->is_too_large)
			text_add_bytes(&exchange->body, piece, *size);
		*size = 0;
		return MHD_YES;
	}
	request_answer(given, exchange, connection, method, path, &answer);
	log_info("request", LOG_TEXT("method", method), LOG_TEXT("path", path),
	    LOG_INT("status", answer.status), LOG_TEXT("fault", answer.fault),
	    LOG_TEXT("request", exchange->request_id),
	    LOG_INT("duration_us", clock_monotonic_us() - exchange->started_us));
	return answer.is_cut ? MHD_NO : answer_send(connection, exchange, &answer);
}

struct http *
http_open(const struct http_with *with)
{
	struct arena *arena = arena_open();
	struct http *http = arena_alloc(arena, sizeof(*http));
	pthread_condattr_t monotonic;

	http->with = *with;
	http->arena = arena;
	http->url = arena_print(arena, "http://127.0.0.1:%d", (int)with->config->sandbox_port);
	pthread_mutex_init(&http->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&http->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	http->daemon = MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET | MHD_USE_THREAD_PER_CONNECTION |
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC,
	    0, NULL, NULL, request_take, http, MHD_OPTION_URI_LOG_CALLBACK, exchange_open, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, exchange_close, NULL, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)IDLE_S, MHD_OPTION_END);
	if (!http->daemon) {
		log_error("libmicrohttpd does not start");
		http_close(&http);
	}
	return http;
}

void
http_close(struct http **http)
{
	struct http *closed = *http;
	struct arena *arena;

	if (!closed)
		return;
	pthread_mutex_lock(&closed->mutex);
	closed->is_ending = true;
	pthread_cond_broadcast(&closed->ended);
	pthread_mutex_unlock(&closed->mutex);
	if (closed->daemon)
		MHD_stop_daemon(closed->daemon);
	pthread_cond_destroy(&closed->ended);
	pthread_mutex_destroy(&closed->mutex);
	arena = closed->arena;
	arena_close(&arena);
	*http = NULL;
}

void
http_accept(struct http *http, int fd)
{
	if (MHD_add_connection(http->daemon, fd, NULL, 0) != MHD_YES)
		log_warning("a connection could not be taken");
}

int64_t
http_door_closed_until_ms(const struct http *http)
{
	return atomic_load(&http->door_closed_until_ms);
}
