/*
 * Tokens that need not be stored to be told again: an HMAC of what they are for and whose
 * they are, under a key of the site's own. Databases keep their SHA-256 alone, so that who
 * reads them can show no token.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include "crypto.h"

#define TOKEN_TEXT_SIZE CRYPTO_BASE64URL_SIZE(CRYPTO_HASH_BYTES)
#define TOKEN_HASH_SIZE (2 + CRYPTO_HEX_SIZE(CRYPTO_HASH_BYTES))

/* The token for PURPOSE of ID, always the same. KEY is the site's hmac-key. */
void token_derive(const unsigned char key[CRYPTO_KEY_BYTES], const char *purpose, const char *id,
    char text[TOKEN_TEXT_SIZE]);

/* What is stored of it: its SHA-256 as the text of a bytea. */
void token_hash(const char *text, char hash[TOKEN_HASH_SIZE]);

#endif
