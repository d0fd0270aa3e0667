/*
 * Calls that wait for the gateway. Their SQL function only writes down what is to be asked of it, and answers 202
 * {"id": …}; whoever asked then does these steps himself, as far as that can be done in a few seconds. Whatever is left,
 * or was cut short, workers/settlement does later: nothing here has to come to its end.
 */
#ifndef GATEWAY_WAIT_H
#define GATEWAY_WAIT_H

#include <stdbool.h>

#include "reply.h"

struct config;
struct request;

/* Opens the gateway for this process, before its threads. False: logged. CONFIG is borrowed. */
bool gateway_wait_start(const struct config *config);

/* The id in a reply of status 202, in the arena; null: another reply, which is the answer. */
const char *gateway_wait_id(struct request *req, const struct reply *accepted);

/*
 * Does the steps of SUBJECT ("order:ID", "user:ID") until ANSWER tells the end of it, for FOODFAST_GATEWAY_WAIT_MS at
 * most, and not at all when FOODFAST_GATEWAY_WAITERS requests of this process wait already. ANSWER is an SQL function of
 * session and ID that returns api.reply: what it says last is the reply, with ACCEPTED's headers.
 */
struct reply gateway_wait_reply(struct request *req, const struct reply *accepted,
    const char *subject, const char *answer, const char *id);

#endif
