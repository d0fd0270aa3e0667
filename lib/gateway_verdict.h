/*
 * What is known after one exchange with the gateway, and whether to try again. Pure: the one place that
 * tells "did not happen" from "may have happened".
 */
#ifndef GATEWAY_VERDICT_H
#define GATEWAY_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway.h"

/* What the transport saw. */
struct gateway_exchange {
	bool is_sent;	  /* perhaps; false is sure */
	int status;	  /* of the answer, had whole; 0: none, or cut */
	bool is_json;	  /* its body is a JSON object */
	bool is_replayed; /* Idempotent-Replayed: the answer that the gateway keeps for the key */
	int64_t retry_after_ms; /* as it asks; 0: it does not */
};

struct gateway_verdict {
	enum gateway_outcome outcome;
	bool is_worth_repeating; /* if that does no harm */
	bool is_alive;		 /* for the breaker: it answered as one that works */
};

struct gateway_verdict gateway_verdict(const struct gateway_exchange *exchange);

/*
 * How long to wait before the next try, after FAILURES (from 1 on): twice as long each time, a random
 * part of it (RANDOM: any number), and never shorter than RETRY_AFTER_MS.
 */
int64_t gateway_pause_ms(int failures, int64_t retry_after_ms, uint32_t random);

#endif
