/*
 * Failed attempts to show a password, counted by account and by address: at logins, and
 * where a session alone is not enough. Look before the slow check, and again behind it.
 */
#ifndef ACCOUNTS_ATTEMPTS_H
#define ACCOUNTS_ATTEMPTS_H

#include "rate_limit.h"
#include "reply.h"
#include "request.h"

/* Before the threads. */
void accounts_attempts_start(const struct config *config);

/* EMAIL as SQL would look it up, in the arena: an unknown one is counted as a known one is, however it is spelt. */
const char *accounts_mailbox(struct request *req, const char *email);

/* Adds AMOUNT failures (0: looks) of WHO, a user's id or a mailbox, and tells the one of the two limits that is nearer. */
struct rate_limit_state accounts_attempts_take(
    struct request *req, const char *who, int64_t amount);

/* Fills WHY with 429. Returns false. */
bool accounts_attempts_refuse(const struct rate_limit_state *attempts, struct problem *why);

/* The headers that tell what is left. */
void accounts_attempts_tell(
    struct reply *reply, const struct request *req, const struct rate_limit_state *attempts);

#endif
