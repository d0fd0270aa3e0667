/*
 * Counting of quotas in fixed windows that begin with their first use. The
 * process's own counters live in a table of fixed size, so that no flood of
 * subjects can make it grow: the counter that ends soonest makes room.
 */
#include "rate_limit.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"
#include "redis.h"

#define SETS 16384 /* a power of two */
#define WAYS 4
#define STRIPES 64 /* of locks; a power of two */
#define KEY_SIZE 128

struct counter {
	uint64_t id;
	int64_t count;
	int64_t ends_ms; /* monotonic */
};

struct rate_limiter {
	struct redis *redis;
	pthread_mutex_t locks[STRIPES];
	struct counter counters[SETS][WAYS];
};

/* What is left of a window, and what was taken in it. */
struct usage {
	int64_t count;
	int64_t resets_in_ms;
};

/* The name of POLICY's counter for SUBJECT, wherever it is kept. */
static void
key_write(const struct rate_limit_policy *policy, const char *subject, char key[KEY_SIZE])
{
	unsigned char hash[CRYPTO_HASH_BYTES];
	char hex[CRYPTO_HEX_SIZE(CRYPTO_HASH_BYTES)];

	crypto_sha256(subject, strlen(subject), hash);
	crypto_hex_write(hash, sizeof(hash), hex);
	snprintf(key, KEY_SIZE, "limit:%s:%s", policy->name, hex);
}

/* FNV-1a: spreads policy and subject over the table. */
static uint64_t
counter_id(const struct rate_limit_policy *policy, const char *subject)
{
	uint64_t id = 14695981039346656037u;

	for (const char *p = policy->name; *p != '\0'; p++)
		id = (id ^ (unsigned char)*p) * 1099511628211u;
	id = (id ^ '/') * 1099511628211u;
	for (const char *p = subject; *p != '\0'; p++)
		id = (id ^ (unsigned char)*p) * 1099511628211u;
	return id;
}

/* The counter of ID in SET, else the one that ends soonest, emptied. */
static struct counter *
counter_find(struct counter *set, uint64_t id, int64_t now_ms)
{
	struct counter *soonest = &set[0];

	for (size_t way = 0; way < WAYS; way++) {
		if (set[way].id == id && set[way].ends_ms > now_ms)
			return &set[way];
		if (set[way].ends_ms < soonest->ends_ms)
			soonest = &set[way];
	}
	*soonest = (struct counter){ .id = id };
	return soonest;
}

static struct usage
process_count(struct rate_limiter *limiter, const struct rate_limit_policy *policy,
    const char *subject, int64_t amount)
{
	uint64_t id = counter_id(policy, subject);
	size_t set = (id >> 32) & (SETS - 1);
	int64_t now_ms = clock_monotonic_ms();
	struct counter *counter;
	struct usage usage;

	pthread_mutex_lock(&limiter->locks[set & (STRIPES - 1)]);
	counter = counter_find(limiter->counters[set], id, now_ms);
	if (counter->count == 0)
		counter->ends_ms = now_ms + policy->window_s * 1000;
	counter->count += amount;
	usage = (struct usage){ counter->count, counter->ends_ms - now_ms };
	pthread_mutex_unlock(&limiter->locks[set & (STRIPES - 1)]);
	return usage;
}

static bool
site_count(struct rate_limiter *limiter, const struct rate_limit_policy *policy,
    const char *subject, int64_t amount, rate_limit_count *durable, void *context,
    struct usage *usage)
{
	char key[KEY_SIZE];
	int64_t resets_in_s;

	key_write(policy, subject, key);
	if (limiter->redis != NULL &&
	    redis_count(limiter->redis, key, policy->window_s * 1000, amount, &usage->count,
		&usage->resets_in_ms))
		return true;
	if (policy->reach != RATE_LIMIT_SITE_DURABLE || durable == NULL)
		return false;
	if (!durable(context, key, policy->window_s, amount > 0, &usage->count, &resets_in_s))
		return false;
	usage->resets_in_ms = resets_in_s * 1000;
	return true;
}

struct rate_limiter *
rate_limiter_open(struct redis *redis)
{
	struct rate_limiter *limiter = calloc(1, sizeof(*limiter));

	if (limiter == NULL)
		abort();
	limiter->redis = redis;
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_init(&limiter->locks[i], NULL);
	return limiter;
}

void
rate_limiter_close(struct rate_limiter **limiter)
{
	if (*limiter == NULL)
		return;
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_destroy(&(*limiter)->locks[i]);
	free(*limiter);
	*limiter = NULL;
}

struct rate_limit_state
rate_limit_take(struct rate_limiter *limiter, const struct rate_limit_policy *policy,
    const char *subject, int64_t amount, rate_limit_count *durable, void *context)
{
	struct rate_limit_state state = { .policy = policy };
	struct usage usage;

	if (policy->reach == RATE_LIMIT_PROCESS ||
	    !site_count(limiter, policy, subject, amount, durable, context, &usage))
		usage = process_count(limiter, policy, subject, amount);
	state.remaining = usage.count < policy->quota ? policy->quota - usage.count : 0;
	state.resets_in_s = usage.resets_in_ms <= 0 ? policy->window_s
						    : (usage.resets_in_ms + 999) / 1000;
	state.is_exceeded = amount > 0 ? usage.count > policy->quota : usage.count >= policy->quota;
	return state;
}

void
rate_limit_policy_header(const struct rate_limit_policy *policy, char text[RATE_LIMIT_HEADER_SIZE])
{
	snprintf(text, RATE_LIMIT_HEADER_SIZE, "\"%s\";q=%" PRId64 ";w=%" PRId64, policy->name,
	    policy->quota, policy->window_s);
}

void
rate_limit_header(const struct rate_limit_state *state, char text[RATE_LIMIT_HEADER_SIZE])
{
	snprintf(text, RATE_LIMIT_HEADER_SIZE, "\"%s\";r=%" PRId64 ";t=%" PRId64,
	    state->policy->name, state->remaining, state->resets_in_s);
}
