/*
 * fault: who passes the last place dies by SIGKILL, once, and only if it is meant.
 */
#include "fault.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "test.h"

static char folder[] = "/tmp/foodfast-unit-fault-XXXXXX";
static char die_at[64];
static struct config config = { .run_dir = folder, .fault = "die-at-point" };

static void
arm(const char *text)
{
	FILE *file = fopen(die_at, "we");

	fputs(text, file);
	fclose(file);
}

/* How many of PLACES a child passes; the one at which it dies is not passed. */
static int
places_passed(int places)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		for (int i = 0; i < places; i++) {
			fault_point(&config, "a test");
			if (write(STDOUT_FILENO, "", 0) < 0)
				_exit(1);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? -1 : places;
}

static void
test_countdown(void)
{
	is_int(places_passed(3), 3, "no file: nobody dies");
	arm("3\n");
	is_int(places_passed(2), 2, "of three places two are passed");
	is_int(access(die_at, F_OK), 0, "the file stays");
	is_int(places_passed(1), -1, "the third, in another process, is the last");
	ok(access(die_at, F_OK) != 0, "and the file is gone");
	is_int(places_passed(5), 5, "so nobody dies any more");
}

static void
test_meant(void)
{
	arm("1 somebody_else");
	is_int(places_passed(3), 3, "another program is meant");
	arm("2 unit_fault");
	is_int(places_passed(1), 1, "this one is meant, and has one left");
	is_int(places_passed(1), -1, "and then none");
	for (const char *const *text = (const char *const[]){ "", "0", "-1", "x", NULL }; *text;
	     text++) {
		arm(*text);
		is_int(places_passed(3), 3, "\"%s\" means nobody", *text);
	}
	arm("1");
	config.fault = "lose-hints";
	is_int(places_passed(3), 3, "another fault: nobody looks at the file");
	unlink(die_at);
}

int
main(void)
{
	log_start("unit", LOG_LEVEL_ERROR + 1);
	if (!mkdtemp(folder))
		return 1;
	snprintf(die_at, sizeof(die_at), "%s/die-at", folder);
	test_countdown();
	test_meant();
	rmdir(folder);
	return done();
}
