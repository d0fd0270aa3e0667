/*
 * OpenSSL, behind crypto.h; the encodings are our own, for OpenSSL's accept too much.
 */
#include "crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static const char base64url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* OpenSSL fails at these only without entropy or memory: nothing safe is left to do. */
static void
must(bool is_done, const char *what)
{
	if (is_done)
		return;
	log_error("OpenSSL failed", LOG_TEXT("call", what));
	abort();
}

void
crypto_random(void *out, size_t size_bytes)
{
	must(RAND_bytes(out, (int)size_bytes) == 1, "RAND_bytes");
}

/* Looked up once: OpenSSL would do it for every hash, under locks that all threads share. */
static struct {
	pthread_once_t once;
	pthread_key_t contexts;
	EVP_MD *sha256, *sha1;
	EVP_MAC *hmac;
} methods = { .once = PTHREAD_ONCE_INIT };

/* What a thread keeps from one hash to the next; making them anew costs more than hashing. */
struct contexts {
	EVP_MD_CTX *sha256;
	EVP_MAC_CTX *hmac;
};

static void
contexts_free(void *value)
{
	struct contexts *contexts = value;

	EVP_MD_CTX_free(contexts->sha256);
	EVP_MAC_CTX_free(contexts->hmac);
	free(contexts);
}

static void
methods_fetch(void)
{
	methods.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	methods.sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	methods.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	must(
	    methods.sha256 != NULL && methods.sha1 != NULL && methods.hmac != NULL, "EVP_MD_fetch");
	must(pthread_key_create(&methods.contexts, contexts_free) == 0, "pthread_key_create");
}

static struct contexts *
contexts_get(void)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	struct contexts *contexts;

	pthread_once(&methods.once, methods_fetch);
	contexts = pthread_getspecific(methods.contexts);
	if (contexts != NULL)
		return contexts;
	contexts = calloc(1, sizeof(*contexts));
	must(contexts != NULL && pthread_setspecific(methods.contexts, contexts) == 0,
	    "pthread_setspecific");
	contexts->sha256 = EVP_MD_CTX_new();
	contexts->hmac = EVP_MAC_CTX_new(methods.hmac);
	must(contexts->sha256 != NULL && contexts->hmac != NULL &&
		EVP_MAC_CTX_set_params(contexts->hmac, parameters) == 1,
	    "EVP_MAC_CTX_new");
	return contexts;
}

static EVP_MD_CTX *
sha256_begin(void)
{
	EVP_MD_CTX *context = contexts_get()->sha256;

	must(EVP_DigestInit_ex(context, methods.sha256, NULL) == 1, "EVP_DigestInit_ex");
	return context;
}

static void
sha256_add(EVP_MD_CTX *context, const void *data, size_t size_bytes)
{
	must(EVP_DigestUpdate(context, data, size_bytes) == 1, "EVP_DigestUpdate");
}

static void
sha256_end(EVP_MD_CTX *context, unsigned char hash[CRYPTO_HASH_BYTES])
{
	must(EVP_DigestFinal_ex(context, hash, NULL) == 1, "EVP_DigestFinal_ex");
}

void
crypto_sha256(const void *data, size_t size_bytes, unsigned char hash[CRYPTO_HASH_BYTES])
{
	EVP_MD_CTX *context = sha256_begin();

	sha256_add(context, data, size_bytes);
	sha256_end(context, hash);
}

void
crypto_sha1(const void *data, size_t size_bytes, unsigned char hash[CRYPTO_SHA1_BYTES])
{
	pthread_once(&methods.once, methods_fetch);
	must(EVP_Digest(data, size_bytes, hash, NULL, methods.sha1, NULL) == 1, "EVP_Digest");
}

void
crypto_hmac_joined(const void *key, size_t key_bytes, const struct crypto_part *parts, size_t count,
    unsigned char hash[CRYPTO_HASH_BYTES])
{
	EVP_MAC_CTX *context = contexts_get()->hmac;
	size_t length;

	must(EVP_MAC_init(context, key, key_bytes, NULL) == 1, "EVP_MAC_init");
	for (size_t i = 0; i < count; i++)
		must(EVP_MAC_update(context, parts[i].data, parts[i].size_bytes) == 1,
		    "EVP_MAC_update");
	must(EVP_MAC_final(context, hash, &length, CRYPTO_HASH_BYTES) == 1, "EVP_MAC_final");
}

