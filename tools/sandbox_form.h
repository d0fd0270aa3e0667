/*
 * What HTML forms and Stripe's clients send (application/x-www-form-urlencoded), as the JSON object
 * that it means: `a[b]=1&c[]=x&c[]=y` is {"a": {"b": "1"}, "c": ["x", "y"]}. Pure.
 */
#ifndef SANDBOX_FORM_H
#define SANDBOX_FORM_H

#include <stddef.h>

struct arena;

/*
 * Values are strings; the last of several alike counts. Names that are all numbers (`c[0]`) make a list as well.
 * Null: a broken escape, no UTF-8, brackets that don't match, or more than 1,000 pairs or 8 levels.
 */
const char *form_read(struct arena *arena, const char *text, size_t length);

#endif
