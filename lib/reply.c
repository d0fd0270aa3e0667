/*
 * Replies: made by handlers, finished by the router.
 */
#include "reply.h"

#include <assert.h>
#include <string.h>

#include "arena.h"
#include "request.h"

struct reply
reply_json(int status, const char *body)
{
	return (struct reply){ .status = status, .body = body };
}

struct reply
reply_empty(int status)
{
	return (struct reply){ .status = status };
}

struct reply
reply_problem(const struct problem *why)
{
	return (struct reply){ .status = why->status, .problem = *why };
}

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	if (!value)
		return;
	assert(reply->header_count < REPLY_HEADERS_MAX);
	reply->headers[reply->header_count++] = (struct reply_header){ name, value };
}

/*
 * What one user may see must not stay in a shared cache; what has an ETag is asked for
 * again, not kept blindly.
 */
static const char *
cache_control(const struct reply *reply)
{
	return reply->etag ? "private, no-cache" : "no-store";
}

void
reply_finish(struct reply *reply, const struct request *req)
{
	if (reply->problem.status)
		reply->body = problem_render(&reply->problem, req->arena);
	if (reply->body && !reply->content_type)
		reply->content_type = reply->status >= 400 ? PROBLEM_CONTENT_TYPE
							   : "application/json";
	if (reply->etag)
		reply_header(reply, "ETag", arena_print(req->arena, "\"%s\"", reply->etag));
	reply_header(reply, "Cache-Control", cache_control(reply));
	/* Two people may be signed in in one browser, and their ETags may be alike. */
	reply_header(
	    reply, "Vary", req->actor.role_bit ? "Authorization, Cookie, Session-Role" : NULL);
	if (reply->status == 401)
		reply_header(reply, "WWW-Authenticate", "Bearer");
	if (reply->problem.retry_after_s)
		reply_header(reply, "Retry-After",
		    arena_print(req->arena, "%d", reply->problem.retry_after_s));
}
