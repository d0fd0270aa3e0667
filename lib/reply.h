/*
 * What a handler returns: a status, and a body or a problem. The server (fcgi.h) writes it.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stddef.h>

#include "problem.h"

struct request;

struct reply_header {
	const char *name, *value;
};

#define REPLY_HEADERS_MAX 16

/* Returned by value. Texts are borrowed: literals, or in the request's arena. */
struct reply {
	int status;
	const char *body;	  /* null: none */
	const char *content_type; /* null: application/json */
	const char *etag;	  /* without quotes; null: none */
	struct problem problem;	  /* told in place of a body when its status is not 0 */
	size_t header_count;
	struct reply_header headers[REPLY_HEADERS_MAX];
};

struct reply reply_json(int status, const char *body);
struct reply reply_empty(int status);
struct reply reply_problem(const struct problem *why);

/*
 * What every reply carries beside its own: the problem's text, caching, WWW-Authenticate,
 * Retry-After. The router calls it.
 */
void reply_finish(struct reply *reply, const struct request *req);

/* Adds a header; one without a value (null) is left out. */
void reply_header(struct reply *reply, const char *name, const char *value);

/*
 * What most handlers end with: runs one SQL function that returns api.reply, publishes its
 * hints after COMMIT, and answers with it. The arguments are the parameters' texts, `const
 * char *`, null for SQL's null.
 *
 *	return reply_query(req, "select * from order_get($1, $2, $3)",
 *	    req->actor.session_id, req->id, request_header(req, "If-None-Match"));
 *
 * A POST with Idempotency-Key has its effect once (idempotency.h). Blocks for the database:
 * db.h says how long.
 */
#define reply_query(req, statement, ...)                                                 \
	reply_query_parameters((req), (statement), (const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

struct reply reply_query_parameters(
    struct request *req, const char *statement, const char *const parameters[], size_t count);

/*
 * A further question of the same request, beside its Idempotency-Key: runs one SQL function that returns api.reply
 * and may run twice, and answers with it.
 */
#define reply_ask(req, statement, ...)                                                 \
	reply_ask_parameters((req), (statement), (const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

struct reply reply_ask_parameters(
    struct request *req, const char *statement, const char *const parameters[], size_t count);

#endif
