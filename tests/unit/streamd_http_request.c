/*
 * The request parser: whole heads, heads in pieces, and heads that are refused.
 */
#include "http_request.h"

#include <stdlib.h>

#include "problem.h"

#include "test.h"

static const char whole[] = "GET /stream?channels=a,b&after=0 HTTP/1.1\r\n"
			    "Host: example.org\r\n"
			    "AUTHORIZATION:  Bearer x.y.z \t\r\n"
			    "Last-Event-ID: e/a=1\r\n"
			    "Empty:\r\n"
			    "\r\n";

/* Parses a copy that ends where it ends, so that a sanitizer sees what is read past it. Returns the status, 0: fine. */
static int
status_of(const char *head, size_t size)
{
	struct http_request request;
	struct problem why = { 0 };
	char *copy = malloc(size + 1);

	memcpy(copy, head, size);
	if (http_request_parse(&request, copy, size, &why))
		why.status = 0;
	free(copy);
	return why.status;
}

static void
test_whole(void)
{
	struct http_request request;
	struct problem why = { 0 };
	char head[sizeof(whole)];

	memcpy(head, whole, sizeof(whole));
	if (!ok(http_request_parse(&request, head, sizeof(whole) - 1, &why), "a request is read"))
		return;
	is_string(request.method, "GET", "its method");
	is_string(request.path, "/stream", "its path");
	is_string(request.query, "channels=a,b&after=0", "its query");
	is_string(
	    http_request_header(&request, "authorization"), "Bearer x.y.z", "a header, trimmed");
	is_string(http_request_header(&request, "last-event-id"), "e/a=1", "another one");
	is_string(http_request_header(&request, "empty"), "", "an empty one");
	is_string(http_request_header(&request, "cookie"), NULL, "one that was not sent");
}

static void
test_pieces(void)
{
	size_t scanned = 0, size = sizeof(whole) - 1, early = 0;

	for (size_t i = 0; i < size; i++)
		early += http_head_size(whole, i, &scanned) != 0;
	is_int((long long)early, 0, "byte by byte, a head is not whole before its last");
	is_int((long long)http_head_size(whole, size, &scanned), (long long)size, "and then it is");
	for (size_t split = 0; split < size; split++) {
		scanned = 0;
		early += http_head_size(whole, split, &scanned) != 0;
		early += http_head_size(whole, size, &scanned) != size;
	}
	is_int((long long)early, 0, "split in two anywhere, its end is found");
	scanned = 0;
	is_int((long long)http_head_size("GET / HTTP/1.1\r\n\r\nGET", 21, &scanned), 18,
	    "what follows is not its part");
	scanned = 0;
	is_int((long long)http_head_size("GET / HTTP/1.1\n\n", 16, &scanned), 16,
	    "bare line feeds end it too");
}

static void
test_forms(void)
{
	struct http_request request;
	struct problem why;
	char absolute[] = "GET http://h:1/poll?x HTTP/1.0\r\n\r\n";

	ok(http_request_parse(&request, absolute, sizeof(absolute) - 1, &why),
	    "an absolute target is read");
	is_string(request.path, "/poll", "for its path");
	is_int(status_of("OPTIONS * HTTP/1.0\r\n\r\n", 22), 0, "so is *");
	is_int(status_of("GET / HTTP/1.1\r\n\r\n", 18), 400, "but 1.1 names its host");
}

static void
test_refused(void)
{
	static const struct {
		const char *head;
		int status;
	} rows[] = {
		{ "GET / HTTP/2.0\r\n\r\n", 505 },
		{ "GET / HTTP/1.1\n\n", 400 },
		{ "GET /\r\n\r\n", 400 },
		{ "GET  / HTTP/1.1\r\n\r\n", 400 },
		{ "G(T / HTTP/1.1\r\n\r\n", 400 },
		{ "GET x HTTP/1.1\r\n\r\n", 400 },
		{ "GET / FTP/1.1\r\n\r\n", 400 },
		{ "\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n folded\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nA: b\x01\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400 },
		{ "GET / HTTP/1.0\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400 },
		{ "GET / HTTP/1.0\r\nOrigin: a\r\norigin: a\r\n\r\n", 400 },
		{ "GET / HTTP/1.0\r\nSec-Fetch-Site: a\r\nSec-Fetch-Site: b\r\n\r\n", 400 },
		{ "GET / HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(status_of(rows[i].head, strlen(rows[i].head)), rows[i].status,
		    "refused, row %zu", i);
	is_int(status_of("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 26), 400, "a NUL is refused");
}

static void
test_limits(void)
{
	static char head[HTTP_HEAD_MAX + 1];
	size_t at = (size_t)sprintf(head, "GET / HTTP/1.0\r\n");

	for (int i = 0; i < HTTP_HEADERS_MAX; i++)
		at += (size_t)sprintf(head + at, "A%d: b\r\n", i);
	memcpy(head + at, "\r\n", 3);
	is_int(status_of(head, at + 2), 0, "as many headers as are allowed");
	at += (size_t)sprintf(head + at, "B: b\r\n\r\n");
	is_int(status_of(head, at), 431, "one more is too many");
	memset(head, 'x', sizeof(head));
	memcpy(head, "GET /", 5);
	memcpy(head + HTTP_TARGET_MAX + 5, " HTTP/1.1\r\n\r\n", 13);
	is_int(status_of(head, HTTP_TARGET_MAX + 18), 414, "a target that is too long");
}

/* Whatever comes, it is answered, and nothing past its end is read. */
static void
test_noise(void)
{
	srand(11);
	for (int run = 0; run < 20000; run++) {
		char head[sizeof(whole)];
		size_t size = sizeof(whole) - 1, scanned = 0;

		memcpy(head, whole, sizeof(whole));
		for (int i = rand() % 4; i >= 0; i--)
			head[(size_t)rand() % size] = (char)(rand() % 256);
		size = http_head_size(head, size, &scanned);
		if (size > 0)
			status_of(head, size);
	}
	ok(true, "20000 damaged requests are survived");
}

int
main(void)
{
	test_whole();
	test_pieces();
	test_forms();
	test_refused();
	test_limits();
	test_noise();
	return done();
}
