/* Bodies: every trap of the parser, every rule of the tables. */
#include "json.h"

#include <stdlib.h>

#include "arena.h"
#include "problem.h"
#include "test.h"
#include "text.h"

#define UUID "01939f3e-0000-7000-8000-000000000000"

struct draft {
	const char *id, *name, *mail, *kind, *tip, *lat, *again, *items, *tags, *note, *extra;
	int64_t count;
	double weight;
	bool is_gift;
};

static const char *const kinds[] = { "cash", "card", NULL };

static const struct field item_fields[] = {
	MEMBER(id, ID),
	MEMBER(quantity, INT, .min = 1, .max = 99),
	MEMBER(note, STRING, .optional = true, .max = 5),
};

static const struct field draft_fields[] = {
	FIELD(struct draft, id, ID, .optional = true),
	FIELD(struct draft, name, STRING, .optional = true, .min = 2, .max = 4),
	FIELD(struct draft, mail, STRING, .optional = true, .check = text_is_email,
	    .be = "an e-mail address"),
	FIELD(struct draft, kind, ENUM, .optional = true, .words = kinds),
	FIELD(struct draft, tip, INT, .optional = true, .max = 1000, .otherwise = "7"),
	FIELD(struct draft, lat, NUMBER, .optional = true, .min = -90, .max = 90),
	FIELD(struct draft, again, BOOL, .optional = true),
	FIELD(struct draft, items, LIST, .optional = true, .min = 1, .max = 3, OF(item_fields)),
	FIELD(
	    struct draft, tags, LIST, .optional = true, .max = 2, EACH(STRING, .min = 1, .max = 3)),
	FIELD(struct draft, note, STRING, .optional = true, .nullable = true),
	FIELD(struct draft, extra, OBJECT, .optional = true),
	FIELD(struct draft, count, INT, .optional = true, .min = -5),
	FIELD(struct draft, weight, NUMBER, .optional = true),
	FIELD_NAMED("gift", struct draft, is_gift, BOOL, .optional = true),
};

static const struct field strict_fields[] = { MEMBER(a, STRING), MEMBER(b, INT) };

/* No JSON, or JSON that two readers may read in two ways: all 400. */
static const char *const malformed[] = {
	"",
	" ",
	"null",
	"1",
	"\"x\"",
	"[]",
	"{",
	"}",
	"{}x",
	"{}{}",
	"{} //",
	"{\"name\":\"ab\",}",
	"{,}",
	"{'name':'ab'}",
	"{name:1}",
	"{\"lat\":NaN}",
	"{\"lat\":nan}",
	"{\"lat\":Infinity}",
	"{\"lat\":-Infinity}",
	"{\"tip\":01}",
	"{\"tip\":+1}",
	"{\"tip\":1.}",
	"{\"tip\":.5}",
	"{\"tip\":0x10}",
	"{\"tip\":1e}",
	"{\"tip\":-}",
	"{\"tip\":TRUE}",
	"{\"again\":True}",
	"{\"note\":nul}",
	"{\"note\":\"a\tb\"}",
	"{\"note\":\"a\nb\"}",
	"{\"note\":\"\\u0000\"}",
	"{\"a\\u0000b\":1}",
	"{\"note\":\"\\ud800\"}",
	"{\"note\":\"\\ud800x\"}",
	"{\"note\":\"\\udc00\"}",
	"{\"note\":\"\\ud800\\ud800\"}",
	"{\"note\":\"\\x\"}",
	"{\"note\":\"\\u12\"}",
	"{\"note\":\"\xff\"}",
	"{\"note\":\"\xc0\x80\"}",
	"{\"note\":\"\xed\xa0\x80\"}",
	"\xef\xbb\xbf{}",
	"{\"note\":\"",
	"{\"note\":\"\\",
	"{\"note\":\"a\",\"note\":\"b\"}",
	"{\"note\":\"a\",\"n\\u006fte\":\"a\"}",
	"{\"extra\":{\"x\":[{\"a\":1,\"a\":1}]}}",
	"{\"extra\":[[[[[[[[[]]]]]]]]]}",
	"{/**/}",
	"{\"tip\":1 2}",
	"{\"tip\" 1}",
	"\f{}",
};

