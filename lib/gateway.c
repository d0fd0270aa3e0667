/*
 * The gateway by libcurl. What may be called is the table `operations`; how an exchange is judged is
 * gateway_verdict.c's, when none is made gateway_breaker.c's.
 *
 * To add an operation: a row in the table.
 */
#include "gateway.h"

#include <curl/curl.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "fault.h"
#include "gateway_breaker.h"
#include "gateway_form.h"
#include "gateway_verdict.h"
#include "json.h"
#include "log.h"
#include "secret_file.h"
#include "text.h"

#define ANSWER_MAX_BYTES ((size_t)1 << 20)
#define CONNECT_MAX_MS 3000L
#define TRIES_MAX 4
#define VERSION "2023-10-16" /* of the API: what members answers have */
#define LOCAL_HOSTS "127.0.0.1,::1,localhost"
#define REQUEST_ID_SIZE 64

enum method { READ, WRITE, ERASE };

static const struct operation {
	const char *name;
	enum method method;
	const char *path; /* {} is the object's id */
} operations[] = {
	{ "customer.create", WRITE, "/v1/customers" },
	{ "customer.delete", ERASE, "/v1/customers/{}" },
	{ "payment_method.attach", WRITE, "/v1/payment_methods/{}/attach" },
	{ "payment_method.detach", WRITE, "/v1/payment_methods/{}/detach" },
	{ "payment_intent.create", WRITE, "/v1/payment_intents" },
	{ "payment_intent.retrieve", READ, "/v1/payment_intents/{}" },
	{ "payment_intent.list", READ, "/v1/payment_intents" },
	{ "payment_intent.search", READ, "/v1/payment_intents/search" },
	{ "payment_intent.capture", WRITE, "/v1/payment_intents/{}/capture" },
	{ "payment_intent.cancel", WRITE, "/v1/payment_intents/{}/cancel" },
	{ "refund.create", WRITE, "/v1/refunds" },
	{ "refund.retrieve", READ, "/v1/refunds/{}" },
	{ "refund.list", READ, "/v1/refunds" },
};

/* A connection that is kept open, while nobody uses it. */
struct line {
	struct line *next;
	CURL *curl;
};

struct gateway {
	const struct config *config;
	char *key;
	pthread_mutex_t lock; /* guards what follows */
	struct line *idle;
	struct gateway_breaker breaker;
};

/* A call under way, all its tries. */
struct call {
	struct gateway *gateway;
	struct arena *arena;
	const struct operation *operation;
	const char *url;  /* without a query */
	const char *form; /* never null */
	const char *key;
	int64_t deadline_ms;
	int tries;
	struct text body; /* of the newest try */
	const char *request_id;
	const char *trouble; /* in libcurl's words, or null */
};

const char *
gateway_outcome_name(enum gateway_outcome outcome)
{
	static const char *const names[] = {
		[GATEWAY_ANSWER] = "answer",
		[GATEWAY_UNKNOWN] = "unknown",
		[GATEWAY_UNAVAILABLE] = "unavailable",
	};

	return names[outcome];
}

/* Would the key travel where others can read it, or to a host that only looks like this machine? */
static bool
is_safe_url(const char *url)
{
	static const char *const starts[] = { "https://", "http://127.0.0.1", "http://localhost",
		"http://[::1]" };

	if (strchr(url, '@'))
		return false;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t length = strlen(starts[i]);

		if (strncmp(url, starts[i], length) == 0 &&
		    (i == 0 || !url[length] || strchr(":/", url[length])))
			return true;
	}
	return false;
}

/* A secret key, or a restricted one; not a publishable one, and not two. */
static bool
is_key(const char *key)
{
	return (strncmp(key, "sk_", 3) == 0 || strncmp(key, "rk_", 3) == 0) && !strchr(key, '\n');
}

