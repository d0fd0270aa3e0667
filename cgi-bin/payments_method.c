/*
 * /me/payment-methods: a person's cards. Of a card only what tells it from others is known here.
 */
#include "payments.h"

#include "arena.h"
#include "card_data.h"
#include "gateway_wait.h"
#include "json.h"
#include "page.h"
#include "query.h"
#include "text.h"

#define TOKEN_MAX 255

struct addition {
	const char *token;
};

struct change {
	const char *is_default;
};

static bool
is_token(const char *text)
{
	return text_is_visible_ascii(text, 1, TOKEN_MAX);
}

/* clang-format off */
static const struct field addition_fields[] = {
	FIELD(struct addition, token, STRING, .min = 1, .max = TOKEN_MAX, .check = is_token, .be = "a token of the gateway"),
};

static const struct field change_fields[] = {
	FIELD_NAMED("default", struct change, is_default, BOOL, .optional = true),
};
/* clang-format on */

/* GET /me/payment-methods: 200 a page of them, the default first. */
struct reply
payments_methods(struct request *req)
{
	struct page page;
	struct problem why;

	if (!query_read(req, page_fields, &page, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from method_list($1, $2, $3, $4)", req->actor.session_id,
	    page.limit, page.page, request_header(req, "If-None-Match"));
}

/* POST /me/payment-methods: 201 the card; 402 when the gateway does not take it. The first one is the default. */
struct reply
payments_method_add(struct request *req)
{
	struct addition addition;
	struct problem why;
	struct reply accepted;
	const char *id;

	if (!card_data_is_absent(req->body, "", req->arena, &why) ||
	    !json_read(req, addition_fields, &addition, &why))
		return reply_problem(&why);
	accepted = reply_query(
	    req, "select * from method_create($1, $2)", req->actor.session_id, addition.token);
	id = gateway_wait_id(req, &accepted);
	if (id == NULL)
		return accepted;
	return gateway_wait_reply(req, &accepted,
	    arena_print(req->arena, "user:%s", req->actor.user_id),
	    "select * from method_answer($1, $2)", id);
}

/* PATCH /me/payment-methods/ID: 200 the card, the default from now on. */
struct reply
payments_method_change(struct request *req)
{
	struct change change;
	struct problem why;

	if (!json_read(req, change_fields, &change, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from method_patch($1, $2, $3, $4)", req->actor.session_id,
	    req->id, change.is_default, request_header(req, "If-Match"));
}

/* DELETE /me/payment-methods/ID: 204; the gateway is told to forget it too. */
struct reply
payments_method_remove(struct request *req)
{
	return reply_query(
	    req, "select * from method_delete($1, $2)", req->actor.session_id, req->id);
}
