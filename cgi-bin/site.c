/*
 * What the REST programs share: see site.h.
 */
#include "site.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

const char *const site_roles[] = { "customer", "restaurant", "driver", "agent", "admin", NULL };

struct rate_limit_policy site_requests_limit = { .name = "requests", .reach = RATE_LIMIT_PROCESS };

void
site_limits_start(const struct config *config)
{
	site_requests_limit.quota = config->limit_requests;
	site_requests_limit.window_s = config->limit_requests_s;
}

/* Reads a code point of valid UTF-8 and moves TEXT behind it. */
static uint32_t
next_character(const char **text)
{
	const unsigned char *bytes = (const unsigned char *)*text;
	size_t more = bytes[0] >= 0xf0 ? 3 : bytes[0] >= 0xe0 ? 2 : bytes[0] >= 0xc0 ? 1 : 0;
	uint32_t character = more == 0 ? bytes[0] : bytes[0] & (0x3fu >> more);

	for (size_t i = 1; i <= more; i++)
		character = character << 6 | (bytes[i] & 0x3f);
	*text += more + 1;
	return character;
}

/* Unicode's Cc, and the separators of lines and paragraphs. */
static bool
is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
	    character == 0x2029;
}

/* Unicode's Zs, and what shows nothing at all. */
static bool
is_blank(uint32_t character)
{
	return character == ' ' || character == 0xa0 || character == 0x1680 ||
	    (character >= 0x2000 && character <= 0x200f) || character == 0x202f ||
	    character == 0x205f || character == 0x2060 || character == 0x3000 ||
	    character == 0xfeff;
}

static bool
is_break(uint32_t character)
{
	return character == '\n' || character == '\r' || character == '\t';
}

bool
site_is_line(const char *text)
{
	bool is_seen = false;

	while (*text != '\0') {
		uint32_t character = next_character(&text);

		if (is_control(character))
			return false;
		is_seen = is_seen || !is_blank(character);
	}
	return is_seen;
}

/* A mailbox with nothing in it that cannot be seen: two people could not tell it from another's. */
bool
site_is_email(const char *text)
{
	bool is_good = text_is_email(text);

	while (is_good && *text != '\0') {
		uint32_t character = next_character(&text);

		is_good = !is_control(character) && !is_blank(character);
	}
	return is_good;
}

bool
site_is_prose(const char *text)
{
	while (*text != '\0') {
		uint32_t character = next_character(&text);

		if (is_control(character) && !is_break(character))
			return false;
	}
	return true;
}
