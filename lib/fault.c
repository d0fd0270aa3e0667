/*
 * A number in a file, counted down by whoever passes.
 */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "config.h"
#include "log.h"

/* What the file says. */
struct countdown {
	long left;
	const char *program; /* whose places count; "": everybody's */
	char text[64];
};

static bool
countdown_read(int file, struct countdown *countdown)
{
	ssize_t length = pread(file, countdown->text, sizeof(countdown->text) - 1, 0);
	char *end;

	if (length <= 0)
		return false;
	countdown->text[length] = '\0';
	countdown->left = strtol(countdown->text, &end, 10);
	end += strspn(end, " \n");
	end[strcspn(end, " \n")] = '\0';
	countdown->program = end;
	return countdown->left > 0 && (!*end || !strcmp(end, program_invocation_short_name));
}

static void
countdown_write(int file, const struct countdown *countdown)
{
	char text[80];
	int length = snprintf(text, sizeof(text), "%ld %s\n", countdown->left, countdown->program);

	if (pwrite(file, text, (size_t)length, 0) == length && ftruncate(file, length) == 0)
		return;
	log_error("cannot count down to a fault");
}

void
fault_point(const struct config *config, const char *where)
{
	char path[PATH_MAX];
	struct countdown countdown;
	int file;

	if (strcmp(config->fault, "die-at-point"))
		return;
	snprintf(path, sizeof(path), "%s/die-at", config->run_dir);
	file = open(path, O_RDWR | O_CLOEXEC);
	if (file < 0)
		return;
	if (flock(file, LOCK_EX) == 0 && countdown_read(file, &countdown)) {
		countdown.left--;
		countdown_write(file, &countdown); /* 0 too: somebody else may have it open */
		if (!countdown.left) {
			log_warning("dying here, as asked", LOG_TEXT("where", where));
			unlink(path);
			kill(getpid(), SIGKILL);
		}
	}
	close(file);
}
