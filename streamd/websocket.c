/*
 * A WebSocket's life: open, closing (its user has said so, and the turn's end sends it),
 * waiting for the peer's Close, over. Its user hears of the end before the Close is queued,
 * so nothing can be queued behind it.
 */
#include "websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "client.h"
#include "exchange.h"
#include "memory.h"
#include "problem.h"
#include "server.h"
#include "websocket_deflate.h"
#include "websocket_handshake.h"
#include "websocket_message.h"

enum { CLOSE_S = 5, FAILED_S = 1, HEADERS_SIZE = 512 };

static const char ping_frame[] = "\x89\x04ping";

enum websocket_state {
	WEBSOCKET_OPEN,
	WEBSOCKET_CLOSING,    /* its Close goes out at the turn's end */
	WEBSOCKET_GONE,	      /* the peer is; ends at the turn's end, without one */
	WEBSOCKET_WAITING,    /* its Close went out; the peer's is to come */
	WEBSOCKET_UNREADABLE, /* likewise, but what comes cannot be read */
	WEBSOCKET_OVER,
};

struct websocket {
	struct client *client;
	const struct websocket_handler *handler; /* null: has heard of the end */
	void *context;
	struct websocket_reader reader;
	struct websocket_message message;
	uint32_t held_bytes;	 /* of a message that is not whole */
	struct writer pongs;	 /* to be queued when the socket takes more */
	struct buffer *farewell; /* the Close to send */
	uint8_t state;
	uint8_t window_bits; /* of messages sent compressed; 0: none is */
	bool is_pinged;	     /* and nothing came since */
	bool is_halfway;     /* in a message, at the last ping */
	bool is_proxied;
};

static struct connection *
connection_of(const struct websocket *websocket)
{
	return &websocket->client->connection;
}

void *
websocket_context(const struct websocket *websocket)
{
	return websocket->context;
}

struct outlet *
websocket_outlet(struct websocket *websocket)
{
	return &connection_of(websocket)->outlet;
}

bool
websocket_is_open(const struct websocket *websocket)
{
	return websocket->state == WEBSOCKET_OPEN && connection_of(websocket)->outlet.is_open;
}

bool
websocket_deflates(const struct websocket *websocket)
{
	return websocket->window_bits >= WEBSOCKET_WINDOW_SHARED;
}

static void
websocket_queue(struct websocket *websocket, struct buffer *frame)
{
	struct outlet *outlet = websocket_outlet(websocket);

	output_give(&outlet->output, frame);
	outlet_touch(outlet);
}

static void
tell_closed(struct websocket *websocket)
{
	const struct websocket_handler *handler = websocket->handler;

	websocket->handler = NULL;
	if (handler)
		handler->closed(websocket);
}

static void
message_forget(struct websocket *websocket)
{
	websocket_message_clear(&websocket->message);
	intake_give(
	    &websocket->client->server->intake, &websocket->held_bytes, websocket->held_bytes);
}

/* Pongs wait while the socket is blocked. */
static void
pongs_queue(struct websocket *websocket)
{
	if (websocket->pongs.buffer && !connection_of(websocket)->is_blocked)
		websocket_queue(websocket, writer_finish(&websocket->pongs));
}

/* Is a Close of ours on its way already? */
static bool
has_said_close(const struct websocket *websocket)
{
	return websocket->state == WEBSOCKET_WAITING ||
	    (websocket->state == WEBSOCKET_CLOSING && !websocket->farewell);
}

/* Ends it now, with a Close as the last word. Never called from within its user's calls. */
static void
websocket_end(struct websocket *websocket, struct buffer *close)
{
	websocket->state = WEBSOCKET_OVER;
	tell_closed(websocket);
	message_forget(websocket);
	if (close) {
		pongs_queue(websocket);
		websocket_queue(websocket, close);
	}
	connection_finish(connection_of(websocket));
}

