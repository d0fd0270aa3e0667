/*
 * Reading a request's head. A line is cut off at a time, and each kind of line has
 * one function that takes it apart. To read more of a head: another such function.
 */
#include "http_request.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "problem.h"

size_t
http_head_size(const char *bytes, size_t size_bytes, size_t *scanned)
{
	for (size_t i = *scanned; i < size_bytes; i++) {
		if (bytes[i] != '\n' || i == 0)
			continue;
		/* A bare line feed ends a line here, so that the parser may refuse it instead of waiting for ever. */
		if (bytes[i - 1] == '\n' || (i > 1 && bytes[i - 1] == '\r' && bytes[i - 2] == '\n'))
			return i + 1;
	}
	*scanned = size_bytes;
	return 0;
}

static bool
malformed(struct problem *why, const char *detail)
{
	return problem_set(why, 400, "malformed_request", detail);
}

/* RFC 9110, 5.6.2: what methods and header names are made of. */
static bool
is_token(const char *text)
{
	static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
				      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *text && text[strspn(text, allowed)] == '\0';
}

/* Cuts the next line off REST. Null: it does not end in CRLF, or holds a control character. */
static char *
line_cut(char **rest)
{
	char *line = *rest, *end = line;

	while ((unsigned char)*end >= ' ' || *end == '\t')
		end++;
	if (end[0] != '\r' || end[1] != '\n')
		return NULL;
	*end = '\0';
	*rest = end + 2;
	return line;
}

/* "http://host/path" is as good as "/path" (RFC 9112, 3.2.2). */
static char *
target_origin(char *target)
{
	char *path;

	if (strncasecmp(target, "http://", 7) != 0)
		return target;
	path = strchr(target + 7, '/');
	return path ? path : target;
}

static bool
target_read(struct http_request *request, char *target, struct problem *why)
{
	char *query;

	if (strlen(target) > HTTP_TARGET_MAX)
		return problem_set(
		    why, 414, "uri_too_long", "The address of this request is too long.");
	target = target_origin(target);
	/* "*" asks about the server as a whole (OPTIONS); no route is called so. */
	if (*target != '/' && strcmp(target, "*") != 0)
		return malformed(why, "The request's target must be a path.");
	query = strchr(target, '?');
	if (query)
		*query++ = '\0';
	request->path = target;
	request->query = query ? query : "";
	return true;
}

static bool
request_line_read(struct http_request *request, char *line, struct problem *why)
{
	char *target = strchr(line, ' '), *version;

	if (!target)
		return malformed(why, "The request line has no target.");
	*target++ = '\0';
	version = strchr(target, ' ');
	if (!version || !is_token(line))
		return malformed(why, "The request line is malformed.");
	*version++ = '\0';
	if (strncmp(version, "HTTP/", 5) != 0)
		return malformed(why, "The request line names no HTTP version.");
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		return problem_set(
		    why, 505, "http_version", "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
	request->method = line;
	request->is_http_1_0 = strcmp(version, "HTTP/1.0") == 0;
	return target_read(request, target, why);
}

static bool
header_read(struct http_request *request, char *line, struct problem *why)
{
	char *value = strchr(line, ':'), *end;

	if (!value)
		return malformed(why, "A header has no colon.");
	*value++ = '\0';
	if (!is_token(line))
		return malformed(why, "A header's name is malformed.");
	if (request->header_count == HTTP_HEADERS_MAX)
		return problem_set(why, 431, "headers_too_large", "There are too many headers.");
	value += strspn(value, " \t");
	for (end = value + strlen(value); end > value && strchr(" \t", end[-1]);)
		*--end = '\0';
	request->headers[request->header_count++] = (struct http_header){ line, value };
	return true;
}

/* How often a header comes. */
static size_t
header_times(const struct http_request *request, const char *name)
{
	size_t found = 0;

	for (size_t i = 0; i < request->header_count; i++)
		found += strcasecmp(request->headers[i].name, name) == 0;
	return found;
}

/* What decides who is meant, who asks and how much may come once, lest we and the proxy take different ones. */
static bool
headers_agree(const struct http_request *request, struct problem *why)
{
	static const char *const once[] = { "host", "authorization", "content-length", "origin",
		"sec-fetch-site" };

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		if (header_times(request, once[i]) > 1)
			return malformed(why,
			    "Host, Authorization, Content-Length, Origin and Sec-Fetch-Site may come once.");
	}
	/* RFC 9112, 3.2. */
	if (!request->is_http_1_0 && header_times(request, "host") == 0)
		return malformed(why, "Host is missing.");
	return true;
}

bool
http_request_parse(struct http_request *request, char *head, size_t size_bytes, struct problem *why)
{
	char *line;

	*request = (struct http_request){ 0 };
	head[size_bytes] = '\0';
	line = line_cut(&head);
	if (!line)
		return malformed(why, "The request line must be text that ends in CRLF.");
	if (!request_line_read(request, line, why))
		return false;
	while ((line = line_cut(&head)) && *line) {
		if (!header_read(request, line, why))
			return false;
	}
	if (!line)
		return malformed(why, "A header must be text that ends in CRLF.");
	return headers_agree(request, why);
}

const char *
http_request_header(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	}
	return NULL;
}
