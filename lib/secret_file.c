/*
 * Small text files that nobody else may see.
 */
#include "secret_file.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "log.h"
#include "text.h"

#define SECRET_MIN 16

static bool
is_secret(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0 &&
	    text_is_visible_ascii(line, SECRET_MIN, SECRET_FILE_SIZE);
}

/* Into TEXT, of SECRET_FILE_SIZE bytes. */
static bool
lines_read(FILE *file, const char *prefix, char *text)
{
	char line[SECRET_FILE_SIZE];
	size_t length = 0;
	bool is_good = true;

	while (is_good && fgets(line, sizeof(line), file)) {
		size_t line_length = strcspn(line, "\r\n");

		line[line_length] = '\0';
		if (!line_length)
			continue;
		is_good = is_secret(line, prefix) && length + line_length + 2 <= SECRET_FILE_SIZE;
		if (is_good)
			length += (size_t)snprintf(text + length, SECRET_FILE_SIZE - length, "%s%s",
			    length ? "\n" : "", line);
	}
	crypto_wipe(line, sizeof(line));
	return is_good && length > 0;
}

char *
secret_file_read(const char *secrets_dir, const char *name, const char *prefix)
{
	char path[PATH_MAX];
	char *text = calloc(1, SECRET_FILE_SIZE);
	FILE *file;

	if (!text)
		abort();
	snprintf(path, sizeof(path), "%s/%s", secrets_dir, name);
	file = fopen(path, "re");
	if (!file || !lines_read(file, prefix, text)) {
		log_error("no usable secret: each line must be one, and begin with its prefix",
		    LOG_TEXT("file", path), LOG_TEXT("prefix", prefix));
		secret_file_forget(&text);
	}
	if (file)
		fclose(file);
	return text;
}

void
secret_file_forget(char **text)
{
	if (!*text)
		return;
	crypto_wipe(*text, SECRET_FILE_SIZE);
	free(*text);
	*text = NULL;
}