/* A body, and what is wrong with it: CODE POINTER DETAIL. */
static const struct {
	const char *body, *code, *pointer, *detail;
} refused[] = {
	{ "{\"x\":1}", "unknown_field", "/x", "is not known here" },
	{ "{\"a/b~c\":1}", "unknown_field", "/a~1b~0c", "is not known here" },
	{ "{\"\":1}", "unknown_field", "/", "is not known here" },
	{ "{\"id\":\"1\"}", "invalid_fields", "/id", "must be a UUID in lower case" },
	{ "{\"id\":1}", "invalid_fields", "/id", "must be a UUID, a string" },
	{ "{\"id\":null}", "invalid_fields", "/id", "must not be null" },
	{ "{\"name\":\"a\"}", "invalid_fields", "/name", "must have 2 to 4 characters" },
	{ "{\"name\":\"abcde\"}", "invalid_fields", "/name", "must have 2 to 4 characters" },
	{ "{\"name\":12}", "invalid_fields", "/name", "must be a string" },
	{ "{\"mail\":\"a@b\"}", "invalid_fields", "/mail", "must be an e-mail address" },
	{ "{\"kind\":\"gold\"}", "invalid_fields", "/kind", "must be one of: cash, card" },
	{ "{\"kind\":true}", "invalid_fields", "/kind", "must be a string" },
	{ "{\"tip\":\"1\"}", "invalid_fields", "/tip", "must be a whole number" },
	{ "{\"tip\":\"12abc\"}", "invalid_fields", "/tip", "must be a whole number" },
	{ "{\"tip\":1.0}", "invalid_fields", "/tip", "must be a whole number" },
	{ "{\"tip\":1e2}", "invalid_fields", "/tip", "must be a whole number" },
	{ "{\"tip\":true}", "invalid_fields", "/tip", "must be a whole number" },
	{ "{\"tip\":-1}", "invalid_fields", "/tip", "must be a whole number from 0 to 1000" },
	{ "{\"tip\":1001}", "invalid_fields", "/tip", "must be a whole number from 0 to 1000" },
	{ "{\"tip\":99999999999999999999}", "invalid_fields", "/tip",
	    "must be a whole number from 0 to 1000" },
	{ "{\"tip\":-99999999999999999999}", "invalid_fields", "/tip",
	    "must be a whole number from 0 to 1000" },
	{ "{\"count\":9007199254740992}", "invalid_fields", "/count",
	    "must be a whole number from -5 to 9007199254740991" },
	{ "{\"count\":9223372036854775808}", "invalid_fields", "/count",
	    "must be a whole number from -5 to 9007199254740991" },
	{ "{\"lat\":90.1}", "invalid_fields", "/lat", "must be from -90 to 90" },
	{ "{\"lat\":\"4\"}", "invalid_fields", "/lat", "must be a number" },
	{ "{\"weight\":1e400}", "invalid_fields", "/weight", "must be a number" },
	{ "{\"weight\":-0.1}", "invalid_fields", "/weight", "must be at least 0" },
	{ "{\"again\":1}", "invalid_fields", "/again", "must be true or false" },
	{ "{\"again\":\"true\"}", "invalid_fields", "/again", "must be true or false" },
	{ "{\"items\":{}}", "invalid_fields", "/items", "must be a list" },
	{ "{\"items\":[]}", "invalid_fields", "/items", "must have 1 to 3 elements" },
	{ "{\"items\":[1]}", "invalid_fields", "/items/0", "must be an object" },
	{ "{\"items\":[null]}", "invalid_fields", "/items/0", "must not be null" },
	{ "{\"items\":[{\"id\":\"" UUID "\"}]}", "invalid_fields", "/items/0/quantity",
	    "is missing" },
	{ "{\"items\":[{\"id\":\"" UUID "\",\"quantity\":0}]}", "invalid_fields",
	    "/items/0/quantity", "must be a whole number from 1 to 99" },
	{ "{\"items\":[{\"id\":\"" UUID "\",\"quantity\":1,\"x\":1}]}", "unknown_field",
	    "/items/0/x", "is not known here" },
	{ "{\"tags\":[\"a\",\"b\",\"c\"]}", "invalid_fields", "/tags",
	    "must have 0 to 2 elements" },
	{ "{\"tags\":[\"a\",7]}", "invalid_fields", "/tags/1", "must be a string" },
	{ "{\"tags\":[\"abcd\"]}", "invalid_fields", "/tags/0", "must have 1 to 3 characters" },
	{ "{\"extra\":[]}", "invalid_fields", "/extra", "must be an object" },
};

