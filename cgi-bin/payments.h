/*
 * The calls of the payments program, each in the file that its comment names.
 */
#ifndef PAYMENTS_H
#define PAYMENTS_H

#include "reply.h"
#include "request.h"

/* payments_method.c */
struct reply payments_methods(struct request *req);
struct reply payments_method_add(struct request *req);
struct reply payments_method_change(struct request *req);
struct reply payments_method_remove(struct request *req);

/* payments_order.c */
struct reply payments_order_pay(struct request *req);
struct reply payments_of_order(struct request *req);
struct reply payments_refund(struct request *req);
struct reply payments_invoice(struct request *req);

/* payments_webhook.c. Reads the secret that webhooks are signed with; false: logged. */
bool payments_webhook_start(const struct config *config);
struct reply payments_webhook(struct request *req);

#endif
