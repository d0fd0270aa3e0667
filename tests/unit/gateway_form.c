/*
 * gateway_form: JSON objects as bracketed forms.
 */
#include "gateway_form.h"

#include <stddef.h>

#include "arena.h"
#include "test.h"
#include "text.h"

static const struct {
	const char *params, *form; /* null: refused */
} forms[] = {
	{ "{}", "" },
	{ "{\"amount\": 1999}", "amount=1999" },
	{ "{\"a\": \"x\", \"b\": true, \"c\": false, \"d\": -3}", "a=x&b=true&c=false&d=-3" },
	{ "{\"metadata\": {\"order_id\": \"7\", \"attempt\": 2}}",
	    "metadata[order_id]=7&metadata[attempt]=2" },
	{ "{\"expand\": [\"a\", \"b.c\"]}", "expand[0]=a&expand[1]=b.c" },
	{ "{\"a\": {\"b\": {\"c\": [{\"d\": 1}]}}}", "a[b][c][0][d]=1" },
	{ "{\"gone\": null, \"none\": {}, \"no\": [], \"there\": \"\"}", "there=" },
	{ "{\"query\": \"metadata['order_id']:'7'\"}",
	    "query=metadata%5B%27order_id%27%5D%3A%277%27" },
	{ "{\"a b\": \"1 + 1 = 2 & 3%\"}", "a%20b=1%20%2B%201%20%3D%202%20%26%203%25" },
	{ "{\"a/b~c\": {\"d]\": \"-._~\"}}", "a%2Fb~c[d%5D]=-._~" },
	{ "{\"name\": \"\\u00fc\\u20ac\\ud83c\\udf55\"}", "name=%C3%BC%E2%82%AC%F0%9F%8D%95" },
	{ "{\"amount\": 9007199254740993}", "amount=9007199254740993" },
	{ "[1]", NULL },
	{ "", NULL },
	{ "{\"a\": 1} x", NULL },
	{ "{\"a\": 1, \"a\": 2}", NULL },
	{ "{'a': 1}", NULL },
	{ "{\"a\": \"\\u0000\"}", NULL },
};

static const struct {
	const char *path, *id, *result;
} paths[] = {
	{ "/v1/refunds", NULL, "/v1/refunds" },
	{ "/v1/refunds", "", "/v1/refunds" },
	{ "/v1/refunds/{}", "re_1", "/v1/refunds/re_1" },
	{ "/v1/intents/{}/capture", "pi_1", "/v1/intents/pi_1/capture" },
	{ "/v1/methods/{}/attach", "../x?y#z", "/v1/methods/..%2Fx%3Fy%23z/attach" },
	{ "/v1/refunds/{}", NULL, NULL },
	{ "/v1/refunds/{}", "", NULL },
	{ "/v1/refunds", "re_1", NULL },
};

static void
test_deep(struct arena *arena)
{
	struct text params, form;

	for (int depth = 31; depth <= 33; depth++) {
		text_start(&params, arena);
		text_start(&form, arena);
		for (int i = 0; i < depth; i++)
			text_add(&params, "{\"a\":");
		text_add(&params, "1");
		for (int i = 0; i < depth; i++)
			text_add(&params, "}");
		is_int(gateway_form_add(&form, params.bytes), depth <= 32, "%d levels", depth);
	}
}

static void
test_more(struct arena *arena)
{
	struct text form;

	text_start(&form, arena);
	gateway_form_add(&form, "{\"a\": 1}");
	gateway_form_add(&form, "{\"b\": 2}");
	is_string(form.bytes, "a=1&b=2", "one behind the other");
}

int
main(void)
{
	struct arena *arena = arena_open();
	struct text form;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		bool is_added;

		text_start(&form, arena);
		is_added = gateway_form_add(&form, forms[i].params);
		is_string(is_added ? form.bytes : NULL, forms[i].form, "%s", forms[i].params);
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		is_string(gateway_form_path(arena, paths[i].path, paths[i].id), paths[i].result,
		    "%s with %s", paths[i].path, paths[i].id ? paths[i].id : "none");
	test_deep(arena);
	test_more(arena);
	arena_close(&arena);
	return done();
}
