/* Queries: decoded, and checked by the same tables as bodies. */
#include "query.h"

#include "arena.h"
#include "page.h"
#include "problem.h"
#include "test.h"

struct search {
	const char *q, *sort, *lat, *open_now;
	const char *limit, *page;
	int64_t radius_m;
};

static const char *const sorts[] = { "name", "rating", NULL };

static const struct field search_fields[] = {
	FIELD(struct search, q, STRING, .optional = true, .min = 1, .max = 10),
	FIELD(struct search, sort, ENUM, .optional = true, .words = sorts),
	FIELD(struct search, lat, NUMBER, .optional = true, .min = -90, .max = 90),
	FIELD(struct search, open_now, BOOL, .optional = true),
	FIELD(struct search, radius_m, INT, .optional = true, .min = 1, .max = 50000),
	PAGE_FIELDS(struct search),
};

static const struct field strict_fields[] = { FIELD(struct search, q, STRING) };

/* A query, and the parameter that is told of. */
static const struct {
	const char *query, *parameter, *detail;
} refused[] = {
	{ "x=1", "x", "is not known here" },
	{ "=1", "", "is not known here" },
	{ "q=a&q=b", "q", "is given twice" },
	{ "q=%ff", "q", "is not properly encoded" },
	{ "q=%0", "q", "is not properly encoded" },
	{ "q=%00", "q", "is not properly encoded" },
	{ "q=", "q", "must have 1 to 10 characters" },
	{ "%zz=1", "", "is not properly encoded" },
	{ "sort=price", "sort", "must be one of: name, rating" },
	{ "lat=91", "lat", "must be from -90 to 90" },
	{ "lat=nan", "lat", "must be a number" },
	{ "lat=0x1", "lat", "must be a number" },
	{ "lat=+1", "lat", "must be a number" },
	{ "lat=", "lat", "must be a number" },
	{ "lat=1e999", "lat", "must be a number" },
	{ "open_now=1", "open_now", "must be true or false" },
	{ "limit=0", "limit", "must be a whole number from 1 to 100" },
	{ "limit=101", "limit", "must be a whole number from 1 to 100" },
	{ "limit=12abc", "limit", "must be a whole number from 1 to 100" },
	{ "limit=99999999999999999999", "limit", "must be a whole number from 1 to 100" },
	{ "limit=1.5", "limit", "must be a whole number from 1 to 100" },
	{ "limit=010", "limit", "must be a whole number from 1 to 100" },
	{ "page=", "page", "must have 1 to 1024 characters" },
};

static bool
read_search(struct arena *arena, const char *query, struct search *search, struct problem *why)
{
	return query_read_text(
	    arena, query, search_fields, FIELD_COUNT(search_fields), search, why);
}

static void
test_refused(struct arena *arena)
{
	struct search search;
	struct problem why;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (!ok(!read_search(arena, refused[i].query, &search, &why) && why.errors,
			"%s is refused", refused[i].query))
			continue;
		is_int(why.status, 400, "with 400");
		is_string(why.code, "invalid_parameter", "with its code");
		is_string(why.errors->parameter, refused[i].parameter, "naming it");
		is_string(why.errors->detail, refused[i].detail, "with its detail");
		ok(!why.errors->next, "and nothing else");
	}
	ok(!query_read_text(arena, "", strict_fields, 1, &search, &why),
	    "what must be there is missing");
	is_string(why.errors->detail, "is missing", "and told");
}

static void
test_read(struct arena *arena)
{
	struct search search;
	struct problem why;

	memset(&search, 0xff, sizeof(search));
	ok(read_search(arena, "", &search, &why), "an empty query");
	ok(!search.q && !search.sort && !search.page && search.radius_m == 0,
	    "absent is null, or zero");
	is_string(search.limit, "20", "or the default");

	ok(read_search(arena,
	       "q=caf%C3%A9+au&lat=-52.37&open_now=true&&limit=5&as=driver&radius_m=300&page=ab",
	       &search, &why),
	    "a full one");
	is_string(search.q, "caf\xc3\xa9 au", "decoded");
	is_string(search.lat, "-52.37", "a number as an SQL parameter");
	is_string(search.open_now, "true", "a truth too");
	is_string(search.limit, "5", "the limit");
	is_string(search.page, "ab", "the page");
	is_int(search.radius_m, 300, "a number for C");
}

static void
test_value(struct arena *arena)
{
	is_string(query_value(arena, "a=1&b=%20x&c", "b"), " x", "one value");
	is_string(
	    query_value(arena, "a=1&b=%20x&c", "c"), "", "without an equals sign it is empty");
	is_string(query_value(arena, "a=1", "b"), NULL, "not there");
	is_string(query_value(arena, "ab=1", "a"), NULL, "no prefix");
}

int
main(void)
{
	struct arena *arena = arena_open();

	test_refused(arena);
	test_read(arena);
	test_value(arena);
	arena_close(&arena);
	return done();
}
