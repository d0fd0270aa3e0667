/*
 * A look at JSON text before the parser's: what json-c 0.16 lets through even when strict.
 */
#include "json_traps.h"

#include <ctype.h>
#include <string.h>

#include "text.h"

/* The four digits of a \u escape at TEXT; -1: they are none (the parser says so too). */
static long
escape_value(const char *text, const char *end)
{
	long value = 0;

	if (end - text < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return -1;
		value = value << 4 |
		    (isdigit((unsigned char)text[i]) ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10);
	}
	return value;
}

static bool
is_high_surrogate(long value)
{
	return value >= 0xd800 && value <= 0xdbff;
}

static bool
is_low_surrogate(long value)
{
	return value >= 0xdc00 && value <= 0xdfff;
}

/* Goes over the escape at *AT. Null, or what is wrong with it. */
static const char *
pass_escape(const char **at, const char *end)
{
	long value = escape_value(*at, end);

	*at += 2;
	if (value == -1)
		return NULL;
	*at += 4;
	if (value == 0)
		return "Text holds a NUL.";
	if (is_low_surrogate(value))
		return "Text holds half of a surrogate pair.";
	if (!is_high_surrogate(value))
		return NULL;
	if (!is_low_surrogate(escape_value(*at, end)))
		return "Text holds half of a surrogate pair.";
	*at += 6;
	return NULL;
}

/* Goes over the string whose opening quote is before *AT, its closing quote included. */
static const char *
pass_string(const char **at, const char *end)
{
	const char *complaint;

	while (*at < end && **at != '"') {
		if ((unsigned char)**at < 0x20)
			return "Text holds a control character.";
		if (**at != '\\') {
			++*at;
			continue;
		}
		complaint = pass_escape(at, end);
		if (complaint)
			return complaint;
	}
	if (*at < end)
		++*at;
	return NULL;
}

const char *
json_traps(const char *text, size_t length, size_t *members)
{
	const char *end = text + length, *complaint;

	*members = 0;
	if (!text_is_utf8(text, length))
		return "Text is not UTF-8, or holds a NUL.";
	for (const char *at = text; at < end;) {
		char c = *at++;

		if (c == '"') {
			complaint = pass_string(&at, end);
			if (complaint)
				return complaint;
		} else if (!strchr("{}[],:0123456789+-.eE \t\r\ntrufalsn", c)) {
			return "There is something that is not JSON.";
		} else if (c == '.' && (at == end || !isdigit((unsigned char)*at))) {
			return "A number ends with its point.";
		}
		*members += c == ':';
	}
	return NULL;
}
