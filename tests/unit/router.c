/* The router: what it finds, and all that it answers without a handler. */
#include "router.h"

#include "arena.h"
#include "rate_limit.h"
#include "test.h"

#define UUID "01939f3e-0000-7000-8000-000000000000"
#define HEADERS_MAX 8

enum { CUSTOMER = 1 << 0, ADMIN = 1 << 1 };

static const char *const roles[] = { "customer", "admin", NULL };

/* The headers of the request under test: name, value, name, value …, null. */
struct sent {
	const char *headers[2 * HEADERS_MAX];
};

static struct reply
say_id(struct request *req)
{
	return reply_json(
	    200, req->id ? arena_print(req->arena, "{\"id\":\"%s\"}", req->id) : "{}");
}

static struct rate_limit_policy twice = {
	.name = "twice", .quota = 2, .window_s = 60, .reach = RATE_LIMIT_PROCESS
};

static const struct route routes[] = {
	{ GET, "/things", ANYONE, say_id },
	{ POST, "/things", ANYONE, say_id },
	{ GET, "/things/{id}", ANYONE, say_id },
	{ DELETE, "/things/{id}", SIGNED_IN, say_id },
	{ PATCH, "/things/{id}/parts", CUSTOMER | ADMIN, say_id },
	{ GET, "/limited", ANYONE, say_id, .limit = &twice },
};

static const struct application application = {
	.name = "test",
	.site = "test",
	.base = "/v1",
	.roles = roles,
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
};

static const struct {
	enum request_method method;
	const char *path;
	const char *pattern; /* null: none */
	unsigned methods;
} matches[] = {
	{ GET, "/v1/things", "/things", GET | HEAD | POST | OPTIONS },
	{ HEAD, "/v1/things", "/things", GET | HEAD | POST | OPTIONS },
	{ PUT, "/v1/things", NULL, GET | HEAD | POST | OPTIONS },
	{ 0, "/v1/things", NULL, GET | HEAD | POST | OPTIONS },
	{ GET, "/v1/things/" UUID, "/things/{id}", GET | HEAD | DELETE | OPTIONS },
	{ GET,
	    "/v1/things/%30"
	    "1939f3e-0000-7000-8000-000000000000",
	    "/things/{id}", GET | HEAD | DELETE | OPTIONS },
	{ GET, "/v1/th%69ngs", "/things", GET | HEAD | POST | OPTIONS },
	{ PATCH, "/v1/things/" UUID "/parts", "/things/{id}/parts", PATCH | OPTIONS },
	{ GET, "/v1/things/", NULL, 0 },
	{ GET, "/v1//things", NULL, 0 },
	{ GET, "/v1/thingsX", NULL, 0 },
	{ GET, "/v1/thing", NULL, 0 },
	{ GET, "/v1", NULL, 0 },
	{ GET, "/v1/", NULL, 0 },
	{ GET, "/v2/things", NULL, 0 },
	{ GET, "/v1things", NULL, 0 },
	{ GET, "", NULL, 0 },
	{ GET, "*", NULL, 0 },
	{ GET, "/v1/things/{id}", NULL, 0 },
	{ GET, "/v1/things/7", NULL, 0 },
	{ GET, "/v1/things/01939F3E-0000-7000-8000-000000000000", NULL, 0 },
	{ GET, "/v1/things/" UUID "/", NULL, 0 },
	{ GET, "/v1/things/" UUID "%2fparts", NULL, 0 },
	{ GET, "/v1/things/" UUID "%00", NULL, 0 },
	{ GET, "/v1/things/" UUID "%", NULL, 0 },
	{ GET, "/v1/things%2f" UUID, NULL, 0 },
	{ GET, "/v1/../v1/things", NULL, 0 },
	{ GET, "/v1/a/b/c/d/e/f/g/h/i/j/k/l", NULL, 0 },
};

static const struct {
	const char *accept;
	bool accepts;
} accepts[] = {
	{ NULL, true },
	{ "", true },
	{ "*/*", true },
	{ "application/*", true },
	{ "application/json", true },
	{ "APPLICATION/JSON", true },
	{ "text/html, application/json;q=0.1", true },
	{ "text/html,*/*;q=0.8", true },
	{ "text/html", false },
	{ "application/jsonx", false },
	{ "application/json;q=0", false },
	{ "application/json;q=0, */*", false },
	{ "*/*;q=0", false },
	{ "application/json; q=0.000", false },
};

static const char *
header_of(const struct request *req, const char *name)
{
	const struct sent *sent = req->transport;

	for (size_t i = 0; sent->headers[i]; i += 2)
		if (!strcmp(sent->headers[i], name))
			return sent->headers[i + 1];
	return NULL;
}

static const char *
reply_header_value(const struct reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (!strcmp(reply->headers[i].name, name))
			return reply->headers[i].value;
	return NULL;
}

