/*
 * access_token: what we sign verifies, and nothing else does. Forged tokens are
 * made by hand here, from the same primitives that an attacker has.
 */
#include "access_token.h"

#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "crypto.h"
#include "log.h"
#include "test.h"

#define NOW_MS 1793000000000
#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff101112131415161718191a1b1c1d1e1f"
#define USER "01939f3e-0000-7000-8000-000000000001"
#define SESSION "01939f3e-0000-7000-8000-000000000002"

static const char *const roles[] = { "customer", "admin", NULL };

static char path[] = "/tmp/foodfast-unit-keys-XXXXXX";

static void
keys_write(const char *lines)
{
	FILE *file = fopen(path, "w");

	fputs(lines, file);
	fclose(file);
}

static struct access_token_keys *
keys_with(const char *lines)
{
	keys_write(lines);
	return access_token_keys_open(path, roles);
}

static struct access_token
token_now(void)
{
	return (struct access_token){ .use = ACCESS_TOKEN_BEARER,
		.user_id = USER,
		.session_id = SESSION,
		.role = "customer",
		.issued_at_s = NOW_MS / 1000,
		.expires_at_s = NOW_MS / 1000 + 900 };
}

/* HEADER.PAYLOAD, signed with KEY_A unless SIGNATURE is given. */
static const char *
forge(const char *header, const char *payload, const char *signature)
{
	static char text[2048];
	unsigned char key[CRYPTO_KEY_BYTES], hash[CRYPTO_HASH_BYTES];
	size_t length = crypto_base64url_write(header, strlen(header), text);

	text[length++] = '.';
	length += crypto_base64url_write(payload, strlen(payload), text + length);
	crypto_hex_read(KEY_A, strlen(KEY_A), key, sizeof(key));
	crypto_hmac(key, text, length, hash);
	text[length++] = '.';
	if (signature != NULL)
		snprintf(text + length, sizeof(text) - length, "%s", signature);
	else
		crypto_base64url_write(hash, sizeof(hash), text + length);
	return text;
}

static enum access_token_result
verdict(struct access_token_keys *keys, const char *text)
{
	struct access_token token;

	return access_token_verify(keys, text, ACCESS_TOKEN_BEARER, &token);
}

#define HEADER "{\"alg\":\"HS256\",\"kid\":\"a\",\"typ\":\"JWT\"}"
#define CLAIMS(use, sub, sid, role, more)                                                         \
	"{\"use\":\"" use "\",\"sub\":\"" sub "\",\"sid\":\"" sid "\",\"role\":\"" role "\"" more \
	"}"
#define TIMES ",\"iat\":1793000000,\"exp\":1793000900"
#define GOOD CLAIMS("access", USER, SESSION, "customer", TIMES)

static void
test_round_trip(struct access_token_keys *keys)
{
	struct access_token token = token_now(), read;
	char text[ACCESS_TOKEN_MAX];

	ok(access_token_sign(keys, &token, text), "signs");
	ok(access_token_verify(keys, text, ACCESS_TOKEN_BEARER, &read) == ACCESS_TOKEN_VALID,
	    "and verifies");
	is_string(read.user_id, USER, "sub");
	is_string(read.session_id, SESSION, "sid");
	is_string(read.role, "customer", "role");
	is_int(read.expires_at_s, token.expires_at_s, "exp");
	ok(access_token_verify(keys, text, ACCESS_TOKEN_COOKIE, &read) == ACCESS_TOKEN_INVALID,
	    "an access token is no cookie");

	clock_advance(899000);
	is_int(verdict(keys, text), ACCESS_TOKEN_VALID, "valid in its last second");
	clock_advance(1000);
	is_int(verdict(keys, text), ACCESS_TOKEN_EXPIRED, "expired at exp");
	clock_freeze(NOW_MS);

	token = token_now();
	snprintf(token.role, sizeof(token.role), "king");
	ok(!access_token_sign(keys, &token, text), "an unknown role is not signed");
}

static void
test_tampering(struct access_token_keys *keys)
{
	struct access_token token = token_now();
	char text[ACCESS_TOKEN_MAX];
	int accepted = 0;

	access_token_sign(keys, &token, text);
	for (size_t i = 0; i < strlen(text); i++) {
		char original = text[i];

		text[i] = original == 'A' ? 'B' : 'A';
		/* The last digit of the signature holds two bits that decode to nothing. */
		accepted += i + 1 < strlen(text) && verdict(keys, text) != ACCESS_TOKEN_INVALID;
		text[i] = original;
	}
	is_int(accepted, 0, "AC-09 no character may be changed");
	text[strlen(text) - 5] = '\0';
	is_int(verdict(keys, text), ACCESS_TOKEN_INVALID, "nor cut off");
}

