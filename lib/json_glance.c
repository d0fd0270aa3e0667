/*
 * Finding one member of an object without reading all of it. Whatever stands in strings
 * or deeper inside is passed over; whether it is JSON is not asked.
 */
#include <string.h>

#include "json.h"

/* Behind the string whose opening quote is at AT. */
static const char *
string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at < end ? at + 1 : end;
}

static const char *
space_end(const char *at, const char *end)
{
	while (at < end && *at && strchr(" \t\r\n", *at))
		at++;
	return at;
}

/* Behind the scalar at AT. */
static const char *
scalar_end(const char *at, const char *end)
{
	if (at < end && *at == '"')
		return string_end(at, end);
	while (at < end && *at && !strchr(",}] \t\r\n", *at))
		at++;
	return at;
}

/* Is the string from START to END the name of a member, and this one? Then *VALUE is where its value begins. */
static bool
is_member(
    const char *start, const char *end, const char *text_end, const char *name, const char **value)
{
	size_t length = strlen(name);
	const char *colon = space_end(end, text_end);

	if ((size_t)(end - start) != length + 2 || memcmp(start + 1, name, length) != 0 ||
	    colon == text_end || *colon != ':')
		return false;
	*value = space_end(colon + 1, text_end);
	return true;
}

bool
json_glance(const char *text, size_t length, const char *name, struct json_glimpse *glimpse)
{
	const char *end = text + length, *next;
	int depth = 0;

	for (const char *at = text; at < end; at = next) {
		next = at + 1;
		depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
		if (*at != '"')
			continue;
		next = string_end(at, end);
		if (depth != 1 || !is_member(at, next, end, name, &glimpse->text))
			continue;
		glimpse->length = (size_t)(scalar_end(glimpse->text, end) - glimpse->text);
		return glimpse->length > 0;
	}
	return false;
}
