/*
 * Tokens and cookies for sessions that SQL granted.
 */
#include "accounts_grant.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access_token.h"
#include "arena.h"
#include "clock.h"
#include "db.h"
#include "hints.h"
#include "idempotency.h"
#include "problem.h"
#include "site.h"
#include "text.h"

/* A row of type session_grant. */
struct grant {
	int status;
	const char *body; /* the user; a problem when the status says so */
	const char *session_id;
	const char *user_id;
	const char *role;
	const char *expires_at; /* the session */
};

struct secret
secret_new(void)
{
	unsigned char random[CRYPTO_HASH_BYTES];
	struct secret secret;

	crypto_random(random, sizeof(random));
	crypto_base64url_write(random, sizeof(random), secret.text);
	token_hash(secret.text, secret.hash);
	return secret;
}

struct secret
secret_derived(const struct request *req, const char *purpose, const char *id)
{
	struct secret secret;

	token_derive(req->site->hmac_key, purpose, id, secret.text);
	token_hash(secret.text, secret.hash);
	return secret;
}

const char *
secret_hash(const struct request *req, const char *text)
{
	char *hash = arena_alloc(req->arena, TOKEN_HASH_SIZE);

	token_hash(text, hash);
	return hash;
}

static struct grant
grant_read(const struct db_rows *rows)
{
	return (struct grant){
		.status = (int)strtol(db_value(rows, 0, "status"), NULL, 10),
		.body = db_value(rows, 0, "body"),
		.session_id = db_value(rows, 0, "session_id"),
		.user_id = db_value(rows, 0, "user_id"),
		.role = db_value(rows, 0, "role"),
		.expires_at = db_value(rows, 0, "expires_at"),
	};
}

/* A token for GRANT's session, in the arena; null when it could not be signed. */
static const char *
token_for(
    struct request *req, const struct grant *grant, enum access_token_use use, int64_t expires_at_s)
{
	struct access_token token = {
		.use = use, .issued_at_s = clock_wall_s(), .expires_at_s = expires_at_s
	};
	char *text = arena_alloc(req->arena, ACCESS_TOKEN_MAX);

	snprintf(token.user_id, sizeof(token.user_id), "%s", grant->user_id);
	snprintf(token.session_id, sizeof(token.session_id), "%s", grant->session_id);
	snprintf(token.role, sizeof(token.role), "%s", grant->role);
	return access_token_sign(req->site->auth.keys, &token, text) ? text : NULL;
}

static struct reply
reply_unsigned(void)
{
	struct problem why;

	problem_set(&why, 500, "internal", "Something went wrong on our side.");
	return reply_problem(&why);
}

static void
set_cookie(struct reply *reply, const struct request *req, const char *role, const char *value,
    int64_t age_s)
{
	const char *name = auth_cookie_name(&req->site->auth, role, req->arena);

	reply_header(reply, "Set-Cookie",
	    arena_print(req->arena, "%s=%s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s",
		name, value, age_s, req->is_https ? "; Secure" : ""));
}

/* The session as a cookie: it lives as long as the session, and no token is in the body. */
static struct reply
reply_cookie(struct request *req, const struct grant *grant)
{
	struct reply reply;
	const char *token;
	int64_t expires_at_ms = 0;

	if (!clock_parse(grant->expires_at, &expires_at_ms))
		return reply_unsigned();
	token = token_for(req, grant, ACCESS_TOKEN_COOKIE, expires_at_ms / 1000);
	if (token == NULL)
		return reply_unsigned();
	reply = reply_json(grant->status, arena_print(req->arena, "{\"user\":%s}", grant->body));
	set_cookie(&reply, req, grant->role, token, expires_at_ms / 1000 - clock_wall_s());
	return reply;
}

static struct reply
reply_tokens(struct request *req, const struct grant *grant, const struct secret *refresh)
{
	int64_t life_s = req->site->config.access_token_s;
	const char *token = token_for(req, grant, ACCESS_TOKEN_BEARER, clock_wall_s() + life_s);

	if (token == NULL)
		return reply_unsigned();
	return reply_json(grant->status,
	    arena_print(req->arena,
		"{\"user\":%s,\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"expires_in\":%" PRId64
		",\"refresh_token\":\"%s\"}",
		grant->body, token, life_s, refresh->text));
}

static struct reply
reply_grant(
    struct request *req, const struct db_rows *rows, const struct secret *refresh, bool is_cookie)
{
	struct grant grant = grant_read(rows);

	hints_publish(req->site->redis, &req->site->config, db_value(rows, 0, "hints"));
	if (grant.status >= 400)
		return reply_json(grant.status, grant.body);
	return is_cookie ? reply_cookie(req, &grant) : reply_tokens(req, &grant, refresh);
}

/* A repeated request: what is stored, with a new refresh token for its session. */
static struct reply
grant_repeat(struct request *req, const char *scope, const struct secret *refresh, bool is_cookie)
{
	struct db_rows stored, rows;
	struct problem why;
	struct reply reply;
	const char *session_id;

	if (!db_call(req->db, req->arena, DB_REPEATABLE, &stored, &why,
		"select * from idempotency_grant($1, $2)", scope, idempotency_key(req)))
		return reply_problem(&why);
	session_id = db_value(&stored, 0, "session_id");
	if (!db_call(req->db, req->arena, DB_ONCE, &rows, &why,
		"select * from session_reissue($1, $2)", session_id, refresh->hash))
		return reply_problem(&why);
	reply = reply_grant(req, &rows, refresh, is_cookie);
	reply.status = (int)strtol(db_value(&stored, 0, "status"), NULL, 10);
	reply_header(&reply, IDEMPOTENCY_REPLAYED, "true");
	return reply;
}

bool
grant_is_own(struct request *req, bool is_cookie, struct problem *why)
{
	const char *site = request_header(req, "Sec-Fetch-Site");
	bool is_foreign = auth_is_foreign(
	    request_header(req, "Origin"), request_header(req, "Host"));

	if (!is_cookie || (!is_foreign && (site == NULL || strcmp(site, "same-origin") == 0)))
		return true;
	return problem_set(
	    why, 403, "cross_site", "To sign in with a cookie, come from the site's own pages.");
}

struct reply
grant_begin(struct request *req, const char *email, const struct db_statement *statement,
    const struct secret *refresh, bool is_cookie)
{
	const char *scope = arena_print(req->arena, "%s:%s", req->route, email);
	struct db_rows rows;
	struct problem why;

	switch (idempotency_run(req, scope, statement, &rows, &why)) {
	case IDEMPOTENCY_REPLAY:
		return grant_repeat(req, scope, refresh, is_cookie);
	case IDEMPOTENCY_FAILED:
		return reply_problem(&why);
	case IDEMPOTENCY_DONE:
		break;
	}
	return reply_grant(req, &rows, refresh, is_cookie);
}

struct reply
grant_renew(struct request *req, const struct db_statement *statement, const struct secret *refresh)
{
	struct db_rows rows;
	struct problem why;

	if (!db_run(req->db, statement, 1, DB_REPEATABLE, req->arena, &rows, &why))
		return reply_problem(&why);
	return reply_grant(req, &rows, refresh, false);
}

void
grant_forget_cookie(struct reply *reply, const struct request *req)
{
	if (req->actor.is_by_cookie)
		set_cookie(reply, req, req->actor.role, "", 0);
}

const char *
grant_device(const struct request *req)
{
	const char *agent = request_header(req, "User-Agent");
	bool is_legible = agent != NULL && text_is_utf8(agent, strlen(agent)) &&
	    site_is_line(agent);

	return is_legible ? agent : NULL;
}
