/*
 * The orders program: placing orders, following them by asking, moving them along.
 *
 * To add a call: a handler, and its row in routes[].
 */
#include "arena.h"
#include "fcgi.h"
#include "gateway_wait.h"
#include "json.h"
#include "orders_payment.h"
#include "page.h"
#include "query.h"
#include "router.h"
#include "site.h"

#define QUANTITY_MAX 99
#define ITEMS_MAX 50

struct draft {
	const char *restaurant_id, *items, *address_id, *address, *payment, *tip, *again;
};

/* clang-format off */
static const struct field item_fields[] = {
	MEMBER(menu_item_id, ID),
	MEMBER(quantity,     INT,    .min = 1, .max = QUANTITY_MAX),
	MEMBER(note,         STRING, .optional = true, PROSE(500)),
};
/* clang-format on */

static const struct field place_fields[] = { PLACE_MEMBERS(false) };

/* clang-format off */
static const struct field draft_fields[] = {
	FIELD(struct draft, restaurant_id, ID),
	FIELD(struct draft, items,         LIST,   .min = 1, .max = ITEMS_MAX, OF(item_fields)),
	FIELD(struct draft, address_id,    ID,     .optional = true),
	FIELD(struct draft, address,       OBJECT, .optional = true, OF(place_fields)),
	FIELD(struct draft, payment,       OBJECT),
	FIELD(struct draft, tip,           INT,    .optional = true, .max = MONEY_MAX),
	FIELD(struct draft, again,         BOOL,   .optional = true),
};
/* clang-format on */

struct move {
	const char *to, *reason;
};

static const char *const statuses[] = { "awaiting_payment", "placed", "confirmed", "preparing",
	"ready", "picked_up", "delivered", "cancelled", NULL };

/* clang-format off */
static const struct field move_fields[] = {
	FIELD(struct move, to,     ENUM,   .words = statuses),
	FIELD(struct move, reason, STRING, .optional = true, LINE(500)),
};
/* clang-format on */

struct filter {
	const char *status, *restaurant_id, *limit, *page;
};

/* clang-format off */
static const struct field filter_fields[] = {
	FIELD(struct filter, status,        STRING, .optional = true, .min = 1, .max = 200),
	FIELD(struct filter, restaurant_id, ID,     .optional = true),
	PAGE_FIELDS(struct filter),
};
/* clang-format on */

/* One address: a stored one, or one for this order alone. */
static bool
draft_has_address(const struct draft *draft, struct arena *arena, struct problem *why)
{
	if ((draft->address_id == NULL) != (draft->address == NULL))
		return true;
	problem_set(
	    why, 422, "invalid_fields", "An order goes to one address: address_id or address.");
	problem_add_pointer(why, arena, "/address_id",
	    draft->address == NULL ? "is missing" : "must not stand beside address");
	return false;
}

/*
 * POST /orders: 201 the order; 402 when the card is declined; 409 duplicate_order; 422 when the kitchen is closed or a
 * dish is not to be had.
 */
static struct reply
order_place(struct request *req)
{
	struct draft draft;
	struct problem why;
	struct reply placed;
	const char *id;

	if (!json_read(req, draft_fields, &draft, &why) ||
	    !draft_has_address(&draft, req->arena, &why) ||
	    !orders_payment_check(req->arena, draft.payment, &why))
		return reply_problem(&why);
	placed = reply_query(req, "select * from order_place($1, $2, $3, $4, $5, $6, $7, $8)",
	    req->actor.session_id, draft.restaurant_id, draft.items, draft.address_id,
	    draft.address, draft.payment, draft.tip, draft.again);
	id = gateway_wait_id(req, &placed);
	if (id == NULL)
		return placed;
	return gateway_wait_reply(req, &placed, arena_print(req->arena, "order:%s", id),
	    "select * from payment_answer($1, $2)", id);
}

/* GET /orders: 200 a page of one's own, by role, the newest first. */
static struct reply
orders(struct request *req)
{
	struct filter filter;
	struct problem why;

	if (!query_read(req, filter_fields, &filter, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from order_list($1, $2, $3, $4, $5, $6)",
	    req->actor.session_id, filter.status, filter.restaurant_id, filter.limit, filter.page,
	    request_header(req, "If-None-Match"));
}

/* GET /orders/ID: 200 the order, with the cursor to go on from. */
static struct reply
order(struct request *req)
{
	return reply_query(req, "select * from order_get($1, $2, $3)", req->actor.session_id,
	    req->id, request_header(req, "If-None-Match"));
}

/* GET /orders/ID/events: 200 a page of what happened, the oldest first. */
static struct reply
order_events(struct request *req)
{
	struct page page;
	struct problem why;

	if (!query_read(req, page_fields, &page, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from order_events($1, $2, $3, $4)", req->actor.session_id,
	    req->id, page.limit, page.page);
}

/* POST /orders/ID/transitions: 200 the order as it is now; 409 illegal_transition with what is allowed. */
static struct reply
order_move(struct request *req)
{
	struct move move;
	struct problem why;

	if (!json_read(req, move_fields, &move, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from order_transition($1, $2, $3, $4)",
	    req->actor.session_id, req->id, move.to, move.reason);
}

/* POST /orders/ID/acknowledge: 200 the order, seen by the kitchen. */
static struct reply
order_acknowledge(struct request *req)
{
	return reply_query(
	    req, "select * from order_acknowledge($1, $2)", req->actor.session_id, req->id);
}

/* Orders placed by user. Its numbers are set once, at the start. */
static struct rate_limit_policy place_limit = { .name = "orders", .reach = RATE_LIMIT_PROCESS };

/* clang-format off */
static const struct route routes[] = {
	{ POST, "/orders",                  CUSTOMER,   order_place,       &place_limit },
	{ GET,  "/orders",                  SIGNED_IN,  orders,            &site_requests_limit },
	{ GET,  "/orders/{id}",             SIGNED_IN,  order,             &site_requests_limit },
	{ GET,  "/orders/{id}/events",      SIGNED_IN,  order_events,      &site_requests_limit },
	{ POST, "/orders/{id}/transitions", SIGNED_IN,  order_move,        &site_requests_limit },
	{ POST, "/orders/{id}/acknowledge", RESTAURANT, order_acknowledge, &site_requests_limit, .is_bare = true },
};
/* clang-format on */

static bool
start(struct site *site)
{
	place_limit.quota = site->config.limit_orders;
	place_limit.window_s = site->config.limit_orders_s;
	site_limits_start(&site->config);
	return gateway_wait_start(&site->config);
}

static const struct application application = {
	.name = "orders",
	.purpose = "places orders, shows them, moves them along",
	.site = SITE_NAME,
	.base = SITE_BASE,
	.roles = site_roles,
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.start = start,
};

int
main(int argc, char **argv)
{
	return fcgi_main(&application, argc, argv);
}
