/*
 * Bodies read by field tables, on json-c: the only file that knows it.
 */
#include "json.h"

#include <json-c/json.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "json_traps.h"
#include "problem.h"
#include "text.h"

#define DEPTH_MAX 8
#define FOREIGN_DEPTH_MAX 33 /* what is in the 32nd level counts as one */
#define LENGTH_MAX ((size_t)1024 * 1024)
#define USUAL_LENGTH_MAX 8192 /* beyond it the parser is not kept, with the room that it took */
#define ERRORS_MAX 20 /* told of one body; nobody reads more, and a list can't be made a weapon */
#define PLAIN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* A reading under way. */
struct reading {
	struct arena *arena;
	struct problem *why;
	size_t error_count;
	bool has_unknown;
};

/* The type that a kind must have; a NUMBER may be whole too. */
static const enum json_type types[] = {
	[FIELD_ID] = json_type_string,
	[FIELD_STRING] = json_type_string,
	[FIELD_INT] = json_type_int,
	[FIELD_NUMBER] = json_type_double,
	[FIELD_BOOL] = json_type_boolean,
	[FIELD_ENUM] = json_type_string,
	[FIELD_LIST] = json_type_array,
	[FIELD_OBJECT] = json_type_object,
};

static const char *const type_complaints[] = {
	[FIELD_ID] = "must be a UUID, a string",
	[FIELD_STRING] = "must be a string",
	[FIELD_INT] = "must be a whole number",
	[FIELD_NUMBER] = "must be a number",
	[FIELD_BOOL] = "must be true or false",
	[FIELD_ENUM] = "must be a string",
	[FIELD_LIST] = "must be a list",
	[FIELD_OBJECT] = "must be an object",
};

/* Where a value stands: made a pointer only when there is something to complain about. */
struct place {
	const struct place *parent; /* null: the whole */
	const char *name;	    /* of a member; null: an element */
	size_t index;
};

static void check_value(struct reading *reading, const struct field *field,
    struct json_object *value, const struct place *place);

static size_t
members_of(struct json_object *value)
{
	size_t members = 0;

	if (json_object_is_type(value, json_type_array))
		for (size_t i = 0; i < json_object_array_length(value); i++)
			members += members_of(json_object_array_get_idx(value, i));
	if (json_object_is_type(value, json_type_object)) {
		members += (size_t)json_object_object_length(value);
		json_object_object_foreach(value, name, member) {
			(void)name;
			members += members_of(member);
		}
	}
	return members;
}

static bool
malformed(struct problem *why, const char *detail)
{
	return problem_set(why, 400, "malformed_json", detail);
}

static pthread_once_t tokeners_once = PTHREAD_ONCE_INIT;
static pthread_key_t tokeners; /* a thread's own, kept from one text to the next */

static void
tokener_free(void *tokener)
{
	json_tokener_free(tokener);
}

static void
tokeners_start(void)
{
	if (pthread_key_create(&tokeners, tokener_free))
		abort();
}

static struct json_tokener *
tokener_new(int depth_max)
{
	struct json_tokener *tokener = json_tokener_new_ex(depth_max);

	if (tokener)
		json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	return tokener;
}

static struct json_tokener *
tokener_own(void)
{
	struct json_tokener *tokener;

	pthread_once(&tokeners_once, tokeners_start);
	tokener = pthread_getspecific(tokeners);
	if (tokener)
		return tokener;
	tokener = tokener_new(DEPTH_MAX);
	if (pthread_setspecific(tokeners, tokener)) {
		json_tokener_free(tokener);
		return NULL;
	}
	return tokener;
}

/* The value; the caller puts it. Null: it doesn't parse, or something stands behind it. */
static struct json_object *
parse(const char *text, size_t length, int depth_max)
{
	bool is_usual = depth_max == DEPTH_MAX && length <= USUAL_LENGTH_MAX;
	struct json_tokener *tokener = is_usual ? tokener_own() : tokener_new(depth_max);
	struct json_object *value;

	if (!tokener)
		return NULL;
	value = json_tokener_parse_ex(tokener, text, (int)length);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != length) {
		json_object_put(value);
		value = NULL;
	}
	if (is_usual)
		json_tokener_reset(tokener);
	else
		json_tokener_free(tokener);
	return value;
}

