/*
 * Who asks: bearer tokens, cookies of several roles side by side, the rule against
 * cross-site requests.
 */
#include "auth.h"

#include <stdlib.h>
#include <unistd.h>

#include "access_token.h"
#include "arena.h"
#include "clock.h"
#include "log.h"
#include "problem.h"
#include "test.h"

#define USER "01939f3e-0000-7000-8000-000000000001"
#define SESSION "01939f3e-0000-7000-8000-000000000002"

static const char *const roles[] = { "customer", "restaurant", "admin", NULL };

static struct access_token_keys *
open_keys(void)
{
	char folder[] = "/tmp/unit-auth-XXXXXX", path[64];
	struct access_token_keys *keys;
	FILE *file;

	if (!mkdtemp(folder))
		return NULL;
	snprintf(path, sizeof(path), "%s/jwt-keys", folder);
	file = fopen(path, "w");
	fprintf(file, "k1 %064d\n", 7);
	fclose(file);
	keys = access_token_keys_open(path, roles);
	unlink(path);
	rmdir(folder);
	return keys;
}

/* A token of ROLE for USE. */
static const char *
token(const struct auth *auth, struct arena *arena, const char *role, enum access_token_use use)
{
	struct access_token claims = {
		.use = use,
		.user_id = USER,
		.session_id = SESSION,
		.issued_at_s = clock_wall_s(),
		.expires_at_s = clock_wall_s() + 60,
	};
	char *text = arena_alloc(arena, ACCESS_TOKEN_MAX);

	snprintf(claims.role, sizeof(claims.role), "%s", role);
	if (!access_token_sign(auth->keys, &claims, text))
		return "";
	return text;
}

static void
test_bearer(const struct auth *auth, struct arena *arena)
{
	const char *good = token(auth, arena, "restaurant", ACCESS_TOKEN_BEARER);
	struct auth_headers headers = { .authorization = arena_print(arena, "bearer %s", good),
		.is_unsafe = true };
	struct actor actor;
	struct problem why;

	ok(auth_check(auth, &headers, arena, &actor, &why),
	    "a bearer token, whatever the scheme's case");
	is_string(actor.user_id, USER, "names the user");
	is_string(actor.session_id, SESSION, "the session");
	is_string(actor.role, "restaurant", "the role");
	is_int(actor.role_bit, 1 << 1, "and its bit");
	ok(!actor.is_by_cookie, "by no cookie, so that no Origin is asked for");

	headers.authorization = arena_print(arena, "Bearer %sx", good);
	ok(!auth_check(auth, &headers, arena, &actor, &why), "a tampered one is refused");
	is_string(why.code, "token_invalid", "as invalid");
	is_string(actor.user_id, "", "and names nobody");
	headers.authorization = arena_print(
	    arena, "Bearer %s", token(auth, arena, "customer", ACCESS_TOKEN_COOKIE));
	ok(!auth_check(auth, &headers, arena, &actor, &why), "a cookie's token is no bearer token");
	headers.authorization = "Basic abc";
	ok(!auth_check(auth, &headers, arena, &actor, &why), "another scheme");
	is_string(why.code, "unauthenticated", "is as good as nothing");
	clock_freeze(clock_wall_ms() + 61000);
	headers.authorization = arena_print(arena, "Bearer %s", good);
	ok(!auth_check(auth, &headers, arena, &actor, &why), "an old one is refused");
	is_string(why.code, "token_expired", "as expired");
	clock_thaw();
}

static void
test_cookies(const struct auth *auth, struct arena *arena)
{
	const char *customer = token(auth, arena, "customer", ACCESS_TOKEN_COOKIE);
	const char *staff = token(auth, arena, "restaurant", ACCESS_TOKEN_COOKIE);
	struct auth_headers headers = { .cookie = arena_print(
					    arena, "x=1; foodfast_customer_8080=%s", customer) };
	struct actor actor;
	struct problem why;

	ok(auth_check(auth, &headers, arena, &actor, &why), "the only cookie needs no asking");
	ok(actor.is_by_cookie, "it is known to be one");
	is_string(actor.role, "customer", "with its role");
	headers.role = "restaurant";
	ok(!auth_check(auth, &headers, arena, &actor, &why), "another role than the one asked for");
	is_string(why.code, "unauthenticated", "is nobody");

	headers.role = NULL;
	headers.cookie = arena_print(
	    arena, "foodfast_customer_8080=%s; foodfast_restaurant_8080=%s", customer, staff);
	ok(!auth_check(auth, &headers, arena, &actor, &why), "of two, nobody knows which");
	headers.role = "restaurant";
	ok(auth_check(auth, &headers, arena, &actor, &why), "unless it is said");
	is_string(actor.role, "restaurant", "and that one it is");
	headers.cookie = arena_print(arena, "foodfast_customer_8081=%s", customer);
	headers.role = NULL;
	ok(!auth_check(auth, &headers, arena, &actor, &why),
	    "a cookie of another port is not ours");
	headers.cookie = arena_print(arena, "foodfast_admin_8080=%s", customer);
	ok(!auth_check(auth, &headers, arena, &actor, &why), "a token under another role's name");
	is_string(why.code, "token_invalid", "is invalid");
	headers.cookie = arena_print(arena, "foodfast_customer_8080=%s",
	    token(auth, arena, "customer", ACCESS_TOKEN_BEARER));
	ok(!auth_check(auth, &headers, arena, &actor, &why), "an access token is no cookie");
}

