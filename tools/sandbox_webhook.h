/*
 * Sends the sandbox's events to the webhook, signed as Stripe signs them, again and again until each is taken. What is to be
 * sent are rows of sandbox.delivery, so a killed sandbox goes on where it was.
 */
#ifndef SANDBOX_WEBHOOK_H
#define SANDBOX_WEBHOOK_H

struct config;
struct webhook;

/*
 * Starts the threads that send. CONFIG and SECRET are borrowed; no URL in CONFIG: nothing is sent. Null: a thread
 * could not be started, logged.
 */
struct webhook *webhook_open(const struct config *config, const char *secret);

/* Cuts off what is being sent, which is sent again another time. Null-safe. */
void webhook_close(struct webhook **webhook);

/* There may be something new. Thread-safe. */
void webhook_ring(struct webhook *webhook);

#endif
