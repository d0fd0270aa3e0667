/*
 * POST /webhooks/payments: the gateway says that something happened. Who sent it is told by its signature alone, which
 * is checked before a byte of the body is read; what it says is only a hint, upon which the gateway is asked. So one that
 * is late, lost, sent twice or sent again by somebody else changes nothing.
 */
#include "payments.h"

#include "clock.h"
#include "gateway_webhook.h"
#include "log.h"
#include "secret_file.h"
#include "text.h"
#include "uuid.h"

#define SECRET_PREFIX "whsec_"
#define NAME_MAX_BYTES 255

/* As long as the process lives; made before its threads. */
static const char *secrets;

bool
payments_webhook_start(const struct config *config)
{
	secrets = secret_file_read(config->secrets_dir, GATEWAY_WEBHOOK_SECRETS, SECRET_PREFIX);
	return secrets != NULL;
}

static bool
is_from_gateway(struct request *req, struct problem *why)
{
	switch (gateway_webhook_check(secrets, request_header(req, "Stripe-Signature"), req->body,
	    req->body_length, clock_wall_s(), req->site->config.webhook_tolerance_s)) {
	case GATEWAY_WEBHOOK_GOOD:
		return true;
	case GATEWAY_WEBHOOK_STALE:
		return problem_set(why, 400, "stale_signature",
		    "This was signed too long ago, or by a clock that is ahead.");
	case GATEWAY_WEBHOOK_FORGED:
		break;
	}
	return problem_set(
	    why, 400, "invalid_signature", "Stripe-Signature is missing, or not by our secret.");
}

static bool
event_read(struct request *req, struct gateway_event *event, struct problem *why)
{
	if (!gateway_webhook_read(req->arena, req->body, req->body_length, event))
		return problem_set(why, 400, "malformed_json", "The body must be a JSON object.");
	if (!text_is_visible_ascii(event->id, 1, NAME_MAX_BYTES) ||
	    !text_is_visible_ascii(event->type, 1, NAME_MAX_BYTES))
		return problem_set(why, 400, "malformed_event", "An event has an id and a type.");
	/* Whatever somebody put there: it is ours, or it is nothing. */
	if (event->order_id != NULL && !uuid_is_valid(event->order_id))
		event->order_id = NULL;
	return true;
}

/* POST /webhooks/payments: 200 heard, be it new, known, or about nothing of ours. 400 when it is not the gateway's. */
struct reply
payments_webhook(struct request *req)
{
	struct gateway_event event;
	struct problem why;

	if (!is_from_gateway(req, &why) || !event_read(req, &event, &why)) {
		log_warning("webhook refused", LOG_TEXT("code", why.code));
		return reply_problem(&why);
	}
	log_info("webhook", LOG_TEXT("event", event.id), LOG_TEXT("type", event.type),
	    LOG_TEXT("object", event.object_id));
	return reply_query(req, "select * from webhook_take($1, $2, $3, $4, $5)", event.id,
	    event.type, event.object_id, event.object_type, event.order_id);
}
