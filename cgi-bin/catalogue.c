/*
 * The catalogue program: cities, restaurants, menus, and their staff's changes to them.
 *
 * To add a call: a handler, and its row in routes[].
 */
#include "db.h"
#include "fcgi.h"
#include "json.h"
#include "page.h"
#include "query.h"
#include "router.h"
#include "site.h"
#include "text.h"

#include <string.h>

struct search {
	const char *q, *lat, *lng, *radius_m, *city, *cuisine, *open_now, *sort, *limit, *page;
};

static const char *const orders_of_search[] = { "distance", "rating", "name", NULL };

/* clang-format off */
static const struct field search_fields[] = {
	FIELD(struct search, q,        STRING, .optional = true, LINE(100)),
	FIELD(struct search, lat,      NUMBER, .optional = true, .min = -90, .max = 90),
	FIELD(struct search, lng,      NUMBER, .optional = true, .min = -180, .max = 180),
	FIELD(struct search, radius_m, INT,    .optional = true, .min = 1, .max = 100000),
	FIELD(struct search, city,     STRING, .optional = true, LINE(100)),
	FIELD(struct search, cuisine,  STRING, .optional = true, LINE(100)),
	FIELD(struct search, open_now, BOOL,   .optional = true),
	FIELD(struct search, sort,     ENUM,   .optional = true, .words = orders_of_search),
	PAGE_FIELDS(struct search),
};

static const struct field restaurant_fields[] = {
	MEMBER(name,             STRING, .optional = true, LINE(100)),
	MEMBER(description,      STRING, .optional = true, PROSE(2000)),
	MEMBER(phone,            STRING, .optional = true, PHONE),
	MEMBER(address,          STRING, .optional = true, LINE(200)),
	MEMBER(cuisines,         LIST,   .optional = true, .min = 1, .max = 10,
	    EACH(STRING, LINE(50))),
	MEMBER(min_order,        INT,    .optional = true, .max = MONEY_MAX),
	MEMBER(delivery_fee,     INT,    .optional = true, .max = MONEY_MAX),
	MEMBER(accepting_orders, BOOL,   .optional = true),
};
/* clang-format on */

/* HH:MM, 00:00 to 23:59. */
static bool
is_time_of_day(const char *text)
{
	static const char digits[] = "0123456789";

	return strlen(text) == 5 && strspn(text, digits) == 2 && text[2] == ':' &&
	    strspn(text + 3, digits) == 2 && strncmp(text, "24", 2) < 0 && text[3] < '6';
}

#define TIME_OF_DAY .check = is_time_of_day, .be = "a time of day as HH:MM"

/* clang-format off */
static const struct field shift_fields[] = {
	MEMBER(day,    INT,    .max = 6),
	MEMBER(opens,  STRING, TIME_OF_DAY),
	MEMBER(closes, STRING, TIME_OF_DAY),
};
/* clang-format on */

struct week {
	const char *hours;
};

/* clang-format off */
static const struct field week_fields[] = {
	FIELD(struct week, hours, LIST, .max = 70, OF(shift_fields)),
};

#define MENU_ITEM_MEMBERS(is_optional)					\
	MEMBER(section_id,  ID,     .optional = (is_optional)),			\
	MEMBER(name,        STRING, .optional = (is_optional), LINE(100)),	\
	MEMBER(description, STRING, .optional = true, PROSE(1000)),		\
	MEMBER(price,       INT,    .optional = (is_optional), .max = MONEY_MAX),	\
	MEMBER(available,   BOOL,   .optional = true)
/* clang-format on */

static const struct field menu_item_fields[] = { MENU_ITEM_MEMBERS(false) };
static const struct field menu_item_change_fields[] = { MENU_ITEM_MEMBERS(true) };