/*
 * RFC 6455, 7.1.7: it ends at once. But the peer may be in the midst of sending, and a proxy between would then
 * forget the Close over what it cannot pass on any more: behind one it stays for a moment, and what comes is dropped.
 */
static void
websocket_fail(struct websocket *websocket, const struct websocket_piece *piece)
{
	struct buffer *close = NULL;

	if (!has_said_close(websocket))
		close = websocket_frame_close(piece->code, piece->reason);
	if (!close || !websocket->is_proxied) {
		websocket_end(websocket, close);
		return;
	}
	websocket->state = WEBSOCKET_UNREADABLE;
	tell_closed(websocket);
	message_forget(websocket);
	pongs_queue(websocket);
	websocket_queue(websocket, close);
	connection_wait(connection_of(websocket), FAILED_S);
}

static void
got_nothing(struct websocket *websocket, struct websocket_piece *piece)
{
	(void)websocket;
	(void)piece;
}

static void
got_data(struct websocket *websocket, struct websocket_piece *piece)
{
	struct server *server = websocket->client->server;

	if (websocket->state != WEBSOCKET_OPEN)
		return;
	if (!websocket_message_add(
		&websocket->message, piece, server->deflate, websocket->reader.message_max_bytes)) {
		websocket_fail(websocket, piece);
	} else if (!piece->is_last) {
		if (intake_take(&server->intake, &websocket->held_bytes, piece->size_bytes))
			return;
		piece->code = WEBSOCKET_TRY_LATER;
		piece->reason = "too much is unfinished";
		websocket_fail(websocket, piece);
	} else {
		websocket->is_halfway = false;
		pongs_queue(websocket);
		websocket->handler->message(
		    websocket, piece->opcode == WEBSOCKET_TEXT, piece->bytes, piece->size_bytes);
		message_forget(websocket);
	}
}

/*
 * Every ping is answered while the peer takes what it is sent. One that does not gets the answer to its newest ping
 * alone (5.5.3), so a flood of them makes nothing grow.
 */
static void
got_ping(struct websocket *websocket, const struct websocket_piece *piece)
{
	char head[WEBSOCKET_HEAD_MAX];
	size_t head_bytes = websocket_frame_head(head, WEBSOCKET_PONG, false, piece->size_bytes);

	if (websocket->state != WEBSOCKET_OPEN)
		return;
	if (connection_of(websocket)->is_blocked && websocket->pongs.buffer) {
		buffer_release(&websocket->pongs.buffer);
		websocket->pongs.room_bytes = 0;
	}
	writer_bytes(&websocket->pongs, head, head_bytes);
	writer_bytes(&websocket->pongs, piece->bytes, piece->size_bytes);
}

/* The peer's Close is answered by one with its code, or by our own if that was about to go. */
static void
got_close(struct websocket *websocket, struct websocket_piece *piece)
{
	struct buffer *answer = websocket->farewell;

	if (!websocket_read_close(piece->bytes, piece->size_bytes, &piece->code)) {
		piece->reason = NULL;
		websocket_fail(websocket, piece);
		return;
	}
	websocket->farewell = NULL;
	if (!answer && !has_said_close(websocket))
		answer = websocket_frame_close(piece->code, NULL);
	websocket_end(websocket, answer);
}

static void
got_control(struct websocket *websocket, struct websocket_piece *piece)
{
	if (piece->opcode == WEBSOCKET_PING)
		got_ping(websocket, piece);
	else if (piece->opcode == WEBSOCKET_CLOSE)
		got_close(websocket, piece);
}

static void
got_broken(struct websocket *websocket, struct websocket_piece *piece)
{
	websocket_fail(websocket, piece);
}

static void (*const got[])(struct websocket *websocket, struct websocket_piece *piece) = {
	[WEBSOCKET_NOTHING] = got_nothing,
	[WEBSOCKET_DATA] = got_data,
	[WEBSOCKET_CONTROL] = got_control,
	[WEBSOCKET_BROKEN] = got_broken,
};

