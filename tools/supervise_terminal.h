/*
 * One readable log for the whole instance: lines of all programs on stdout, each behind its program's name. It is
 * written only while somebody takes it: a log that nobody reads must never stop the site.
 */
#ifndef SUPERVISE_TERMINAL_H
#define SUPERVISE_TERMINAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	TERMINAL_LINE_BYTES = 4000
}; /* with its prefix it fits PIPE_BUF, which a write leaves whole */

struct terminal {
	bool has_colour;
	char bytes[PIPE_BUF]; /* to be written next */
	size_t size;
};

void terminal_start(struct terminal *terminal);

/* Adds LINE, SIZE ≤ TERMINAL_LINE_BYTES without its newline. INDEX of the program gives the colour; -1: our own. */
void terminal_line(
    struct terminal *terminal, const char *name, int index, const char *line, size_t size);

/* Writes what was added, or drops it where stdout takes nothing. Never blocks. */
void terminal_flush(struct terminal *terminal);

#endif
