/*
 * The table of routes. 405 and OPTIONS are answered for all alike. To add a route: a row, and
 * a handler in a request_… file.
 */
#include "routes.h"

#include <string.h>

#include "answer.h"
#include "arena.h"
#include "exchange.h"
#include "problem.h"
#include "server.h"

const struct route routes_all[] = {
	{ "/stream", request_stream },
	{ "/poll", request_poll },
	{ "/ws", request_websocket, "GET, OPTIONS" },
	{ "/socket.io/", request_socketio, "GET, POST, OPTIONS", .is_light = true },
	{ "/api/v1/orders/{id}/status", request_status },
	{ "/healthz", request_healthz, .is_light = true },
	{ "/readyz", request_readyz, .is_light = true },
	{ "/metrics", request_metrics, .is_light = true },
};

const size_t routes_count = sizeof(routes_all) / sizeof(routes_all[0]);

static const char read_only[] = "GET, HEAD, OPTIONS", id_place[] = "{id}";

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
	const struct server *server = exchange->server;
	const char *id;

	for (size_t i = 0; i < server->route_count; i++) {
		if (!route_matches(&server->routes[i], exchange->request.path, &id))
			continue;
		exchange->id = id ? arena_copy(exchange->arena, id, UUID_TEXT_LENGTH) : NULL;
		return &server->routes[i];
	}
	return NULL;
}

bool
routes_is_light(const struct server *server, const char *head, size_t size_bytes)
{
	const char *path = memchr(head, ' ', size_bytes);
	size_t length;

	/* What is malformed is answered at once. */
	if (!path || (head[0] != 'G' && head[0] != 'H'))
		return true;
	path++;
	length = strcspn(path, " ?\r");
	for (size_t i = 0; i < server->route_count; i++) {
		const struct route *route = &server->routes[i];

		if (route->is_light && strlen(route->pattern) == length &&
		    memcmp(route->pattern, path, length) == 0)
			return true;
	}
	return false;
}

/* Is METHOD one of METHODS, a comma and a space between? */
static bool
is_among(const char *method, const char *methods)
{
	size_t length = strlen(method);

	for (;;) {
		size_t next = strcspn(methods, ",");

		if (next == length && strncmp(methods, method, length) == 0)
			return true;
		if (methods[next] == '\0')
			return false;
		methods += next + 2;
	}
}

void
routes_answer(struct exchange *exchange)
{
	const char *method = exchange->request.method;
	const struct route *route = route_find(exchange);
	const char *methods = route && route->methods ? route->methods : read_only;
	struct problem why;

	exchange->is_head = strcmp(method, "HEAD") == 0;
	if (!route) {
		problem_set(&why, 404, "not_found", "There is nothing here.");
		answer_problem(exchange, &why);
	} else if (strcmp(method, "OPTIONS") == 0) {
		answer_empty(exchange, methods);
	} else if (!is_among(method, methods)) {
		answer_not_allowed(exchange, methods);
	} else {
		route->handler(exchange);
	}
}
