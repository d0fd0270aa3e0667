/*
 * Matching, and the checks in front of every handler.
 *
 * To add a check: a function of type check and its place in checks[].
 */
#include "router.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "json.h"
#include "query.h"
#include "rate_limit.h"
#include "text.h"
#include "uuid.h"

#define SEGMENTS_MAX 8
#define UNSAFE (POST | PUT | PATCH | DELETE)

struct segments {
	const char *text[SEGMENTS_MAX];
	size_t count;
};

/* A request on its way to ROUTE's handler. */
struct passage {
	const struct route *route;
	struct rate_limit_state limit; /* policy null: no limit was taken */
};

/* Splits a path and decodes each segment. False: broken, too long, or not below BASE. */
static bool
split_path(const char *path, const char *base, struct arena *arena, struct segments *segments)
{
	size_t length;

	if (strncmp(path, base, strlen(base)))
		return false;
	segments->count = 0;
	for (path += strlen(base); *path; path += length) {
		if (*path++ != '/' || segments->count == SEGMENTS_MAX)
			return false;
		length = strcspn(path, "/");
		segments->text[segments->count] = text_percent_decode(arena, path, length, false);
		if (!segments->text[segments->count++])
			return false;
	}
	return true;
}

static bool
pattern_matches(const char *pattern, const struct segments *segments, const char **id)
{
	size_t i, length;

	*id = NULL;
	for (i = 0; i < segments->count && *pattern == '/'; i++, pattern += length) {
		length = strcspn(++pattern, "/");
		if (!strncmp(pattern, "{id}", length) && uuid_is_valid(segments->text[i]))
			*id = segments->text[i];
		else if (strlen(segments->text[i]) != length ||
		    strncmp(pattern, segments->text[i], length) || *pattern == '{')
			return false;
	}
	return i == segments->count && !*pattern;
}

struct router_match
router_match(const struct application *application, enum request_method method, const char *path,
    struct arena *arena)
{
	struct router_match match = { 0 };
	struct segments segments;
	const char *id;

	if (!split_path(path, application->base, arena, &segments))
		return match;
	for (size_t i = 0; i < application->route_count; i++) {
		const struct route *route = &application->routes[i];

		if (!pattern_matches(route->pattern, &segments, &id))
			continue;
		match.methods |= route->method | (route->method == GET ? HEAD : 0) | OPTIONS;
		if (route->method == method || (route->method == GET && method == HEAD)) {
			match.route = route;
			match.id = id;
		}
	}
	return match;
}

/* How closely RANGE (LENGTH bytes of an Accept header) names JSON: 3 exactly, 0 not at all. */
static int
range_rank(const char *range, size_t length)
{
	static const char *const ranges[] = { "*/*", "application/*", "application/json" };

	for (int i = 2; i >= 0; i--)
		if (strlen(ranges[i]) == length && !strncasecmp(range, ranges[i], length))
			return i + 1;
	return 0;
}

bool
router_accepts_json(const char *accept)
{
	bool accepts = false;
	const char *quality;
	int best = 0, rank;
	size_t length;

	if (!accept || !*accept)
		return true;
	for (; *accept; accept += length + (accept[length] == ',')) {
		accept += strspn(accept, " \t");
		length = strcspn(accept, ",");
		rank = range_rank(accept, strcspn(accept, "; \t,"));
		if (rank <= best)
			continue;
		quality = memmem(accept, length, "q=", 2);
		best = rank;
		accepts = !quality || strtod(quality + 2, NULL) > 0;
	}
	return accepts;
}

/* JSON is UTF-8 (RFC 8259, 8.1), whatever else a charset may say. */
static bool
is_json(const char *content_type)
{
	static const char json[] = "application/json", charset[] = "charset=";
	size_t length = sizeof(json) - 1;
	const char *given;

	if (!content_type || strncasecmp(content_type, json, length) ||
	    !strchr("; \t", content_type[length]))
		return false;
	given = strcasestr(content_type, charset);
	if (!given)
		return true;
	given += sizeof(charset) - 1;
	return !strncasecmp(given + (*given == '"'), "utf-8", strlen("utf-8"));
}

/* As it was written: no coding that would have to be undone first. */
static bool
is_plain(const char *content_encoding)
{
	return !content_encoding || !strcasecmp(content_encoding, "identity");
}

/* For a route that wants none: an empty one, or an empty object. */
static bool
check_bare_body(struct request *req, struct problem *why)
{
	static const struct field none[1];

	return json_read_text(req->arena, req->body, req->body_length, none, 0, NULL, why);
}

