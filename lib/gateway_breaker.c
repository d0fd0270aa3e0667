/*
 * The three states of gateway_breaker.h. Half open is open with a time that has come: admitting a call
 * then moves the time on, so that the next has to wait until this one told how it went, or another pause.
 */
#include "gateway_breaker.h"

bool
gateway_breaker_admits(struct gateway_breaker *breaker, int64_t now_ms)
{
	if (!breaker->is_open)
		return true;
	if (now_ms < breaker->opens_again_ms)
		return false;
	breaker->opens_again_ms = now_ms + GATEWAY_BREAKER_PAUSE_MS;
	return true;
}

enum gateway_breaker_change
gateway_breaker_note(struct gateway_breaker *breaker, bool is_alive, int64_t now_ms)
{
	bool was_open = breaker->is_open;

	if (is_alive) {
		*breaker = (struct gateway_breaker){ 0 };
		return was_open ? BREAKER_CLOSED : BREAKER_SAME;
	}
	if (breaker->failures < GATEWAY_BREAKER_FAILURES)
		breaker->failures++;
	if (breaker->failures < GATEWAY_BREAKER_FAILURES)
		return BREAKER_SAME;
	breaker->is_open = true;
	breaker->opens_again_ms = now_ms + GATEWAY_BREAKER_PAUSE_MS;
	return was_open ? BREAKER_SAME : BREAKER_OPENED;
}
