/*
 * Where a JSON value ends (RFC 8259). What events carry is not read here, only passed
 * on whole: so it must be JSON, and its parts must be found, but nothing is copied.
 */
#include <stdlib.h>
#include <string.h>

#include "socketio_packet.h"

static const char *value_end(const char *at, const char *end, unsigned depth);

const char *
socketio_json_space_end(const char *text, const char *end)
{
	while (text < end && (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r'))
		text++;
	return text;
}

static bool
is_digit(const char *at, const char *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* AT is behind the backslash. */
static const char *
escape_end(const char *at, const char *end)
{
	if (at == end)
		return NULL;
	if (*at != 'u')
		return *at != '\0' && strchr("\"\\/bfnrt", *at) ? at + 1 : NULL;
	if (end - at < 5)
		return NULL;
	for (int i = 1; i < 5; i++) {
		if (!is_hex(at[i]))
			return NULL;
	}
	return at + 5;
}

/* AT is behind the opening quote. */
static const char *
string_end(const char *at, const char *end)
{
	while (at && at < end && (unsigned char)*at >= ' ') {
		if (*at == '"')
			return at + 1;
		at = *at == '\\' ? escape_end(at + 1, end) : at + 1;
	}
	return NULL;
}

static const char *
digits_end(const char *at, const char *end)
{
	if (!is_digit(at, end))
		return NULL;
	while (is_digit(at, end))
		at++;
	return at;
}

static const char *
number_end(const char *at, const char *end)
{
	at += *at == '-';
	if (at < end && *at == '0')
		at++;
	else
		at = digits_end(at, end);
	if (at && at < end && *at == '.')
		at = digits_end(at + 1, end);
	if (!at || at == end || (*at != 'e' && *at != 'E'))
		return at;
	at++;
	at += at < end && (*at == '+' || *at == '-');
	return digits_end(at, end);
}

/* A member's name and its colon, with the white space around them. */
static const char *
key_end(const char *at, const char *end)
{
	at = socketio_json_space_end(at, end);
	if (at == end || *at != '"' || !(at = string_end(at + 1, end)))
		return NULL;
	at = socketio_json_space_end(at, end);
	return at < end && *at == ':' ? at + 1 : NULL;
}

/* AT is behind the opening bracket; CLOSING is the other. */
static const char *
list_end(const char *at, const char *end, char closing, unsigned depth)
{
	at = socketio_json_space_end(at, end);
	if (at < end && *at == closing)
		return at + 1;
	for (;;) {
		if (closing == '}' && !(at = key_end(at, end)))
			return NULL;
		at = value_end(socketio_json_space_end(at, end), end, depth);
		if (!at || (at = socketio_json_space_end(at, end)) == end)
			return NULL;
		if (*at == closing)
			return at + 1;
		if (*at++ != ',')
			return NULL;
	}
}

static const char *
word_end(const char *at, const char *end)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t size = strlen(words[i]);

		if ((size_t)(end - at) >= size && memcmp(at, words[i], size) == 0)
			return at + size;
	}
	return NULL;
}

static const char *
value_end(const char *at, const char *end, unsigned depth)
{
	if (at == end || depth == SOCKETIO_DEPTH_MAX)
		return NULL;
	if (*at == '"')
		return string_end(at + 1, end);
	if (*at == '{')
		return list_end(at + 1, end, '}', depth + 1);
	if (*at == '[')
		return list_end(at + 1, end, ']', depth + 1);
	if (*at == '-' || is_digit(at, end))
		return number_end(at, end);
	return word_end(at, end);
}

const char *
socketio_json_end(const char *text, const char *end)
{
	return value_end(text, end, 0);
}