/* GET /cities: 200 a page of them. */
static struct reply
cities(struct request *req)
{
	struct page page;
	struct problem why;

	if (!query_read(req, page_fields, &page, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from city_list($1, $2, $3)", page.limit, page.page,
	    request_header(req, "If-None-Match"));
}

/* A distance needs a place to measure from. */
static bool
search_is_whole(const struct search *search, struct arena *arena, struct problem *why)
{
	bool has_place = search->lat != NULL && search->lng != NULL;
	bool wants_place = search->lat != NULL || search->lng != NULL || search->radius_m != NULL ||
	    (search->sort != NULL && strcmp(search->sort, "distance") == 0);

	if (has_place || !wants_place)
		return true;
	problem_set(why, 400, "invalid_parameter", "A distance needs both lat and lng.");
	problem_add_parameter(why, arena, search->lat == NULL ? "lat" : "lng", "is missing");
	return false;
}

/* GET /restaurants: 200 a page of those that match. */
static struct reply
restaurants(struct request *req)
{
	struct search search;
	struct problem why;

	if (!query_read(req, search_fields, &search, &why) ||
	    !search_is_whole(&search, req->arena, &why))
		return reply_problem(&why);
	return reply_query(req,
	    "select * from restaurant_list($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", search.q,
	    search.lat, search.lng, search.radius_m, search.city, search.cuisine, search.open_now,
	    search.sort, search.limit, search.page, request_header(req, "If-None-Match"));
}

/* GET /restaurants/ID: 200 the restaurant. */
static struct reply
restaurant(struct request *req)
{
	return reply_query(req, "select * from restaurant_get($1, $2)", req->id,
	    request_header(req, "If-None-Match"));
}

/* GET /restaurants/ID/menu: 200 the whole menu. */
static struct reply
menu(struct request *req)
{
	return reply_query(req, "select * from restaurant_menu($1, $2)", req->id,
	    request_header(req, "If-None-Match"));
}

/* PATCH /restaurants/ID: 200 the restaurant as it is now. */
static struct reply
restaurant_change(struct request *req)
{
	const char *changes;
	struct problem why;

	if (!json_read_whole(req, restaurant_fields, &changes, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from restaurant_patch($1, $2, $3, $4)",
	    req->actor.session_id, req->id, changes, request_header(req, "If-Match"));
}

/* PUT /restaurants/ID/hours: 200 the restaurant with these opening hours. */
static struct reply
hours_replace(struct request *req)
{
	struct week week;
	struct problem why;

	if (!json_read(req, week_fields, &week, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from restaurant_hours_put($1, $2, $3)",
	    req->actor.session_id, req->id, week.hours);
}

/* POST /restaurants/ID/menu-items: 201 the dish. */
static struct reply
menu_item_add(struct request *req)
{
	const char *item;
	struct problem why;

	if (!json_read_whole(req, menu_item_fields, &item, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from menu_item_create($1, $2, $3)", req->actor.session_id,
	    req->id, item);
}

/* PATCH /menu-items/ID: 200 the dish as it is now. */
static struct reply
menu_item_change(struct request *req)
{
	const char *changes;
	struct problem why;

	if (!json_read_whole(req, menu_item_change_fields, &changes, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from menu_item_patch($1, $2, $3, $4)",
	    req->actor.session_id, req->id, changes, request_header(req, "If-Match"));
}

/* DELETE /menu-items/ID: 204. */
static struct reply
menu_item_remove(struct request *req)
{
	return reply_query(
	    req, "select * from menu_item_delete($1, $2)", req->actor.session_id, req->id);
}

/* Which restaurants someone may change is a matter of his memberships, which SQL knows. */
enum { STAFF = RESTAURANT | ADMIN };

/* clang-format off */
static const struct route routes[] = {
	{ GET,    "/cities",                      ANYONE, cities,            NULL },
	{ GET,    "/restaurants",                 ANYONE, restaurants,       NULL },
	{ GET,    "/restaurants/{id}",            ANYONE, restaurant,        NULL },
	{ PATCH,  "/restaurants/{id}",            STAFF,  restaurant_change, &site_requests_limit },
	{ PUT,    "/restaurants/{id}/hours",      STAFF,  hours_replace,     &site_requests_limit },
	{ GET,    "/restaurants/{id}/menu",       ANYONE, menu,              NULL },
	{ POST,   "/restaurants/{id}/menu-items", STAFF,  menu_item_add,     &site_requests_limit },
	{ PATCH,  "/menu-items/{id}",             STAFF,  menu_item_change,  &site_requests_limit },
	{ DELETE, "/menu-items/{id}",             STAFF,  menu_item_remove,  &site_requests_limit },
};
/* clang-format on */

static bool
start(struct site *site)
{
	site_limits_start(&site->config);
	return true;
}

static const struct application application = {
	.name = "catalogue",
	.purpose = "shows cities, restaurants and menus, and lets their staff change them",
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
