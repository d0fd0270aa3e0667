/*
 * Signed tokens (JWT, RFC 7519; HS256) that prove a session's id without a
 * look-up. They prove nothing more: whether the session still lives is asked of
 * the database, in the same call that does the work.
 *
 * Keys stand in a file of lines `KID HEX`: the first signs, all verify, so a key
 * is rotated by putting a new line on top. A changed file is noticed within a second, and
 * at once where a token comes that no known key has signed.
 */
#ifndef ACCESS_TOKEN_H
#define ACCESS_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uuid.h"

#define ACCESS_TOKEN_MAX 1024 /* bytes of a token's text, terminator included */
#define ACCESS_TOKEN_ROLE_SIZE 16

struct access_token_keys;

/* What a token is for: it is refused where the other is meant. */
enum access_token_use { ACCESS_TOKEN_BEARER, ACCESS_TOKEN_COOKIE };

enum access_token_result { ACCESS_TOKEN_VALID, ACCESS_TOKEN_INVALID, ACCESS_TOKEN_EXPIRED };

struct access_token {
	enum access_token_use use;
	char user_id[UUID_TEXT_SIZE];	 /* sub */
	char session_id[UUID_TEXT_SIZE]; /* sid */
	char role[ACCESS_TOKEN_ROLE_SIZE];
	int64_t issued_at_s;
	int64_t expires_at_s;
};

/*
 * Reads the keys (each of 32 bytes at least). ROLES is a null-terminated list of
 * the roles that a token may name; it is borrowed. NULL: logged. Thread-safe
 * from there on.
 */
struct access_token_keys *access_token_keys_open(const char *path, const char *const *roles);
void access_token_keys_close(struct access_token_keys **keys);

/*
 * From here on a token that was verified is remembered until it expires or the keys change. For
 * a program whose clients ask again and again; call it before there are threads.
 */
void access_token_keys_remember(struct access_token_keys *keys);

/* Signs TOKEN with the first key. False (logged): a token that verify would refuse. */
bool access_token_sign(
    struct access_token_keys *keys, const struct access_token *token, char text[ACCESS_TOKEN_MAX]);

/*
 * Fills TOKEN from TEXT when it was signed by one of the keys, for USE, and is
 * within its times. EXPIRED is said only of a token that is else in order.
 */
enum access_token_result access_token_verify(struct access_token_keys *keys, const char *text,
    enum access_token_use use, struct access_token *token);

/* The contract's code and sentence of a failed result, for a 401. */
const char *access_token_code(enum access_token_result result);
const char *access_token_detail(enum access_token_result result);

#endif
