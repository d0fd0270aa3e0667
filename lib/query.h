/*
 * Reads the query of a URL by the tables that bodies are read by (field.h).
 *
 * Anything wrong is 400 invalid_parameter, with errors: [{"parameter": "limit", "detail":
 * …}]: an unknown or doubled parameter, a bad value, a broken escape. `as` is the router's
 * (?as=ROLE) and passed over.
 */
#ifndef QUERY_H
#define QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "field.h"

struct arena;
struct problem;

/* Fills OUT from the query of a struct request (request.h) by the array FIELDS. */
#define query_read(req, fields, out, why) \
	query_read_text((req)->arena, (req)->query, (fields), FIELD_COUNT(fields), (out), (why))

bool query_read_text(struct arena *arena, const char *query, const struct field *fields,
    size_t count, void *out, struct problem *why);

/* The decoded value of one parameter; null: not there, or broken. */
const char *query_value(struct arena *arena, const char *query, const char *name);

#endif
