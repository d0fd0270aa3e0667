/*
 * Two handlers of WebSockets, for what clients can bring about by themselves, and for what
 * only a server begins.
 */
#include "websocket_app.h"

#include <stdio.h>
#include <string.h>

#include "exchange.h"
#include "websocket.h"
#include "websocket_handshake.h"

enum { ECHO_MAX_BYTES = 16 << 20, ASK_MAX_BYTES = 1000, PING_S = 1 };

static void
closed(struct websocket *websocket)
{
	(void)websocket;
}

static void
echo_message(struct websocket *websocket, bool is_text, const char *bytes, size_t size_bytes)
{
	websocket_send(websocket, is_text, bytes, size_bytes);
}

void
websocket_app_echo(struct exchange *exchange)
{
	static const struct websocket_handler handler = {
		.message = echo_message,
		.closed = closed,
	};
	const char *protocol = "echo.v1";
	const struct websocket_options options = {
		.message_max_bytes = ECHO_MAX_BYTES,
		.may_deflate = true,
		.protocol = websocket_offers_protocol(&exchange->request, protocol) ? protocol
										    : NULL,
	};

	websocket_accept(exchange, &options, &handler, NULL);
}

static void
ask_tick(struct websocket *websocket)
{
	websocket_ping(websocket);
	websocket_wait(websocket, PING_S);
}

/* Behind the Close nothing goes out, so the second word is never heard. */
static void
ask_close(struct websocket *websocket)
{
	websocket_send(websocket, true, "bye", 3);
	websocket_close(websocket, 4321, "as you asked");
	websocket_send(websocket, true, "never", 5);
}

static void
ask_leave(struct websocket *websocket)
{
	websocket_close(websocket, 0, NULL);
}

static const struct {
	const char *word;
	void (*act)(struct websocket *websocket);
} asked[] = {
	{ "ping", websocket_ping },
	{ "pings", ask_tick },
	{ "close", ask_close },
	{ "leave", ask_leave },
};

static void
ask_message(struct websocket *websocket, bool is_text, const char *bytes, size_t size_bytes)
{
	char count[24];

	for (size_t i = 0; is_text && i < sizeof(asked) / sizeof(asked[0]); i++) {
		if (strlen(asked[i].word) == size_bytes &&
		    memcmp(asked[i].word, bytes, size_bytes) == 0) {
			asked[i].act(websocket);
			return;
		}
	}
	websocket_send(
	    websocket, true, count, (size_t)snprintf(count, sizeof(count), "%zu", size_bytes));
}

void
websocket_app_ask(struct exchange *exchange)
{
	static const struct websocket_handler handler = {
		.message = ask_message,
		.tick = ask_tick,
		.closed = closed,
	};
	const struct websocket_options options = { .message_max_bytes = ASK_MAX_BYTES };

	websocket_accept(exchange, &options, &handler, NULL);
}
