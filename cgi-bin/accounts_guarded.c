/*
 * PUT /me/password and DELETE /me: what a session alone may not do, for a stolen one is
 * enough then. The password is asked for again, and guesses count as those of a login do.
 */
#include "accounts.h"
#include "accounts_attempts.h"
#include "accounts_grant.h"
#include "db.h"
#include "json.h"
#include "password.h"

struct change {
	const char *current, *new;
};

struct farewell {
	const char *password;
};

/* clang-format off */
static const struct field change_fields[] = {
	FIELD(struct change, current, STRING, .min = 1, .max = 256),
	FIELD(struct change, new,     STRING, .min = 8, .max = 256),
};

static const struct field farewell_fields[] = {
	FIELD(struct farewell, password, STRING, .optional = true, .min = 1, .max = 256),
};
/* clang-format on */

/* What was found of a password that was shown again. */
struct guard {
	struct rate_limit_state attempts;
	const char *hash; /* the one that is kept */
};

static bool
hash_find(struct request *req, const char **hash, struct problem *why)
{
	struct db_rows rows;

	if (!db_call(req->db, req->arena, DB_REPEATABLE, &rows, why,
		"select * from password_hash_of($1)", req->actor.session_id))
		return false;
	*hash = db_value(&rows, 0, "password_hash");
	return true;
}

/* Is PASSWORD his? 403 wrong_password, 429, 503 busy. GUARD's attempts have no policy when nothing was counted. */
static bool
guard_pass(struct request *req, const char *password, struct guard *guard, struct problem *why)
{
	bool is_right;

	*guard = (struct guard){ 0 };
	if (!hash_find(req, &guard->hash, why))
		return false;
	guard->attempts = accounts_attempts_take(req, req->actor.user_id, 0);
	if (guard->attempts.is_exceeded)
		return accounts_attempts_refuse(&guard->attempts, why);
	is_right = accounts_password_check(password, guard->hash, why);
	if (!is_right && why->status != 401)
		return false;
	guard->attempts = accounts_attempts_take(req, req->actor.user_id, is_right ? 0 : 1);
	if (guard->attempts.is_exceeded)
		return accounts_attempts_refuse(&guard->attempts, why);
	return is_right || problem_set(why, 403, "wrong_password", "This is not your password.");
}

static struct reply
guard_tell(struct reply reply, const struct request *req, const struct guard *guard)
{
	if (guard->attempts.policy != NULL)
		accounts_attempts_tell(&reply, req, &guard->attempts);
	return reply;
}

/*
 * Was the change made already, and only its answer lost? Then the new password is his, and
 * telling so tells no more than a right guess of the current one would.
 */
static bool
is_done(const struct change *given, const struct guard *guard, const struct problem *why)
{
	return why->status == 403 && password_verify(given->new, guard->hash) == PASSWORD_OK;
}

/* 204: his other sessions have ended; 403 wrong_password, 429 after repeated failures. */
struct reply
accounts_password_change(struct request *req)
{
	struct change given;
	struct guard guard;
	struct problem why;
	const char *hash;

	if (!json_read(req, change_fields, &given, &why))
		return reply_problem(&why);
	if (!guard_pass(req, given.current, &guard, &why))
		return guard_tell(
		    is_done(&given, &guard, &why) ? reply_empty(204) : reply_problem(&why), req,
		    &guard);
	if (!accounts_password_hash(req, given.new, &hash, &why))
		return reply_problem(&why);
	return guard_tell(reply_query(req, "select * from password_change($1, $2, $3)",
			      req->actor.session_id, guard.hash, hash),
	    req, &guard);
}

/* The body may be left out. */
static bool
farewell_read(struct request *req, struct farewell *given, struct problem *why)
{
	*given = (struct farewell){ 0 };
	return req->body_length == 0 || json_read(req, farewell_fields, given, why);
}

/*
 * 204: nothing tells any more who he was; 409 orders_open, last_admin. Otherwise as above, and
 * 403 password_needed: it may be left out just after a sign-in alone, which showed it.
 */
struct reply
accounts_erase(struct request *req)
{
	struct farewell given;
	struct guard guard = { 0 };
	struct problem why;
	struct reply reply;

	if (!farewell_read(req, &given, &why))
		return reply_problem(&why);
	if (given.password != NULL && !guard_pass(req, given.password, &guard, &why))
		return guard_tell(reply_problem(&why), req, &guard);
	reply = reply_query(
	    req, "select * from account_erase($1, $2)", req->actor.session_id, guard.hash);
	if (reply.status == 204)
		grant_forget_cookie(&reply, req);
	return guard_tell(reply, req, &guard);
}
