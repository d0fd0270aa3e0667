/*
 * /me, /me/addresses and /me/export.
 */
#include "accounts.h"

#include "json.h"
#include "page.h"
#include "query.h"
#include "site.h"
#include "text.h"

/* clang-format off */
static const struct field me_fields[] = {
	MEMBER(name,  STRING, .optional = true, LINE(100)),
	MEMBER(phone, STRING, .optional = true, .nullable = true, PHONE),
};

static const struct field address_fields[] = {
	PLACE_MEMBERS(false),
	MEMBER(default, BOOL, .optional = true),
};

static const struct field address_change_fields[] = {
	PLACE_MEMBERS(true),
	MEMBER(default, BOOL, .optional = true),
};
/* clang-format on */

/* GET /me: 200 the user. */
struct reply
accounts_me(struct request *req)
{
	return reply_query(req, "select * from me_get($1, $2)", req->actor.session_id,
	    request_header(req, "If-None-Match"));
}

/* PATCH /me: 200 the user as he is now; his other devices learn it. */
struct reply
accounts_me_change(struct request *req)
{
	const char *changes;
	struct problem why;

	if (!json_read_whole(req, me_fields, &changes, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from me_patch($1, $2, $3)", req->actor.session_id,
	    changes, request_header(req, "If-Match"));
}

/* GET /me/addresses: 200 a page of them, the default first. */
struct reply
accounts_addresses(struct request *req)
{
	struct page page;
	struct problem why;

	if (!query_read(req, page_fields, &page, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from address_list($1, $2, $3, $4)", req->actor.session_id,
	    page.limit, page.page, request_header(req, "If-None-Match"));
}

/* POST /me/addresses: 201 the address; the first one is the default. */
struct reply
accounts_address_add(struct request *req)
{
	const char *address;
	struct problem why;

	if (!json_read_whole(req, address_fields, &address, &why))
		return reply_problem(&why);
	return reply_query(
	    req, "select * from address_create($1, $2)", req->actor.session_id, address);
}

/* PATCH /me/addresses/ID: 200 the address as it is now. */
struct reply
accounts_address_change(struct request *req)
{
	const char *changes;
	struct problem why;

	if (!json_read_whole(req, address_change_fields, &changes, &why))
		return reply_problem(&why);
	return reply_query(req, "select * from address_patch($1, $2, $3, $4)",
	    req->actor.session_id, req->id, changes, request_header(req, "If-Match"));
}

/* DELETE /me/addresses/ID: 204. */
struct reply
accounts_address_remove(struct request *req)
{
	return reply_query(
	    req, "select * from address_delete($1, $2)", req->actor.session_id, req->id);
}

/* GET /me/export: 200 everything that we hold of who is signed in, to be saved as a file. */
struct reply
accounts_export(struct request *req)
{
	struct reply reply = reply_query(req, "select * from account_export($1, $2)",
	    req->actor.session_id, request_header(req, "If-None-Match"));

	if (reply.status == 200)
		reply_header(
		    &reply, "Content-Disposition", "attachment; filename=\"foodfast-export.json\"");
	return reply;
}
