/* Texts: building, encodings, and the checks of what comes from outside. */
#include "text.h"

#include "arena.h"
#include "test.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
	const char *bytes;
	size_t length;
	bool is_valid;
	const char *name;
} utf8_cases[] = {
	{ BYTES("plain"), true, "ASCII" },
	{ BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x8d\x95"), true, "2, 3 and 4 bytes" },
	{ BYTES("\xf4\x8f\xbf\xbf"), true, "U+10FFFF" },
	{ BYTES("a\0b"), false, "NUL" },
	{ BYTES("\xc0\x80"), false, "an overlong NUL" },
	{ BYTES("\xe0\x9f\xbf"), false, "an overlong 3 bytes" },
	{ BYTES("\xf0\x8f\xbf\xbf"), false, "an overlong 4 bytes" },
	{ BYTES("\xed\xa0\x80"), false, "a surrogate" },
	{ BYTES("\xf4\x90\x80\x80"), false, "above U+10FFFF" },
	{ BYTES("\x80"), false, "a continuation alone" },
	{ BYTES("\xe2\x82"), false, "cut short" },
	{ BYTES("\xff"), false, "0xff" },
};

static const struct {
	const char *encoded;
	bool plus_is_space;
	const char *decoded;
} percent_cases[] = {
	{ "a%20b", false, "a b" },
	{ "a+b", false, "a+b" },
	{ "a+b", true, "a b" },
	{ "%C3%a9", false, "\xc3\xa9" },
	{ "%2525", false, "%25" },
	{ "", false, "" },
	{ "%", false, NULL },
	{ "%2", false, NULL },
	{ "%zz", false, NULL },
	{ "a%00b", false, NULL },
	{ "%ff", false, NULL },
};

static const char *const emails[] = { "a@b.example", "first.last+tag@sub.example.com",
	"\xc3\xa9@b.example" };
static const char *const no_emails[] = {
	"",
	"a",
	"a@",
	"@b.c",
	"a@b",
	"a@b.",
	"a@@b.c",
	"a@b@c.d",
	"a b@c.d",
	"a@b..c",
	"a@.b",
	"a,b@c.d",
	"a@b.c\n",
	"<a@b.c>",
};
static const char *const phones[] = { "+31612345678", "+1234567", "+123456789012345" };
static const char *const no_phones[] = { "", "+", "31612345678", "+0612345678", "+123456",
	"+1234567890123456", "+3161 2345678", "+31612345678x" };

static void
test_builder(struct arena *arena)
{
	struct text text;

	text_start(&text, arena);
	is_string(text.bytes, "", "it starts empty");
	text_add(&text, "a");
	text_print(&text, "%d", 12);
	is_string(text.bytes, "a12", "it grows");
	for (int i = 0; i < 1000; i++)
		text_add_bytes(&text, "0123456789", 10);
	is_int((long long)text.length, 10003, "past its first capacity");
	is_int((long long)strlen(text.bytes), 10003, "and stays terminated");
}

static void
test_json(struct arena *arena)
{
	struct text text;

	text_start(&text, arena);
	text_add_json(&text, "a\"\\\n\x01\xc3\xa9");
	is_string(text.bytes, "\"a\\\"\\\\\\u000a\\u0001\xc3\xa9\"",
	    "a JSON string escapes what it must");
	text_start(&text, arena);
	text_add_pointer(&text, "a/b~c");
	is_string(text.bytes, "/a~1b~0c", "a pointer escapes what it must");
}

static void
test_checks(struct arena *arena)
{
	for (size_t i = 0; i < sizeof(utf8_cases) / sizeof(utf8_cases[0]); i++)
		is_int(text_is_utf8(utf8_cases[i].bytes, utf8_cases[i].length),
		    utf8_cases[i].is_valid, "UTF-8: %s", utf8_cases[i].name);
	for (size_t i = 0; i < sizeof(percent_cases) / sizeof(percent_cases[0]); i++)
		is_string(text_percent_decode(arena, percent_cases[i].encoded,
			      strlen(percent_cases[i].encoded), percent_cases[i].plus_is_space),
		    percent_cases[i].decoded, "percent-decoding of %s", percent_cases[i].encoded);
	is_int((long long)text_characters("a\xc3\xa9\xf0\x9f\x8d\x95"), 3,
	    "characters are code points");
}

static void
test_formats(void)
{
	for (size_t i = 0; i < sizeof(emails) / sizeof(emails[0]); i++)
		ok(text_is_email(emails[i]), "an e-mail address: %s", emails[i]);
	for (size_t i = 0; i < sizeof(no_emails) / sizeof(no_emails[0]); i++)
		ok(!text_is_email(no_emails[i]), "no e-mail address: case %zu", i);
	for (size_t i = 0; i < sizeof(phones) / sizeof(phones[0]); i++)
		ok(text_is_phone(phones[i]), "a phone number: %s", phones[i]);
	for (size_t i = 0; i < sizeof(no_phones) / sizeof(no_phones[0]); i++)
		ok(!text_is_phone(no_phones[i]), "no phone number: %s", no_phones[i]);
	ok(text_is_visible_ascii("aZ~!", 1, 4), "visible ASCII");
	ok(!text_is_visible_ascii("a b", 1, 4), "a space is not visible");
	ok(!text_is_visible_ascii("\xc3\xa9", 1, 4), "nor ASCII is what is above it");
	ok(!text_is_visible_ascii("", 1, 4) && !text_is_visible_ascii("abcde", 1, 4),
	    "too short, too long");
	ok(!text_is_visible_ascii(NULL, 0, 4), "null is no text");
}

int
main(void)
{
	struct arena *arena = arena_open();

	test_builder(arena);
	test_json(arena);
	test_checks(arena);
	test_formats();
	arena_close(&arena);
	return done();
}