struct gateway *
gateway_open(const struct config *config)
{
	struct gateway *gateway;

	if (!is_safe_url(config->gateway_url)) {
		log_error("the gateway's URL must be https, or http on this machine");
		return NULL;
	}
	gateway = calloc(1, sizeof(*gateway));
	if (!gateway || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	gateway->config = config;
	pthread_mutex_init(&gateway->lock, NULL);
	gateway->key = secret_file_read(config->secrets_dir, "gateway-key", "");
	if (!gateway->key || !is_key(gateway->key)) {
		log_error("gateway-key must be one line, sk_… or rk_…");
		gateway_close(&gateway);
	}
	return gateway;
}

void
gateway_close(struct gateway **gateway)
{
	struct gateway *closing = *gateway;
	struct line *line;

	if (!closing)
		return;
	while ((line = closing->idle)) {
		closing->idle = line->next;
		curl_easy_cleanup(line->curl);
		free(line);
	}
	curl_global_cleanup();
	secret_file_forget(&closing->key);
	pthread_mutex_destroy(&closing->lock);
	free(closing);
	*gateway = NULL;
}

static struct line *
line_take(struct gateway *gateway)
{
	struct line *line;

	pthread_mutex_lock(&gateway->lock);
	line = gateway->idle;
	if (line)
		gateway->idle = line->next;
	pthread_mutex_unlock(&gateway->lock);
	if (line)
		return line;
	line = calloc(1, sizeof(*line));
	if (!line || !(line->curl = curl_easy_init()))
		abort();
	return line;
}

/* Its settings are forgotten, its open connection is not. */
static void
line_put(struct gateway *gateway, struct line *line)
{
	curl_easy_reset(line->curl);
	pthread_mutex_lock(&gateway->lock);
	line->next = gateway->idle;
	gateway->idle = line;
	pthread_mutex_unlock(&gateway->lock);
}

static bool
breaker_admits(struct gateway *gateway)
{
	bool is_admitted;

	pthread_mutex_lock(&gateway->lock);
	is_admitted = gateway_breaker_admits(&gateway->breaker, clock_monotonic_ms());
	pthread_mutex_unlock(&gateway->lock);
	return is_admitted;
}

static void
breaker_note(struct gateway *gateway, bool is_alive)
{
	enum gateway_breaker_change change;

	pthread_mutex_lock(&gateway->lock);
	change = gateway_breaker_note(&gateway->breaker, is_alive, clock_monotonic_ms());
	pthread_mutex_unlock(&gateway->lock);
	if (change == BREAKER_OPENED)
		log_warning("the gateway keeps failing: calls pause",
		    LOG_INT("pause_ms", GATEWAY_BREAKER_PAUSE_MS));
	if (change == BREAKER_CLOSED)
		log_info("the gateway is back");
}

/* libcurl's CURLOPT_WRITEFUNCTION: taking less than is offered ends the transfer. */
static size_t
body_take(char *bytes, size_t size, size_t count, void *context)
{
	struct text *body = context;

	if (body->length + size * count > ANSWER_MAX_BYTES)
		return 0;
	text_add_bytes(body, bytes, size * count);
	return size * count;
}

static const char *
header_of(CURL *curl, const char *name)
{
	struct curl_header *header;

	return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
	    ? header->value
	    : NULL;
}

static struct curl_slist *
headers_make(const struct call *call)
{
	const char *const lines[] = {
		arena_print(call->arena, "Authorization: Bearer %s", call->gateway->key),
		"Stripe-Version: " VERSION,
		"Expect:", /* else a long form would wait for a 100 Continue */
		call->key ? arena_print(call->arena, "Idempotency-Key: %s", call->key) : NULL,
	};
	struct curl_slist *headers = NULL, *longer;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!lines[i])
			continue;
		longer = curl_slist_append(headers, lines[i]);
		if (!longer)
			abort();
		headers = longer;
	}
	return headers;
}

/* What every exchange has in common: no redirects, no surprises, TLS checked where there is TLS. */
static void
line_configure(CURL *curl, struct call *call, struct curl_slist *headers, int64_t left_ms)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, LOCAL_HOSTS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "FoodFast");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
	    left_ms < CONNECT_MAX_MS ? (long)left_ms : CONNECT_MAX_MS);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &call->body);
}

static void
request_configure(CURL *curl, const struct call *call)
{
	const char *url = call->url;

	if (call->operation->method != WRITE && *call->form)
		url = arena_print(call->arena, "%s?%s", url, call->form);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	if (call->operation->method == WRITE)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->form);
	if (call->operation->method == ERASE)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "DELETE");
}

/* What came of a transfer. */
static void
exchange_read(CURL *curl, CURLcode result, struct call *call, struct gateway_exchange *exchange)
{
	long sent_bytes = 0, status = 0;
	curl_off_t retry_after_s = 0, ready_us = 0;
	const char *replayed = header_of(curl, "Idempotent-Replayed");
	const char *request_id = header_of(curl, "Request-Id");

	curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent_bytes);
	curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
	*exchange = (struct gateway_exchange){
		/* Once there was a connection to send by, nobody can be sure that nothing was. */
		.is_sent = sent_bytes > 0 || ready_us > 0,
		.status = result == CURLE_OK ? (int)status : 0,
		.is_replayed = replayed && !strcasecmp(replayed, "true"),
		.retry_after_ms = retry_after_s > 0 ? retry_after_s * 1000 : 0,
		.is_json = result == CURLE_OK &&
		    json_leaves(call->arena, call->body.bytes, call->body.length, NULL, NULL),
	};
	call->request_id = request_id
	    ? arena_print(call->arena, "%.*s", REQUEST_ID_SIZE, request_id)
	    : NULL;
	call->trouble = result == CURLE_OK ? NULL : curl_easy_strerror(result);
}