static struct json_object *
read_object(const char *text, size_t length, int depth_max, struct problem *why)
{
	struct json_object *root;
	const char *trap;
	size_t members;

	/* The parser stops behind the closing brace; white space there is fine. */
	while (length && strchr(" \t\r\n", text[length - 1]) && text[length - 1])
		length--;
	if (!length)
		return malformed(why, "A JSON object is missing."), NULL;
	if (length > LENGTH_MAX)
		return problem_set(why, 413, "content_too_large", "The JSON is too long."), NULL;
	trap = json_traps(text, length, &members);
	if (trap)
		return malformed(why, trap), NULL;

	root = parse(text, length, depth_max);
	if (!json_object_is_type(root, json_type_object))
		malformed(why,
		    root ? "It must be a JSON object." : "It is not JSON, or nested too deep.");
	else if (members_of(root) != members)
		malformed(why, "An object has the same key twice.");
	else
		return root;
	json_object_put(root);
	return NULL;
}

static void
pointer_add(struct text *pointer, const struct place *place)
{
	if (!place)
		return;
	pointer_add(pointer, place->parent);
	if (place->name)
		text_add_pointer(pointer, place->name);
	else
		text_print(pointer, "/%zu", place->index);
}

static void
complain(struct reading *reading, const struct place *place, const char *detail)
{
	struct text pointer;

	if (reading->error_count++ >= ERRORS_MAX)
		return;
	text_start(&pointer, reading->arena);
	pointer_add(&pointer, place);
	problem_add_pointer(reading->why, reading->arena, pointer.bytes, detail);
}

static bool
has_type(const struct field *field, struct json_object *value)
{
	return json_object_is_type(value, types[field->kind]) ||
	    (field->kind == FIELD_NUMBER && json_object_is_type(value, json_type_int));
}

/* VALUE as the text that field_complaint() and SQL take. */
static const char *
value_text(struct arena *arena, struct json_object *value)
{
	if (!value)
		return NULL;
	if (json_object_is_type(value, json_type_string))
		return arena_text(arena, json_object_get_string(value));
	return arena_text(arena, json_object_to_json_string_ext(value, PLAIN));
}

static void
check_members(struct reading *reading, const struct field *fields, size_t count,
    struct json_object *object, const struct place *parent)
{
	struct json_object *value;

	json_object_object_foreach(object, name, unused) {
		const struct place place = { .parent = parent, .name = name };

		(void)unused;
		if (field_find(fields, count, name))
			continue;
		reading->has_unknown = true;
		complain(reading, &place, "is not known here");
	}
	for (size_t i = 0; i < count; i++) {
		const struct place place = { .parent = parent, .name = fields[i].name };

		if (json_object_object_get_ex(object, fields[i].name, &value))
			check_value(reading, &fields[i], value, &place);
		else if (!fields[i].optional)
			complain(reading, &place, "is missing");
	}
}

/* Null: a list may be so long. */
static const char *
length_complaint(const struct field *field, size_t length, struct arena *arena)
{
	if (!field->max && (double)length < field->min)
		return arena_print(arena, "must have at least %.0f elements", field->min);
	if ((double)length < field->min || (field->max && (double)length > field->max))
		return arena_print(
		    arena, "must have %.0f to %.0f elements", field->min, field->max);
	return NULL;
}

static void
check_list(struct reading *reading, const struct field *field, struct json_object *list,
    const struct place *place)
{
	const struct field object = {
		.kind = FIELD_OBJECT, .of = field->of, .of_count = field->of_count
	};
	const struct field *each = field->each ? field->each : &object;
	size_t length = json_object_array_length(list);
	const char *complaint = length_complaint(field, length, reading->arena);

	if (complaint) {
		complain(reading, place, complaint);
		return;
	}
	for (size_t i = 0; i < length && reading->error_count < ERRORS_MAX; i++) {
		const struct place element = { .parent = place, .index = i };

		check_value(reading, each, json_object_array_get_idx(list, i), &element);
	}
}

