/*
 * Limits on open streams. An address is what the proxy in front names last; directly
 * connected clients are all of this machine, and one.
 */
#include "admission.h"

#include "exchange.h"
#include "problem.h"
#include "server.h"
#include "tally.h"

enum { RETRY_S = 5 };

static bool
is_full(const struct tally *tally, const char *key, int64_t most)
{
	return tally_count(tally, key) >= (size_t)most;
}

bool
admission_take_address(
    struct admission *admission, struct server *server, const char *address, struct problem *why)
{
	if (server->pressure.is_high)
		return problem_set_retry(why, 503, "too_much_memory",
		    "This server has no memory for more. Try again soon.", RETRY_S);
	if (is_full(server->by_address, address, server->config.stream_per_address))
		return problem_set_retry(why, 429, "too_many_streams",
		    "Too many streams are open from your address. Try again soon.", RETRY_S);
	admission->by_address = tally_take(server->by_address, address);
	return true;
}

bool
admission_take_user(
    struct admission *admission, struct server *server, const char *user_id, struct problem *why)
{
	if (is_full(server->by_user, user_id, server->config.stream_per_user))
		return problem_set_retry(why, 429, "too_many_streams",
		    "You have too many streams open. Close some, or try again soon.", RETRY_S);
	admission->by_user = tally_take(server->by_user, user_id);
	return true;
}

bool
admission_take(struct admission *admission, const struct exchange *exchange, const char *user_id,
    bool is_held, struct problem *why)
{
	struct server *server = exchange->server;

	if (is_held && server->polls_held >= (size_t)server->config.stream_polls)
		return problem_set_retry(why, 503, "too_many_polls",
		    "Too many polls are held. Try again soon.", RETRY_S);
	if (!admission_take_user(admission, server, user_id, why))
		return false;
	if (!admission_take_address(admission, server, exchange_address(exchange), why)) {
		admission_give(admission, server);
		return false;
	}
	admission->is_held_poll = is_held;
	server->polls_held += is_held;
	return true;
}

void
admission_give(struct admission *admission, struct server *server)
{
	server->polls_held -= admission->is_held_poll;
	admission->is_held_poll = false;
	tally_give(server->by_user, &admission->by_user);
	tally_give(server->by_address, &admission->by_address);
}
