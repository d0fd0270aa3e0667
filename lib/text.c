/*
 * The builder and the checks of text.h.
 */
#include "text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"

#define FIRST_CAPACITY 256

/*
 * Forms of UTF-8 by their lead byte (RFC 3629, section 4); the second byte's range is where
 * they differ.
 */
static const struct {
	unsigned char lead_min, lead_max;
	unsigned char second_min, second_max;
	size_t length;
} utf8_forms[] = {
	{ 0x01, 0x7f, 0x00, 0x00, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

void
text_start(struct text *text, struct arena *arena)
{
	*text = (struct text){
		.arena = arena,
		.bytes = arena_alloc(arena, FIRST_CAPACITY),
		.capacity = FIRST_CAPACITY,
	};
}

/* Makes room for LENGTH bytes more and the NUL. */
static void
reserve(struct text *text, size_t length)
{
	size_t wanted = text->length + length + 1;
	size_t capacity = text->capacity;

	if (wanted <= capacity)
		return;
	while (capacity < wanted)
		capacity *= 2;
	text->bytes = arena_grow(text->arena, text->bytes, text->capacity, capacity);
	text->capacity = capacity;
}

void
text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	reserve(text, length);
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void
text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void
text_print(struct text *text, const char *format, ...)
{
	size_t room = text->capacity - text->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->bytes + text->length, room, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length >= room) {
		reserve(text, (size_t)length);
		va_start(arguments, format);
		vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
		va_end(arguments);
	}
	text->length += (size_t)length;
}

void
text_add_json(struct text *text, const char *string)
{
	text_add_bytes(text, "\"", 1);
	for (const char *c = string; *c; c++) {
		if (*c == '"' || *c == '\\')
			text_print(text, "\\%c", *c);
		else if ((unsigned char)*c < 0x20)
			text_print(text, "\\u%04x", (unsigned)*c);
		else
			text_add_bytes(text, c, 1);
	}
	text_add_bytes(text, "\"", 1);
}

void
text_add_pointer(struct text *text, const char *token)
{
	text_add_bytes(text, "/", 1);
	for (const char *c = token; *c; c++) {
		if (*c == '~')
			text_add(text, "~0");
		else if (*c == '/')
			text_add(text, "~1");
		else
			text_add_bytes(text, c, 1);
	}
}

/* The length of the character at BYTES; 0: none starts there. */
static size_t
utf8_length(const unsigned char *bytes, size_t left)
{
	for (size_t i = 0; i < sizeof(utf8_forms) / sizeof(utf8_forms[0]); i++) {
		if (bytes[0] < utf8_forms[i].lead_min || bytes[0] > utf8_forms[i].lead_max)
			continue;
		if (utf8_forms[i].length > left)
			return 0;
		if (utf8_forms[i].length > 1 &&
		    (bytes[1] < utf8_forms[i].second_min || bytes[1] > utf8_forms[i].second_max))
			return 0;
		for (size_t k = 2; k < utf8_forms[i].length; k++)
			if ((bytes[k] & 0xc0) != 0x80)
				return 0;
		return utf8_forms[i].length;
	}
	return 0;
}

bool
text_is_utf8(const char *bytes, size_t length)
{
	size_t step;

	for (size_t at = 0; at < length; at += step) {
		unsigned char lead = (unsigned char)bytes[at];

		/* Nearly all of it, as a rule. */
		step = lead > 0 && lead < 0x80
		    ? 1
		    : utf8_length((const unsigned char *)bytes + at, length - at);
		if (!step)
			return false;
	}
	return true;
}

size_t
text_characters(const char *string)
{
	size_t characters = 0;

	for (; *string; string++)
		characters += (*string & 0xc0) != 0x80;
	return characters;
}

bool
text_is_visible_ascii(const char *string, size_t min, size_t max)
{
	size_t length = 0;

	if (!string)
		return false;
	for (; string[length]; length++)
		if (length == max || string[length] < '!' || string[length] > '~')
			return false;
	return length >= min;
}

bool
text_is_email(const char *string)
{
	const char *at = strchr(string, '@');
	const char *dot;

	if (!at || at == string || at - string > 64 || strchr(at + 1, '@') || strlen(string) > 254)
		return false;
	for (const char *c = string; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("\"(),:;<>[\\]", *c))
			return false;
	dot = strrchr(at, '.');
	return dot && dot > at + 1 && dot[1] && !strstr(at, "..");
}

bool
text_is_phone(const char *string)
{
	size_t digits;

	if (string[0] != '+' || string[1] < '1' || string[1] > '9')
		return false;
	digits = strspn(string + 1, "0123456789");
	return digits >= 7 && digits <= 15 && !string[1 + digits];
}

/* The byte that two hexadecimal digits stand for; -1: they are none. */
static int
hex_byte(const char *digits)
{
	static const char hexadecimal[] = "0123456789abcdef";
	int value = 0;

	for (int i = 0; i < 2; i++) {
		const char *digit = memchr(hexadecimal, tolower((unsigned char)digits[i]), 16);

		if (!digit)
			return -1;
		value = value * 16 + (int)(digit - hexadecimal);
	}
	return value;
}

const char *
text_percent_decode(struct arena *arena, const char *bytes, size_t length, bool plus_is_space)
{
	char *decoded = arena_alloc(arena, length + 1);
	size_t out = 0;

	for (size_t i = 0; i < length; i++, out++) {
		decoded[out] = plus_is_space && bytes[i] == '+' ? ' ' : bytes[i];
		if (bytes[i] != '%')
			continue;
		int value = length - i < 3 ? -1 : hex_byte(bytes + i + 1);

		if (value < 0)
			return NULL;
		decoded[out] = (char)value;
		i += 2;
	}
	return text_is_utf8(decoded, out) ? decoded : NULL;
}
