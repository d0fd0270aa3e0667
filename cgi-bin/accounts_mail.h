/*
 * Mails and the single-use tokens in them. A token is derived from its mail's id: SQL keeps
 * its hash alone, and workers/mail.c derives it again when it writes the mail.
 */
#ifndef ACCOUNTS_MAIL_H
#define ACCOUNTS_MAIL_H

#include "accounts_grant.h"
#include "uuid.h"

/* What a mail is for; the words that its token is derived with. */
#define MAIL_CONFIRM "confirm"
#define MAIL_RESET "reset"

struct mail_token {
	char id[UUID_TEXT_SIZE];
	struct secret secret; /* its text goes into the mail, and nowhere else */
};

/* Of a new mail. */
struct mail_token mail_token_new(const struct request *req, const char *purpose);

#endif
