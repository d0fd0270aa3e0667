/*
 * /users: what admins decide about people. Who is in, who is what, who works where.
 */
#include "accounts.h"
#include "json.h"
#include "page.h"
#include "query.h"
#include "site.h"

struct wanted {
	const char *q, *role, *suspended, *limit, *page;
};

static const char *const staff_roles[] = { "owner", "manager", "staff", NULL };

/* clang-format off */
static const struct field wanted_fields[] = {
	FIELD(struct wanted, q,         STRING, .optional = true, LINE(100)),
	FIELD(struct wanted, role,      ENUM,   .optional = true, .words = site_roles),
	FIELD(struct wanted, suspended, BOOL,   .optional = true),
	PAGE_FIELDS(struct wanted),
};

static const struct field membership_fields[] = {
	MEMBER(restaurant_id, ID),
	MEMBER(role,          ENUM, .words = staff_roles),
};

static const struct field change_fields[] = {
	MEMBER(suspended,   BOOL, .optional = true),
	MEMBER(role,        ENUM, .optional = true, .words = site_roles),
	MEMBER(memberships, LIST, .optional = true, .max = 100, OF(membership_fields)),
};
/* clang-format on */

/* GET /users: 200 people, newest first. */
struct reply
accounts_users(struct request *req)
{
	struct wanted wanted;
	struct problem why;

	if (!query_read(req, wanted_fields, &wanted, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from user_list($1, $2, $3, $4, $5, $6)",
	    req->actor.session_id, wanted.q, wanted.role, wanted.suspended, wanted.limit,
	    wanted.page);
}

/* GET /users/ID: 200 one of them. */
struct reply
accounts_user(struct request *req)
{
	return reply_query(req, "select * from user_get($1, $2, $3)", req->actor.session_id,
	    req->id, request_header(req, "If-None-Match"));
}

/* PATCH /users/ID: 200 as he is now. A suspension and another role end his sessions; 403 own_account. */
struct reply
accounts_user_change(struct request *req)
{
	const char *changes;
	struct problem why;

	if (!json_read_whole(req, change_fields, &changes, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from user_patch($1, $2, $3, $4)", req->actor.session_id,
	    req->id, changes, request_header(req, "If-Match"));
}
