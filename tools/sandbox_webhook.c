#include "sandbox_webhook.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "crypto.h"
#include "db.h"
#include "log.h"
#include "problem.h"

#define SENDERS 4 /* a slow webhook holds up only some */
#define SEND_MS 10000L
#define RETRY_MS 1000 /* after a trouble with the database */

struct webhook {
	const struct config *config;
	const char *secret;
	pthread_t threads[SENDERS];
	int thread_count;
	pthread_mutex_t mutex;
	pthread_cond_t rung;
	uint64_t rings;
	atomic_bool is_ending;
};

static size_t
answer_ignore(char *bytes, size_t size, size_t count, void *unused)
{
	(void)bytes;
	(void)unused;
	return size * count;
}

/* curl asks now and then: nonzero ends the transfer. */
static int
is_cut(void *webhook, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(&((struct webhook *)webhook)->is_ending);
}

/* The header Stripe-Signature: https://docs.stripe.com/webhooks#verify-manually */
static const char *
signature_header(const struct webhook *webhook, struct arena *arena, const char *body)
{
	const char *now = arena_print(arena, "%" PRId64 ".", clock_wall_s());
	const struct crypto_part parts[] = { { now, strlen(now) }, { body, strlen(body) } };
	unsigned char hash[CRYPTO_HASH_BYTES];
	char hex[CRYPTO_HEX_SIZE(CRYPTO_HASH_BYTES)];

	crypto_hmac_joined(webhook->secret, strlen(webhook->secret), parts, 2, hash);
	crypto_hex_write(hash, sizeof(hash), hex);
	return arena_print(arena, "Stripe-Signature: t=%.*s,v1=%s", (int)strlen(now) - 1, now, hex);
}

static CURL *
curl_make(struct webhook *webhook)
{
	CURL *curl = curl_easy_init();

	if (!curl)
		return NULL;
	curl_easy_setopt(curl, CURLOPT_URL, webhook->config->sandbox_webhook_url);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, SEND_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_ignore);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_cut);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, webhook);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	if (webhook->config->sandbox_webhook_ca[0] != '\0')
		curl_easy_setopt(curl, CURLOPT_CAINFO, webhook->config->sandbox_webhook_ca);
	return curl;
}

/* Returns the status that the webhook answered; 0: none. */
static long
event_send(const struct webhook *webhook, CURL *curl, struct arena *arena, const char *body)
{
	struct curl_slist *headers = NULL;
	long status = 0;

	headers = curl_slist_append(headers, "Content-Type: application/json; charset=utf-8");
	headers = curl_slist_append(headers, signature_header(webhook, arena, body));
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	return status;
}

/* Sends one that is due. Returns for how many ms there is nothing to do. */
static int
delivery_do(struct webhook *webhook, CURL *curl, struct db *db, struct arena *arena)
{
	const char *id, *status;
	struct db_rows rows;
	struct problem why;

	if (!db_call(db, arena, DB_ONCE, &rows, &why, "select * from webhook_take()"))
		return RETRY_MS;
	id = db_value(&rows, 0, "delivery_id");
	if (!id)
		return (int)strtol(db_value(&rows, 0, "due_in_ms"), NULL, 10);
	status = arena_print(
	    arena, "%ld", event_send(webhook, curl, arena, db_value(&rows, 0, "body")));
	log_info("webhook", LOG_TEXT("event", db_value(&rows, 0, "event")),
	    LOG_TEXT("type", db_value(&rows, 0, "type")), LOG_TEXT("status", status));
	if (atomic_load(&webhook->is_ending))
		return 0; /* it stays due */
	db_call(db, arena, DB_REPEATABLE, &rows, &why, "select webhook_done($1, $2)", id, status);
	return 0;
}

/* Waits until RINGS is no longer how often it has rung, for at most MS. Returns how often it has. */
static uint64_t
ring_wait(struct webhook *webhook, uint64_t rings, int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&webhook->mutex);
	while (ms > 0 && webhook->rings == rings && !atomic_load(&webhook->is_ending))
		if (pthread_cond_timedwait(&webhook->rung, &webhook->mutex, &until))
			break;
	rings = webhook->rings;
	pthread_mutex_unlock(&webhook->mutex);
	return rings;
}

static void *
sender_run(void *given)
{
	struct webhook *webhook = given;
	struct db *db = db_open(webhook->config, "sandbox-webhook", 1);
	struct arena *arena = arena_open();
	CURL *curl = curl_make(webhook);
	uint64_t rings = 0;
	int wait_ms;

	while (curl && !atomic_load(&webhook->is_ending)) {
		wait_ms = delivery_do(webhook, curl, db, arena);
		arena_reset(arena);
		rings = ring_wait(webhook, rings, wait_ms);
	}
	curl_easy_cleanup(curl);
	arena_close(&arena);
	db_close(&db);
	return NULL;
}

struct webhook *
webhook_open(const struct config *config, const char *secret)
{
	struct webhook *webhook = calloc(1, sizeof(*webhook));
	pthread_condattr_t monotonic;

	if (!webhook) {
		log_error("out of memory");
		abort();
	}
	webhook->config = config;
	webhook->secret = secret;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	pthread_mutex_init(&webhook->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&webhook->rung, &monotonic);
	pthread_condattr_destroy(&monotonic);
	while (config->sandbox_webhook_url[0] != '\0' && webhook->thread_count < SENDERS) {
		if (pthread_create(
			&webhook->threads[webhook->thread_count], NULL, sender_run, webhook)) {
			log_error("no thread");
			webhook_close(&webhook);
			return NULL;
		}
		webhook->thread_count++;
	}
	return webhook;
}

void
webhook_close(struct webhook **webhook)
{
	struct webhook *closed = *webhook;

	if (!closed)
		return;
	pthread_mutex_lock(&closed->mutex);
	atomic_store(&closed->is_ending, true);
	pthread_cond_broadcast(&closed->rung);
	pthread_mutex_unlock(&closed->mutex);
	for (int i = 0; i < closed->thread_count; i++)
		pthread_join(closed->threads[i], NULL);
	pthread_cond_destroy(&closed->rung);
	pthread_mutex_destroy(&closed->mutex);
	free(closed);
	*webhook = NULL;
	curl_global_cleanup();
}

void
webhook_ring(struct webhook *webhook)
{
	pthread_mutex_lock(&webhook->mutex);
	webhook->rings++;
	pthread_cond_signal(&webhook->rung);
	pthread_mutex_unlock(&webhook->mutex);
}
