/*
 * The handshake's conditions, in the order of RFC 6455, 4.2.1. Header fields that are lists
 * may come in several lines.
 */
#include "websocket_handshake.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "crypto.h"
#include "http_request.h"
#include "problem.h"

enum { KEY_LENGTH = 24, KEY_DIGITS = 22 };

static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/* The value of the header NAME from the I-th on; null: there is none. Moves I past it. */
static const char *
header_next(const struct http_request *request, const char *name, size_t *i)
{
	while (*i < request->header_count) {
		const struct http_header *header = &request->headers[(*i)++];

		if (strcasecmp(header->name, name) == 0)
			return header->value;
	}
	return NULL;
}

/* The value of a header that must come exactly once; else null. */
static const char *
header_once(const struct http_request *request, const char *name)
{
	size_t i = 0;
	const char *value = header_next(request, name, &i);

	return value && !header_next(request, name, &i) ? value : NULL;
}

/* Is WORD in a list like "keep-alive, Upgrade"? */
static bool
list_has(const char *list, const char *word, int (*compare)(const char *, const char *, size_t))
{
	size_t length = strlen(word);

	for (const char *at = list; *at; at += strcspn(at, ",")) {
		at += strspn(at, ", \t");
		if (compare(at, word, length) == 0 && (!at[length] || strchr(", \t", at[length])))
			return true;
	}
	return false;
}

static bool
header_has(const struct http_request *request, const char *name, const char *word,
    int (*compare)(const char *, const char *, size_t))
{
	const char *value;

	for (size_t i = 0; (value = header_next(request, name, &i));) {
		if (list_has(value, word, compare))
			return true;
	}
	return false;
}

bool
websocket_is_asked_for(const struct http_request *request)
{
	return header_has(request, "upgrade", "websocket", strncasecmp);
}

bool
websocket_offers_protocol(const struct http_request *request, const char *name)
{
	return header_has(request, "sec-websocket-protocol", name, strncmp);
}

/* 16 bytes as base64. */
static bool
key_is_valid(const char *key)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return strlen(key) == KEY_LENGTH && strspn(key, digits) == KEY_DIGITS &&
	    strcmp(key + KEY_DIGITS, "==") == 0;
}

static void
accept_write(const char *key, char accept[WEBSOCKET_ACCEPT_SIZE])
{
	char text[KEY_LENGTH + sizeof(guid)];
	unsigned char hash[CRYPTO_SHA1_BYTES];

	snprintf(text, sizeof(text), "%s%s", key, guid);
	crypto_sha1(text, sizeof(text) - 1, hash);
	crypto_base64_write(hash, sizeof(hash), accept);
}

static bool
malformed(struct problem *why, const char *detail)
{
	return problem_set(why, 400, "malformed_handshake", detail);
}

static bool
terms_read(const struct http_request *request, struct websocket_terms *terms, struct problem *why)
{
	const char *value;

	for (size_t i = 0; (value = header_next(request, "sec-websocket-extensions", &i));) {
		if (!websocket_deflate_offer(value, terms))
			return malformed(why, "Sec-WebSocket-Extensions is malformed.");
	}
	return true;
}

bool
websocket_handshake_read(const struct http_request *request, bool may_deflate,
    struct websocket_handshake *handshake, struct problem *why)
{
	const char *key = header_once(request, "sec-websocket-key");
	const char *version = header_once(request, "sec-websocket-version");

	*handshake = (struct websocket_handshake){ 0 };
	if (!websocket_is_asked_for(request))
		return problem_set(why, 426, "upgrade_required", "Here is a WebSocket.");
	if (strcmp(request->method, "GET") != 0 || request->is_http_1_0)
		return malformed(why, "A WebSocket begins with a GET of HTTP/1.1.");
	if (!header_has(request, "connection", "upgrade", strncasecmp))
		return malformed(why, "Connection must name Upgrade.");
	if (!version || strcmp(version, "13") != 0)
		return problem_set(
		    why, 426, "upgrade_required", "Version 13 of WebSocket is spoken here.");
	if (!key || !key_is_valid(key))
		return malformed(why, "Sec-WebSocket-Key must be 16 bytes as base64, once.");
	if (!terms_read(request, &handshake->terms, why))
		return false;
	if (!may_deflate)
		handshake->terms = (struct websocket_terms){ 0 };
	accept_write(key, handshake->accept);
	return true;
}
