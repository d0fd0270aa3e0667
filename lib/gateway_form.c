/*
 * Bracketed names out of JSON pointers: `/metadata/order_id` is `metadata[order_id]`.
 */
#include "gateway_form.h"

#include <string.h>

#include "arena.h"
#include "json.h"
#include "text.h"

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c && strchr("-._~", c));
}

static void
escape_byte(struct text *form, unsigned char c)
{
	if (is_unreserved(c))
		text_add_bytes(form, (const char *)&c, 1);
	else
		text_print(form, "%%%02X", c);
}

void
gateway_form_escape(struct text *form, const char *string)
{
	for (const char *c = string; *c; c++)
		escape_byte(form, (unsigned char)*c);
}

/* One step of POINTER, from behind its slash (RFC 6901: ~0 is ~, ~1 is /). Returns where the next begins. */
static const char *
add_step(struct text *form, const char *pointer)
{
	for (; *pointer && *pointer != '/'; pointer++) {
		if (*pointer != '~')
			escape_byte(form, (unsigned char)*pointer);
		else
			escape_byte(form, *++pointer == '1' ? '/' : '~');
	}
	return pointer;
}

/* A json_visit: NAME=VALUE. */
static void
add_leaf(void *context, const char *pointer, const char *value)
{
	struct text *form = context;

	if (!value)
		return;
	if (form->length)
		text_add(form, "&");
	pointer = add_step(form, pointer + 1);
	while (*pointer) {
		text_add(form, "[");
		pointer = add_step(form, pointer + 1);
		text_add(form, "]");
	}
	text_add(form, "=");
	gateway_form_escape(form, value);
}

bool
gateway_form_add(struct text *form, const char *params)
{
	return json_leaves(form->arena, params, strlen(params), add_leaf, form);
}

const char *
gateway_form_path(struct arena *arena, const char *path, const char *id)
{
	const char *place = strstr(path, "{}");
	struct text text;

	if (!place != !(id && *id))
		return NULL;
	if (!place)
		return path;
	text_start(&text, arena);
	text_add_bytes(&text, path, (size_t)(place - path));
	gateway_form_escape(&text, id);
	text_add(&text, place + 2);
	return text.bytes;
}
