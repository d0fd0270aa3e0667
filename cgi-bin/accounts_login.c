/*
 * POST /auth/login. An unknown e-mail gets the answer of a wrong password, after the same
 * work; failures are counted by account and by address.
 */
#include "accounts.h"

#include "accounts_attempts.h"
#include "accounts_grant.h"
#include "db.h"
#include "json.h"
#include "password.h"
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
refused(const struct rate_limit_state *attempts)
{
	struct problem why;

	accounts_attempts_refuse(attempts, &why);
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

/*
 * Answers, and says in ATTEMPTS what was counted. That is looked at again behind the slow check: of many
 * guesses at once, all of which passed the first look, no more are told right or wrong than one by one.
 */
static struct reply
login_attempt(struct request *req, const struct credentials *given, const struct account *account,
    struct rate_limit_state *attempts)
{
	const char *who = account->user_id != NULL ? account->user_id
						   : accounts_mailbox(req, given->email);
	struct problem why;
	bool is_right;

	*attempts = accounts_attempts_take(req, who, 0);
	if (attempts->is_exceeded)
		return refused(attempts);
	is_right = accounts_password_check(given->password, account->password_hash, &why);
	if (!is_right && why.status != 401)
		return reply_problem(&why);
	*attempts = accounts_attempts_take(req, who, is_right ? 0 : 1);
	if (attempts->is_exceeded)
		return refused(attempts);
	return is_right ? session_begin(req, given, account) : reply_problem(&why);
}

static struct reply
sign_in(struct request *req, const struct credentials *given)
{
	struct rate_limit_state attempts;
	struct account account;
	struct problem why;
	struct reply reply;

	if (!account_find(req, given->email, &account, &why))
		return reply_problem(&why);
	reply = login_attempt(req, given, &account, &attempts);
	accounts_attempts_tell(&reply, req, &attempts);
	return reply;
}

/* 200 the user, signed in; 401 invalid_credentials; 429 after repeated failures; 503 when very many sign in. */
struct reply
accounts_login(struct request *req)
{
	struct credentials given;
	struct problem why;
	struct reply reply;

	if (!json_read(req, credentials_fields, &given, &why) ||
	    !grant_is_own(req, given.cookie, &why) || !accounts_turn_take(&why))
		return reply_problem(&why);
	reply = sign_in(req, &given);
	password_turn_give();
	return reply;
}