static void
exchange_make(struct call *call, int64_t left_ms, struct gateway_exchange *exchange)
{
	struct line *line = line_take(call->gateway);
	struct curl_slist *headers = headers_make(call);

	call->tries++;
	text_start(&call->body, call->arena);
	line_configure(line->curl, call, headers, left_ms);
	request_configure(line->curl, call);
	exchange_read(line->curl, curl_easy_perform(line->curl), call, exchange);
	curl_slist_free_all(headers);
	line_put(call->gateway, line);
}

/* Twice has the effect of once: reads and deletions by what they are, writes by their key. */
static bool
is_harmless_twice(const struct call *call)
{
	return call->operation->method != WRITE || call->key;
}

/* One try. Returns how long to wait before the next; -1: there is to be none. */
static int64_t
call_try(struct call *call, struct gateway_answer *answer)
{
	int64_t left_ms = call->deadline_ms - clock_monotonic_ms(), pause_ms;
	struct gateway_exchange exchange;
	struct gateway_verdict verdict;

	if (left_ms <= 0 || !breaker_admits(call->gateway))
		return -1;
	exchange_make(call, left_ms, &exchange);
	verdict = gateway_verdict(&exchange);
	breaker_note(call->gateway, verdict.is_alive);
	/* What an earlier try may have done isn't undone by this one's not being sent. */
	if (verdict.outcome != GATEWAY_UNAVAILABLE || answer->outcome != GATEWAY_UNKNOWN)
		*answer = (struct gateway_answer){
			.outcome = verdict.outcome,
			.status = exchange.status,
			.body = exchange.is_json ? call->body.bytes : NULL,
		};
	if (!verdict.is_worth_repeating || call->tries == TRIES_MAX ||
	    (exchange.is_sent && !is_harmless_twice(call)))
		return -1;
	pause_ms = gateway_pause_ms(call->tries, exchange.retry_after_ms, arc4random());
	return clock_monotonic_ms() + pause_ms < call->deadline_ms ? pause_ms : -1;
}

static void
call_run(struct call *call, struct gateway_answer *answer)
{
	int64_t started_us = clock_monotonic_us(), pause_ms;
	enum log_level level;

	while ((pause_ms = call_try(call, answer)) >= 0)
		usleep((useconds_t)pause_ms * 1000);
	level = answer->outcome == GATEWAY_ANSWER ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING;
	LOG_LINE(level, "gateway", LOG_TEXT("operation", call->operation->name),
	    LOG_TEXT("outcome", gateway_outcome_name(answer->outcome)),
	    LOG_INT("status", answer->status), LOG_INT("tries", call->tries),
	    LOG_INT("duration_us", clock_monotonic_us() - started_us),
	    LOG_TEXT("gateway_request_id", call->request_id), LOG_TEXT("trouble", call->trouble));
	if (answer->status == 401 || answer->status == 403)
		log_error("the gateway refuses our key");
}

static const struct operation *
operation_find(const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i].name, name))
			return &operations[i];
	return NULL;
}

/* Makes ready what all tries share. False: it can't be called so. */
static bool
call_prepare(struct call *call, const char *operation, const char *object_id, const char *params)
{
	const char *path;
	struct text form;

	call->operation = operation_find(operation);
	if (!call->operation)
		return false;
	path = gateway_form_path(call->arena, call->operation->path, object_id);
	text_start(&form, call->arena);
	if (!path || (params && !gateway_form_add(&form, params)))
		return false;
	call->url = arena_print(call->arena, "%s%s", call->gateway->config->gateway_url, path);
	call->form = form.bytes;
	return true;
}

void
gateway_call(struct gateway *gateway, struct arena *arena, const char *operation,
    const char *object_id, const char *params, const char *key, int64_t timeout_ms,
    struct gateway_answer *answer)
{
	struct call call = {
		.gateway = gateway,
		.arena = arena,
		.key = key,
		.deadline_ms = clock_monotonic_ms() + timeout_ms,
	};

	*answer = (struct gateway_answer){ .outcome = GATEWAY_UNAVAILABLE };
	fault_point(gateway->config, "before a call of the gateway");
	if (call_prepare(&call, operation, object_id, params))
		call_run(&call, answer);
	else
		log_error("no such call of the gateway", LOG_TEXT("operation", operation));
	fault_point(gateway->config, "after a call of the gateway");
}
