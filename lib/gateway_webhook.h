/*
 * What the gateway tells by itself: is a message really its own, and what is it about? Pure.
 *
 * The header Stripe-Signature is `t=SECONDS,v1=HEX[,v1=HEX…]`; elements of other names are passed
 * over. Each v1 is the HMAC-SHA256 of `SECONDS.BODY`, keyed with the secret as it is written,
 * `whsec_` included. There are several while the gateway's secret is being changed. SECONDS tells
 * when this attempt was signed: an old one is somebody's recording.
 * https://docs.stripe.com/webhooks#verify-manually
 */
#ifndef GATEWAY_WEBHOOK_H
#define GATEWAY_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define GATEWAY_WEBHOOK_SECRETS "webhook-secret" /* the file in SECRETS_DIR, see secret_file.h */

enum gateway_webhook_result {
	GATEWAY_WEBHOOK_GOOD,
	GATEWAY_WEBHOOK_FORGED, /* no signature, a broken one, or not by our secret */
	GATEWAY_WEBHOOK_STALE,	/* good, but signed more than the tolerance ago, or ahead */
};

/*
 * SECRETS holds one a line, any of which will do; HEADER may be null (not sent). Compares in
 * constant time.
 */
enum gateway_webhook_result gateway_webhook_check(const char *secrets, const char *header,
    const char *body, size_t length, int64_t now_s, int64_t tolerance_s);

/* What an event is about. Texts are in the arena; null: it does not say. */
struct gateway_event {
	const char *id;
	const char *type;	 /* "payment_intent.succeeded" */
	const char *object_id;	 /* of data.object */
	const char *object_type; /* "payment_intent", "refund", … */
	const char *order_id;	 /* its metadata.order_id; any text at all */
};

/* False: not a JSON object. */
bool gateway_webhook_read(
    struct arena *arena, const char *body, size_t length, struct gateway_event *event);

#endif
