/*
 * Structured log lines (logfmt) on stderr, each in one write(2), so that lines
 * of many threads and processes never mix and a supervisor may simply prefix.
 *
 *	log_info("listening", LOG_INT("threads", 8), LOG_TEXT("socket", path));
 *	time=2026-11-21T13:50:00.123Z level=info program=orders message=listening threads=8 socket=…
 *
 * Never log a token, a password, an e-mail address or a URL's query.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* A key and its value; made by the macros below only. */
struct log_field {
	const char *key;
	enum { LOG_KIND_TEXT, LOG_KIND_INT, LOG_KIND_BOOL } kind;
	const char *text;
	int64_t number;
};

/* clang-format off */
/* A null text is written as an empty one. */
#define LOG_TEXT(k, v) { .key = (k), .kind = LOG_KIND_TEXT, .text = (v) }
#define LOG_INT(k, v)  { .key = (k), .kind = LOG_KIND_INT, .number = (v) }
#define LOG_BOOL(k, v) { .key = (k), .kind = LOG_KIND_BOOL, .number = (v) }

/* log_info("message", fields …): one line. Thread-safe; never fails the caller. */
#define log_debug(...)   LOG_LINE(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)    LOG_LINE(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) LOG_LINE(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...)   LOG_LINE(LOG_LEVEL_ERROR, __VA_ARGS__)
/* clang-format on */

/* Names the program and sets the lowest level written. Call once, before threads. */
void log_start(const char *program, enum log_level lowest);

/*
 * From here on this thread's lines carry request_id=ID (copied, at most 63
 * bytes); NULL ends that.
 */
void log_request(const char *id);

bool log_is_on(enum log_level level);

/* The level named TEXT (debug, info, warning, error), or -1. */
int log_level_parse(const char *text);

/* What the macros call: FIELDS end with one whose key is null. */
void log_write(enum log_level level, const char *message, const struct log_field *fields);

/* clang-format off */
#define LOG_LINE(level, message, ...)						\
	do {									\
		if (log_is_on(level))						\
			log_write(level, message, (const struct log_field[]){	\
			    __VA_ARGS__ __VA_OPT__(,) { .key = 0 } });		\
	} while (0)
/* clang-format on */

#endif
