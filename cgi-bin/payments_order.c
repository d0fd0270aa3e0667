/*
 * What belongs to one order: paying again, what was paid, refunds, its invoice.
 */
#include "payments.h"

#include "arena.h"
#include "card_data.h"
#include "gateway_wait.h"
#include "json.h"
#include "site.h"

struct attempt {
	const char *payment_method_id;
};

struct refund {
	const char *amount, *reason;
};

/* clang-format off */
static const struct field attempt_fields[] = {
	FIELD(struct attempt, payment_method_id, ID),
};

static const struct field refund_fields[] = {
	FIELD(struct refund, amount, INT,    .optional = true, .min = 1, .max = MONEY_MAX),
	FIELD(struct refund, reason, STRING, LINE(500)),
};
/* clang-format on */

/* Where an order's steps are. */
static const char *
subject_of(struct request *req)
{
	return arena_print(req->arena, "order:%s", req->id);
}

/* POST /orders/ID/payment: 200 the order, paid or to be confirmed; 402 declined; 409 when it no longer waits for that. */
struct reply
payments_order_pay(struct request *req)
{
	struct attempt attempt;
	struct problem why;
	struct reply accepted;
	const char *id;

	if (!card_data_is_absent(req->body, "", req->arena, &why) ||
	    !json_read(req, attempt_fields, &attempt, &why))
		return reply_problem(&why);
	accepted = reply_query(req, "select * from order_pay($1, $2, $3)", req->actor.session_id,
	    req->id, attempt.payment_method_id);
	id = gateway_wait_id(req, &accepted);
	if (id == NULL)
		return accepted;
	return gateway_wait_reply(
	    req, &accepted, subject_of(req), "select * from payment_answer($1, $2, 200)", id);
}

/* GET /orders/ID/payments: 200 the payment, its refunds, and what they come to. */
struct reply
payments_of_order(struct request *req)
{
	return reply_query(req, "select * from payments_of($1, $2, $3)", req->actor.session_id,
	    req->id, request_header(req, "If-None-Match"));
}

/* POST /orders/ID/refunds: 201 the refund; 409 not_refundable; 422 refund_too_large. */
struct reply
payments_refund(struct request *req)
{
	struct refund refund;
	struct problem why;
	struct reply accepted;
	const char *id;

	if (!card_data_is_absent(req->body, "", req->arena, &why) ||
	    !json_read(req, refund_fields, &refund, &why))
		return reply_problem(&why);
	accepted = reply_query(req, "select * from refund_create($1, $2, $3, $4)",
	    req->actor.session_id, req->id, refund.amount, refund.reason);
	id = gateway_wait_id(req, &accepted);
	if (id == NULL)
		return accepted;
	return gateway_wait_reply(
	    req, &accepted, subject_of(req), "select * from refund_answer($1, $2)", id);
}

/* GET /orders/ID/invoice: 200 a page to print; 404 as long as nothing was delivered. */
struct reply
payments_invoice(struct request *req)
{
	struct reply reply = reply_query(
	    req, "select * from invoice_html($1, $2)", req->actor.session_id, req->id);

	if (reply.status != 200)
		return reply;
	reply.content_type = "text/html; charset=utf-8";
	reply_header(&reply, "Content-Security-Policy",
	    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	reply_header(&reply, "Referrer-Policy", "same-origin");
	return reply;
}