static bool
read_draft(struct arena *arena, const char *body, struct draft *draft, struct problem *why)
{
	return json_read_text(
	    arena, body, strlen(body), draft_fields, FIELD_COUNT(draft_fields), draft, why);
}

static void
test_malformed(struct arena *arena)
{
	struct draft draft;
	struct problem why = { 0 };

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		bool is_refused = !read_draft(arena, malformed[i], &draft, &why);

		ok(is_refused && why.status == 400 && !strcmp(why.code, "malformed_json"),
		    "malformed, case %zu", i);
	}
	ok(!json_read_text(arena, "{\"note\":\"\0\"}", 12, draft_fields, FIELD_COUNT(draft_fields),
	       &draft, &why) &&
		why.status == 400,
	    "a raw NUL in a string");
	ok(!json_read_text(
	       arena, "{}\0", 3, draft_fields, FIELD_COUNT(draft_fields), &draft, &why) &&
		why.status == 400,
	    "a raw NUL behind");
}

static void
test_refused(struct arena *arena)
{
	struct draft draft;
	struct problem why;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (!ok(!read_draft(arena, refused[i].body, &draft, &why) && why.errors,
			"%s is refused", refused[i].body))
			continue;
		is_int(why.status, 422, "with 422");
		is_string(why.code, refused[i].code, "with its code");
		is_string(why.errors->pointer, refused[i].pointer, "with its pointer");
		is_string(why.errors->detail, refused[i].detail, "with its detail");
		ok(!why.errors->next, "and nothing else");
	}
}

static void
test_collected(struct arena *arena)
{
	struct problem why;
	struct text body;
	int told = 0;

	ok(!json_read_text(arena, "{\"b\":\"x\",\"c\":1}", 15, strict_fields,
	       FIELD_COUNT(strict_fields), NULL, &why),
	    "several errors");
	is_string(why.code, "unknown_field", "an unknown field names the problem");
	is_string(why.errors->pointer, "/c", "it comes first");
	is_string(why.errors->next->pointer, "/a", "what is missing is told too");
	is_string(why.errors->next->next->pointer, "/b", "and what is wrong");

	text_start(&body, arena);
	text_add(&body, "{\"tags\":[]");
	for (int i = 0; i < 1000; i++)
		text_print(&body, ",\"x%d\":1", i);
	text_add(&body, "}");
	ok(!json_read_text(arena, body.bytes, body.length, draft_fields, FIELD_COUNT(draft_fields),
	       &(struct draft){ 0 }, &why),
	    "a thousand errors");
	for (struct problem_error *error = why.errors; error; error = error->next)
		told++;
	is_int(told, 20, "of which twenty are told");
}

static void
test_values(struct arena *arena)
{
	struct draft draft;
	struct problem why;

	memset(&draft, 0xff, sizeof(draft));
	ok(read_draft(arena, " {}\r\n", &draft, &why), "an empty object");
	is_string(draft.id, NULL, "absent is null");
	is_string(draft.tip, "7", "or the default");
	ok(draft.count == 0 && draft.weight == 0 && !draft.is_gift, "or zero");

	ok(read_draft(arena,
	       "{\"id\":\"" UUID
	       "\",\"name\":\"\\u00e9\\ud83c\\udf55\",\"tip\":0,\"lat\":-52.370216,\"again\":false,"
	       "\"note\":null,\"count\":-5,\"weight\":1e3,\"gift\":true,\"kind\":\"card\",\"extra\":{\"a\":[1,\"/\"]},"
	       "\"items\":[{\"quantity\":2, \"id\":\"" UUID "\"}], \"tags\":[]}",
	       &draft, &why),
	    "a full one");
	is_string(draft.id, UUID, "an id");
	is_string(
	    draft.name, "\xc3\xa9\xf0\x9f\x8d\x95", "escapes are undone, pairs are one character");
	is_string(draft.tip, "0", "a number as an SQL parameter");
	is_string(draft.lat, "-52.370216", "with the digits that were sent");
	is_string(draft.again, "false", "false as an SQL parameter");
	is_string(draft.note, NULL, "null is null");
	is_int(draft.count, -5, "a number for C");
	ok(draft.weight == 1000.0 && draft.is_gift, "a fraction and a truth for C");
	is_string(draft.extra, "{\"a\":[1,\"/\"]}", "an object as JSON");
	is_string(draft.items, "[{\"quantity\":2,\"id\":\"" UUID "\"}]", "a list as JSON");
	is_string(draft.tags, "[]", "an empty list");
}