static void
test_forgeries(struct access_token_keys *keys)
{
	is_int(verdict(keys, forge(HEADER, GOOD, NULL)), ACCESS_TOKEN_VALID,
	    "the forge can make a good one");
	is_int(verdict(keys, forge("{\"alg\":\"none\",\"kid\":\"a\"}", GOOD, "")),
	    ACCESS_TOKEN_INVALID, "AC-09 alg none");
	is_int(verdict(keys, forge("{\"alg\":\"none\",\"kid\":\"a\"}", GOOD, NULL)),
	    ACCESS_TOKEN_INVALID, "AC-09 alg none with a signature");
	is_int(verdict(keys, forge("{\"alg\":\"HS512\",\"kid\":\"a\"}", GOOD, NULL)),
	    ACCESS_TOKEN_INVALID, "AC-09 another algorithm");
	is_int(verdict(keys, forge("{\"alg\":\"RS256\",\"kid\":\"a\"}", GOOD, NULL)),
	    ACCESS_TOKEN_INVALID, "AC-09 a public-key algorithm");
	is_int(verdict(keys, forge("{\"alg\":\"HS256\",\"kid\":\"b\"}", GOOD, NULL)),
	    ACCESS_TOKEN_INVALID, "AC-09 another key's id");
	is_int(verdict(keys, forge("{\"alg\":\"HS256\"}", GOOD, NULL)), ACCESS_TOKEN_INVALID,
	    "AC-09 no key's id");
	is_int(verdict(keys, forge("{}", "{}", NULL)), ACCESS_TOKEN_INVALID, "an empty header");
	is_int(verdict(keys, ""), ACCESS_TOKEN_INVALID, "an empty text");
	is_int(verdict(keys, ".."), ACCESS_TOKEN_INVALID, "two dots");
	is_int(verdict(keys, "a.b.c.d"), ACCESS_TOKEN_INVALID, "too many parts");
}

