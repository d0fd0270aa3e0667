/*
 * The few primitives that FoodFast needs of OpenSSL, and the encodings around
 * them. A failure in here (no entropy, no memory) ends the process: there is
 * nothing safe to go on with.
 */
#ifndef CRYPTO_H
#define CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#define CRYPTO_HASH_BYTES 32
#define CRYPTO_SHA1_BYTES 20
#define CRYPTO_KEY_BYTES 32

/* Room for N bytes as text, with the terminator. */
#define CRYPTO_HEX_SIZE(n) (2 * (n) + 1)
#define CRYPTO_BASE64URL_SIZE(n) (((n)*4 + 2) / 3 + 1)
#define CRYPTO_BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)

struct crypto_part {
	const void *data;
	size_t size_bytes;
};

void crypto_random(void *out, size_t size_bytes);
void crypto_sha256(const void *data, size_t size_bytes, unsigned char hash[CRYPTO_HASH_BYTES]);

/* Broken long ago: only where a protocol asks for it and nothing hangs on it. */
void crypto_sha1(const void *data, size_t size_bytes, unsigned char hash[CRYPTO_SHA1_BYTES]);

/* HMAC-SHA256 (RFC 2104) of DATA. */
void crypto_hmac(const unsigned char key[CRYPTO_KEY_BYTES], const void *data, size_t size_bytes,
    unsigned char hash[CRYPTO_HASH_BYTES]);

/* HMAC-SHA256 of COUNT parts joined, with a key of any length: what others define so. */
void crypto_hmac_joined(const void *key, size_t key_bytes, const struct crypto_part *parts,
    size_t count, unsigned char hash[CRYPTO_HASH_BYTES]);

/* Are SIZE_BYTES the same? Takes as long whatever they are. */
bool crypto_is_same(const void *one, const void *other, size_t size_bytes);

/* HMAC of the SHA-256 of COUNT parts, each led by its length: no two lists of parts look alike. */
void crypto_hmac_parts(const unsigned char key[CRYPTO_KEY_BYTES], const struct crypto_part *parts,
    size_t count, unsigned char hash[CRYPTO_HASH_BYTES]);

/* Lower-case hexadecimal. Reading takes exactly 2 * SIZE_BYTES digits of either case. */
void crypto_hex_write(const void *data, size_t size_bytes, char *text);
bool crypto_hex_read(const char *text, size_t text_length, void *out, size_t size_bytes);

/* base64url without padding (RFC 4648, section 5). Returns the text's length. */
size_t crypto_base64url_write(const void *data, size_t size_bytes, char *text);

/*
 * Reads LENGTH digits of base64url without padding into at most SIZE_BYTES. Returns how many bytes they are; 0: too many, or not
 * as crypto_base64url_write() writes them.
 */
size_t crypto_base64url_read(const char *digits, size_t length, void *out, size_t size_bytes);

/* base64 with padding (RFC 4648, section 4). Returns the text's length. */
size_t crypto_base64_write(const void *data, size_t size_bytes, char *text);

/* Reads a key of 64 hexadecimal digits from a file. False: logged. */
bool crypto_key_read(const char *path, unsigned char key[CRYPTO_KEY_BYTES]);

/* Overwrites what is secret, whatever the optimiser thinks. */
void crypto_wipe(void *data, size_t size_bytes);

#endif
