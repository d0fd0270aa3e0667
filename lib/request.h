/*
 * A request as handlers see it. The server (fcgi.h) fills it, the router (router.h) finds
 * its handler, which returns a reply (reply.h).
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "auth.h"
#include "config.h"
#include "crypto.h"

struct access_token_keys;
struct application;
struct arena;
struct db;
struct rate_limiter;
struct redis;
struct request;

enum request_method { GET = 1, HEAD = 2, POST = 4, PUT = 8, PATCH = 16, DELETE = 32, OPTIONS = 64 };

/* What the threads of a process share. Made before them, and not changed after. */
struct site {
	struct config config;
	const struct application *application;
	struct auth auth;
	struct redis *redis;
	struct rate_limiter *limiter;
	struct db *db;
	unsigned char hmac_key[CRYPTO_KEY_BYTES];
};

/* All of it lives as long as the request; texts are never null unless said. */
struct request {
	enum request_method method;
	const char *path;  /* as it came: still encoded, no query */
	const char *query; /* as it came, without the question mark; "": none */
	const char *body;  /* not checked at all yet; ends with a NUL that is not counted */
	size_t body_length;
	bool is_body_too_large; /* then it was not read */
	bool is_https;		/* between the client and lighttpd */
	const char *remote_address;
	const char *request_id;

	const char *id;	    /* the path's {id}, a UUID; null: its pattern has none */
	const char *route;  /* the pattern that matched; null: none did */
	struct actor actor; /* session_id "" on a route for anyone */

	struct site *site;
	struct arena *arena;
	struct db *db; /* this thread's connection */

	/* The server's side of request_header(). */
	const char *(*header)(const struct request *req, const char *name);
	void *transport;
};

/* The value of a request header by its usual name ("If-None-Match"); null: not sent. */
const char *request_header(const struct request *req, const char *name);

const char *request_method_name(enum request_method method);

#endif
