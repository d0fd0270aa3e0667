/*
 * Passwords with the problems that clients see.
 */
#include "accounts.h"

#include <unistd.h>

#include "arena.h"
#include "password.h"
#include "problem.h"

#define BUSY_RETRY_S 1
#define CONCURRENCY_MAX 64

/* By default the other half is left to everybody else: woken on a processor that hashes, a program may wait out its slice. */
static int64_t
concurrency_of(const struct config *config)
{
	int64_t half = sysconf(_SC_NPROCESSORS_ONLN) / 2;

	if (config->hash_concurrency > 0)
		return config->hash_concurrency;
	return half < 1 ? 1 : half < CONCURRENCY_MAX ? half : CONCURRENCY_MAX;
}

bool
accounts_password_start(const struct config *config)
{
	const struct password_cost cost = {
		.memory_kib = config->hash_memory_kib,
		.passes = config->hash_passes,
		.concurrency = concurrency_of(config),
		.queue = config->hash_queue,
		.nice = config->hash_nice,
	};

	return password_start(&cost);
}

static bool
busy(struct problem *why)
{
	return problem_set_retry(why, 503, "busy",
	    "Many people are signing in just now. Try again in a moment.", BUSY_RETRY_S);
}

bool
accounts_turn_take(struct problem *why)
{
	return password_turn_take() == PASSWORD_OK || busy(why);
}

bool
accounts_password_hash(
    struct request *req, const char *password, const char **hash, struct problem *why)
{
	char *made = arena_alloc(req->arena, PASSWORD_HASH_SIZE);

	*hash = made;
	return password_hash(password, made) == PASSWORD_OK || busy(why);
}

bool
accounts_password_check(const char *password, const char *hash, struct problem *why)
{
	switch (password_verify(password, hash)) {
	case PASSWORD_OK:
		return true;
	case PASSWORD_BUSY:
		return busy(why);
	case PASSWORD_WRONG:
		break;
	}
	return problem_set(why, 401, "invalid_credentials", "E-mail or password is wrong.");
}
