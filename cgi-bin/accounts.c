/*
 * The accounts program: who someone is. Its routes, and its start.
 *
 * To add a call: a handler in one of the accounts_*.c, its name in accounts.h, a row here.
 */
#include "accounts.h"

#include "accounts_attempts.h"
#include "fcgi.h"
#include "router.h"
#include "site.h"

/* Registrations by address. Its numbers, as those of all limits here, are set once, at the start. */
static struct rate_limit_policy register_limit = { .name = "register", .reach = RATE_LIMIT_SITE };

/* Mails asked for, and tokens of mails shown, by address. */
static struct rate_limit_policy recovery_limit = { .name = "recovery", .reach = RATE_LIMIT_SITE };

/* clang-format off */
static const struct route routes[] = {
	{ POST,   "/auth/register",         ANYONE,    accounts_register,        &register_limit },
	{ POST,   "/auth/login",            ANYONE,    accounts_login,           NULL },
	{ POST,   "/auth/refresh",          ANYONE,    accounts_refresh,         NULL },
	{ POST,   "/auth/logout",           SIGNED_IN, accounts_logout,          &site_requests_limit, .is_bare = true },
	{ POST,   "/auth/logout-all",       SIGNED_IN, accounts_logout_all,      &site_requests_limit, .is_bare = true },
	{ POST,   "/auth/confirm-email",    ANYONE,    accounts_confirm_email,   &recovery_limit },
	{ POST,   "/auth/forgot-password",  ANYONE,    accounts_forgot_password, &recovery_limit },
	{ POST,   "/auth/reset-password",   ANYONE,    accounts_reset_password,  &recovery_limit },
	{ GET,    "/me",                    SIGNED_IN, accounts_me,              &site_requests_limit },
	{ PATCH,  "/me",                    SIGNED_IN, accounts_me_change,       &site_requests_limit },
	{ DELETE, "/me",                    SIGNED_IN, accounts_erase,           NULL },
	{ GET,    "/me/export",             SIGNED_IN, accounts_export,          &site_requests_limit },
	{ PUT,    "/me/password",           SIGNED_IN, accounts_password_change, NULL },
	{ POST,   "/me/email-confirmation", SIGNED_IN, accounts_confirm_again,   &site_requests_limit, .is_bare = true },
	{ GET,    "/me/sessions",           SIGNED_IN, accounts_sessions,        &site_requests_limit },
	{ DELETE, "/me/sessions/{id}",      SIGNED_IN, accounts_session_end,     &site_requests_limit, .is_bare = true },
	{ GET,    "/me/addresses",          SIGNED_IN, accounts_addresses,       &site_requests_limit },
	{ POST,   "/me/addresses",          SIGNED_IN, accounts_address_add,     &site_requests_limit },
	{ PATCH,  "/me/addresses/{id}",     SIGNED_IN, accounts_address_change,  &site_requests_limit },
	{ DELETE, "/me/addresses/{id}",     SIGNED_IN, accounts_address_remove,  &site_requests_limit, .is_bare = true },
	{ POST,   "/stream-tickets",        SIGNED_IN, accounts_ticket,          &site_requests_limit, .is_bare = true },
	{ GET,    "/users",                 ADMIN,     accounts_users,           &site_requests_limit },
	{ GET,    "/users/{id}",            ADMIN,     accounts_user,            &site_requests_limit },
	{ PATCH,  "/users/{id}",            ADMIN,     accounts_user_change,     &site_requests_limit },
};
/* clang-format on */

static bool
start(struct site *site)
{
	register_limit.quota = site->config.limit_register;
	register_limit.window_s = site->config.limit_register_s;
	recovery_limit.quota = site->config.limit_recovery;
	recovery_limit.window_s = site->config.limit_recovery_s;
	site_limits_start(&site->config);
	accounts_attempts_start(&site->config);
	return accounts_password_start(&site->config);
}

static const struct application application = {
	.name = "accounts",
	.purpose =
	    "registers people, signs them in, keeps their profiles and addresses, and erases them",
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
