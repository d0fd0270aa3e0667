/*
 * uuid: made as version 7, read in one spelling.
 */
#include "uuid.h"

#include "clock.h"
#include "test.h"

static void
test_new(void)
{
	char a[UUID_TEXT_SIZE], b[UUID_TEXT_SIZE];

	/* The example of RFC 9562, appendix A.6: 2022-02-22T19:22:22.000Z. */
	clock_freeze(1645557742000);
	uuid_new(a);
	ok(strncmp(a, "017f22e2-79b0-7", 15) == 0, "the time leads, then the version");
	ok(strchr("89ab", a[19]) != NULL, "the variant");
	ok(uuid_is_valid(a), "it is one");
	uuid_new(b);
	ok(strcmp(a, b) != 0, "two of one millisecond differ");
	clock_advance(1);
	uuid_new(b);
	ok(strcmp(a, b) < 0, "a later one sorts behind");
}

static void
test_is_valid(void)
{
	static const char *const broken[] = {
		"",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
		"017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
		"017f22e279b07cc398c4dc0c0c07398f0000",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
		"{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
	};

	ok(uuid_is_valid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"), "canonical");
	ok(!uuid_is_valid(NULL), "null is none");
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		ok(!uuid_is_valid(broken[i]), "not canonical: \"%s\"", broken[i]);
	ok(uuid_is_valid_span("017f22e2-79b0-7cc3-98c4-dc0c0c07398f/menu", 36),
	    "the head of a longer text");
}

int
main(void)
{
	test_new();
	test_is_valid();
	return done();
}
