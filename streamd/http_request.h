/*
 * The head of an HTTP/1.x request (RFC 9112), read without a socket: bytes in,
 * names and values out. Strict, for what is in front of us may read it otherwise:
 * what is ambiguous is refused. Bodies are the exchange's.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct problem;

enum { HTTP_HEAD_MAX = 16383, HTTP_TARGET_MAX = 12288, HTTP_HEADERS_MAX = 64 };

struct http_header {
	const char *name, *value;
};

/* All texts lie in the head that was parsed. */
struct http_request {
	const char *method;
	const char *path;  /* as it came: still encoded */
	const char *query; /* without the question mark; "": none */
	bool is_http_1_0;
	size_t header_count;
	struct http_header headers[HTTP_HEADERS_MAX];
};

/*
 * The size of the head that BYTES begin with, its empty line included; 0: not all of it is here yet.
 * SCANNED, 0 at first, remembers how far the last call came.
 */
size_t http_head_size(const char *bytes, size_t size_bytes, size_t *scanned);

/*
 * Fills REQUEST from a whole head, in place: terminators are written into it, so it needs room for a NUL
 * behind its SIZE bytes. False: 400, 414, 431 or 505 in WHY.
 */
bool http_request_parse(
    struct http_request *request, char *head, size_t size_bytes, struct problem *why);

/* The value of a header by its name in lower case; null: not sent. */
const char *http_request_header(const struct http_request *request, const char *name);

#endif
