/*
 * secret_file: one secret a line, and nothing that is not one.
 */
#include "secret_file.h"

#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "test.h"

static char folder[] = "/tmp/foodfast-unit-secret-XXXXXX";

#define ONE "whsec_0123456789"
#define TWO "whsec_abcdefghij"

static const struct {
	const char *written, *read; /* null: refused */
} cases[] = {
	{ ONE, ONE },
	{ ONE "\n", ONE },
	{ ONE "\r\n", ONE },
	{ "\n" ONE "\n\n" TWO "\n\n", ONE "\n" TWO },
	{ "", NULL },
	{ "\n\n", NULL },
	{ "whsec_\n", NULL },
	{ "sk_test_0123456789\n", NULL },
	{ " " ONE "\n", NULL },
	{ ONE " \n", NULL },
	{ ONE "\nsomething else, and longer\n", NULL },
	{ ONE "\xc3\xbc\n", NULL },
};

static void
test_long(const char *path)
{
	FILE *file = fopen(path, "we");
	char *text;

	fputs("whsec_", file);
	for (int i = 0; i < 2 * SECRET_FILE_SIZE; i++)
		fputc('0', file);
	fclose(file);
	text = secret_file_read(folder, "secret", "whsec_");
	ok(!text, "no room for it: refused, not cut");
	secret_file_forget(&text);
}

int
main(void)
{
	char path[64];

	log_start("unit", LOG_LEVEL_ERROR + 1);
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/secret", folder);
	ok(!secret_file_read(folder, "secret", "whsec_"), "no file");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		FILE *file = fopen(path, "we");
		char *text;

		fputs(cases[i].written, file);
		fclose(file);
		text = secret_file_read(folder, "secret", "whsec_");
		is_string(text, cases[i].read, "AC-18 file %zu", i);
		secret_file_forget(&text);
		ok(!text, "forgotten");
	}
	test_long(path);
	unlink(path);
	rmdir(folder);
	return done();
}
