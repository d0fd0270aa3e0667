/*
 * Engine.IO's bodies: taken apart, refused, and whatever noise they may be.
 */
#include "engine_payload.h"

#include <stdlib.h>

#include "test.h"

/* A copy that ends where it ends, so that a sanitizer sees what is read past it. */
static char *
exact(const char *bytes, size_t size)
{
	char *copy = malloc(size ? size : 1);

	memcpy(copy, bytes, size);
	return copy;
}

static bool
is_valid(const char *bytes, size_t size)
{
	char *copy = exact(bytes, size);
	bool is = engine_payload_is_valid(copy, size);

	free(copy);
	return is;
}

/* The packets of a valid body, each as TYPE(TEXT). */
static const char *
packets_of(const char *body)
{
	static char text[256];
	const char *end = body + strlen(body);
	struct engine_packet packet;
	size_t at = 0;

	text[0] = '\0';
	while (engine_payload_next(&body, end, &packet))
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%c(%.*s)", (char)packet.type,
		    (int)packet.size_bytes, packet.bytes);
	return text;
}

static void
test_payloads(void)
{
	is_string(packets_of("4hello"), "4(hello)", "one packet");
	is_string(packets_of("4test1\x1e"
			     "4test2\x1e"
			     "2"),
	    "4(test1)4(test2)2()", "several packets");
	is_string(packets_of("4hello\x1e"
			     "bAQIDBA=="),
	    "4(hello)b(AQIDBA==)", "text and binary");
	is_string(packets_of("4"), "4()", "an empty message");
}

static void
test_validity(void)
{
	static const struct {
		const char *body;
		bool is_valid;
	} rows[] = {
		{ "4hello", true },
		{ "1", true },
		{ "4\xc3\xa4\x1e"
		  "6",
		    true },
		{ "b", true },
		{ "bAQ==", true },
		{ "", false },
		{ "abc", false },
		{ "7", false },
		{ "4a\x1e", false },
		{ "\x1e"
		  "4a",
		    false },
		{ "4a\x1e\x1e"
		  "4b",
		    false },
		{ "4a\x1e"
		  "x",
		    false },
		{ "4\xff", false },
		{ "bAQ=", false },
		{ "bAQ", false },
		{ "bA===", false },
		{ "bAR==", false },
		{ "b====", false },
		{ "bA=Q=", false },
		{ "b!!!!", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(is_valid(rows[i].body, strlen(rows[i].body)), rows[i].is_valid,
		    "validity, row %zu", i);
	is_int(is_valid("4a\0b", 4), false, "a NUL is refused");
}

/* RFC 4648, section 10. */
static void
test_base64(void)
{
	static const char *const rows[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[16] = "", bytes[16] = "";
		size_t size = strlen(rows[i][0]), read_size;

		engine_base64_write(text, rows[i][0], size);
		is_string(text, rows[i][1], "base64 of '%s'", rows[i][0]);
		is_int((long long)strlen(text), (long long)ENGINE_BASE64_SIZE(size), "its size");
		ok(engine_base64_read(bytes, &read_size, text, strlen(text)) && read_size == size,
		    "read again");
		is_string(bytes, rows[i][0], "to the same");
	}
}

static void
test_base64_in_place(void)
{
	size_t wrong = 0;

	srand(3);
	for (int run = 0; run < 2000; run++) {
		size_t size = (size_t)rand() % 60, read_size = 0;
		char *bytes = malloc(size + 1), *text = malloc(ENGINE_BASE64_SIZE(size) + 1);

		for (size_t i = 0; i < size; i++)
			bytes[i] = (char)rand();
		engine_base64_write(text, bytes, size);
		wrong += !engine_base64_read(text, &read_size, text, ENGINE_BASE64_SIZE(size)) ||
		    read_size != size || memcmp(text, bytes, size) != 0;
		free(bytes);
		free(text);
	}
	is_int((long long)wrong, 0, "2000 random texts come back, read in place");
}

/* What is called valid can be taken apart to its end, and nothing past it is read. */
static void
test_noise(void)
{
	static const char alphabet[] = "0123456b=\x1e"
				       "aQ/+\xc3\xa4";
	size_t wrong = 0, valid = 0;

	srand(17);
	for (int run = 0; run < 200000; run++) {
		size_t size = (size_t)rand() % 24, count = 1, seen = 0;
		char *body = malloc(size ? size : 1);
		const char *at = body;
		struct engine_packet packet;

		for (size_t i = 0; i < size; i++)
			body[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		for (size_t i = 0; i < size; i++)
			count += body[i] == ENGINE_SEPARATOR;
		if (engine_payload_is_valid(body, size)) {
			valid++;
			while (engine_payload_next(&at, body + size, &packet))
				seen++;
			wrong += seen != count;
		}
		free(body);
	}
	is_int((long long)wrong, 0, "of 200000 random bodies all that are valid are read whole");
	ok(valid > 100, "%zu were", valid);
}

int
main(void)
{
	test_payloads();
	test_validity();
	test_base64();
	test_base64_in_place();
	test_noise();
	return done();
}
