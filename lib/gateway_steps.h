/*
 * The steps that SQL wants of the gateway: each is taken under a lease, called, and what came
 * of it is told to SQL, which decides what is next. Whoever is there runs them; a step whose
 * lease ran out, because that program died, is taken by the next.
 */
#ifndef GATEWAY_STEPS_H
#define GATEWAY_STEPS_H

#include <stdint.h>

struct config;
struct db;
struct gateway;
struct redis;

/* With what. All borrowed; DB is this thread's. */
struct gateway_steps {
	struct db *db;
	struct redis *redis;
	const struct config *config;
	struct gateway *gateway;
};

/*
 * Runs what is due of SUBJECT ("order:ID", "user:ID"; null: of all) one after the other, until
 * nothing is due or UNTIL_MS (clock_monotonic_ms) is reached. Blocks as long; each call takes at most
 * config.gateway_timeout_ms. Returns how many were settled; -1: the database failed, logged.
 */
int gateway_steps_run(const struct gateway_steps *with, const char *subject, int64_t until_ms);

#endif
