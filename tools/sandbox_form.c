/*
 * A form is read into a tree of names, and the tree is written as JSON.
 */
#include "sandbox_form.h"

#include <stdbool.h>
#include <string.h>

#include "arena.h"
#include "text.h"

#define PAIRS_MAX 1000
#define LEVELS_MAX 8

struct node {
	const char *name;  /* "": the next of a list */
	const char *value; /* null: it has children instead */
	struct node *children, *last, *next;
};

static struct node *
node_add(struct arena *arena, struct node *parent, const char *name)
{
	struct node *node = arena_alloc(arena, sizeof(*node));

	node->name = name;
	if (parent->last)
		parent->last->next = node;
	else
		parent->children = node;
	parent->last = node;
	return node;
}

/* The child called NAME, made where there is none. */
static struct node *
node_child(struct arena *arena, struct node *parent, const char *name)
{
	for (struct node *node = parent->children; node && name[0] != '\0'; node = node->next)
		if (strcmp(node->name, name) == 0)
			return node;
	return node_add(arena, parent, name);
}

/* Takes the next step of a name, `a` or `[b]`, off REST. Null: brackets that don't match. */
static const char *
step_take(struct arena *arena, const char **rest, bool is_first)
{
	const char *begin = *rest, *end;

	if (is_first) {
		end = begin + strcspn(begin, "[");
		*rest = end;
		return end > begin ? arena_copy(arena, begin, (size_t)(end - begin)) : NULL;
	}
	end = begin[0] == '[' ? strchr(begin, ']') : NULL;
	if (!end)
		return NULL;
	*rest = end + 1;
	return arena_copy(arena, begin + 1, (size_t)(end - begin - 1));
}

/* Puts VALUE where NAME says. */
static bool
pair_put(struct arena *arena, struct node *root, const char *name, const char *value)
{
	struct node *node = root;
	const char *step;

	for (int level = 0; level == 0 || name[0] != '\0'; level++) {
		step = step_take(arena, &name, level == 0);
		if (!step || level == LEVELS_MAX || node->value)
			return false;
		node = node_child(arena, node, step);
	}
	node->value = value;
	return node->children == NULL;
}

static bool
pair_read(struct arena *arena, struct node *root, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	size_t name_length = equals ? (size_t)(equals - pair) : length;
	const char *name = text_percent_decode(arena, pair, name_length, true);
	const char *value = equals
	    ? text_percent_decode(arena, equals + 1, length - name_length - 1, true)
	    : "";

	return name && value && pair_put(arena, root, name, value);
}

static bool
is_list(const struct node *parent)
{
	for (const struct node *node = parent->children; node; node = node->next)
		if (node->name[strspn(node->name, "0123456789")] != '\0')
			return false;
	return parent->children != NULL;
}

/* Recursive, but for LEVELS_MAX levels only. */
static void
node_write(struct text *json, const struct node *parent)
{
	bool list = is_list(parent);

	if (parent->value) {
		text_add_json(json, parent->value);
		return;
	}
	text_add(json, list ? "[" : "{");
	for (const struct node *node = parent->children; node; node = node->next) {
		if (node != parent->children)
			text_add(json, ",");
		if (!list) {
			text_add_json(json, node->name);
			text_add(json, ":");
		}
		node_write(json, node);
	}
	text_add(json, list ? "]" : "}");
}

const char *
form_read(struct arena *arena, const char *text, size_t length)
{
	struct node root = { 0 };
	struct text json;
	const char *stop = text + length, *end;

	for (int pairs = 0; text < stop; text = end + 1, pairs++) {
		end = memchr(text, '&', (size_t)(stop - text));
		if (!end)
			end = stop;
		if (pairs == PAIRS_MAX)
			return NULL;
		if (end > text && !pair_read(arena, &root, text, (size_t)(end - text)))
			return NULL;
	}
	text_start(&json, arena);
	node_write(&json, &root);
	return json.bytes;
}
