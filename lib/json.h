/*
 * Reads JSON from outside by tables of fields (field.h). Strict: what RFC 8259 does
 * not know is refused, and beyond it duplicate keys, NUL, lone surrogates and more than
 * 8 levels, for two readers of one text must never see two things.
 *
 * 400 malformed_json: no JSON, or no object. 422 unknown_field: a field that no row names.
 * 422 invalid_fields: wrong values. All of them are collected, with their pointers.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "field.h"

struct arena;
struct problem;

/* Fills OUT from the body of a struct request (request.h) by the array FIELDS. */
#define json_read(req, fields, out, why)                                        \
	json_read_text((req)->arena, (req)->body, (req)->body_length, (fields), \
	    FIELD_COUNT(fields), (out), (why))

/*
 * Checks the body by the array FIELDS (rows by MEMBER) and gives it whole, as the JSON
 * text of an SQL parameter: a PATCH, where absent and null differ.
 */
#define json_read_whole(req, fields, whole, why)                                 \
	json_whole_text((req)->arena, (req)->body, (req)->body_length, (fields), \
	    FIELD_COUNT(fields), (whole), (why))

/*
 * Fills OUT with those fields of a JSON object that are as their rows say, and passes over everything else: to find
 * out which table to read it by. False: WHY says how it is no JSON object.
 */
bool json_peek_text(struct arena *arena, const char *text, size_t length,
    const struct field *fields, size_t count, void *out, struct problem *why);

/* A scalar as it is written, with the quotes and escapes of a string. */
struct json_glimpse {
	const char *text;
	size_t length;
};

/*
 * Where the member NAME of an object stands in its text, at little cost and with no promise: for choosing the table
 * by which it is read then, which finds out whether it is JSON at all. False: not found, or no scalar.
 */
bool json_glance(const char *text, size_t length, const char *name, struct json_glimpse *glimpse);

/* A leaf of a JSON text: a JSON pointer (RFC 6901), and its value as text; null is null. */
typedef void json_visit(void *context, const char *pointer, const char *value);

/*
 * Visits every leaf of a JSON object of any shape, up to 32 levels deep, in order: what others send, where no table
 * can say what must be in it. Texts live in the arena. VISIT may be null: is it a JSON object at all? False: it is
 * not, and nothing was visited.
 */
bool json_leaves(
    struct arena *arena, const char *text, size_t length, json_visit *visit, void *context);

/* What they call; for texts that come otherwise than in a request. TEXT needs no terminator. */
bool json_read_text(struct arena *arena, const char *text, size_t length,
    const struct field *fields, size_t count, void *out, struct problem *why);
bool json_whole_text(struct arena *arena, const char *text, size_t length,
    const struct field *fields, size_t count, const char **whole, struct problem *why);

#endif
