/*
 * The handshake: what is accepted, with which key, and what is refused how.
 */
#include "websocket_handshake.h"

#include "http_request.h"
#include "problem.h"

#include "test.h"

static char head[2048];
static struct http_request request;

/* A request of these lines; HOST and the rest of a good one are in the rows. */
static bool
request_of(const char *first, const char *lines)
{
	struct problem why;

	snprintf(head, sizeof(head), "%s\r\n%s\r\n", first, lines);
	return http_request_parse(&request, head, strlen(head), &why);
}

#define FIRST "GET /ws HTTP/1.1"
#define HOST "Host: example.org\r\n"
#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define ALL HOST UPGRADE CONNECTION KEY VERSION

static void
test_statuses(void)
{
	static const struct {
		const char *name, *first, *lines;
		int status;
	} rows[] = {
		{ "a good one", FIRST, ALL, 0 },
		{ "words in any case", FIRST,
		    HOST "UPGRADE: WebSocket\r\nconnection: keep-alive, upgrade\r\n" KEY VERSION,
		    0 },
		{ "lists in several lines", FIRST,
		    HOST "Upgrade: h2c\r\nUpgrade: foo,websocket\r\nConnection: "
			 "close\r\nConnection:\tUPGRADE ,x\r\n" KEY VERSION,
		    0 },
		{ "no Upgrade", FIRST, HOST CONNECTION KEY VERSION, 426 },
		{ "another Upgrade", FIRST, HOST "Upgrade: websockets\r\n" CONNECTION KEY VERSION,
		    426 },
		{ "no Connection", FIRST, HOST UPGRADE KEY VERSION, 400 },
		{ "another Connection", FIRST, HOST UPGRADE "Connection: close\r\n" KEY VERSION,
		    400 },
		{ "no version", FIRST, HOST UPGRADE CONNECTION KEY, 426 },
		{ "version 8", FIRST, HOST UPGRADE CONNECTION KEY "Sec-WebSocket-Version: 8\r\n",
		    426 },
		{ "two versions", FIRST, ALL "Sec-WebSocket-Version: 13\r\n", 426 },
		{ "no key", FIRST, HOST UPGRADE CONNECTION VERSION, 400 },
		{ "an empty key", FIRST, HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key:\r\n",
		    400 },
		{ "two keys", FIRST, ALL KEY, 400 },
		{ "a key of 15 bytes", FIRST,
		    HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n",
		    400 },
		{ "a key of 17 bytes", FIRST,
		    HOST UPGRADE CONNECTION VERSION
		    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWU=\r\n",
		    400 },
		{ "a key that is no base64", FIRST,
		    HOST UPGRADE CONNECTION VERSION
		    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub2_jZQ==\r\n",
		    400 },
		{ "HTTP/1.0", "GET /ws HTTP/1.0", ALL, 400 },
		{ "POST", "POST /ws HTTP/1.1", ALL, 400 },
		{ "HEAD", "HEAD /ws HTTP/1.1", ALL, 400 },
		{ "malformed extensions", FIRST, ALL "Sec-WebSocket-Extensions: a;\r\n", 400 },
		{ "unknown extensions", FIRST, ALL "Sec-WebSocket-Extensions: a, b; c=d\r\n", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct websocket_handshake handshake;
		struct problem why = { 0 };

		ok(request_of(rows[i].first, rows[i].lines), "%s: is a request", rows[i].name);
		if (websocket_handshake_read(&request, true, &handshake, &why))
			why.status = 0;
		is_int(why.status, rows[i].status, "%s", rows[i].name);
	}
}

static void
test_accepted(void)
{
	struct websocket_handshake handshake;
	struct problem why;

	request_of(FIRST,
	    ALL "Sec-WebSocket-Extensions: a\r\n"
		"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n");
	ok(websocket_handshake_read(&request, true, &handshake, &why), "a client that compresses");
	is_string(handshake.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "the key of RFC 6455, 1.3");
	is_int(handshake.terms.window_bits, 10, "and how");
	ok(websocket_handshake_read(&request, false, &handshake, &why), "where nobody does");
	is_int(handshake.terms.window_bits, 0, "nothing is agreed");
}

static void
test_protocols(void)
{
	request_of(FIRST, ALL);
	ok(!websocket_offers_protocol(&request, "foodfast.v1"), "no subprotocol");
	request_of(FIRST, ALL "Sec-WebSocket-Protocol: a, foodfast.v1 ,b\r\n");
	ok(websocket_offers_protocol(&request, "foodfast.v1"), "one in a list");
	ok(!websocket_offers_protocol(&request, "Foodfast.v1"), "its case counts");
	ok(!websocket_offers_protocol(&request, "foodfast.v"), "and all of it");
	request_of(
	    FIRST, ALL "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: foodfast.v1\r\n");
	ok(websocket_offers_protocol(&request, "foodfast.v1"), "one in the second line");
}

int
main(void)
{
	test_statuses();
	test_accepted();
	test_protocols();
	return done();
}
