/*
 * Tokens in headers and cookies, and the rule against cross-site requests.
 */
#include "auth.h"

#include <string.h>
#include <strings.h>

#include "access_token.h"
#include "arena.h"
#include "problem.h"

const char *
auth_cookie_name(const struct auth *auth, const char *role, struct arena *arena)
{
	return arena_print(arena, "%s%s_%s_%lld", auth->is_tls ? "__Host-" : "", auth->site, role,
	    (long long)auth->port);
}

const char *
auth_cookie_value(const char *cookies, const char *name, struct arena *arena)
{
	size_t name_length = strlen(name), length;

	for (; cookies && *cookies; cookies += length) {
		cookies += strspn(cookies, "; ");
		length = strcspn(cookies, ";");
		if (length > name_length && cookies[name_length] == '=' &&
		    !strncmp(cookies, name, name_length))
			return arena_copy(
			    arena, cookies + name_length + 1, length - name_length - 1);
	}
	return NULL;
}

/* "http://host:port" and "host:port". */
static bool
is_origin_of(const char *origin, const char *host)
{
	const char *authority = strstr(origin, "://");

	return host && authority && !strcasecmp(authority + 3, host);
}

bool
auth_is_foreign(const char *origin, const char *host)
{
	return origin && !is_origin_of(origin, host);
}

bool
auth_is_same_site(const struct auth_headers *headers)
{
	if (headers->fetch_site && !strcmp(headers->fetch_site, "same-origin"))
		return true;
	return headers->origin && is_origin_of(headers->origin, headers->host);
}

/* The token of an Authorization header, or null. */
static const char *
bearer_token(const char *authorization)
{
	if (!authorization || strncasecmp(authorization, "Bearer ", 7))
		return NULL;
	return authorization + 7 + strspn(authorization + 7, " ");
}

/*
 * The one cookie that counts, and in ROLE whose it is: the role asked for, or the only one there.
 * Null: none, or several and nothing says which.
 */
static const char *
cookie_token(const struct auth *auth, const struct auth_headers *headers, struct arena *arena,
    const char **role)
{
	const char *found = NULL, *value;

	for (const char *const *each = auth->roles; *each; each++) {
		if (headers->role && strcmp(headers->role, *each))
			continue;
		value = auth_cookie_value(
		    headers->cookie, auth_cookie_name(auth, *each, arena), arena);
		if (!value)
			continue;
		if (found)
			return NULL;
		found = value;
		*role = *each;
	}
	return found;
}

/* Who the token names, with a role that we know. */
static bool
read_token(const struct auth *auth, const char *text, enum access_token_use use,
    struct actor *actor, struct problem *why)
{
	struct access_token token;
	enum access_token_result result = access_token_verify(auth->keys, text, use, &token);

	if (result != ACCESS_TOKEN_VALID)
		return problem_set(
		    why, 401, access_token_code(result), access_token_detail(result));
	memcpy(actor->user_id, token.user_id, sizeof(actor->user_id));
	memcpy(actor->session_id, token.session_id, sizeof(actor->session_id));
	actor->token_expires_at_s = token.expires_at_s;
	for (unsigned bit = 0; auth->roles[bit]; bit++) {
		if (strcmp(auth->roles[bit], token.role))
			continue;
		actor->role = auth->roles[bit];
		actor->role_bit = 1u << bit;
		return true;
	}
	return problem_set(why, 401, access_token_code(ACCESS_TOKEN_INVALID),
	    access_token_detail(ACCESS_TOKEN_INVALID));
}

static bool
read_cookie(const struct auth *auth, const struct auth_headers *headers, struct arena *arena,
    struct actor *actor, struct problem *why)
{
	const char *role = NULL;
	const char *token = cookie_token(auth, headers, arena, &role);

	if (!token)
		return problem_set(
		    why, 401, "unauthenticated", "Sign in; with several sessions say which role.");
	if (!read_token(auth, token, ACCESS_TOKEN_COOKIE, actor, why))
		return false;
	if (actor->role != role)
		return problem_set(why, 401, access_token_code(ACCESS_TOKEN_INVALID),
		    access_token_detail(ACCESS_TOKEN_INVALID));
	if (headers->is_unsafe && !auth_is_same_site(headers))
		return problem_set(why, 403, "cross_site",
		    "With a cookie, this must come from the site's own pages.");
	actor->is_by_cookie = true;
	return true;
}

bool
auth_check(const struct auth *auth, const struct auth_headers *headers, struct arena *arena,
    struct actor *actor, struct problem *why)
{
	const char *bearer = bearer_token(headers->authorization);
	bool is_known;

	*actor = (struct actor){ 0 };
	is_known = bearer ? read_token(auth, bearer, ACCESS_TOKEN_BEARER, actor, why)
			  : read_cookie(auth, headers, arena, actor, why);
	if (!is_known)
		*actor = (struct actor){ 0 };
	return is_known;
}
