/*
 * POST /auth/register. It asks to confirm the e-mail address, by a mail.
 */
#include "accounts.h"

#include "accounts_mail.h"
#include "db.h"
#include "json.h"
#include "site.h"
#include "text.h"

struct registration {
	const char *email, *password, *name, *phone, *role;
	bool cookie;
};

/* Other roles are given, not taken. */
static const char *const open_roles[] = { "customer", "driver", NULL };

#define EMAIL .check = site_is_email, .be = "an e-mail address"

/* clang-format off */
static const struct field registration_fields[] = {
	FIELD(struct registration, email,    STRING, .min = 3, .max = 254, EMAIL),
	FIELD(struct registration, password, STRING, .min = 8, .max = 256),
	FIELD(struct registration, name,     STRING, LINE(100)),
	FIELD(struct registration, phone,    STRING, .optional = true, PHONE),
	FIELD(struct registration, role,     ENUM,   .optional = true, .words = open_roles,
	    .otherwise = "customer"),
	FIELD(struct registration, cookie,   BOOL,   .optional = true),
};
/* clang-format on */

/* 201 the user, signed in; 409 email_taken. */
struct reply
accounts_register(struct request *req)
{
	struct secret refresh = secret_new();
	struct mail_token confirm = mail_token_new(req, MAIL_CONFIRM);
	struct registration new;
	struct problem why;
	const char *hash;

	if (!json_read(req, registration_fields, &new, &why) ||
	    !grant_is_own(req, new.cookie, &why) ||
	    !accounts_password_hash(req, new.password, &hash, &why))
		return reply_problem(&why);
	return grant_begin(req, new.email,
	    &DB_STATEMENT("select * from account_register($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		new.email, hash, new.name, new.phone, new.role, grant_device(req),
		req->remote_address, refresh.hash, confirm.id, confirm.secret.hash),
	    &refresh, new.cookie);
}