/* Each in the form that we write, and with the same members in another order, which libjwt reads: no verdict may differ. */
static void
test_both_readers(struct access_token_keys *keys)
{
	static const struct {
		const char *ours, *theirs;
	} rows[] = {
		{ GOOD,
		    "{\"exp\":1793000900"
		    ","
		    "\"iat\":1793000000,\"role\":\"customer\",\"sid\":\"" SESSION
		    "\",\"sub\":\"" USER "\",\"use\":\"access\"}" },
		{ CLAIMS("access", USER, SESSION, "customer", ",\"iat\":1,\"exp\":1793000000"),
		    "{\"exp\":1793000000,\"iat\":1,\"role\":\"customer\",\"sid\":\"" SESSION
		    "\",\"sub\":\"" USER "\",\"use\":\"access\"}" },
		{ CLAIMS("cookie", USER, SESSION, "customer", TIMES),
		    "{\"exp\":1793000900,\"iat\":1793000000,\"role\":\"customer\",\"sid\":\"" SESSION
		    "\",\"sub\":\"" USER "\",\"use\":\"cookie\"}" },
		{ CLAIMS("access", USER, SESSION, "king", TIMES),
		    "{\"exp\":1793000900,\"iat\":1793000000,\"role\":\"king\",\"sid\":\"" SESSION
		    "\",\"sub\":\"" USER "\",\"use\":\"access\"}" },
		{ CLAIMS("access", USER, SESSION, "customer", ",\"iat\":1793000000,\"exp\":0"),
		    "{\"exp\":0,\"iat\":1793000000,\"role\":\"customer\",\"sid\":\"" SESSION
		    "\",\"sub\":\"" USER "\",\"use\":\"access\"}" },
		{ CLAIMS(
		      "access", "01939f3e-0000-7000-8000-00000000000-", SESSION, "customer", TIMES),
		    "{\"exp\":1793000900,\"iat\":1793000000,\"role\":\"customer\",\"sid\":\"" SESSION
		    "\",\"sub\":\"01939f3e-0000-7000-8000-00000000000-\",\"use\":\"access\"}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum access_token_result ours = verdict(keys, forge(HEADER, rows[i].ours, NULL));

		is_int(ours, verdict(keys, forge(HEADER, rows[i].theirs, NULL)),
		    "AC-09 however it is written: %s", rows[i].ours);
		is_int(ours,
		    verdict(keys,
			forge("{\"typ\":\"JWT\",\"kid\":\"a\",\"alg\":\"HS256\"}", rows[i].ours,
			    NULL)),
		    "and whatever its header's order");
	}
	is_int(verdict(keys,
		   forge(HEADER,
		       CLAIMS("access", USER, SESSION, "customer", TIMES ",\"nbf\":1793000100"),
		       NULL)),
	    ACCESS_TOKEN_INVALID, "a claim that we do not write counts too");
	is_int(verdict(keys, forge(HEADER, GOOD "x", NULL)), ACCESS_TOKEN_INVALID,
	    "and so does what follows the claims");
}

static void
test_claims(struct access_token_keys *keys)
{
	static const struct {
		const char *what, *claims;
		enum access_token_result expected;
	} rows[] = {
		{ "no use",
		    "{\"sub\":\"" USER "\",\"sid\":\"" SESSION "\",\"role\":\"customer\"" TIMES "}",
		    ACCESS_TOKEN_INVALID },
		{ "a sub that is no UUID", CLAIMS("access", "1", SESSION, "customer", TIMES),
		    ACCESS_TOKEN_INVALID },
		{ "a sid that is no UUID", CLAIMS("access", USER, "x", "customer", TIMES),
		    ACCESS_TOKEN_INVALID },
		{ "an unknown role", CLAIMS("access", USER, SESSION, "king", TIMES),
		    ACCESS_TOKEN_INVALID },
		{ "no exp", CLAIMS("access", USER, SESSION, "customer", ""), ACCESS_TOKEN_INVALID },
		{ "an exp that is text",
		    CLAIMS("access", USER, SESSION, "customer", ",\"exp\":\"1793000900\""),
		    ACCESS_TOKEN_INVALID },
		{ "a future nbf",
		    CLAIMS("access", USER, SESSION, "customer", TIMES ",\"nbf\":1793000001"),
		    ACCESS_TOKEN_INVALID },
		{ "a past nbf",
		    CLAIMS("access", USER, SESSION, "customer", TIMES ",\"nbf\":1792999999"),
		    ACCESS_TOKEN_VALID },
		{ "a past exp", CLAIMS("access", USER, SESSION, "customer", ",\"exp\":1792999999"),
		    ACCESS_TOKEN_EXPIRED },
		{ "a past exp of an unknown role",
		    CLAIMS("access", USER, SESSION, "king", ",\"exp\":1792999999"),
		    ACCESS_TOKEN_INVALID },
		{ "claims that are a list", "[]", ACCESS_TOKEN_INVALID },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(verdict(keys, forge(HEADER, rows[i].claims, NULL)), rows[i].expected, "%s",
		    rows[i].what);
}

/* A program that remembers what it verified forgets it with its keys. */
static void
test_rotation(bool remembers)
{
	struct access_token_keys *keys = keys_with("a " KEY_A "\n");
	struct access_token token = token_now();
	char old[ACCESS_TOKEN_MAX], new[ACCESS_TOKEN_MAX];

	if (remembers)
		access_token_keys_remember(keys);
	access_token_sign(keys, &token, old);
	is_int(verdict(keys, old), ACCESS_TOKEN_VALID, "what was signed verifies");
	is_int(verdict(keys, old), ACCESS_TOKEN_VALID, "and again");
	keys_write("b " KEY_B "\na " KEY_A "\n");
	clock_advance(2000);
	access_token_sign(keys, &token, new);
	ok(strcmp(old, new) != 0, "a new first key signs without a restart");
	is_int(verdict(keys, old), ACCESS_TOKEN_VALID, "AC-09 the old one still verifies");
	is_int(verdict(keys, new), ACCESS_TOKEN_VALID, "and so does the new one");

	keys_write("b short\n");
	clock_advance(2000);
	is_int(verdict(keys, new), ACCESS_TOKEN_VALID, "a broken file changes nothing");

	keys_write("b " KEY_B "\n");
	clock_advance(2000);
	is_int(
	    verdict(keys, old), ACCESS_TOKEN_INVALID, "a key that was taken out verifies no more");
	access_token_keys_close(&keys);
	ok(keys == NULL, "closed");
}

/* Two programs: one has read the new key, the other would look for it only in a second. */
static void
test_rotation_elsewhere(void)
{
	struct access_token_keys *here = keys_with("a " KEY_A "\n"), *elsewhere;
	struct access_token token = token_now();
	char text[ACCESS_TOKEN_MAX];

	keys_write("b " KEY_B "\na " KEY_A "\n");
	elsewhere = access_token_keys_open(path, roles);
	access_token_sign(elsewhere, &token, text);
	is_int(verdict(here, text), ACCESS_TOKEN_VALID,
	    "AC-09 a key that came this moment is known to all");
	access_token_keys_close(&elsewhere);
	access_token_keys_close(&here);
}

static void
test_bad_files(void)
{
	ok(keys_with("") == NULL, "no key is no keys");
	ok(keys_with("a 00\n") == NULL, "a one-byte key is refused");
	ok(keys_with("a 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e\n") == NULL,
	    "and one of 31 bytes");
	ok(keys_with(KEY_A "\n") == NULL, "and a key without an id");
	ok(keys_with("a " KEY_A "\nb zz\n") == NULL, "and a file with one bad line");
	ok(access_token_keys_open("/nonexistent", roles) == NULL, "and no file");
}

int
main(void)
{
	struct access_token_keys *keys;

	log_start("unit", LOG_LEVEL_ERROR + 1);
	close(mkstemp(path));
	clock_freeze(NOW_MS);
	keys = keys_with("a " KEY_A "\n");
	test_round_trip(keys);
	test_tampering(keys);
	test_forgeries(keys);
	test_both_readers(keys);
	test_claims(keys);
	access_token_keys_remember(keys);
	test_round_trip(keys);
	test_tampering(keys);
	test_forgeries(keys);
	test_claims(keys);
	access_token_keys_close(&keys);
	test_rotation(false);
	test_rotation(true);
	test_rotation_elsewhere();
	test_bad_files();
	unlink(path);
	return done();
}