static size_t
websocket_input(struct client *client, char *bytes, size_t size_bytes)
{
	struct websocket *websocket = client->state;
	struct websocket_piece piece;
	size_t taken = 0;

	if (websocket->state == WEBSOCKET_UNREADABLE)
		return size_bytes;
	websocket->is_pinged = false;
	do {
		taken += websocket_read(
		    &websocket->reader, bytes + taken, size_bytes - taken, &piece);
		got[piece.found](websocket, &piece);
	} while (piece.found != WEBSOCKET_NOTHING && client->connection.outlet.is_open &&
	    websocket->state != WEBSOCKET_UNREADABLE);
	if (!client->connection.outlet.is_open || websocket->state == WEBSOCKET_UNREADABLE)
		return size_bytes;
	pongs_queue(websocket);
	return taken;
}

/* The end that its user has asked for. */
static void
websocket_settle_end(struct websocket *websocket)
{
	bool is_gone = websocket->state == WEBSOCKET_GONE;

	websocket->state = WEBSOCKET_WAITING;
	tell_closed(websocket);
	message_forget(websocket);
	if (is_gone) {
		connection_close(connection_of(websocket));
		return;
	}
	if (websocket->farewell) {
		pongs_queue(websocket);
		websocket_queue(websocket, websocket->farewell);
		websocket->farewell = NULL;
	}
	connection_wait(connection_of(websocket), CLOSE_S);
}

static void
websocket_settle(struct client *client)
{
	struct websocket *websocket = client->state;

	if (websocket->state == WEBSOCKET_OPEN && websocket->handler->settle)
		websocket->handler->settle(websocket);
	if (websocket->state == WEBSOCKET_OPEN)
		pongs_queue(websocket);
	else if (websocket->state < WEBSOCKET_WAITING)
		websocket_settle_end(websocket);
}

static void
websocket_drained(struct client *client)
{
	struct websocket *websocket = client->state;

	if (websocket->state != WEBSOCKET_OPEN)
		return;
	pongs_queue(websocket);
	if (websocket->handler->drained)
		websocket->handler->drained(websocket);
}

static void
websocket_timeout(struct client *client)
{
	struct websocket *websocket = client->state;

	if (websocket->state == WEBSOCKET_WAITING || websocket->state == WEBSOCKET_UNREADABLE)
		websocket_end(websocket, NULL);
	else if (websocket->state == WEBSOCKET_OPEN && websocket->handler->tick)
		websocket->handler->tick(websocket);
}

static void
websocket_restart(struct client *client)
{
	struct websocket *websocket = client->state;

	if (websocket->state == WEBSOCKET_OPEN && websocket->handler->restart)
		websocket->handler->restart(websocket);
	else
		websocket_close(websocket, WEBSOCKET_RESTART, NULL);
}

static void
websocket_closed(struct client *client)
{
	struct websocket *websocket = client->state;

	websocket->state = WEBSOCKET_OVER;
	tell_closed(websocket);
	message_forget(websocket);
	buffer_release(&websocket->pongs.buffer);
	buffer_release(&websocket->farewell);
}

static void
websocket_reap(struct client *client)
{
	free(client->state);
}

static const struct client_protocol websocket_protocol = {
	.input = websocket_input,
	.settle = websocket_settle,
	.drained = websocket_drained,
	.timeout = websocket_timeout,
	.restart = websocket_restart,
	.closed = websocket_closed,
	.reap = websocket_reap,
};

/* Whoever finishes it by its outlet has queued a Close; so it is left to the peer to answer that. */
static void
websocket_outlet_finish(struct outlet *outlet)
{
	struct client *client = CONTAINER(outlet, struct client, connection.outlet);
	struct websocket *websocket = client->state;

	if (!websocket_is_open(websocket))
		return;
	websocket->state = WEBSOCKET_CLOSING;
	outlet_touch(outlet);
}

