/*
 * Log lines: put together in a buffer on the stack, written by one write(2).
 */
#include "log.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

/* A line longer than this is cut: PIPE_BUF, up to which writes to a pipe do not mix. */
#define LINE_SIZE 4096
#define PROGRAM_SIZE 32
#define REQUEST_SIZE 64

struct line {
	size_t length;
	char text[LINE_SIZE];
};

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error",
};

/* Set once by log_start, before there are threads. */
static char program_name[PROGRAM_SIZE] = "foodfast";
static enum log_level lowest_level = LOG_LEVEL_INFO;

static _Thread_local char request_id[REQUEST_SIZE];

/* Always leaves room for the newline. */
static void
line_put(struct line *line, const char *text, size_t length)
{
	size_t room = sizeof(line->text) - 1 - line->length;

	if (length > room)
		length = room;
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

static void
line_put_text(struct line *line, const char *text)
{
	line_put(line, text, strlen(text));
}

static bool
is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
}

/* Whatever a terminal or a parser of lines might act on is written as an escape. */
static void
line_put_quoted(struct line *line, const char *text)
{
	char escape[8];

	line_put_text(line, "\"");
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (is_plain(c) || c == ' ' || c == '=') {
			line_put(line, p, 1);
		} else if (c == '"' || c == '\\') {
			line_put(line, "\\", 1);
			line_put(line, p, 1);
		} else {
			snprintf(escape, sizeof(escape), "\\x%02x", c);
			line_put_text(line, escape);
		}
	}
	line_put_text(line, "\"");
}

static void
line_put_value(struct line *line, const char *text)
{
	const char *p = text;

	while (is_plain((unsigned char)*p))
		p++;
	if (*p == '\0' && p != text)
		line_put(line, text, (size_t)(p - text));
	else
		line_put_quoted(line, text);
}

static void
line_put_pair(struct line *line, const char *key, const char *value)
{
	if (line->length > 0)
		line_put_text(line, " ");
	line_put_text(line, key);
	line_put_text(line, "=");
	line_put_value(line, value);
}

static void
line_put_number(struct line *line, const char *key, int64_t number)
{
	char digits[24] = "";
	char *first = digits + sizeof(digits) - 1;
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do
		*--first = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (number < 0)
		*--first = '-';
	line_put_pair(line, key, first);
}

static void
line_put_field(struct line *line, const struct log_field *field)
{
	switch (field->kind) {
	case LOG_KIND_TEXT:
		line_put_pair(line, field->key, field->text != NULL ? field->text : "");
		break;
	case LOG_KIND_INT:
		line_put_number(line, field->key, field->number);
		break;
	case LOG_KIND_BOOL:
		line_put_pair(line, field->key, field->number ? "true" : "false");
		break;
	}
}

void
log_start(const char *program, enum log_level lowest)
{
	snprintf(program_name, sizeof(program_name), "%s", program);
	lowest_level = lowest;
}

void
log_request(const char *id)
{
	snprintf(request_id, sizeof(request_id), "%s", id != NULL ? id : "");
}

bool
log_is_on(enum log_level level)
{
	return level >= lowest_level;
}

int
log_level_parse(const char *text)
{
	for (int level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_ERROR; level++)
		if (strcmp(level_names[level], text) == 0)
			return level;
	return -1;
}

void
log_write(enum log_level level, const char *message, const struct log_field *fields)
{
	struct line line = { .length = 0 };
	char time[CLOCK_TEXT_SIZE];
	ssize_t written;

	clock_format(clock_wall_ms(), time);
	line_put_pair(&line, "time", time);
	line_put_pair(&line, "level", level_names[level]);
	line_put_pair(&line, "program", program_name);
	line_put_pair(&line, "message", message);
	for (; fields->key != NULL; fields++)
		line_put_field(&line, fields);
	if (request_id[0] != '\0')
		line_put_pair(&line, "request_id", request_id);
	line.text[line.length++] = '\n';

	/* Where stderr is gone there is nobody left to tell. */
	written = write(STDERR_FILENO, line.text, line.length);
	(void)written;
}
