/*
 * token: told again, and of each key, purpose and id its own.
 */
#include "token.h"

#include "test.h"

static const unsigned char key[CRYPTO_KEY_BYTES] = "0123456789abcdef0123456789abcde";

static void
test_derive(void)
{
	char a[TOKEN_TEXT_SIZE], b[TOKEN_TEXT_SIZE];
	unsigned char other_key[CRYPTO_KEY_BYTES] = { 1 };

	token_derive(key, "confirm", "017f22e2", a);
	token_derive(key, "confirm", "017f22e2", b);
	is_string(a, b, "it is told again");
	is_int((long long)strlen(a), 43, "32 bytes in base64url");
	ok(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == 43,
	    "that an URL's fragment takes as they are");
	token_derive(key, "reset", "017f22e2", b);
	ok(strcmp(a, b) != 0, "another purpose, another token");
	token_derive(key, "confirm", "017f22e3", b);
	ok(strcmp(a, b) != 0, "another id, another token");
	token_derive(key, "confirm0", "17f22e2", b);
	ok(strcmp(a, b) != 0, "the two do not run together");
	token_derive(other_key, "confirm", "017f22e2", b);
	ok(strcmp(a, b) != 0, "another key, another token");
}

static void
test_hash(void)
{
	char hash[TOKEN_HASH_SIZE];

	token_hash("abc", hash);
	is_string(hash, "\\xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "SHA-256 as the text of a bytea (FIPS 180-4)");
}

int
main(void)
{
	test_derive();
	test_hash();
	return done();
}
