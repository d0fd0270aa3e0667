/*
 * The accounts program's handlers, by file. Their routes are in accounts.c.
 */
#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <stdbool.h>

#include "reply.h"
#include "request.h"

/* accounts_register.c, accounts_login.c, accounts_session.c: how sessions begin, go on and end. */
struct reply accounts_register(struct request *req);
struct reply accounts_login(struct request *req);
struct reply accounts_refresh(struct request *req);
struct reply accounts_logout(struct request *req);
struct reply accounts_logout_all(struct request *req);
struct reply accounts_sessions(struct request *req);
struct reply accounts_session_end(struct request *req);
struct reply accounts_ticket(struct request *req);

/* accounts_me.c: who is signed in, and his addresses. */
struct reply accounts_me(struct request *req);
struct reply accounts_me_change(struct request *req);
struct reply accounts_addresses(struct request *req);
struct reply accounts_address_add(struct request *req);
struct reply accounts_address_change(struct request *req);
struct reply accounts_address_remove(struct request *req);
struct reply accounts_export(struct request *req);

/* accounts_guarded.c: what takes the password once more. */
struct reply accounts_password_change(struct request *req);
struct reply accounts_erase(struct request *req);

/* accounts_mail.c: what is proven by a link in a mail. */
struct reply accounts_confirm_again(struct request *req);
struct reply accounts_confirm_email(struct request *req);
struct reply accounts_forgot_password(struct request *req);
struct reply accounts_reset_password(struct request *req);

/* accounts_users.c: what admins decide about people. */
struct reply accounts_users(struct request *req);
struct reply accounts_user(struct request *req);
struct reply accounts_user_change(struct request *req);

/* accounts_password.c: lib/password with the problems that clients see. The start is for before the threads. */
bool accounts_password_start(const struct config *config);

/* A turn to sign somebody in (password.h); 503 busy: none was taken. */
bool accounts_turn_take(struct problem *why);

/* HASH is in the arena. 503 busy. */
bool accounts_password_hash(
    struct request *req, const char *password, const char **hash, struct problem *why);

/* Is it the password of HASH (null: of nobody, at the same cost)? 401 invalid_credentials, 503 busy. */
bool accounts_password_check(const char *password, const char *hash, struct problem *why);

#endif
