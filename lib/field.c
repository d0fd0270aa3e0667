/*
 * The rules of each kind of field, for values that come as text, and where they go.
 */
#include "field.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "text.h"
#include "uuid.h"

#define INT_MOST 9007199254740991.0 /* 2^53 - 1: exact in a double, and in JavaScript */

static const char *
id_complaint(const struct field *field, const char *text, struct arena *arena)
{
	(void)field;
	(void)arena;
	return uuid_is_valid(text) ? NULL : "must be a UUID in lower case";
}

static const char *
string_complaint(const struct field *field, const char *text, struct arena *arena)
{
	double characters = (double)text_characters(text);

	if (characters < field->min && !field->max)
		return arena_print(arena, "must have at least %.0f characters", field->min);
	if (characters < field->min || (field->max && characters > field->max))
		return arena_print(
		    arena, "must have %.0f to %.0f characters", field->min, field->max);
	if (field->check && !field->check(text))
		return arena_print(arena, "must be %s", field->be ? field->be : "well formed");
	return NULL;
}

/* Of digits alone, with a minus or not, and no zero in front? */
static bool
is_whole(const char *text)
{
	const char *digits = text + (*text == '-');
	size_t length = strspn(digits, "0123456789");

	return length && !digits[length] && (length == 1 || *digits != '0');
}

static const char *
int_complaint(const struct field *field, const char *text, struct arena *arena)
{
	double most = field->max ? field->max : INT_MOST;

	if (is_whole(text) && strtod(text, NULL) >= field->min && strtod(text, NULL) <= most)
		return NULL;
	return arena_print(arena, "must be a whole number from %.0f to %.0f", field->min, most);
}

/*
 * A number as JSON writes it: strtod alone would take " 1", "0x1p3", "inf" and "nan". One too small for a double
 * (1e-16000) is none: SQL would keep it in JSON, and write out all of its zeros.
 */
static bool
is_number(const char *text, double *value)
{
	char *end;

	if (strspn(text, "-0123456789.eE+") != strlen(text) || strspn(text, "-0123456789") == 0)
		return false;
	errno = 0;
	*value = strtod(text, &end);
	return end != text && !*end && isfinite(*value) && errno != ERANGE;
}

static const char *
number_complaint(const struct field *field, const char *text, struct arena *arena)
{
	double value;

	if (!is_number(text, &value))
		return "must be a number";
	if (value < field->min && !field->max)
		return arena_print(arena, "must be at least %g", field->min);
	if (value < field->min || (field->max && value > field->max))
		return arena_print(arena, "must be from %g to %g", field->min, field->max);
	return NULL;
}

static const char *
bool_complaint(const struct field *field, const char *text, struct arena *arena)
{
	(void)field;
	(void)arena;
	return strcmp(text, "true") && strcmp(text, "false") ? "must be true or false" : NULL;
}

static const char *
enum_complaint(const struct field *field, const char *text, struct arena *arena)
{
	struct text complaint;

	for (const char *const *word = field->words; *word; word++)
		if (!strcmp(*word, text))
			return NULL;
	text_start(&complaint, arena);
	text_add(&complaint, "must be one of: ");
	for (const char *const *word = field->words; *word; word++)
		text_print(&complaint, "%s%s", *word, word[1] ? ", " : "");
	return complaint.bytes;
}

/* LIST and OBJECT have no row: they are no scalars, and json.c goes into them. */
static const char *(*const kinds[])(const struct field *, const char *, struct arena *) = {
	[FIELD_ID] = id_complaint,
	[FIELD_STRING] = string_complaint,
	[FIELD_INT] = int_complaint,
	[FIELD_NUMBER] = number_complaint,
	[FIELD_BOOL] = bool_complaint,
	[FIELD_ENUM] = enum_complaint,
};

const char *
field_complaint(const struct field *field, const char *text, struct arena *arena)
{
	assert(field->kind < sizeof(kinds) / sizeof(kinds[0]));
	return kinds[field->kind](field, text, arena);
}

void
field_store(const struct field *field, const char *text, void *out)
{
	void *place = (char *)out + field->offset;

	assert(field->place != FIELD_INT64 || field->kind == FIELD_INT);
	assert(field->place != FIELD_DOUBLE || field->kind == FIELD_NUMBER);
	assert(field->place != FIELD_TRUTH || field->kind == FIELD_BOOL);
	switch (field->place) {
	case FIELD_NOWHERE:
		break;
	case FIELD_TEXT:
		*(const char **)place = text;
		break;
	case FIELD_INT64:
		*(int64_t *)place = text ? strtoll(text, NULL, 10) : 0;
		break;
	case FIELD_DOUBLE:
		*(double *)place = text ? strtod(text, NULL) : 0;
		break;
	case FIELD_TRUTH:
		*(bool *)place = text && !strcmp(text, "true");
		break;
	}
}

const struct field *
field_find(const struct field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}
