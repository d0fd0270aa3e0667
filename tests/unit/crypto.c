/*
 * crypto: published vectors, and that the encodings have one spelling.
 */
#include "crypto.h"

#include <stdlib.h>
#include <unistd.h>

#include "log.h"

#include "test.h"

static const char *
hex_of(const void *data, size_t size)
{
	static char text[CRYPTO_HEX_SIZE(64)];

	crypto_hex_write(data, size, text);
	return text;
}

static void
test_sha256(void)
{
	unsigned char hash[CRYPTO_HASH_BYTES];

	crypto_sha256("", 0, hash);
	is_string(hex_of(hash, sizeof(hash)),
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "SHA-256 of nothing");
	crypto_sha256("abc", 3, hash);
	is_string(hex_of(hash, sizeof(hash)),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "SHA-256 of abc");
}

static void
test_hmac(void)
{
	/* RFC 4231, test case 2, its key filled up with zeros as RFC 2104 does anyway. */
	unsigned char key[CRYPTO_KEY_BYTES] = "Jefe";
	unsigned char hash[CRYPTO_HASH_BYTES], other[CRYPTO_HASH_BYTES];
	const struct crypto_part together[] = { { "ab", 2 }, { "c", 1 } };
	const struct crypto_part apart[] = { { "a", 1 }, { "bc", 2 } };

	crypto_hmac(key, "what do ya want for nothing?", 28, hash);
	is_string(hex_of(hash, sizeof(hash)),
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    "HMAC-SHA-256, RFC 4231");
	crypto_hmac_parts(key, together, 2, hash);
	crypto_hmac_parts(key, apart, 2, other);
	ok(memcmp(hash, other, sizeof(hash)) != 0, "where the parts end counts");
	crypto_hmac_parts(key, apart, 2, hash);
	ok(memcmp(hash, other, sizeof(hash)) == 0, "the same parts are the same");
}

/* RFC 4231, test cases 2 and 6: keys shorter and longer than a block. */
static void
test_hmac_joined(void)
{
	const struct crypto_part question[] = { { "what do ya ", 11 }, { "", 0 },
		{ "want for nothing?", 17 } };
	const struct crypto_part large[] = {
		{ "Test Using Larger Than Block-Size Key - Hash Key First", 54 }
	};
	unsigned char key[131], hash[CRYPTO_HASH_BYTES], other[CRYPTO_HASH_BYTES];

	crypto_hmac_joined("Jefe", 4, question, 3, hash);
	is_string(hex_of(hash, sizeof(hash)),
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    "HMAC-SHA-256 of parts joined, a short key");
	memcpy(other, hash, sizeof(hash));
	ok(crypto_is_same(hash, other, sizeof(hash)), "the same");
	other[CRYPTO_HASH_BYTES - 1] ^= 1;
	ok(!crypto_is_same(hash, other, sizeof(hash)), "not the same by a bit");
	memset(key, 0xaa, sizeof(key));
	crypto_hmac_joined(key, sizeof(key), large, 1, hash);
	is_string(hex_of(hash, sizeof(hash)),
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", "a long key");
}

static void
test_base64url(void)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg" },
		{ "fo", "Zm8" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xfe", "-__-" },
	};
	static const char *const broken[] = { "A", "Zg==", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9",
		"Zm9v\n" };
	char text[16], back[16] = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = strlen(rows[i][0]);

		crypto_base64url_write(rows[i][0], length, text);
		is_string(text, rows[i][1], "base64url of %zu bytes", length);
		is_int((long long)crypto_base64url_read(text, strlen(text), back, sizeof(back)),
		    (long long)length, "read back, it has as many");
		ok(memcmp(back, rows[i][0], length) == 0, "and the same");
	}
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		is_int((long long)crypto_base64url_read(
			   broken[i], strlen(broken[i]), back, sizeof(back)),
		    0, "broken digits %zu", i);
	is_int((long long)crypto_base64url_read("Zm9v", 4, back, 2), 0,
	    "nor is more than there is room for");
	ok(CRYPTO_BASE64URL_SIZE(32) == 44 && CRYPTO_BASE64URL_SIZE(1) == 3, "room for the text");
}

static void
test_base64(void)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "\xfb\xff\xfe", "+//+" },
	};
	unsigned char hash[CRYPTO_SHA1_BYTES];
	char text[CRYPTO_BASE64_SIZE(CRYPTO_SHA1_BYTES)];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = crypto_base64_write(rows[i][0], strlen(rows[i][0]), text);

		is_string(text, rows[i][1], "base64, row %zu", i);
		is_int((long long)length, (long long)strlen(text), "and its length");
	}
	crypto_sha1("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 60, hash);
	crypto_base64_write(hash, sizeof(hash), text);
	is_string(text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "RFC 6455's example of SHA-1");
}

static void
test_hex(void)
{
	unsigned char bytes[2];

	ok(crypto_hex_read("aB09", 4, bytes, 2) && bytes[0] == 0xab && bytes[1] == 9,
	    "reads either case");
	ok(!crypto_hex_read("aB0", 3, bytes, 2), "an odd number of digits is none");
	ok(!crypto_hex_read("aB0g", 4, bytes, 2), "g is no digit");
}

static void
test_key(void)
{
	char path[] = "/tmp/foodfast-unit-key-XXXXXX";
	int file = mkstemp(path);
	unsigned char key[CRYPTO_KEY_BYTES];

	dprintf(file, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
	ok(crypto_key_read(path, key) && key[31] == 0x1f, "a key is read");
	dprintf(file, "more\n");
	ok(ftruncate(file, 40) == 0 && !crypto_key_read(path, key), "a short one is refused");
	close(file);
	unlink(path);
	ok(!crypto_key_read(path, key), "and one that is not there");
}

int
main(void)
{
	unsigned char a[16], b[16];

	log_start("unit", LOG_LEVEL_ERROR + 1);
	test_sha256();
	test_hmac();
	test_hmac_joined();
	test_base64url();
	test_base64();
	test_hex();
	test_key();
	crypto_random(a, sizeof(a));
	crypto_random(b, sizeof(b));
	ok(memcmp(a, b, sizeof(a)) != 0, "random bytes differ");
	return done();
}
