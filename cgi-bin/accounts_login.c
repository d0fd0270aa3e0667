/*
 * POST /auth/login. An unknown e-mail gets the answer of a wrong password, after the same
 * work; failures are counted by account and by address.
 */
#include "accounts.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "accounts_grant.h"
#include "arena.h"
#include "db.h"
#include "json.h"
#include "password.h"
#include "rate_limit.h"
#include "site.h"

struct credentials {
	const char *email, *password, *device;
	bool cookie;
};

/* clang-format off */
static const struct field credentials_fields[] = {
	FIELD(struct credentials, email,    STRING, .min = 1, .max = 254),
	FIELD(struct credentials, password, STRING, .min = 1, .max = 256),
	FIELD(struct credentials, device,   STRING, .optional = true, LINE(200)),
	FIELD(struct credentials, cookie,   BOOL,   .optional = true),
};
/* clang-format on */

/* An account that may be there: else both are null. */
struct account {
	const char *user_id, *password_hash;
};

/* Failed attempts. Their numbers are set once, by accounts_login_start(). */
static struct rate_limit_policy account_limit = {
	.name = "login-account",
	.reach = RATE_LIMIT_SITE_DURABLE,
};
static struct rate_limit_policy address_limit = {
	.name = "login-address",
	.reach = RATE_LIMIT_SITE_DURABLE,
};

void
accounts_login_start(const struct config *config)
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

/* Adds AMOUNT failures (0: looks), and tells the one of the two limits that is nearer. */
static struct rate_limit_state
attempts_take(struct request *req, const char *who, int64_t amount)
{
	struct rate_limiter *limiter = req->site->limiter;
	struct rate_limit_state address = rate_limit_take(
	    limiter, &address_limit, req->remote_address, amount, attempts_count, req);
	struct rate_limit_state account = rate_limit_take(
	    limiter, &account_limit, who, amount, attempts_count, req);

	return address.is_exceeded || address.remaining < account.remaining ? address : account;
}

/* EMAIL as SQL would look it up: an unknown one is counted as a known one is, however it is spelt. */
static const char *
mailbox_of(struct request *req, const char *email)
{
	const char *start = email + strspn(email, " ");
	char *mailbox = arena_text(req->arena, start), *end = mailbox + strlen(mailbox);

	while (end > mailbox && end[-1] == ' ')
		*--end = '\0';
	for (char *c = mailbox; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return mailbox;
}

static bool
account_find(struct request *req, const char *email, struct account *account, struct problem *why)
{
	struct db_rows rows;

	if (!db_call(req->db, req->arena, DB_REPEATABLE, &rows, why,
		"select * from account_credentials($1)", email))
		return false;
	*account = (struct account){ 0 };
	if (rows.count > 0) {
		account->user_id = db_value(&rows, 0, "user_id");
		account->password_hash = db_value(&rows, 0, "password_hash");
	}
	return true;
}

/* A hash of an older cost is replaced while the password is at hand. If that fails, the next login does it. */
static void
password_upgrade(struct request *req, const struct account *account, const char *password)
{
	struct problem why;
	const char *hash;

	if (!password_needs_rehash(account->password_hash) ||
	    !accounts_password_hash(req, password, &hash, &why))
		return;
	db_call(req->db, req->arena, DB_ONCE, NULL, &why, "select password_upgrade($1, $2, $3)",
	    account->user_id, account->password_hash, hash);
}

static struct reply
attempts_refused(const struct rate_limit_state *attempts)
{
	struct problem why;

	problem_set_retry(&why, 429, "rate_limited",
	    "Too many failed attempts to sign in. Try again later.", (int)attempts->resets_in_s);
	return reply_problem(&why);
}

static struct reply
session_begin(struct request *req, const struct credentials *given, const struct account *account)
{
	const char *device = given->device != NULL ? given->device : grant_device(req);
	struct secret refresh = secret_new();

	password_upgrade(req, account, given->password);
	return grant_begin(req, given->email,
	    &DB_STATEMENT("select * from session_create($1, $2, $3, $4)", account->user_id, device,
		req->remote_address, refresh.hash),
	    &refresh, given->cookie);
}

static void
attempts_tell(
    struct reply *reply, const struct request *req, const struct rate_limit_state *attempts)
{
	char *policy = arena_alloc(req->arena, RATE_LIMIT_HEADER_SIZE);
	char *left = arena_alloc(req->arena, RATE_LIMIT_HEADER_SIZE);

	rate_limit_policy_header(attempts->policy, policy);
	rate_limit_header(attempts, left);
	reply_header(reply, "RateLimit-Policy", policy);
	reply_header(reply, "RateLimit", left);
}

/*
 * Answers, and says in ATTEMPTS what was counted. That is looked at again behind the slow check: of many
 * guesses at once, all of which passed the first look, no more are told right or wrong than one by one.
 */
static struct reply
login_attempt(struct request *req, const struct credentials *given, const struct account *account,
    struct rate_limit_state *attempts)
{
	const char *who = account->user_id != NULL ? account->user_id
						   : mailbox_of(req, given->email);
	struct problem why;
	bool is_right;

	*attempts = attempts_take(req, who, 0);
	if (attempts->is_exceeded)
		return attempts_refused(attempts);
	is_right = accounts_password_check(given->password, account->password_hash, &why);
	if (!is_right && why.status != 401)
		return reply_problem(&why);
	*attempts = attempts_take(req, who, is_right ? 0 : 1);
	if (attempts->is_exceeded)
		return attempts_refused(attempts);
	return is_right ? session_begin(req, given, account) : reply_problem(&why);
}

/* 200 the user, signed in; 401 invalid_credentials; 429 after repeated failures. */
struct reply
accounts_login(struct request *req)
{
	struct rate_limit_state attempts;
	struct credentials given;
	struct account account;
	struct problem why;
	struct reply reply;

	if (!json_read(req, credentials_fields, &given, &why) ||
	    !account_find(req, given.email, &account, &why))
		return reply_problem(&why);
	reply = login_attempt(req, &given, &account, &attempts);
	attempts_tell(&reply, req, &attempts);
	return reply;
}
