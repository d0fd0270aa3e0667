/*
 * UTF-8 in pieces: every character there is, what is none, and where it is seen.
 */
#include "utf8.h"

#include <stdlib.h>

#include "text.h"

#include "test.h"

/* Writes CODE as UTF-8 would, allowed or not, in SIZE bytes. */
static void
encode(uint32_t code, size_t size, char *bytes)
{
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = size - 1; i > 0; i--, code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(leads[size] | code);
}

static size_t
size_of(uint32_t code)
{
	return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

static void
test_every_character(void)
{
	long long wrong = 0;
	char bytes[4];

	for (uint32_t code = 0; code <= 0x1fffff; code++) {
		bool is_character = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

		for (size_t size = size_of(code); size <= 4; size++) {
			encode(code, size, bytes);
			wrong += utf8_is_valid(bytes, size) !=
			    (is_character && size == size_of(code));
		}
	}
	is_int(wrong, 0, "every character is valid in its shortest form, and nothing else is");
}

/* How many bytes are read before it is seen that this is no text; -1: never. */
static int
seen_at(const char *bytes, size_t size)
{
	uint8_t state = UTF8_WHOLE;

	for (size_t i = 0; i < size; i++) {
		if (!utf8_continue(&state, bytes + i, 1))
			return (int)i + 1;
	}
	return -1;
}

static void
test_seen_at_once(void)
{
	static const struct {
		const char *bytes;
		int at;
	} rows[] = {
		{ "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", -1 },
		{ "\xce\xba\xe1\xbd\xb9\xf4\x90\x80\x80", 7 },
		{ "ab\xc0\x80", 3 },
		{ "ab\xff", 3 },
		{ "\xe0\x9f\xbf", 2 },
		{ "\xed\xa0\x80", 2 },
		{ "\xf0\x8f\xbf\xbf", 2 },
		{ "\xf5\x80", 1 },
		{ "\x80", 1 },
		{ "\xc3(", 2 },
		{ "\xe2\x82(", 3 },
		{ "\xf0\x9f\x98(", 4 },
		{ "12345678\xc3\xa9"
		  "12345678\xe9",
		    -1 },
		{ "12345678\xc3\xa9"
		  "12345678\xe9\xe9",
		    20 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(seen_at(rows[i].bytes, strlen(rows[i].bytes)), rows[i].at,
		    "seen at its first wrong byte, row %zu", i);
	ok(!utf8_is_valid("\xe2\x82", 2), "half a character is not whole");
	ok(utf8_is_valid("", 0), "nothing is valid");
	ok(utf8_is_valid("a\0b", 3), "a NUL is a character");
}

/* The text checker of lib/ knows no pieces: a second opinion. NUL is no text to it. */
static void
test_random(void)
{
	static const char *const parts[] = { "a", "12345678", "\xc3\xa9", "\xe2\x82\xac",
		"\xf0\x9f\x8d\x95", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf" };
	long long wrong = 0;

	srand(7);
	for (int run = 0; run < 100000; run++) {
		char bytes[64];
		size_t size = 0, cut;
		uint8_t state = UTF8_WHOLE;
		bool is_valid;

		while (size < 40) {
			const char *part =
			    parts[(size_t)rand() % (sizeof(parts) / sizeof(parts[0]))];

			memcpy(bytes + size, part, strlen(part));
			size += strlen(part);
		}
		if (rand() % 2)
			bytes[(size_t)rand() % size] = (char)(1 + rand() % 255);
		cut = (size_t)rand() % size;
		is_valid = utf8_continue(&state, bytes, cut) &&
		    utf8_continue(&state, bytes + cut, size - cut) && state == UTF8_WHOLE;
		wrong += is_valid != text_is_utf8(bytes, size);
		wrong += is_valid != utf8_is_valid(bytes, size);
	}
	is_int(wrong, 0, "100000 texts, damaged or not, cut anywhere");
}

int
main(void)
{
	test_every_character();
	test_seen_at_once();
	test_random();
	return done();
}