void
crypto_hmac(const unsigned char key[CRYPTO_KEY_BYTES], const void *data, size_t size_bytes,
    unsigned char hash[CRYPTO_HASH_BYTES])
{
	crypto_hmac_joined(
	    key, CRYPTO_KEY_BYTES, &(struct crypto_part){ data, size_bytes }, 1, hash);
}

bool
crypto_is_same(const void *one, const void *other, size_t size_bytes)
{
	return CRYPTO_memcmp(one, other, size_bytes) == 0;
}

void
crypto_hmac_parts(const unsigned char key[CRYPTO_KEY_BYTES], const struct crypto_part *parts,
    size_t count, unsigned char hash[CRYPTO_HASH_BYTES])
{
	EVP_MD_CTX *context = sha256_begin();

	for (size_t i = 0; i < count; i++) {
		uint64_t length = parts[i].size_bytes;

		sha256_add(context, &length, sizeof(length));
		sha256_add(context, parts[i].data, parts[i].size_bytes);
	}
	sha256_end(context, hash);
	crypto_hmac(key, hash, CRYPTO_HASH_BYTES, hash);
}

void
crypto_wipe(void *data, size_t size_bytes)
{
	OPENSSL_cleanse(data, size_bytes);
}

void
crypto_hex_write(const void *data, size_t size_bytes, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size_bytes; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 0xf];
	}
	*text = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
crypto_hex_read(const char *text, size_t text_length, void *out, size_t size_bytes)
{
	unsigned char *bytes = out;

	if (text_length != 2 * size_bytes)
		return false;
	for (size_t i = 0; i < size_bytes; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static size_t
digits_write(const char digits[], const void *data, size_t size_bytes, char *text)
{
	const unsigned char *bytes = data;
	uint32_t bits = 0;
	int held = 0;
	size_t length = 0;

	for (size_t i = 0; i < size_bytes; i++) {
		bits = bits << 8 | bytes[i];
		for (held += 8; held >= 6; held -= 6)
			text[length++] = digits[bits >> (held - 6) & 63];
	}
	if (held > 0)
		text[length++] = digits[bits << (6 - held) & 63];
	text[length] = '\0';
	return length;
}

size_t
crypto_base64url_write(const void *data, size_t size_bytes, char *text)
{
	return digits_write(base64url_digits, data, size_bytes, text);
}

static int
base64url_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	return digit == '-' ? 62 : digit == '_' ? 63 : -1;
}

size_t
crypto_base64url_read(const char *digits, size_t length, void *out, size_t size_bytes)
{
	unsigned char *bytes = out;
	uint32_t bits = 0;
	size_t size = 0;
	int held = 0;

	if (length % 4 == 1 || length * 6 / 8 > size_bytes)
		return 0;
	for (size_t i = 0; i < length; i++) {
		int value = base64url_value(digits[i]);

		if (value < 0)
			return 0;
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held >= 8)
			bytes[size++] = (unsigned char)(bits >> (held -= 8));
	}
	return (bits & ((1U << held) - 1)) == 0 ? size : 0;
}

size_t
crypto_base64_write(const void *data, size_t size_bytes, char *text)
{
	size_t length = digits_write(base64_digits, data, size_bytes, text);

	while (length % 4 != 0)
		text[length++] = '=';
	text[length] = '\0';
	return length;
}

bool
crypto_key_read(const char *path, unsigned char key[CRYPTO_KEY_BYTES])
{
	char line[CRYPTO_HEX_SIZE(CRYPTO_KEY_BYTES) + 1] = "";
	FILE *file = fopen(path, "re");
	bool is_read = false;

	if (file != NULL) {
		is_read = fgets(line, sizeof(line), file) != NULL &&
		    crypto_hex_read(line, strcspn(line, "\n"), key, CRYPTO_KEY_BYTES);
		fclose(file);
	}
	crypto_wipe(line, sizeof(line));
	if (!is_read)
		log_error("no key of 64 hexadecimal digits", LOG_TEXT("file", path));
	return is_read;
}
