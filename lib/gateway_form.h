/*
 * Parameters as Stripe's API takes them: application/x-www-form-urlencoded, with brackets for what is
 * nested. {"metadata": {"order_id": "7"}, "expand": ["a"]} is `metadata[order_id]=7&expand[0]=a`. Pure.
 */
#ifndef GATEWAY_FORM_H
#define GATEWAY_FORM_H

#include <stdbool.h>

struct arena;
struct text;

/*
 * Appends the JSON object PARAMS to FORM. Null is left out, as are empty lists and objects. False:
 * it is not a JSON object.
 */
bool gateway_form_add(struct text *form, const char *params);

/* Appends STRING with all but RFC 3986's unreserved characters percent-encoded. */
void gateway_form_escape(struct text *form, const char *string);

/* PATH with its {} replaced by ID, encoded. Null: it has a {} and ID is null or empty, or the other way round. */
const char *gateway_form_path(struct arena *arena, const char *path, const char *id);

#endif
