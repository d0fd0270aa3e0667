/*
 * Passwords with the problems that clients see.
 */
#include "accounts.h"

#include "arena.h"
#include "password.h"
#include "problem.h"

#define BUSY_RETRY_S 1

bool
accounts_password_start(const struct config *config)
{
	const struct password_cost cost = {
		.memory_kib = config->hash_memory_kib,
		.passes = config->hash_passes,
		.concurrency = config->hash_concurrency,
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