/* All that may tell who asks. */
static struct auth_headers
auth_headers_of(const struct request *req)
{
	const char *role = request_header(req, "Session-Role");

	return (struct auth_headers){
		.authorization = request_header(req, "Authorization"),
		.cookie = request_header(req, "Cookie"),
		.role = role ? role : query_value(req->arena, req->query, "as"),
		.origin = request_header(req, "Origin"),
		.host = request_header(req, "Host"),
		.fetch_site = request_header(req, "Sec-Fetch-Site"),
		.is_unsafe = req->method & UNSAFE,
	};
}

static bool
check_actor(struct request *req, struct passage *passage, struct problem *why)
{
	struct auth_headers headers;

	if (passage->route->roles == ANYONE)
		return true;
	headers = auth_headers_of(req);
	return auth_check(&req->site->auth, &headers, req->arena, &req->actor, why);
}

static bool
check_role(struct request *req, struct passage *passage, struct problem *why)
{
	if (passage->route->roles == ANYONE || passage->route->roles & req->actor.role_bit)
		return true;
	return problem_set(why, 403, "forbidden", "This is not for your role.");
}

static bool
check_limit(struct request *req, struct passage *passage, struct problem *why)
{
	const char *subject = req->actor.role_bit ? req->actor.user_id : req->remote_address;

	if (!passage->route->limit)
		return true;
	passage->limit = rate_limit_take(
	    req->site->limiter, passage->route->limit, subject, 1, NULL, NULL);
	if (!passage->limit.is_exceeded)
		return true;
	return problem_set_retry(why, 429, "rate_limited", "Too many requests; try again later.",
	    (int)passage->limit.resets_in_s);
}

static bool
check_accept(struct request *req, struct passage *passage, struct problem *why)
{
	if (passage->route->is_page || router_accepts_json(request_header(req, "Accept")))
		return true;
	return problem_set(why, 406, "not_acceptable", "The answer is application/json.");
}

static bool
check_body(struct request *req, struct passage *passage, struct problem *why)
{
	if (req->is_body_too_large)
		return problem_set(why, 413, "content_too_large", "The body is too large.");
	if (!req->body_length || !(req->method & UNSAFE))
		return true;
	if (!is_json(request_header(req, "Content-Type")) ||
	    !is_plain(request_header(req, "Content-Encoding")))
		return problem_set(why, 415, "unsupported_media_type",
		    "The body must be application/json, in UTF-8 and not encoded.");
	return !passage->route->is_bare || check_bare_body(req, why);
}

typedef bool check(struct request *req, struct passage *passage, struct problem *why);

/* In this order; the first that fails answers. */
static check *const checks[] = { check_actor, check_role, check_limit, check_accept, check_body };

static void
add_limit_headers(struct reply *reply, const struct passage *passage, struct arena *arena)
{
	char *text;

	if (!passage->limit.policy)
		return;
	text = arena_alloc(arena, RATE_LIMIT_HEADER_SIZE);
	rate_limit_policy_header(passage->limit.policy, text);
	reply_header(reply, "RateLimit-Policy", text);
	text = arena_alloc(arena, RATE_LIMIT_HEADER_SIZE);
	rate_limit_header(&passage->limit, text);
	reply_header(reply, "RateLimit", text);
}

static bool
may_pass(struct request *req, struct passage *passage, struct problem *why)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!checks[i](req, passage, why))
			return false;
	return true;
}

static struct reply
answer_by_route(struct request *req, const struct route *route)
{
	struct passage passage = { .route = route };
	struct problem why;
	struct reply reply;

	if (may_pass(req, &passage, &why))
		reply = route->handler(req);
	else
		reply = reply_problem(&why);
	add_limit_headers(&reply, &passage, req->arena);
	return reply;
}

static struct reply
refuse(int status, const char *code, const char *detail)
{
	struct problem why;

	problem_set(&why, status, code, detail);
	return reply_problem(&why);
}

/* An Allow header of a set of methods. */
static const char *
allowed(unsigned methods, struct arena *arena)
{
	struct text text;

	text_start(&text, arena);
	for (unsigned method = GET; method <= OPTIONS; method <<= 1)
		if (methods & method)
			text_print(
			    &text, "%s%s", text.length ? ", " : "", request_method_name(method));
	return text.bytes;
}

static struct reply
answer_without_route(const struct request *req, const struct router_match *match)
{
	struct reply reply;

	if (!match->methods)
		return refuse(404, "not_found", "There is nothing here.");
	reply = req->method == OPTIONS
	    ? reply_empty(204)
	    : refuse(405, "method_not_allowed", "This method does not work here.");
	reply_header(&reply, "Allow", allowed(match->methods, req->arena));
	return reply;
}

struct reply
router_answer(struct request *req)
{
	struct router_match match = router_match(
	    req->site->application, req->method, req->path, req->arena);
	struct reply reply;

	req->id = match.id;
	req->route = match.route ? match.route->pattern : NULL;
	if (match.route)
		reply = answer_by_route(req, match.route);
	else
		reply = answer_without_route(req, &match);
	reply_finish(&reply, req);
	return reply;
}
