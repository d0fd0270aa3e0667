/*
 * Requests on their way. So many at most are begun at once: a storm of clients waits
 * in the listening socket's backlog, where it costs no memory, instead of in ours.
 */
#include "exchange.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "access_token.h"
#include "answer.h"
#include "arena.h"
#include "client.h"
#include "crypto.h"
#include "database.h"
#include "handover.h"
#include "lobby.h"
#include "problem.h"
#include "query.h"
#include "routes.h"
#include "server.h"
#include "text.h"

enum { REQUEST_ID_MAX = 63, BODY_S = 10, BUSY_S = 5 };

static const struct database_statement ticket_statement = {
	.name = "ticket_redeem",
	.sql = "select session_id from ticket_redeem($1)",
	.is_once = true,
};

/* What was asked by exchange_try() has been answered, or failed. */
static void
exchange_got_any(void *context, const struct database_answer *answer)
{
	struct exchange *exchange = context;

	exchange->query = NULL;
	loop_timer_clear(&exchange->overdue);
	exchange->answered(exchange, answer);
}

static void
exchange_overdue(struct loop_timer *timer)
{
	struct exchange *exchange = CONTAINER(timer, struct exchange, overdue);
	const struct database_answer none = { 0 };

	database_forget(&exchange->query);
	exchange->answered(exchange, &none);
}

/* The client's own, when it is fit for a log line; else a new one. */
static const char *
request_id(struct exchange *exchange)
{
	const char *given = http_request_header(&exchange->request, "x-request-id");
	char *made;

	if (text_is_visible_ascii(given, 1, REQUEST_ID_MAX))
		return given;
	made = arena_alloc(exchange->arena, UUID_TEXT_SIZE);
	uuid_new(made);
	return made;
}

/* Those that only wait for their clients do not count. */
static void
exchange_count(struct server *server)
{
	server->exchange_count++;
}

static void
exchange_uncount(struct server *server)
{
	server->exchange_count--;
	lobby_call(server);
}