static void
check_value(struct reading *reading, const struct field *field, struct json_object *value,
    const struct place *place)
{
	const char *complaint;

	if (!value) {
		if (!field->nullable)
			complain(reading, place, "must not be null");
		return;
	}
	if (!has_type(field, value)) {
		complain(reading, place, type_complaints[field->kind]);
		return;
	}
	if (field->kind == FIELD_LIST) {
		check_list(reading, field, value, place);
	} else if (field->kind == FIELD_OBJECT) {
		if (field->of)
			check_members(reading, field->of, field->of_count, value, place);
	} else {
		complaint = field_complaint(
		    field, value_text(reading->arena, value), reading->arena);
		if (complaint)
			complain(reading, place, complaint);
	}
}

static void
store_members(struct arena *arena, const struct field *fields, size_t count,
    struct json_object *object, void *out)
{
	struct json_object *value;

	for (size_t i = 0; i < count; i++) {
		if (json_object_object_get_ex(object, fields[i].name, &value))
			field_store(&fields[i], value_text(arena, value), out);
		else
			field_store(&fields[i], fields[i].otherwise, out);
	}
}

/* The object in TEXT when it keeps to the table; the caller puts it. Null: WHY. */
static struct json_object *
read_checked(struct arena *arena, const char *text, size_t length, const struct field *fields,
    size_t count, struct problem *why)
{
	struct json_object *root = read_object(text, length, DEPTH_MAX, why);
	struct reading reading = { .arena = arena, .why = why };

	if (!root)
		return NULL;
	problem_set(why, 422, "invalid_fields", "Some fields are not as they must be.");
	check_members(&reading, fields, count, root, NULL);
	if (!reading.error_count)
		return root;
	if (reading.has_unknown) {
		why->code = "unknown_field";
		why->detail = "There are fields that are not known here.";
	}
	json_object_put(root);
	return NULL;
}

bool
json_read_text(struct arena *arena, const char *text, size_t length, const struct field *fields,
    size_t count, void *out, struct problem *why)
{
	struct json_object *root = read_checked(arena, text, length, fields, count, why);

	if (!root)
		return false;
	store_members(arena, fields, count, root, out);
	json_object_put(root);
	return true;
}

bool
json_peek_text(struct arena *arena, const char *text, size_t length, const struct field *fields,
    size_t count, void *out, struct problem *why)
{
	struct json_object *root = read_object(text, length, DEPTH_MAX, why), *value;

	if (!root)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *member = NULL;

		if (json_object_object_get_ex(root, fields[i].name, &value) && value &&
		    has_type(&fields[i], value))
			member = value_text(arena, value);
		if (member && field_complaint(&fields[i], member, arena))
			member = NULL;
		field_store(&fields[i], member ? member : fields[i].otherwise, out);
	}
	json_object_put(root);
	return true;
}

bool
json_whole_text(struct arena *arena, const char *text, size_t length, const struct field *fields,
    size_t count, const char **whole, struct problem *why)
{
	struct json_object *root = read_checked(arena, text, length, fields, count, why);

	if (!root)
		return false;
	*whole = value_text(arena, root);
	json_object_put(root);
	return true;
}

/* A walk over all leaves. */
struct walk {
	struct arena *arena;
	struct text pointer; /* to where it is */
	json_visit *visit;
	void *context;
};

static void walk_value(struct walk *walk, struct json_object *value);

/* Goes one step down and comes back. NAME null: an element. */
static void
walk_step(struct walk *walk, const char *name, size_t index, struct json_object *value)
{
	size_t length = walk->pointer.length;

	if (name)
		text_add_pointer(&walk->pointer, name);
	else
		text_print(&walk->pointer, "/%zu", index);
	walk_value(walk, value);
	walk->pointer.length = length;
	walk->pointer.bytes[length] = '\0';
}

static void
walk_value(struct walk *walk, struct json_object *value)
{
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member)
			walk_step(walk, name, 0, member);
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			walk_step(walk, NULL, i, json_object_array_get_idx(value, i));
	} else {
		walk->visit(walk->context, walk->pointer.bytes, value_text(walk->arena, value));
	}
}

bool
json_leaves(struct arena *arena, const char *text, size_t length, json_visit *visit, void *context)
{
	struct walk walk = { .arena = arena, .visit = visit, .context = context };
	struct problem why;
	struct json_object *root = read_object(text, length, FOREIGN_DEPTH_MAX, &why);

	if (!root)
		return false;
	text_start(&walk.pointer, arena);
	if (visit)
		walk_value(&walk, root);
	json_object_put(root);
	return true;
}
