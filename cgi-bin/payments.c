/*
 * The payments program: cards, what was paid and paid back, invoices, and what the gateway tells. Its routes, and its
 * start. What is to be asked of the gateway is decided in SQL (sql/functions/payment_*.sql) and done by lib/gateway_steps.
 *
 * To add a call: a handler in one of the payments_*.c, its name in payments.h, a row here.
 */
#include "payments.h"

#include "fcgi.h"
#include "gateway_wait.h"
#include "router.h"
#include "site.h"

/* Cards added by user: who has stolen numbers would try them out here. Its numbers are set once, at the start. */
static struct rate_limit_policy cards_limit = { .name = "cards", .reach = RATE_LIMIT_SITE };

/* clang-format off */
static const struct route routes[] = {
	{ GET,    "/me/payment-methods",      SIGNED_IN,     payments_methods,       &site_requests_limit },
	{ POST,   "/me/payment-methods",      SIGNED_IN,     payments_method_add,    &cards_limit },
	{ PATCH,  "/me/payment-methods/{id}", SIGNED_IN,     payments_method_change, &site_requests_limit },
	{ DELETE, "/me/payment-methods/{id}", SIGNED_IN,     payments_method_remove, &site_requests_limit, .is_bare = true },
	{ POST,   "/orders/{id}/payment",     CUSTOMER,      payments_order_pay,     &site_requests_limit },
	{ GET,    "/orders/{id}/payments",    SIGNED_IN,     payments_of_order,      &site_requests_limit },
	{ POST,   "/orders/{id}/refunds",     AGENT | ADMIN, payments_refund,        &site_requests_limit },
	{ GET,    "/orders/{id}/invoice",     SIGNED_IN,     payments_invoice,       &site_requests_limit, .is_page = true },
	{ POST,   "/webhooks/payments",       ANYONE,        payments_webhook,       NULL },
};
/* clang-format on */

static bool
start(struct site *site)
{
	cards_limit.quota = site->config.limit_cards;
	cards_limit.window_s = site->config.limit_cards_s;
	site_limits_start(&site->config);
	return gateway_wait_start(&site->config) && payments_webhook_start(&site->config);
}

static const struct application application = {
	.name = "payments",
	.purpose = "keeps cards, takes and pays back money, tells what was paid",
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
