/*
 * Limits on how often: a quota in a window, by address, account or user. Counted
 * in Redis where the limit is for the whole site, in this process where it only
 * guards against a runaway client, and where Redis is away: in the database for
 * policies that ask for it, else in this process.
 *
 * To add a limit: a row in the caller's table of policies, its numbers in config.
 */
#ifndef RATE_LIMIT_H
#define RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redis;
struct rate_limiter;

enum rate_limit_reach {
	RATE_LIMIT_PROCESS,	 /* no round trip */
	RATE_LIMIT_SITE,	 /* Redis, else this process */
	RATE_LIMIT_SITE_DURABLE, /* Redis, else the database, else this process */
};

struct rate_limit_policy {
	const char *name; /* in headers and keys: letters, digits, hyphens */
	int64_t quota;
	int64_t window_s;
	enum rate_limit_reach reach;
};

struct rate_limit_state {
	const struct rate_limit_policy *policy;
	int64_t remaining;   /* ≥ 0 */
	int64_t resets_in_s; /* ≥ 1 */
	bool is_exceeded;    /* refuse: 429, Retry-After: resets_in_s */
};

/* Counts in the database: adds one when IS_ADD. False: it did not answer. CONTEXT is the caller's. */
typedef bool rate_limit_count(void *context, const char *key, int64_t window_s, bool is_add,
    int64_t *count, int64_t *resets_in_s);

/* REDIS is borrowed, and may be null: then all count in this process. */
struct rate_limiter *rate_limiter_open(struct redis *redis);
void rate_limiter_close(struct rate_limiter **limiter);

/*
 * Takes AMOUNT (0: only looks) of POLICY's quota for SUBJECT, an address, e-mail or
 * user id (only a hash of it leaves the process). Exceeded means: more than the
 * quota was taken, or, when looking, all of it. DURABLE and CONTEXT serve
 * SITE_DURABLE policies, and may be null. Blocks 100 ms at most, plus the database.
 */
struct rate_limit_state rate_limit_take(struct rate_limiter *limiter,
    const struct rate_limit_policy *policy, const char *subject, int64_t amount,
    rate_limit_count *durable, void *context);

/*
 * The headers of draft-ietf-httpapi-ratelimit-headers-10:
 * RateLimit-Policy: "login";q=10;w=300   RateLimit: "login";r=9;t=300
 */
#define RATE_LIMIT_HEADER_SIZE 128
void rate_limit_policy_header(
    const struct rate_limit_policy *policy, char text[RATE_LIMIT_HEADER_SIZE]);
void rate_limit_header(const struct rate_limit_state *state, char text[RATE_LIMIT_HEADER_SIZE]);

#endif
