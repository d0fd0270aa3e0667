/*
 * May there be one more stream? What one user, one address, and all polls together may
 * have. Who is refused is told why, and when to try again.
 */
#ifndef ADMISSION_H
#define ADMISSION_H

#include <stdbool.h>

struct exchange;
struct problem;
struct server;
struct tally_entry;

/* What a stream is counted under; zeroed: nothing. A member of whoever holds the stream. */
struct admission {
	struct tally_entry *by_user, *by_address;
	bool is_held_poll;
};

/*
 * Counts the stream that EXCHANGE asks for in USER's name; IS_HELD: it is a poll that will wait.
 * False: 429 or 503, and nothing is counted.
 */
bool admission_take(struct admission *admission, const struct exchange *exchange,
    const char *user_id, bool is_held, struct problem *why);

/* The same for what is there before its user is known: where it comes from, and later whose it is. False: 429. */
bool admission_take_address(
    struct admission *admission, struct server *server, const char *address, struct problem *why);
bool admission_take_user(
    struct admission *admission, struct server *server, const char *user_id, struct problem *why);

/* The stream is over. Harmless if nothing was taken. */
void admission_give(struct admission *admission, struct server *server);

#endif
