/*
 * What went wrong, for a client: RFC 9457, application/problem+json. Functions
 * that can fail return false and fill a `struct problem *why`, their last
 * argument; it is rendered once, where the reply is written.
 *
 * A type is /problems/CODE (a reference relative to the site), the title is the status's own.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>

struct arena;

/* One bad field. Either place may be null. */
struct problem_error {
	const char *pointer;   /* RFC 6901, into the body */
	const char *parameter; /* of the query */
	const char *detail;
	struct problem_error *next;
};

/* Texts are borrowed: literals, or as long-lived as the request. */
struct problem {
	int status;
	const char *code;	      /* stable, snake_case */
	const char *detail;	      /* for a person; null: left out */
	const char *members;	      /* further members, a JSON object; or null */
	int retry_after_s;	      /* 0: no Retry-After */
	struct problem_error *errors; /* as found */
};

#define PROBLEM_CONTENT_TYPE "application/problem+json"

/* Fills WHY anew. Returns false, so that a guard is one line: return problem_set(why, 404, …). */
bool problem_set(struct problem *why, int status, const char *code, const char *detail);

/* The same with Retry-After. */
bool problem_set_retry(
    struct problem *why, int status, const char *code, const char *detail, int retry_after_s);

/* Appends a bad field of the body, or of the query. DETAIL is borrowed. */
void problem_add_pointer(
    struct problem *why, struct arena *arena, const char *pointer, const char *detail);
void problem_add_parameter(
    struct problem *why, struct arena *arena, const char *parameter, const char *detail);

/* The JSON text, in the arena. */
const char *problem_render(const struct problem *problem, struct arena *arena);

/* The reason phrase of RFC 9110; "Error" for a number it does not name. */
const char *problem_title(int status);

#endif
