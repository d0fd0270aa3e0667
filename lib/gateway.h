/*
 * A client of the payment gateway: Stripe's API, or whatever speaks it at the configured
 * address. It makes one call and says what is known of it afterwards; what to do then is
 * decided elsewhere (SQL). What is called, and where, is the table of gateway.c.
 *
 * The key (SECRETS_DIR/gateway-key) and what is sent and answered are never logged: a line a
 * call tells the operation, how it ended, how long it took and the gateway's own id of it.
 *
 * Blocks, until the time given is over at the latest. Calls that may be repeated without harm
 * (reads, deletions, and writes that carry a key) are, within that time. After five failures in
 * a row nothing is sent for five seconds, and then one call at a time until one succeeds.
 */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdint.h>

struct arena;
struct config;
struct gateway;

/*
 * CONFIG is borrowed. One a process, made before its threads; thread-safe. Null: logged. There is no usable key, or it
 * would leave this machine in the clear.
 */
struct gateway *gateway_open(const struct config *config);

/* When no call is under way. Null-safe. */
void gateway_close(struct gateway **gateway);

enum gateway_outcome {
	GATEWAY_ANSWER,	     /* a JSON object, and a status below 500 */
	GATEWAY_UNKNOWN,     /* sent, and no answer that says: it may have happened, or not */
	GATEWAY_UNAVAILABLE, /* surely not done: never sent, or turned away (401, 403, 429) */
};

struct gateway_answer {
	enum gateway_outcome outcome;
	int status;	  /* of HTTP; 0: there was none */
	const char *body; /* in the arena; null unless it is a JSON object */
};

/*
 * Calls OPERATION, a name of the table ("payment_intent.capture"), upon OBJECT_ID (null where
 * its path has none), with PARAMS (a JSON object, or null) and the Idempotency-Key KEY (null:
 * none). TIMEOUT_MS is for all of it, repetitions included. An operation that no row names is
 * GATEWAY_UNAVAILABLE, and logged.
 */
void gateway_call(struct gateway *gateway, struct arena *arena, const char *operation,
    const char *object_id, const char *params, const char *key, int64_t timeout_ms,
    struct gateway_answer *answer);

/* "answer", "unknown" or "unavailable": as SQL and the log know it. */
const char *gateway_outcome_name(enum gateway_outcome outcome);

#endif
