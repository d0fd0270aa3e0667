/*
 * POST /me/email-confirmation, /auth/confirm-email, /auth/forgot-password and
 * /auth/reset-password: what is proven by a link in a mail.
 */
#include "accounts_mail.h"

#include "accounts.h"
#include "accounts_attempts.h"
#include "arena.h"
#include "db.h"
#include "hints.h"
#include "idempotency.h"
#include "json.h"
#include "site.h"

struct forgetful {
	const char *email;
};

struct shown {
	const char *token, *password;
};

/* clang-format off */
static const struct field forgetful_fields[] = {
	FIELD(struct forgetful, email, STRING, .min = 1, .max = 254),
};

static const struct field confirmation_fields[] = {
	FIELD(struct shown, token, STRING, .min = 1, .max = 256),
};

static const struct field reset_fields[] = {
	FIELD(struct shown, token,    STRING, .min = 1, .max = 256),
	FIELD(struct shown, password, STRING, .min = 8, .max = 256),
};
/* clang-format on */

struct mail_token
mail_token_new(const struct request *req, const char *purpose)
{
	struct mail_token token;

	uuid_new(token.id);
	token.secret = secret_derived(req, purpose, token.id);
	return token;
}

/*
 * Runs STATEMENT, which returns api.reply without a body, for somebody who is not signed
 * in. A repeated request, by its key within WHO, is answered STATUS without doing it again.
 */
static struct reply
do_once(struct request *req, const char *who, const struct db_statement *statement, int status)
{
	const char *scope = arena_print(req->arena, "%s:%s", req->route, who);
	struct reply reply = reply_empty(status);
	struct db_rows rows;
	struct problem why;

	switch (idempotency_run(req, scope, statement, &rows, &why)) {
	case IDEMPOTENCY_REPLAY:
		reply_header(&reply, IDEMPOTENCY_REPLAYED, "true");
		return reply;
	case IDEMPOTENCY_FAILED:
		return reply_problem(&why);
	case IDEMPOTENCY_DONE:
		break;
	}
	hints_publish(req->site->redis, &req->site->config, db_value(&rows, 0, "hints"));
	return reply;
}

/* 202: the mail by which the address is confirmed is sent again; 409 already_confirmed. */
struct reply
accounts_confirm_again(struct request *req)
{
	struct mail_token token = mail_token_new(req, MAIL_CONFIRM);

	return reply_query(req, "select * from email_confirmation_create($1, $2, $3)",
	    req->actor.session_id, token.id, token.secret.hash);
}

/* 204: the address is confirmed; 422 link_invalid. */
struct reply
accounts_confirm_email(struct request *req)
{
	struct shown given;
	struct problem why;
	const char *hash;

	if (!json_read(req, confirmation_fields, &given, &why))
		return reply_problem(&why);
	hash = secret_hash(req, given.token);
	return do_once(req, hash, &DB_STATEMENT("select * from email_confirm($1)", hash), 204);
}

/* 202, whether or not anybody has this address: if somebody does, a mail is on its way. */
struct reply
accounts_forgot_password(struct request *req)
{
	struct mail_token token = mail_token_new(req, MAIL_RESET);
	struct forgetful given;
	struct problem why;

	if (!json_read(req, forgetful_fields, &given, &why))
		return reply_problem(&why);
	return do_once(req, accounts_mailbox(req, given.email),
	    &DB_STATEMENT("select * from password_forget($1, $2, $3)", given.email, token.id,
		token.secret.hash),
	    202);
}

/* 204: the password is the new one, and all sessions have ended; 422 link_invalid. */
struct reply
accounts_reset_password(struct request *req)
{
	struct shown given;
	struct problem why;
	const char *shown_hash, *hash;

	if (!json_read(req, reset_fields, &given, &why) ||
	    !accounts_password_hash(req, given.password, &hash, &why))
		return reply_problem(&why);
	shown_hash = secret_hash(req, given.token);
	return do_once(req, shown_hash,
	    &DB_STATEMENT("select * from password_reset($1, $2)", shown_hash, hash), 204);
}
