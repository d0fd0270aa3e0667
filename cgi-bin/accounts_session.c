/*
 * How a session goes on and ends: POST /auth/refresh, /auth/logout, /auth/logout-all, the
 * list of /me/sessions, and /stream-tickets, by which a stream joins it.
 */
#include "accounts.h"

#include "accounts_grant.h"
#include "arena.h"
#include "db.h"
#include "json.h"
#include "page.h"
#include "query.h"

#define TICKET_LIFE_S 30 /* as the table's default has it */

struct renewal {
	const char *refresh_token;
};

/* clang-format off */
static const struct field renewal_fields[] = {
	FIELD(struct renewal, refresh_token, STRING, .min = 1, .max = 256),
};
/* clang-format on */

/* 200 both tokens new; 401 token_invalid, session_ended, refresh_reused (and the session ends). */
struct reply
accounts_refresh(struct request *req)
{
	struct renewal given;
	struct secret successor;
	struct problem why;

	if (!json_read(req, renewal_fields, &given, &why))
		return reply_problem(&why);
	successor = secret_derived(req, "refresh", given.refresh_token);
	return grant_renew(req,
	    &DB_STATEMENT("select * from session_refresh($1, $2)",
		secret_hash(req, given.refresh_token), successor.hash),
	    &successor);
}

/* 204; this session's tokens and streams end. */
struct reply
accounts_logout(struct request *req)
{
	struct reply reply = reply_query(
	    req, "select * from session_end($1)", req->actor.session_id);

	grant_forget_cookie(&reply, req);
	return reply;
}

/* 204; the same for all sessions of the user. */
struct reply
accounts_logout_all(struct request *req)
{
	struct reply reply = reply_query(
	    req, "select * from session_end_all($1)", req->actor.session_id);

	grant_forget_cookie(&reply, req);
	return reply;
}

/* 200 a page of one's sessions that live: on which device, since when. */
struct reply
accounts_sessions(struct request *req)
{
	struct page page;
	struct problem why;

	if (!query_read(req, page_fields, &page, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from session_list($1, $2, $3, $4)", req->actor.session_id,
	    page.limit, page.page, request_header(req, "If-None-Match"));
}

/* 204; that session's tokens and streams end. */
struct reply
accounts_session_end(struct request *req)
{
	return reply_query(
	    req, "select * from session_end($1, $2)", req->actor.session_id, req->id);
}

/* 201 a ticket, good once. A repeated request gets one of its own: no token is ever stored. */
struct reply
accounts_ticket(struct request *req)
{
	struct secret ticket = secret_new();
	struct problem why;

	if (!db_call(req->db, req->arena, DB_REPEATABLE, NULL, &why,
		"select * from ticket_create($1, $2)", req->actor.session_id, ticket.hash))
		return reply_problem(&why);
	return reply_json(201,
	    arena_print(
		req->arena, "{\"ticket\":\"%s\",\"expires_in\":%d}", ticket.text, TICKET_LIFE_S));
}
