/*
 * Between COMMIT and PUBLISH.
 */
#include "hints.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "redis.h"

/*
 * Ends the process if the test armed it: the file is taken away, so it happens once among
 * all processes.
 */
static void
die_if_armed(const char *run_dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/fault-armed", run_dir);
	if (unlink(path))
		return;
	log_warning("dying between commit and publish, as asked", LOG_TEXT("file", path));
	_exit(1);
}

void
hints_publish(struct redis *redis, const struct config *config, const char *lines)
{
	if (!lines || !*lines || !strcmp(config->fault, "lose-hints"))
		return;
	if (!strcmp(config->fault, "die-after-commit"))
		die_if_armed(config->run_dir);
	redis_publish_lines(redis, lines);
}
