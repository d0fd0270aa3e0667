/*
 * Fields: what a body or a query may hold, as a table with a row a field. JSON bodies
 * (json.h) and queries (query.h) are read by the same tables.
 *
 *	struct order_draft { const char *restaurant_id, *items, *tip; bool again; };
 *
 *	static const struct field item_fields[] = {
 *		MEMBER(menu_item_id, ID),
 *		MEMBER(quantity, INT, .min = 1, .max = 99),
 *	};
 *	static const struct field draft_fields[] = {
 *		FIELD(struct order_draft, restaurant_id, ID),
 *		FIELD(struct order_draft, items, LIST, .min = 1, .max = 50, OF(item_fields)),
 *		FIELD(struct order_draft, tip, INT, .optional = true, .max = 100000),
 *		FIELD(struct order_draft, again, BOOL, .optional = true),
 *	};
 *
 * Where a value goes depends on the member's C type, checked by the compiler: `const char
 * *` takes any kind, as the text of an SQL parameter (a LIST or OBJECT as JSON, true as
 * "true"; null when absent or null); int64_t takes an INT, double a NUMBER, bool a BOOL
 * (zero when absent). Reading sets every member, so the struct needs no initialiser.
 *
 * To add a kind: a name in enum field_kind, a row in kinds[] of field.c.
 */
#ifndef FIELD_H
#define FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum field_kind {
	FIELD_ID,     /* a UUID, canonical lower-case text */
	FIELD_STRING, /* min and max count characters */
	FIELD_INT,    /* a whole number without fraction or exponent */
	FIELD_NUMBER, /* any finite number */
	FIELD_BOOL,
	FIELD_ENUM,   /* a STRING that is one of words */
	FIELD_LIST,   /* min and max count elements; of what: OF() or EACH(), else any objects */
	FIELD_OBJECT, /* OF() says with what; without it: any */
};

enum field_place { FIELD_NOWHERE, FIELD_TEXT, FIELD_INT64, FIELD_DOUBLE, FIELD_TRUTH };

struct field {
	const char *name;
	enum field_kind kind;
	bool optional; /* may be absent */
	bool nullable; /* may be null */

	/*
	 * Least and most: a value (INT, NUMBER), characters (STRING), elements (LIST).
	 * A least that is not given is 0; a most of 0 is none (2^53 - 1 for INT).
	 */
	double min, max;

	const char *const *words;    /* ENUM: null-terminated */
	bool (*check)(const char *); /* STRING: is it well formed? */
	const char *be;		     /* what check asks for: "must be …" */
	const char *otherwise;	     /* the text when absent, for `const char *` members */

	const struct field *of; /* LIST of objects, OBJECT: their fields */
	size_t of_count;
	const struct field *each; /* LIST of anything else: what each element is */

	size_t offset; /* set by FIELD() */
	enum field_place place;
};

/* It would read an initialiser in a macro as a block. */
/* clang-format off */

/* A row whose value is stored in MEMBER of TYPE. */
#define FIELD(type, member, kind_name, ...) \
	FIELD_ROW(#member, type, member, FIELD_##kind_name, __VA_ARGS__)

/* The same when the field has another name than the member. */
#define FIELD_NAMED(field_name, type, member, kind_name, ...) \
	FIELD_ROW(field_name, type, member, FIELD_##kind_name, __VA_ARGS__)

#define FIELD_ROW(field_name, type, member, field_kind, ...)		\
	{								\
		.name = (field_name), .kind = (field_kind),		\
		.offset = offsetof(type, member),			\
		.place = _Generic(((type *)0)->member,			\
		    const char *: FIELD_TEXT, int64_t: FIELD_INT64,	\
		    double: FIELD_DOUBLE, bool: FIELD_TRUTH),		\
		__VA_ARGS__						\
	}

/* A row that is only checked: within a list or object, or of a whole that goes to SQL as JSON. */
#define MEMBER(member, kind_name, ...) { .name = #member, .kind = FIELD_##kind_name, __VA_ARGS__ }

/* What a list's elements are: objects of TABLE's fields, or values of one kind. */
#define OF(table) .of = (table), .of_count = FIELD_COUNT(table)
#define EACH(kind_name, ...) .each = &(const struct field){ .kind = FIELD_##kind_name, __VA_ARGS__ }

/* clang-format on */

#define FIELD_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * For readers: the scalar rules, one home for both. A value comes as its text (a
 * number's or truth's literal). Null: it may stand there; else what it must be, for a
 * person, in the arena or a literal.
 */
const char *field_complaint(const struct field *field, const char *text, struct arena *arena);

/* Puts TEXT, which passed (or null: absent), into OUT. */
void field_store(const struct field *field, const char *text, void *out);

/* The row called NAME, or null. */
const struct field *field_find(const struct field *fields, size_t count, const char *name);

#endif
