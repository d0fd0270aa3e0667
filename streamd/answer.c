/*
 * Writing answers (RFC 9112). Every connection closes after one. A length is told where it
 * is known; else the body comes in chunks, or its end is the connection's.
 */
#include "answer.h"

#include "arena.h"
#include "buffer.h"
#include "client.h"
#include "exchange.h"
#include "log.h"
#include "problem.h"
#include "server.h"

const char answer_full[] =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: " PROBLEM_CONTENT_TYPE "\r\n"
    "Retry-After: 5\r\n"
    "Connection: close\r\n\r\n"
    "{\"type\":\"/problems/too_many_connections\",\"title\":\"Service Unavailable\",\"status\":503,"
    "\"code\":\"too_many_connections\",\"detail\":\"This server is full. Try again soon.\"}\n";

/* What a 426 must tell: what to become (RFC 9110, 15.5.22), and the version of it (RFC 6455, 4.4). */
static const char upgrade_headers[] =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";

static void
write_header(struct writer *writer, const char *name, const char *value)
{
	writer_text(writer, name);
	writer_text(writer, ": ");
	writer_text(writer, value);
	writer_text(writer, "\r\n");
}

static void
write_number_header(struct writer *writer, const char *name, uint64_t value)
{
	writer_text(writer, name);
	writer_text(writer, ": ");
	writer_number(writer, value);
	writer_text(writer, "\r\n");
}

/* One line an answer; of those that went well only when somebody looks closely, for short polls are many. */
static void
log_answer(const struct exchange *exchange, int status)
{
	const struct log_field fields[] = { LOG_TEXT("method", exchange->request.method),
		LOG_TEXT("path", exchange->request.path), LOG_INT("status", status),
		LOG_TEXT("request_id", exchange->request_id), { .key = NULL } };
	enum log_level level = status < 400 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;

	if (log_is_on(level))
		log_write(level, "request", fields);
}

/* EXCHANGE may be null: there was no request that could be read. */
static void
write_status(struct writer *writer, int status, const struct exchange *exchange)
{
	writer_text(writer, "HTTP/1.1 ");
	writer_number(writer, (uint64_t)status);
	writer_text(writer, " ");
	writer_text(writer, problem_title(status));
	writer_text(writer,
	    "\r\nConnection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	    "Cross-Origin-Resource-Policy: same-origin\r\n");
	if (!exchange || !exchange->request_id)
		return;
	write_header(writer, "X-Request-Id", exchange->request_id);
	log_answer(exchange, status);
}

static void
write_body_headers(struct writer *writer, const char *content_type, const struct buffer *body)
{
	write_header(writer, "Content-Type", content_type);
	write_number_header(writer, "Content-Length", body->size_bytes);
}

/* The end of the head, the body unless it was only asked about, and the end of the exchange. */
static void
send_whole(struct client *client, struct writer *head, struct buffer *body, bool is_head)
{
	struct output *output = &client->connection.outlet.output;

	writer_text(head, "\r\n");
	output_give(output, writer_finish(head));
	if (body && !is_head)
		output_give(output, body);
	else
		buffer_release(&body);
	exchange_end(&client->exchange);
	connection_finish(&client->connection);
}

void
answer_body(struct exchange *exchange, int status, const char *content_type, struct buffer *body)
{
	struct writer head = { 0 };

	write_status(&head, status, exchange);
	write_body_headers(&head, content_type, body);
	send_whole(exchange->client, &head, body, exchange->is_head);
}

void
answer_client(
    struct client *client, const char *content_type, const char *request_id, struct buffer *body)
{
	struct writer head = { 0 };

	write_status(&head, 200, NULL);
	write_header(&head, "X-Request-Id", request_id);
	write_body_headers(&head, content_type, body);
	send_whole(client, &head, body, false);
}

void
answer_empty(struct exchange *exchange, const char *methods)
{
	struct writer head = { 0 };

	write_status(&head, 204, exchange);
	if (methods)
		write_header(&head, "Allow", methods);
	send_whole(exchange->client, &head, NULL, exchange->is_head);
}

static struct buffer *
problem_body(const struct problem *why)
{
	struct arena *arena = arena_open();
	const char *text = problem_render(why, arena);
	struct writer writer = { 0 };

	writer_text(&writer, text);
	writer_text(&writer, "\n");
	arena_close(&arena);
	return writer_finish(&writer);
}

static void
send_problem(struct client *client, const struct problem *why, const char *methods)
{
	const struct exchange *exchange = client->exchange;
	bool is_head = exchange && exchange->is_head;
	struct buffer *body = problem_body(why);
	struct writer head = { 0 };

	client->server->counters.streams_denied += why->status == 401 || why->status == 403;
	if (why->status == 429 || why->status == 503)
		refusals_add(&client->server->refusals, why->code);
	write_status(&head, why->status, exchange);
	if (why->status == 401)
		write_header(&head, "WWW-Authenticate", "Bearer");
	if (why->status == 426)
		writer_text(&head, upgrade_headers);
	if (why->retry_after_s > 0)
		write_number_header(&head, "Retry-After", (uint64_t)why->retry_after_s);
	if (methods)
		write_header(&head, "Allow", methods);
	write_body_headers(&head, PROBLEM_CONTENT_TYPE, body);
	send_whole(client, &head, body, is_head);
}

void
answer_problem(struct exchange *exchange, const struct problem *why)
{
	send_problem(exchange->client, why, NULL);
}

void
answer_not_allowed(struct exchange *exchange, const char *methods)
{
	struct problem why;

	problem_set(&why, 405, "method_not_allowed", "This address does not take this method.");
	send_problem(exchange->client, &why, methods);
}

void
answer_begin(struct exchange *exchange, const char *content_type, bool is_chunked)
{
	struct writer head = { 0 };

	write_status(&head, 200, exchange);
	write_header(&head, "Content-Type", content_type);
	if (is_chunked)
		write_header(&head, "Transfer-Encoding", "chunked");
	/* For proxies like nginx; lighttpd needs no word to pass on what comes. */
	write_header(&head, "X-Accel-Buffering", "no");
	writer_text(&head, "\r\n");
	output_give(&exchange->client->connection.outlet.output, writer_finish(&head));
}

void
answer_switch(struct exchange *exchange, const char *headers)
{
	struct client *client = exchange->client;
	struct writer head = { 0 };

	writer_text(&head, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
	write_header(&head, "X-Request-Id", exchange->request_id);
	log_answer(exchange, 101);
	writer_text(&head, headers);
	writer_text(&head, "\r\n");
	output_give(&client->connection.outlet.output, writer_finish(&head));
	outlet_touch(&client->connection.outlet);
	exchange_end(&client->exchange);
}

void
answer_refuse(struct client *client, const struct problem *why)
{
	send_problem(client, why, NULL);
}
