/*
 * Reading the table of what is supervised. To add a column: a field in struct row, a line in row_read.
 */
#include "supervise_table.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 48 };

static char *
file_read(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file;

	file = fopen(path, "re");
	if (file == NULL)
		return NULL;
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

/* Splits a line at its tabs, in place. Returns the fields, NULL-terminated, or NULL where they are too few or many. */
static char **
row_split(char *line)
{
	char **fields;
	size_t count = 0;

	fields = calloc(FIELDS_MAX, sizeof(*fields));
	if (fields == NULL)
		return NULL;
	while (line != NULL && count < FIELDS_MAX - 1)
		fields[count++] = strsep(&line, "\t");
	if (line == NULL && count >= 6)
		return fields;
	free(fields);
	return NULL;
}

static const struct passwd *
user_find(const char *name)
{
	const struct passwd *found = getpwnam(name);
	struct passwd *copy;

	if (found == NULL)
		return NULL;
	copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return NULL;
	*copy = *found;
	copy->pw_name = strdup(name);
	return copy;
}

static bool
kind_read(const char *text, enum kind *kind)
{
	*kind = strcmp(text, "step") == 0 ? STEP : KEEP;
	return *kind == STEP || strcmp(text, "keep") == 0;
}

static bool
signal_read(const char *text, int *number)
{
	*number = strcmp(text, "INT") == 0 ? SIGINT : SIGTERM;
	return *number == SIGINT || strcmp(text, "TERM") == 0;
}

static bool
row_read(struct row *row, char *line)
{
	char **fields = row_split(line);

	if (fields == NULL)
		return false;
	*row = (struct row){
		.name = fields[0],
		.user = strcmp(fields[3], "-") == 0 ? NULL : user_find(fields[3]),
		.listen_path = strcmp(fields[4], "-") == 0 ? NULL : fields[4],
		.command = fields + 5,
	};
	return kind_read(fields[1], &row->kind) && signal_read(fields[2], &row->stop_signal) &&
	    (row->user != NULL || strcmp(fields[3], "-") == 0);
}

bool
table_read(struct table *table, const char *path, char *reason, size_t reason_size)
{
	char *rest, *line;

	table->text = rest = file_read(path);
	if (rest == NULL) {
		snprintf(reason, reason_size, "cannot read %s: %s", path, strerror(errno));
		return false;
	}
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (*line == '\0' || *line == '#')
			continue;
		if (table->count == ROWS_MAX || !row_read(&table->rows[table->count], line)) {
			snprintf(reason, reason_size, "%s: row %d makes no sense", path,
			    table->count + 1);
			return false;
		}
		table->count++;
	}
	return true;
}
