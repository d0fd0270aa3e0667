/*
 * The table of routes. Everything here is read, never changed: 405 and OPTIONS are answered
 * for all alike. To add a route: a row, and a handler in a request_… file.
 */
#include "routes.h"

#include <string.h>

#include "answer.h"
#include "arena.h"
#include "exchange.h"
#include "problem.h"
#include "server.h"

struct route {
	const char *pattern; /* {id} stands for a UUID */
	void (*handler)(struct exchange *exchange);
};

static const struct route routes[] = {
	{ "/stream", request_stream },
	{ "/poll", request_poll },
	{ "/api/v1/orders/{id}/status", request_status },
	{ "/healthz", request_healthz },
	{ "/readyz", request_readyz },
	{ "/metrics", request_metrics },
};

static const char methods[] = "GET, HEAD, OPTIONS", id_place[] = "{id}";

/* Sets *ID to where the path has it; null: the pattern asks for none. */
static bool
route_matches(const struct route *route, const char *path, const char **id)
{
	const char *place = strstr(route->pattern, id_place);
	size_t before = place ? (size_t)(place - route->pattern) : 0;

	*id = NULL;
	if (!place)
		return strcmp(route->pattern, path) == 0;
	if (strncmp(path, route->pattern, before) != 0 || strlen(path) < before + UUID_TEXT_LENGTH)
		return false;
	*id = path + before;
	return uuid_is_valid_span(*id, UUID_TEXT_LENGTH) &&
	    strcmp(*id + UUID_TEXT_LENGTH, place + strlen(id_place)) == 0;
}

static const struct route *
route_find(struct exchange *exchange)
{
	const char *id;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!route_matches(&routes[i], exchange->request.path, &id))
			continue;
		exchange->id = id ? arena_copy(exchange->arena, id, UUID_TEXT_LENGTH) : NULL;
		return &routes[i];
	}
	return NULL;
}

void
routes_answer(struct exchange *exchange)
{
	const char *method = exchange->request.method;
	const struct route *route = route_find(exchange);
	struct problem why;

	exchange->is_head = strcmp(method, "HEAD") == 0;
	if (!route) {
		problem_set(&why, 404, "not_found", "There is nothing here.");
		answer_problem(exchange, &why);
	} else if (strcmp(method, "OPTIONS") == 0) {
		answer_empty(exchange, methods);
	} else if (!exchange->is_head && strcmp(method, "GET") != 0) {
		answer_not_allowed(exchange, methods);
	} else {
		route->handler(exchange);
	}
}
