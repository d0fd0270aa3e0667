/*
 * May there be one more stream? What one user, one address, and all polls together may
 * have. Who is refused is told why, and when to try again.
 */
#ifndef ADMISSION_H
#define ADMISSION_H

#include <stdbool.h>

struct exchange;
struct client;
struct problem;

/*
 * Counts the stream that EXCHANGE asks for in USER's name; IS_HELD: it is a poll that will wait. False: 429 or 503.
 */
bool admission_take(
    struct exchange *exchange, const char *user_id, bool is_held, struct problem *why);

/* The client's stream is over. Harmless if there was none. */
void admission_give(struct client *client);

#endif