static const struct outlet_kind websocket_outlet_kind = {
	.touch = connection_outlet_touch,
	.wait = connection_outlet_wait,
	.has_stalled = connection_outlet_has_stalled,
	.finish = websocket_outlet_finish,
	.close = connection_outlet_close,
};

static void
websocket_answer(
    struct exchange *exchange, const struct websocket_handshake *handshake, const char *protocol)
{
	char extensions[WEBSOCKET_DEFLATE_ANSWER_SIZE], headers[HEADERS_SIZE];
	bool deflates = handshake->terms.window_bits > 0;

	websocket_deflate_answer(&handshake->terms, extensions);
	snprintf(headers, sizeof(headers),
	    "Upgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n%s%s%s%s%s%s", handshake->accept,
	    protocol ? "Sec-WebSocket-Protocol: " : "", protocol ? protocol : "",
	    protocol ? "\r\n" : "", deflates ? "Sec-WebSocket-Extensions: " : "",
	    deflates ? extensions : "", deflates ? "\r\n" : "");
	answer_switch(exchange, headers);
}

struct websocket *
websocket_accept(struct exchange *exchange, const struct websocket_options *options,
    const struct websocket_handler *handler, void *context)
{
	struct client *client = exchange->client;
	struct websocket_handshake handshake;
	struct websocket *websocket;
	struct problem why;

	if (!websocket_handshake_read(&exchange->request, options->may_deflate, &handshake, &why)) {
		answer_problem(exchange, &why);
		return NULL;
	}
	websocket = memory_new(sizeof(*websocket));
	*websocket = (struct websocket){
		.client = client,
		.handler = handler,
		.context = context,
		.reader = { .message_max_bytes = (uint32_t)options->message_max_bytes,
		    .may_deflate = handshake.terms.window_bits > 0 },
		.window_bits = handshake.terms.window_bits,
		.is_proxied = exchange_address(exchange)[0] != '\0',
	};
	client_become(client, &websocket_protocol, websocket);
	client->connection.outlet.kind = &websocket_outlet_kind;
	connection_wait(&client->connection, 0);
	websocket_answer(exchange, &handshake, options->protocol);
	return websocket;
}

void
websocket_send(struct websocket *websocket, bool is_text, const char *bytes, size_t size_bytes)
{
	int opcode = is_text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY;

	if (!websocket_is_open(websocket))
		return;
	if (websocket->window_bits > 0 && size_bytes <= WEBSOCKET_DEFLATE_MOST)
		websocket_queue(websocket,
		    websocket_deflate_frame(websocket->client->server->deflate,
			websocket->window_bits, opcode, bytes, size_bytes));
	else
		websocket_queue(websocket, websocket_frame(opcode, bytes, size_bytes));
}

void
websocket_ping(struct websocket *websocket)
{
	struct outlet *outlet = websocket_outlet(websocket);

	if (!websocket_is_open(websocket))
		return;
	if (websocket->is_halfway) {
		websocket_close(websocket, WEBSOCKET_POLICY, "a message takes too long");
		return;
	}
	if (websocket->is_pinged)
		websocket->state = WEBSOCKET_GONE;
	else
		output_literal(&outlet->output, ping_frame);
	websocket->is_pinged = true;
	websocket->is_halfway = websocket->reader.opcode != 0;
	outlet_touch(outlet);
}

void
websocket_wait(struct websocket *websocket, unsigned seconds)
{
	if (websocket_is_open(websocket))
		connection_wait(connection_of(websocket), seconds);
}

void
websocket_close(struct websocket *websocket, int code, const char *reason)
{
	if (!websocket_is_open(websocket))
		return;
	websocket->state = WEBSOCKET_CLOSING;
	websocket->farewell = websocket_frame_close(code, reason);
	outlet_touch(websocket_outlet(websocket));
}
