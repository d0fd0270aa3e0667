/*
 * Derived tokens: see token.h.
 */
#include "token.h"

#include <string.h>

void
token_derive(const unsigned char key[CRYPTO_KEY_BYTES], const char *purpose, const char *id,
    char text[TOKEN_TEXT_SIZE])
{
	const struct crypto_part parts[] = { { purpose, strlen(purpose) }, { id, strlen(id) } };
	unsigned char mac[CRYPTO_HASH_BYTES];

	crypto_hmac_parts(key, parts, sizeof(parts) / sizeof(parts[0]), mac);
	crypto_base64url_write(mac, sizeof(mac), text);
	crypto_wipe(mac, sizeof(mac));
}

void
token_hash(const char *text, char hash[TOKEN_HASH_SIZE])
{
	unsigned char digest[CRYPTO_HASH_BYTES];

	crypto_sha256(text, strlen(text), digest);
	memcpy(hash, "\\x", 2);
	crypto_hex_write(digest, sizeof(digest), hash + 2);
}