static void
test_whole(struct arena *arena)
{
	const char *whole = NULL;
	struct problem why;

	ok(json_whole_text(arena, "{ \"note\" : null, \"tip\": 3 }", 27, draft_fields,
	       FIELD_COUNT(draft_fields), &whole, &why),
	    "a whole");
	is_string(whole, "{\"note\":null,\"tip\":3}", "keeps null apart from absent");
	ok(!json_whole_text(
	       arena, "{\"tip\":-1}", 10, draft_fields, FIELD_COUNT(draft_fields), &whole, &why),
	    "is checked too");
}

static void
test_depth(struct arena *arena)
{
	struct draft draft;
	struct problem why;

	ok(read_draft(arena, "{\"extra\":{\"a\":[[[[[[]]]]]]}}", &draft, &why), "eight levels");
	ok(!read_draft(arena, "{\"extra\":{\"a\":[[[[[[[]]]]]]]}}", &draft, &why) &&
		why.status == 400,
	    "and not nine");
}

static void
check_glance(const char *text, const char *name, const char *expected)
{
	struct json_glimpse glimpse;
	char found[64];

	if (!json_glance(text, strlen(text), name, &glimpse)) {
		is_string(NULL, expected, "a glance for %s at %s", name, text);
		return;
	}
	snprintf(found, sizeof(found), "%.*s", (int)glimpse.length, glimpse.text);
	is_string(found, expected, "a glance for %s at %s", name, text);
}

static void
test_glance(void)
{
	check_glance("{\"op\":\"go\",\"id\":12}", "op", "\"go\"");
	check_glance("{\"op\":\"go\",\"id\":12}", "id", "12");
	check_glance(" { \"id\" : 12 , \"op\" : \"g\\\"o\" } ", "op", "\"g\\\"o\"");
	check_glance("{\"a\":{\"op\":1},\"b\":[{\"op\":2}],\"op\":3}", "op", "3");
	check_glance("{\"a\":\"op\",\"b\":\"\\\"op\\\":4\"}", "op", NULL);
	check_glance("{\"ops\":1,\"o\":2}", "op", NULL);
	check_glance("{\"op\":{}}", "op", "{");
	check_glance("{\"op\":", "op", NULL);
	check_glance("{\"op", "op", NULL);
	check_glance("{\"op\\", "op", NULL);
	check_glance("", "op", NULL);
	check_glance("[\"op\",1]", "op", NULL);
}

static void
test_peek(struct arena *arena)
{
	static const char text[] = "{\"id\":7,\"op\":\"a\\u0062\",\"more\":[1]}";
	struct peeked {
		const char *op, *id, *none;
	} peeked;
	static const struct field fields[] = {
		FIELD(struct peeked, op, STRING),
		FIELD(struct peeked, id, INT),
		FIELD(struct peeked, none, STRING),
	};
	struct problem why;

	ok(json_peek_text(arena, text, strlen(text), fields, FIELD_COUNT(fields), &peeked, &why),
	    "a peek passes over what it does not know");
	is_string(peeked.op, "ab", "and finds what it does");
	is_string(peeked.id, "7", "a number too");
	is_string(peeked.none, NULL, "not what is not there");
	ok(json_peek_text(arena, "{\"id\":\"7\",\"op\":null}", 20, fields, FIELD_COUNT(fields),
	       &peeked, &why) &&
		!peeked.id && !peeked.op,
	    "nor what is something else");
	ok(!json_peek_text(arena, "[]", 2, fields, FIELD_COUNT(fields), &peeked, &why) &&
		why.status == 400,
	    "it wants an object");
}

int
main(void)
{
	struct arena *arena = arena_open();

	test_malformed(arena);
	test_refused(arena);
	test_collected(arena);
	test_values(arena);
	test_whole(arena);
	test_depth(arena);
	test_glance();
	test_peek(arena);
	arena_close(&arena);
	return done();
}
