#include "supervise_terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
terminal_start(struct terminal *terminal)
{
	terminal->has_colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
	terminal->size = 0;
}

void
terminal_flush(struct terminal *terminal)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (terminal->size > 0 && poll(&out, 1, 0) == 1 && (out.revents & POLLOUT)) {
		if (write(STDOUT_FILENO, terminal->bytes, terminal->size) < 0)
			errno = 0; /* whoever read it is gone; the files under log/ have it all */
	}
	terminal->size = 0;
}

void
terminal_line(struct terminal *terminal, const char *name, int index, const char *line, size_t size)
{
	static const int colours[] = { 36, 33, 32, 35, 34, 96, 93, 92, 95, 94 };
	char prefix[64];
	int width;

	if (terminal->has_colour)
		width = snprintf(prefix, sizeof(prefix), "\033[%dm%-12.24s|\033[0m ",
		    index < 0 ? 1 : colours[index % (int)(sizeof(colours) / sizeof(*colours))],
		    name);
	else
		width = snprintf(prefix, sizeof(prefix), "%-12.24s| ", name);
	if (terminal->size + (size_t)width + size + 1 > sizeof(terminal->bytes))
		terminal_flush(terminal);
	memcpy(terminal->bytes + terminal->size, prefix, (size_t)width);
	memcpy(terminal->bytes + terminal->size + width, line, size);
	terminal->size += (size_t)width + size;
	terminal->bytes[terminal->size++] = '\n';
}
