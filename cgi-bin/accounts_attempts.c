/*
 * Failed attempts to show a password, by account and by address: at logins, and where a
 * session alone is not enough.
 */
#include "accounts_attempts.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "db.h"
#include "problem.h"

/* Their numbers are set once, by accounts_attempts_start(). */
static struct rate_limit_policy account_limit = {
	.name = "login-account",
	.reach = RATE_LIMIT_SITE_DURABLE,
};
static struct rate_limit_policy address_limit = {
	.name = "login-address",
	.reach = RATE_LIMIT_SITE_DURABLE,
};

void
accounts_attempts_start(const struct config *config)
{
	account_limit.quota = config->limit_login_account;
	account_limit.window_s = config->limit_login_account_s;
	address_limit.quota = config->limit_login_address;
	address_limit.window_s = config->limit_login_address_s;
}

/* Counts in PostgreSQL while Redis is away. */
static bool
attempts_count(void *context, const char *key, int64_t window_s, bool is_add, int64_t *count,
    int64_t *resets_in_s)
{
	struct request *req = context;
	struct db_rows rows;
	struct problem why;

	if (!db_call(req->db, req->arena, DB_REPEATABLE, &rows, &why,
		"select * from attempt_count($1, $2, $3)", key,
		arena_print(req->arena, "%" PRId64, window_s), is_add ? "true" : "false"))
		return false;
	*count = strtoll(db_value(&rows, 0, "count"), NULL, 10);
	*resets_in_s = strtoll(db_value(&rows, 0, "resets_in_s"), NULL, 10);
	return true;
}

struct rate_limit_state
accounts_attempts_take(struct request *req, const char *who, int64_t amount)
{
	struct rate_limiter *limiter = req->site->limiter;
	struct rate_limit_state address = rate_limit_take(
	    limiter, &address_limit, req->remote_address, amount, attempts_count, req);
	struct rate_limit_state account = rate_limit_take(
	    limiter, &account_limit, who, amount, attempts_count, req);

	return address.is_exceeded || address.remaining < account.remaining ? address : account;
}

const char *
accounts_mailbox(struct request *req, const char *email)
{
	const char *start = email + strspn(email, " ");
	char *mailbox = arena_text(req->arena, start), *end = mailbox + strlen(mailbox);

	while (end > mailbox && end[-1] == ' ')
		*--end = '\0';
	for (char *c = mailbox; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return mailbox;
}

bool
accounts_attempts_refuse(const struct rate_limit_state *attempts, struct problem *why)
{
	return problem_set_retry(why, 429, "rate_limited",
	    "Too many failed attempts to sign in. Try again later.", (int)attempts->resets_in_s);
}

void
accounts_attempts_tell(
    struct reply *reply, const struct request *req, const struct rate_limit_state *attempts)
{
	char *policy = arena_alloc(req->arena, RATE_LIMIT_HEADER_SIZE);
	char *left = arena_alloc(req->arena, RATE_LIMIT_HEADER_SIZE);

	rate_limit_policy_header(attempts->policy, policy);
	rate_limit_header(attempts, left);
	reply_header(reply, "RateLimit-Policy", policy);
	reply_header(reply, "RateLimit", left);
}
