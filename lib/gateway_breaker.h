/*
 * A circuit breaker: when calls keep failing none is made for a while, so that whoever would wait
 * for one gets on, and a gateway that is struggling is left alone. A state machine without clock
 * and lock, which its owner has:
 *
 *	closed ── FAILURES in a row ──► open ── after PAUSE_MS ──► half open: one call at a time
 *	   ▲                             ▲                                  │
 *	   └───────── it succeeds ───────┼──────────────────────────────────┤
 *	                                 └────────── it fails ──────────────┘
 */
#ifndef GATEWAY_BREAKER_H
#define GATEWAY_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define GATEWAY_BREAKER_FAILURES 5
#define GATEWAY_BREAKER_PAUSE_MS 5000

/* All zero: closed. */
struct gateway_breaker {
	int failures; /* in a row */
	bool is_open; /* or half open */
	int64_t opens_again_ms;
};

enum gateway_breaker_change { BREAKER_SAME, BREAKER_OPENED, BREAKER_CLOSED };

/* May a call be made now? Whoever is told so makes it, and notes how it went. */
bool gateway_breaker_admits(struct gateway_breaker *breaker, int64_t now_ms);

/* How a call went: IS_ALIVE, the gateway answered as one that works. Returns what that changed. */
enum gateway_breaker_change gateway_breaker_note(
    struct gateway_breaker *breaker, bool is_alive, int64_t now_ms);

#endif
