/*
 * Secrets that are texts, such as the keys that a gateway hands out: a file each in SECRETS_DIR,
 * one a line where several hold while one replaces the other.
 */
#ifndef SECRET_FILE_H
#define SECRET_FILE_H

#define SECRET_FILE_SIZE 1024

/*
 * Reads SECRETS_DIR/NAME. Every line must begin with PREFIX and go on with visible ASCII; empty ones are
 * dropped, so TEXT is one secret or more, each with its newline but the last. Null: logged, without
 * what was in it. The caller hands it to secret_file_forget().
 */
char *secret_file_read(const char *secrets_dir, const char *name, const char *prefix);

/* Overwrites and frees. Null-safe. */
void secret_file_forget(char **text);

#endif
