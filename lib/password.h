/*
 * Passwords, as argon2id (RFC 9106). Hashing is slow and large on purpose, so a
 * process has only a few done at once, by hashers that everything else goes before, and
 * lets a few wait: a storm of logins must not take the processor from every other request.
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#define PASSWORD_HASH_SIZE 128 /* a PHC string with its terminator */

struct password_cost {
	int64_t memory_kib;
	int64_t passes;
	int64_t concurrency; /* at work at once */
	int64_t queue;	     /* waiting at once; beyond it BUSY */
	int64_t nice;	     /* how far hashing stands back behind other processes: 0 to 19 */
};

enum password_result { PASSWORD_OK, PASSWORD_WRONG, PASSWORD_BUSY };

/* Sets the cost, makes the dummy hash, starts the hashers. Call once, before threads. False: logged. */
bool password_start(const struct password_cost *cost);

/*
 * A turn to sign somebody in, statements and all: one more than there are hashers go at once, so that a storm takes little of the
 * database either. Blocks until it comes. OK: give it back; BUSY: too many wait.
 */
enum password_result password_turn_take(void);
void password_turn_give(void);

/* Blocks for its turn and the work (tens of ms). OK, or BUSY: answer 503 with Retry-After. */
enum password_result password_hash(const char *password, char hash[PASSWORD_HASH_SIZE]);

/*
 * Compares PASSWORD with HASH, or with a dummy that nothing matches when HASH is
 * null, at the same cost: so that the time does not tell whether an account exists.
 */
enum password_result password_verify(const char *password, const char *hash);

/* Was HASH made at another cost than today's? */
bool password_needs_rehash(const char *hash);

#endif
