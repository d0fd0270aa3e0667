/*
 * The judgement over an exchange: guards from what is surest to what is least.
 */
#include "gateway_verdict.h"

#include <stddef.h>

#define PAUSE_FIRST_MS 100
#define PAUSE_LAST_MS 2000

/* Answers that don't mean what their status says elsewhere. The first row that fits counts. */
static const struct {
	int status;
	struct gateway_verdict verdict;
} special[] = {
	/* Our key is refused: nothing happened, and nobody's card was declined. */
	{ 401, { GATEWAY_UNAVAILABLE, .is_worth_repeating = false, .is_alive = true } },
	{ 403, { GATEWAY_UNAVAILABLE, .is_worth_repeating = false, .is_alive = true } },
	/* An earlier call with this key is still under way. */
	{ 409, { GATEWAY_UNKNOWN, .is_worth_repeating = true, .is_alive = true } },
	{ 429, { GATEWAY_UNAVAILABLE, .is_worth_repeating = true, .is_alive = true } },
};

struct gateway_verdict
gateway_verdict(const struct gateway_exchange *exchange)
{
	const struct gateway_verdict never_sent = { GATEWAY_UNAVAILABLE, true, false };
	const struct gateway_verdict answered = { GATEWAY_ANSWER, false, true };
	struct gateway_verdict unknown = { GATEWAY_UNKNOWN, true, false };

	if (!exchange->is_sent)
		return never_sent;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (special[i].status == exchange->status)
			return special[i].verdict;
	if (exchange->status >= 200 && exchange->status < 500 && exchange->is_json)
		return answered;
	/* What it keeps for the key it will say again. */
	unknown.is_worth_repeating = !exchange->is_replayed;
	return unknown;
}

int64_t
gateway_pause_ms(int failures, int64_t retry_after_ms, uint32_t random)
{
	int64_t longest_ms = PAUSE_LAST_MS, pause_ms;

	if (failures < 5)
		longest_ms = PAUSE_FIRST_MS << (failures > 0 ? failures - 1 : 0);
	pause_ms = longest_ms / 2 + random % (longest_ms / 2 + 1);
	return pause_ms > retry_after_ms ? pause_ms : retry_after_ms;
}
