/*
 * A unit test is a program that says what it saw, as TAP (https://testanything.org):
 * nothing else is needed.
 *
 *	int
 *	main(void)
 *	{
 *		ok(text_is_email("a@b.example"), "an e-mail address");
 *		is_string(problem_title(404), "Not Found", "a title");
 *		return done();
 *	}
 */
#ifndef TEST_H
#define TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tests_run, tests_failed;

/* One test, named as by printf. Returns CONDITION, so that what depends on it can be skipped. */
#define ok(condition, ...) test_report((condition), __FILE__, __LINE__, __VA_ARGS__)

/* The same, and on failure both values. Null texts are allowed. */
#define is_string(got, expected, ...) \
	test_strings((got), (expected), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, expected, ...) test_numbers((got), (expected), __FILE__, __LINE__, __VA_ARGS__)

static inline void
test_print(bool passed, const char *file, int line, const char *name, va_list arguments)
{
	printf("%s %d - ", passed ? "ok" : "not ok", ++tests_run);
	vprintf(name, arguments);
	putchar('\n');
	if (passed)
		return;
	tests_failed++;
	printf("# at %s:%d\n", file, line);
}

__attribute__((format(printf, 4, 5))) static inline bool
test_report(bool condition, const char *file, int line, const char *name, ...)
{
	va_list arguments;

	va_start(arguments, name);
	test_print(condition, file, line, name, arguments);
	va_end(arguments);
	return condition;
}

__attribute__((format(printf, 5, 6))) static inline bool
test_strings(
    const char *got, const char *expected, const char *file, int line, const char *name, ...)
{
	bool same = got && expected ? !strcmp(got, expected) : got == expected;
	va_list arguments;

	va_start(arguments, name);
	test_print(same, file, line, name, arguments);
	va_end(arguments);
	if (!same)
		printf("#      got: %s\n# expected: %s\n", got ? got : "(null)",
		    expected ? expected : "(null)");
	return same;
}

__attribute__((format(printf, 5, 6))) static inline bool
test_numbers(long long got, long long expected, const char *file, int line, const char *name, ...)
{
	va_list arguments;

	va_start(arguments, name);
	test_print(got == expected, file, line, name, arguments);
	va_end(arguments);
	if (got != expected)
		printf("#      got: %lld\n# expected: %lld\n", got, expected);
	return got == expected;
}

/* Ends the stream with its plan. Returns main's exit code. */
static inline int
done(void)
{
	printf("1..%d\n", tests_run);
	return tests_failed ? 1 : 0;
}

#endif
