/*
 * From an SQL function that grants a session (type session_grant) to the tokens or the
 * cookie that its client gets. Tokens are made here, after the effect, and stored nowhere:
 * SQL knows hashes alone.
 */
#ifndef ACCOUNTS_GRANT_H
#define ACCOUNTS_GRANT_H

#include <stdbool.h>

#include "reply.h"
#include "request.h"
#include "token.h"

struct db_statement;
struct problem;

/* A secret that its holder shows again: a refresh token, a ticket, the token in a mail. */
struct secret {
	char text[TOKEN_TEXT_SIZE]; /* for the client alone */
	char hash[TOKEN_HASH_SIZE]; /* for SQL, as the text of a bytea */
};

struct secret secret_new(void);

/* The one for PURPOSE of ID, always the same (token.h): a refresh token's successor, a mail's token. */
struct secret secret_derived(const struct request *req, const char *purpose, const char *id);

/* The hash of a secret that a client showed, in the arena. */
const char *secret_hash(const struct request *req, const char *text);

/*
 * May this sign in, by cookie where IS_COOKIE? 403 cross_site for another site's page: it would have
 * people act under an account that is not theirs.
 */
bool grant_is_own(struct request *req, bool is_cookie, struct problem *why);

/*
 * Runs STATEMENT, which returns a session_grant with REFRESH's session, under the request's
 * idempotency key in the scope ROUTE:EMAIL, and answers with the user and, as the client
 * wished, a cookie or tokens. A repeated request gets tokens of its own for the same session.
 */
struct reply grant_begin(struct request *req, const char *email,
    const struct db_statement *statement, const struct secret *refresh, bool is_cookie);

/* The same for a session that goes on: no idempotency key is needed, for the statement may be repeated. */
struct reply grant_renew(
    struct request *req, const struct db_statement *statement, const struct secret *refresh);

/* What the client calls itself, for the list of sessions; null: nothing that can be shown. */
const char *grant_device(const struct request *req);

/* Takes the cookie away that the request came with; nothing when it came with none. */
void grant_forget_cookie(struct reply *reply, const struct request *req);

#endif
