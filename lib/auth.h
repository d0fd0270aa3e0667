/*
 * Who asks: the one place that reads Authorization and cookies, for REST and
 * streams alike. Pure: headers in, an actor or a problem out. A token proves a
 * session's id and nothing more; SQL decides whether that session lives.
 */
#ifndef AUTH_H
#define AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "uuid.h"

struct access_token_keys;
struct arena;
struct problem;

#define AUTH_ROLES_MAX 16

/* What a process knows. All borrowed. */
struct auth {
	struct access_token_keys *keys;
	const char *const *roles; /* null-terminated; a role's place is its bit in masks */
	const char *site;	  /* leads cookie names: "foodfast" */
	int64_t port;
	bool is_tls; /* the site is asked by HTTPS alone, and its cookies are bound to its host */
};

/* What the client sent; null: not sent. */
struct auth_headers {
	const char *authorization;
	const char *cookie;
	const char *role; /* Session-Role, or ?as= */
	const char *origin;
	const char *host;
	const char *fetch_site; /* Sec-Fetch-Site */
	bool is_unsafe; /* a method other than GET, HEAD, OPTIONS; or a WebSocket handshake */
};

struct actor {
	char user_id[UUID_TEXT_SIZE]; /* "": nobody is signed in */
	char session_id[UUID_TEXT_SIZE];
	const char *role;  /* one of auth->roles */
	unsigned role_bit; /* 0: nobody */
	bool is_by_cookie;
	int64_t token_expires_at_s;
};

/*
 * Fills ACTOR. A bearer token wins over cookies; among cookies the role asked for wins, and
 * one that stands alone needs no asking. 401 unauthenticated (nothing sent, or several
 * cookies and no role), token_invalid, token_expired; 403 cross_site (a cookie, an unsafe
 * method, no proof that our own page sent it).
 */
bool auth_check(const struct auth *auth, const struct auth_headers *headers, struct arena *arena,
    struct actor *actor, struct problem *why);

/*
 * The name of ROLE's cookie: SITE_ROLE_PORT, and before it "__Host-" where there is TLS, by which
 * browsers let nobody else set it (RFC 6265bis, 4.1.3.2). In the arena.
 */
const char *auth_cookie_name(const struct auth *auth, const char *role, struct arena *arena);

/*
 * The value of the cookie called NAME in a Cookie header (null: none); null: not there. In
 * the arena.
 */
const char *auth_cookie_value(const char *cookies, const char *name, struct arena *arena);

/* Does Origin name another site than Host does? False when there is none: then no page sent it. */
bool auth_is_foreign(const char *origin, const char *host);

/* Did a page of this site send it? Origin's authority is Host, or Sec-Fetch-Site: same-origin. */
bool auth_is_same_site(const struct auth_headers *headers);

#endif