void
exchange_begin(struct client *client, const char *bytes, size_t head_bytes, size_t size_bytes)
{
	struct server *server = client->server;
	struct arena *arena = server_arena_take(server);
	struct exchange *exchange = arena_alloc(arena, sizeof(*exchange));
	struct problem why;

	client->exchange = exchange;
	*exchange = (struct exchange){ .client = client,
		.server = server,
		.arena = arena,
		.bytes = bytes,
		.byte_count = size_bytes };
	loop_timer_start(&exchange->overdue, exchange_overdue);
	server->counters.requests++;
	exchange_count(server);
	if (!http_request_parse(
		&exchange->request, arena_copy(arena, bytes, head_bytes), head_bytes, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	exchange->request_id = request_id(exchange);
	routes_answer(exchange);
}

void
exchange_end(struct exchange **exchange)
{
	struct exchange *ended = *exchange;
	struct server *server;

	*exchange = NULL;
	if (!ended)
		return;
	server = ended->server;
	database_forget(&ended->query);
	loop_timer_clear(&ended->overdue);
	buffer_release(&ended->input.buffer);
	intake_give(&server->intake, &ended->held_bytes, ended->held_bytes);
	if (!ended->embodied)
		exchange_uncount(server);
	server_arena_give(server, ended->arena);
}

/* Of the body, as its head tells it (RFC 9112, 6). */
static bool
body_length(const struct exchange *exchange, size_t max_bytes, size_t *length, struct problem *why)
{
	const char *text = http_request_header(&exchange->request, "content-length");
	char *end;

	if (http_request_header(&exchange->request, "transfer-encoding") || !text)
		return problem_set(why, 411, "length_required",
		    "This request's body needs a Content-Length, and no other coding.");
	if (!isdigit((unsigned char)*text))
		return problem_set(
		    why, 400, "malformed_request", "The Content-Length is no number.");
	errno = 0;
	*length = strtoul(text, &end, 10);
	if (*end != '\0')
		return problem_set(
		    why, 400, "malformed_request", "The Content-Length is no number.");
	if (errno != 0 || *length > max_bytes)
		return problem_set(why, 413, "body_too_large", "This request's body is too large.");
	return true;
}

static void
body_arrived(struct exchange *exchange)
{
	void (*next)(struct exchange * exchange) = exchange->embodied;

	exchange->embodied = NULL;
	exchange->body = exchange->input.buffer ? exchange->input.buffer->bytes : "";
	exchange->body_bytes = exchange->expected_bytes;
	connection_wait(&exchange->client->connection, 0);
	exchange_count(exchange->server);
	next(exchange);
}

void
exchange_body(struct exchange *exchange, size_t max_bytes, void (*next)(struct exchange *exchange))
{
	const char *expect = http_request_header(&exchange->request, "expect");
	struct connection *connection = &exchange->client->connection;
	struct problem why;

	if (!body_length(exchange, max_bytes, &exchange->expected_bytes, &why)) {
		answer_problem(exchange, &why);
		return;
	}
	exchange->embodied = next;
	exchange_uncount(exchange->server);
	if (exchange->expected_bytes == 0) {
		body_arrived(exchange);
		return;
	}
	connection_wait(connection, BODY_S);
	if (expect && strcasecmp(expect, "100-continue") == 0) {
		output_literal(&connection->outlet.output, "HTTP/1.1 100 Continue\r\n\r\n");
		outlet_touch(&connection->outlet);
	}
}

void
exchange_input(struct exchange *exchange, const char *bytes, size_t size_bytes)
{
	size_t missing = exchange->expected_bytes;
	struct problem why;

	if (!exchange->embodied)
		return;
	if (exchange->input.buffer)
		missing -= exchange->input.buffer->size_bytes;
	writer_bytes(&exchange->input, bytes, size_bytes < missing ? size_bytes : missing);
	if (size_bytes >= missing) {
		body_arrived(exchange);
	} else if (!intake_take(&exchange->server->intake, &exchange->held_bytes, size_bytes)) {
		problem_set_retry(&why, 503, "too_busy",
		    "Too many requests wait for the rest of their bodies.", BUSY_S);
		answer_problem(exchange, &why);
	}
}

void
exchange_hand_over(
    struct exchange *exchange, struct handover *handover, unsigned number, const char *refusal)
{
	struct connection *connection = &exchange->client->connection;
	int fd = fcntl(connection->watch.fd, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		handover_give(handover, number, fd, exchange->bytes, exchange->byte_count, refusal);
	connection_close(connection);
}

static void
exchange_got_answer(void *context, const struct database_answer *answer)
{
	struct exchange *exchange = context;

	exchange->query = NULL;
	if (answer->is_ok)
		exchange->answered(exchange, answer);
	else
		answer_problem(exchange, &answer->why);
}

void
exchange_ask(struct exchange *exchange, const struct database_statement *statement,
    const char *const *parameters, size_t count, exchange_answered *answered)
{
	exchange->answered = answered;
	exchange->query = database_ask(exchange->server->database, statement, parameters, count,
	    exchange_got_answer, exchange);
}

void
exchange_try(struct exchange *exchange, const struct database_statement *statement, int64_t wait_ms,
    exchange_answered *answered)
{
	exchange->answered = answered;
	exchange->query = database_ask(
	    exchange->server->database, statement, NULL, 0, exchange_got_any, exchange);
	loop_timer_set(exchange->server->loop, &exchange->overdue, wait_ms);
}

static void
ticket_redeemed(struct exchange *exchange, const struct database_answer *answer)
{
	struct problem why;

	if (answer->rows == 0) {
		problem_set(
		    &why, 401, "token_invalid", "This ticket was used, has expired, or never was.");
		answer_problem(exchange, &why);
		return;
	}
	memcpy(exchange->session_id, database_text(answer, 0, 0), UUID_TEXT_SIZE);
	exchange->identified(exchange);
}

/* Only a ticket's hash is stored. */
static void
ticket_redeem(struct exchange *exchange, const char *ticket)
{
	unsigned char hash[CRYPTO_HASH_BYTES];
	char text[2 + CRYPTO_HEX_SIZE(CRYPTO_HASH_BYTES)] = "\\x";

	crypto_sha256(ticket, strlen(ticket), hash);
	crypto_hex_write(hash, sizeof(hash), text + 2);
	exchange_ask(
	    exchange, &ticket_statement, (const char *const[]){ text }, 1, ticket_redeemed);
}

bool
exchange_recognise(struct exchange *exchange, struct problem *why)
{
	const struct http_request *request = &exchange->request;
	const char *role = http_request_header(request, "session-role");
	const struct auth_headers headers = {
		.authorization = http_request_header(request, "authorization"),
		.cookie = http_request_header(request, "cookie"),
		.role = role ? role : query_value(exchange->arena, request->query, "as"),
		.origin = http_request_header(request, "origin"),
		.host = http_request_header(request, "host"),
		.fetch_site = http_request_header(request, "sec-fetch-site"),
		.is_unsafe = exchange->is_unsafe,
	};
	struct actor actor = { 0 };

	/* A ticket was put into the URL on purpose; a cookie comes along whatever the page wants. */
	if (!headers.authorization && query_value(exchange->arena, request->query, "ticket"))
		return true;
	if (!auth_check(&exchange->server->auth, &headers, exchange->arena, &actor, why))
		return false;
	memcpy(exchange->session_id, actor.session_id, UUID_TEXT_SIZE);
	memcpy(exchange->user_id, actor.user_id, UUID_TEXT_SIZE);
	return true;
}

bool
exchange_is_own(const struct exchange *exchange, struct problem *why)
{
	if (auth_is_foreign(http_request_header(&exchange->request, "origin"),
		http_request_header(&exchange->request, "host")))
		return problem_set(
		    why, 403, "cross_site", "This must come from the site's own pages.");
	return true;
}

void
exchange_identify(
    struct exchange *exchange, const char *ticket, void (*next)(struct exchange *exchange))
{
	exchange->identified = next;
	if (exchange->session_id[0])
		next(exchange);
	else
		ticket_redeem(exchange, ticket);
}

const char *
exchange_address(const struct exchange *exchange)
{
	const char *chain = http_request_header(&exchange->request, "x-forwarded-for"), *last;

	if (!chain)
		return "";
	last = strrchr(chain, ',');
	return last ? last + 1 + strspn(last + 1, " ") : chain;
}
