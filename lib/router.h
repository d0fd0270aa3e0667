/*
 * Finds the handler of a request, and answers by itself what needs none: 401, 403, 404, 405
 * with Allow, 406, 413, 415, 429, HEAD and OPTIONS. So a handler starts where its
 * specification does.
 *
 *	static const struct route routes[] = {
 *		{ POST, "/orders", CUSTOMER, order_place, .limit = &orders_limit },
 *		{ GET, "/orders/{id}", SIGNED_IN, order_get },
 *		{ POST, "/orders/{id}/transitions", SIGNED_IN, order_move },
 *	};
 *
 * To add a route: a row. Patterns are matched segment by segment, decoded; {id} takes a
 * UUID and nothing else (404), once a pattern. GET answers HEAD too.
 */
#ifndef ROUTER_H
#define ROUTER_H

#include "reply.h"
#include "request.h"

struct rate_limit_policy;

/* Who may: a mask of role bits (1 << a role's place in the application's list), or one of these. */
enum { ANYONE = 0, SIGNED_IN = (1 << AUTH_ROLES_MAX) - 1 };

struct route {
	enum request_method method;
	const char *pattern; /* below the application's base */
	unsigned roles;
	struct reply (*handler)(struct request *req);
	const struct rate_limit_policy *limit; /* by user, or by address for anyone; null: none */
	bool is_page;			       /* answers text/html, whatever Accept says */
	bool is_bare;			       /* wants no body, or an empty object */
};

/* A program, as a constant. */
struct application {
	const char *name;	  /* in logs */
	const char *purpose;	  /* for --help */
	const char *site;	  /* leads cookie names */
	const char *base;	  /* of all paths: "/api/v1" */
	const char *const *roles; /* null-terminated */
	const struct route *routes;
	size_t route_count;

	/* Called once before the threads; false: the program ends. May be null. */
	bool (*start)(struct site *site);
};

/*
 * Answers the request, by a handler or without. Never fails. Fills req->id, req->route,
 * req->actor.
 */
struct reply router_answer(struct request *req);

struct router_match {
	const struct route *route; /* null: none for this method */
	unsigned methods;	   /* all that the path knows; 0: the path is unknown */
	const char *id;
};

/* The matching alone. */
struct router_match router_match(const struct application *application, enum request_method method,
    const char *path, struct arena *arena);

/* Does an Accept header (null: none) let JSON through? RFC 9110, 12.5.1. */
bool router_accepts_json(const char *accept);

#endif
