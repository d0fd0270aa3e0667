/*
 * clock: RFC 3339 written and read, and a clock that stands still when told to.
 */
#include "clock.h"

#include "test.h"

static void
test_format(void)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(0, text);
	is_string(text, "1970-01-01T00:00:00.000Z", "the epoch");
	clock_format(1793000000007, text);
	is_string(text, "2026-10-26T07:33:20.007Z", "milliseconds");
}

static void
test_parse(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "1970-01-01T00:00:00.000Z", 0 },
		{ "2026-10-26T07:33:20.007Z", 1793000000007 },
		{ "2026-10-26T07:33:20.007999Z", 1793000000007 },
		{ "2026-10-26T09:33:20+02:00", 1793000000000 },
		{ "2026-10-26T02:03:20.5-05:30", 1793000000500 },
	};
	static const char *const broken[] = { "", "2026-10-26", "2026-10-26T07:33:20",
		"2026-10-26T07:33:20.1", "2026-13-26T07:33:20Z", "2026-10-26T07:33:20Zz",
		"2026-10-26T07:33:20+2", "2026-10-26T07:33:20+02:00x" };
	int64_t ms;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(clock_parse(rows[i].text, &ms) && ms == rows[i].ms, "reads %s", rows[i].text);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		ok(!clock_parse(broken[i], &ms), "refuses \"%s\"", broken[i]);
}

int
main(void)
{
	int64_t before_ms = clock_monotonic_ms();

	test_format();
	test_parse();
	ok(clock_monotonic_ms() >= before_ms, "time does not go back");
	clock_freeze(1000);
	clock_advance(500);
	ok(clock_wall_ms() == 1500 && clock_monotonic_us() == 1500000, "frozen, and moved on");
	clock_thaw();
	ok(clock_wall_ms() > 1793000000000 / 2, "thawed");
	return done();
}