/* What proves that our own page sent it. */
static const struct {
	const char *origin, *fetch_site;
	bool is_let_in;
	const char *name;
} origins[] = {
	{ NULL, NULL, false, "neither header" },
	{ "http://site.example:8080", NULL, true, "our Origin" },
	{ "HTTP://SITE.example:8080", NULL, true, "our Origin in capitals" },
	{ "https://site.example:8080", NULL, true, "our Origin, TLS ended in front" },
	{ "http://site.example", NULL, false, "another port" },
	{ "http://site.example:80801", NULL, false, "a longer port" },
	{ "http://evil.example", NULL, false, "another site" },
	{ "http://evil.example/://site.example:8080", NULL, false, "ours behind another" },
	{ "null", NULL, false, "null" },
	{ NULL, "same-origin", true, "Sec-Fetch-Site: same-origin" },
	{ NULL, "same-site", false, "Sec-Fetch-Site: same-site" },
	{ NULL, "cross-site", false, "Sec-Fetch-Site: cross-site" },
	{ NULL, "none", false, "Sec-Fetch-Site: none" },
};

static void
test_cross_site(const struct auth *auth, struct arena *arena)
{
	struct auth_headers headers = {
		.cookie = arena_print(arena, "foodfast_customer_8080=%s",
		    token(auth, arena, "customer", ACCESS_TOKEN_COOKIE)),
		.host = "site.example:8080",
	};
	struct actor actor;
	struct problem why;

	ok(auth_check(auth, &headers, arena, &actor, &why),
	    "reading with a cookie needs no Origin");
	headers.is_unsafe = true;
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		headers.origin = origins[i].origin;
		headers.fetch_site = origins[i].fetch_site;
		is_int(auth_check(auth, &headers, arena, &actor, &why), origins[i].is_let_in,
		    "writing with %s", origins[i].name);
		ok(origins[i].is_let_in || (why.status == 403 && !strcmp(why.code, "cross_site")),
		    "or 403 cross_site");
	}
}

static void
test_cookie_header(struct arena *arena)
{
	is_string(auth_cookie_value("a=1; b=2;c=3", "b", arena), "2", "among others");
	is_string(auth_cookie_value("a=1; b=2;c=3", "c", arena), "3", "without a space");
	is_string(auth_cookie_value("ab=1; a=2", "a", arena), "2", "no prefix");
	is_string(auth_cookie_value("a=x=y", "a", arena), "x=y", "an equals sign within");
	is_string(auth_cookie_value("a=", "a", arena), "", "empty");
	is_string(auth_cookie_value("a", "a", arena), NULL, "no value");
	is_string(auth_cookie_value(";; ; ", "a", arena), NULL, "nothing at all");
	is_string(auth_cookie_value(NULL, "a", arena), NULL, "no header");
}

static void
test_foreign(void)
{
	ok(!auth_is_foreign(NULL, "a.example"), "no Origin is no page's");
	ok(!auth_is_foreign("https://a.example:8080", "A.example:8080"), "our own page");
	ok(auth_is_foreign("https://a.example", "a.example:8080"), "another port is another site");
	ok(auth_is_foreign("https://a.example.evil", "a.example"), "a longer name too");
	ok(auth_is_foreign("null", "a.example"), "and a page without a name");
	ok(auth_is_foreign("https://a.example", NULL), "and whoever says not whom he wants");
}

int
main(void)
{
	struct arena *arena = arena_open();
	struct auth auth = { .roles = roles, .site = "foodfast", .port = 8080 };

	log_start("test", LOG_LEVEL_ERROR);
	auth.keys = open_keys();
	if (ok(auth.keys != NULL, "there are keys")) {
		test_bearer(&auth, arena);
		test_cookies(&auth, arena);
		test_cross_site(&auth, arena);
		test_cookie_header(arena);
		auth.is_tls = true;
		is_string(auth_cookie_name(&auth, "customer", arena),
		    "__Host-foodfast_customer_8080", "by TLS a cookie is bound to its host");
		access_token_keys_close(&auth.keys);
	}
	arena_close(&arena);
	test_foreign();
	return done();
}
