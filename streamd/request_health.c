/*
 * GET /healthz and /readyz: for those who look after the program. Both ask nobody: what they tell is
 * known already. To add a part to /readyz: a row in parts.
 */
#include <string.h>

#include "answer.h"
#include "arena.h"
#include "buffer.h"
#include "database.h"
#include "exchange.h"
#include "feed.h"
#include "problem.h"
#include "routes.h"
#include "server.h"
#include "text.h"

static const char json[] = "application/json";

void
request_healthz(struct exchange *exchange)
{
	static const char alive[] = "{\"status\":\"alive\"}\n";

	answer_body(exchange, 200, json, buffer_copy(alive, strlen(alive)));
}

static bool
database_works(const struct server *server)
{
	return database_is_up(server->database);
}

static bool
redis_works(const struct server *server)
{
	return feed_has_redis(server->feed);
}

static bool
has_memory(const struct server *server)
{
	return !server->pressure.is_high;
}

static bool
takes_clients(const struct server *server)
{
	return !server->is_draining;
}

static const struct part {
	const char *name;
	bool (*works)(const struct server *server);
} parts[] = {
	{ "database", database_works },
	{ "redis", redis_works },
	{ "memory", has_memory },
	{ "clients", takes_clients },
};

void
request_readyz(struct exchange *exchange)
{
	bool is_ready = true;
	struct problem why;
	struct text text;

	text_start(&text, exchange->arena);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		bool works = parts[i].works(exchange->server);

		is_ready = is_ready && works;
		text_print(&text, "%s\"%s\":\"%s\"", i == 0 ? "{\"parts\":{" : ",", parts[i].name,
		    works ? "up" : "down");
	}
	text_add(&text, "}}");
	if (!is_ready) {
		problem_set_retry(&why, 503, "not_ready", "A part that is needed is out.", 1);
		why.members = text.bytes;
		answer_problem(exchange, &why);
		return;
	}
	text.bytes = arena_print(exchange->arena, "{\"status\":\"ready\",%s\n", text.bytes + 1);
	answer_body(exchange, 200, json, buffer_copy(text.bytes, strlen(text.bytes)));
}
