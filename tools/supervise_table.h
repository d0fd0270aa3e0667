/*
 * The table of what is supervised: RUN_DIR/supervise.table. One process a line; fields are separated by a tab, so that
 * paths may contain spaces; lines that begin with # are comments:
 *
 *   NAME    at the start of its log lines, and of its file RUN_DIR/log/NAME.log
 *   KIND    keep (restarted when it ends) | step (must end with 0 before the next line is started)
 *   SIGNAL  that asks it to end: TERM | INT
 *   USER    to run as; - for the user of the supervisor
 *   LISTEN  unix socket that the supervisor listens on and hands it as descriptor 0; - for none
 *   COMMAND and each of its arguments, a field of its own
 *
 * Lines are started from top to bottom and stopped from bottom to top.
 */
#ifndef SUPERVISE_TABLE_H
#define SUPERVISE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct passwd;

enum { ROWS_MAX = 32 };

enum kind { KEEP, STEP };

struct row {
	const char *name;
	enum kind kind;
	int stop_signal;
	const struct passwd *user; /* NULL: ours */
	const char *listen_path;   /* NULL: none */
	char **command;		   /* NULL-terminated */
};

struct table {
	char *text; /* the file's; rows point into it */
	struct row rows[ROWS_MAX];
	int count;
};

/* Reads the file at PATH. The table lives as long as the process. false: REASON says why, to a person. */
bool table_read(struct table *table, const char *path, char *reason, size_t reason_size);

#endif
