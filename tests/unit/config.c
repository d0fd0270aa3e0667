/*
 * config: defaults, the environment, and refusals that a person understands.
 */
#include "config.h"

#include <stdlib.h>

#include "test.h"

static char reason[512];

static int
read_with(const char *variable, const char *value)
{
	struct config config;
	int result;

	setenv(variable, value, 1);
	result = config_read(&config, reason, sizeof(reason));
	unsetenv(variable);
	return result;
}

static void
test_defaults(void)
{
	struct config config;

	is_int(config_read(&config, reason, sizeof(reason)), 0, "nothing need be set");
	is_int(config.port, 8080, "a number's default");
	is_string(config.run_dir, "var", "a text's default");
	is_int(config.log_level, LOG_LEVEL_INFO, "a level's default");
	is_string(config.fault, "", "no fault");
	setenv("FOODFAST_PORT", "9000", 1);
	setenv("FOODFAST_LOG_LEVEL", "debug", 1);
	setenv("FOODFAST_RUN_DIR", "", 1);
	is_int(config_read(&config, reason, sizeof(reason)), 0, "set");
	is_int(config.port, 9000, "a number");
	is_int(config.log_level, LOG_LEVEL_DEBUG, "a level");
	is_string(config.run_dir, "var", "empty counts as unset");
	unsetenv("FOODFAST_PORT");
	unsetenv("FOODFAST_LOG_LEVEL");
	unsetenv("FOODFAST_RUN_DIR");
}

static void
test_refusals(void)
{
	static const char *const ports[] = { "0", "65536", "80x", "x", "-1", "8080.5",
		"99999999999999999999", " " };

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		is_int(read_with("FOODFAST_PORT", ports[i]), -1, "no port: \"%s\"", ports[i]);
	is_string(reason,
	    "FOODFAST_PORT is \" \", must be a whole number from 1 to 65535 "
	    "(TCP port of the site; part of its cookies' names)",
	    "the reason names it");
	is_int(read_with("FOODFAST_LOG_LEVEL", "loud"), -1, "no level");
	is_int(read_with("FOODFAST_FAULT", "explode"), -1, "no fault that is known");
	is_int(read_with("FOODFAST_FAULT", "lose-hints"), 0, "one that is");
}

static void
test_help(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	config_help(stream, "orders", "answers");
	fclose(stream);
	ok(strncmp(text, "orders: answers\n", 16) == 0, "help begins with the program");
	ok(strstr(text, "FOODFAST_THREADS") != NULL && strstr(text, "(1 to 256) [8]") != NULL,
	    "and tells every setting with its range and default");
	free(text);
}

int
main(void)
{
	clearenv();
	test_defaults();
	test_refusals();
	test_help();
	return done();
}