static struct reply
ask(struct site *site, struct arena *arena, enum request_method method, const char *path,
    const char *body, const struct sent *sent)
{
	struct sent copy = *sent;
	struct request req = {
		.method = method,
		.path = path,
		.query = "",
		.body = body,
		.body_length = strlen(body),
		.remote_address = "192.0.2.1",
		.request_id = "r",
		.site = site,
		.arena = arena,
		.header = header_of,
		.transport = &copy,
	};

	return router_answer(&req);
}

static const struct sent nothing = { { NULL } };

static void
test_matching(struct arena *arena)
{
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct router_match match = router_match(
		    &application, matches[i].method, matches[i].path, arena);

		is_string(match.route ? match.route->pattern : NULL, matches[i].pattern, "%s %s",
		    request_method_name(matches[i].method), matches[i].path);
		is_int(match.methods, matches[i].methods, "with what it allows");
	}
	is_string(
	    router_match(&application, GET, "/v1/things/" UUID, arena).id, UUID, "the id is told");
	is_string(
	    router_match(&application, GET, "/v1/things", arena).id, NULL, "where there is one");
}

static void
test_accept(void)
{
	for (size_t i = 0; i < sizeof(accepts) / sizeof(accepts[0]); i++)
		is_int(router_accepts_json(accepts[i].accept), accepts[i].accepts, "Accept: %s",
		    accepts[i].accept ? accepts[i].accept : "(none)");
}

static void
test_refusals(struct site *site, struct arena *arena)
{
	struct sent html = { { "Content-Type", "text/html" } };
	struct sent utf8 = { { "Content-Type", "application/json; charset=utf-8" } };
	struct sent picky = { { "Accept", "image/png" } };
	struct reply reply = ask(site, arena, GET, "/v1/none", "", &nothing);

	is_int(reply.status, 404, "an unknown path");
	is_string(reply.content_type, "application/problem+json", "is answered by a problem");
	ok(strstr(reply.body, "\"code\":\"not_found\""), "with its code");
	reply = ask(site, arena, PUT, "/v1/things", "", &nothing);
	is_int(reply.status, 405, "a method that is not there");
	is_string(
	    reply_header_value(&reply, "Allow"), "GET, HEAD, POST, OPTIONS", "is told what is");
	reply = ask(site, arena, OPTIONS, "/v1/things", "", &nothing);
	is_int(reply.status, 204, "OPTIONS");
	is_string(reply_header_value(&reply, "Allow"), "GET, HEAD, POST, OPTIONS", "tells it too");
	reply = ask(site, arena, DELETE, "/v1/things/" UUID, "", &nothing);
	is_int(reply.status, 401, "nobody signed in");
	is_string(reply_header_value(&reply, "WWW-Authenticate"), "Bearer", "is challenged");
	is_int(ask(site, arena, GET, "/v1/things", "", &picky).status, 406,
	    "an answer that we don't have");
	is_int(ask(site, arena, POST, "/v1/things", "{}", &html).status, 415,
	    "a body that we don't read");
	is_int(
	    ask(site, arena, POST, "/v1/things", "{}", &nothing).status, 415, "a body of no type");
	is_int(ask(site, arena, POST, "/v1/things", "", &nothing).status, 200,
	    "no body needs no type");
	is_int(ask(site, arena, POST, "/v1/things", "{}", &utf8).status, 200,
	    "a charset does no harm");
}

static void
test_answers(struct site *site, struct arena *arena)
{
	struct reply reply = ask(site, arena, GET, "/v1/things/" UUID, "", &nothing);

	is_int(reply.status, 200, "a handler's answer");
	is_string(reply.body, "{\"id\":\"" UUID "\"}", "with the id that it was given");
	is_string(reply.content_type, "application/json", "is JSON");
	is_string(reply_header_value(&reply, "Cache-Control"), "no-store", "and not kept");
	is_int(ask(site, arena, HEAD, "/v1/things", "", &nothing).status, 200,
	    "HEAD is answered by GET's handler");
}

static void
test_limit(struct site *site, struct arena *arena)
{
	struct reply reply = ask(site, arena, GET, "/v1/limited", "", &nothing);

	is_int(reply.status, 200, "within the limit");
	is_string(
	    reply_header_value(&reply, "RateLimit-Policy"), "\"twice\";q=2;w=60", "it is told");
	is_string(
	    reply_header_value(&reply, "RateLimit"), "\"twice\";r=1;t=60", "and what is left");
	ask(site, arena, GET, "/v1/limited", "", &nothing);
	reply = ask(site, arena, GET, "/v1/limited", "", &nothing);
	is_int(reply.status, 429, "past the limit");
	ok(reply_header_value(&reply, "Retry-After"), "it is told when to come back");
}

int
main(void)
{
	struct arena *arena = arena_open();
	struct site site = { .application = &application, .limiter = rate_limiter_open(NULL) };

	site.auth = (struct auth){ .roles = roles, .site = "test", .port = 1 };
	test_matching(arena);
	test_accept();
	test_refusals(&site, arena);
	test_answers(&site, arena);
	test_limit(&site, arena);
	rate_limiter_close(&site.limiter);
	arena_close(&arena);
	return done();
}
