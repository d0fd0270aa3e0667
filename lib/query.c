/*
 * Queries, split and decoded (the form encoding of the URL standard) and checked by field tables.
 */
#include "query.h"

#include <assert.h>
#include <string.h>

#include "arena.h"
#include "problem.h"
#include "text.h"

#define PARAMETERS_MAX 32

struct parameter {
	const char *name; /* null: a broken escape */
	const char *value;
};

/* Cuts the next NAME=VALUE off QUERY. False: there is none. */
static bool
next_parameter(struct arena *arena, const char **query, struct parameter *parameter)
{
	size_t length, name_length;
	const char *equals;

	*query += strspn(*query, "&");
	length = strcspn(*query, "&");
	if (!length)
		return false;
	equals = memchr(*query, '=', length);
	name_length = equals ? (size_t)(equals - *query) : length;
	parameter->name = text_percent_decode(arena, *query, name_length, true);
	parameter->value = equals
	    ? text_percent_decode(arena, equals + 1, length - name_length - 1, true)
	    : "";
	*query += length;
	return true;
}

const char *
query_value(struct arena *arena, const char *query, const char *name)
{
	struct parameter parameter;

	while (next_parameter(arena, &query, &parameter))
		if (parameter.name && !strcmp(parameter.name, name))
			return parameter.value;
	return NULL;
}

static void
complain(struct problem *why, struct arena *arena, const char *name, const char *detail)
{
	if (!why->errors)
		problem_set(
		    why, 400, "invalid_parameter", "Some parameters are not as they must be.");
	problem_add_parameter(why, arena, name, detail);
}

/* What is wrong with a parameter, or null. GIVEN holds the values found so far. */
static const char *
parameter_complaint(const struct parameter *parameter, const struct field *field, const char *given,
    struct arena *arena)
{
	if (!parameter->name || !parameter->value)
		return "is not properly encoded";
	if (!field)
		return "is not known here";
	if (given)
		return "is given twice";
	return field_complaint(field, parameter->value, arena);
}

/* Fills VALUES, one a field. */
static void
read_values(struct arena *arena, const char *query, const struct field *fields, size_t count,
    const char **values, struct problem *why)
{
	struct parameter parameter;
	size_t seen = 0;

	while (next_parameter(arena, &query, &parameter) && seen++ < PARAMETERS_MAX) {
		const char *name = parameter.name ? parameter.name : "";
		const struct field *field = field_find(fields, count, name);
		const char **value = field ? &values[field - fields] : NULL;
		const char *complaint;

		if (!strcmp(name, "as"))
			continue;
		complaint = parameter_complaint(&parameter, field, value ? *value : NULL, arena);
		if (complaint)
			complain(why, arena, name, complaint);
		else if (value)
			*value = parameter.value;
	}
	if (seen > PARAMETERS_MAX)
		complain(why, arena, "", "are too many");
}

bool
query_read_text(struct arena *arena, const char *query, const struct field *fields, size_t count,
    void *out, struct problem *why)
{
	const char **values = arena_alloc(arena, count * sizeof(*values));

	why->errors = NULL;
	read_values(arena, query, fields, count, values, why);
	for (size_t i = 0, is_complete = !why->errors; is_complete && i < count; i++)
		if (!values[i] && !fields[i].optional)
			complain(why, arena, fields[i].name, "is missing");
	if (why->errors)
		return false;
	for (size_t i = 0; i < count; i++)
		field_store(&fields[i], values[i] ? values[i] : fields[i].otherwise, out);
	return true;
}
