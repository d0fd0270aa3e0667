/*
 * reply_query(): from one SQL function's row to a reply. The other half of type api.reply.
 */
#include <stdlib.h>

#include "arena.h"
#include "db.h"
#include "hints.h"
#include "idempotency.h"
#include "reply.h"
#include "request.h"

/* The reply in a row of type api.reply. */
static struct reply
reply_of(const struct db_rows *rows, bool is_replay)
{
	const char *status = db_value(rows, 0, "status");
	struct reply reply = reply_json(
	    status ? (int)strtol(status, NULL, 10) : 500, db_value(rows, 0, "body"));

	reply.etag = db_value(rows, 0, "etag");
	reply_header(&reply, "Stream-Cursor", db_value(rows, 0, "cursor"));
	reply_header(&reply, "Location", db_value(rows, 0, "location"));
	reply_header(&reply, IDEMPOTENCY_REPLAYED, is_replay ? "true" : NULL);
	return reply;
}

static struct reply
replay(struct request *req, const char *scope)
{
	const char *session = req->actor.role_bit ? req->actor.session_id : NULL;
	struct db_rows rows;
	struct problem why;

	if (!db_call(req->db, req->arena, DB_REPEATABLE, &rows, &why,
		"select * from idempotency_answer($1, $2, $3)", session, scope,
		idempotency_key(req)))
		return reply_problem(&why);
	return reply_of(&rows, true);
}

struct reply
reply_query_parameters(
    struct request *req, const char *statement, const char *const parameters[], size_t count)
{
	const struct db_statement call = {
		.sql = statement, .parameters = parameters, .count = count
	};
	const char *scope = arena_print(req->arena, "user:%s", req->actor.user_id);
	struct db_rows rows;
	struct problem why;

	switch (idempotency_run(req, scope, &call, &rows, &why)) {
	case IDEMPOTENCY_REPLAY:
		return replay(req, scope);
	case IDEMPOTENCY_FAILED:
		return reply_problem(&why);
	case IDEMPOTENCY_DONE:
		break;
	}
	hints_publish(req->site->redis, &req->site->config, db_value(&rows, 0, "hints"));
	return reply_of(&rows, false);
}

struct reply
reply_ask_parameters(
    struct request *req, const char *statement, const char *const parameters[], size_t count)
{
	const struct db_statement call = {
		.sql = statement, .parameters = parameters, .count = count
	};
	struct db_rows rows;
	struct problem why;

	if (!db_run(req->db, &call, 1, DB_REPEATABLE, req->arena, &rows, &why))
		return reply_problem(&why);
	hints_publish(req->site->redis, &req->site->config, db_value(&rows, 0, "hints"));
	return reply_of(&rows, false);
}
