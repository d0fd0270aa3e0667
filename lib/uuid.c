/*
 * UUIDs: 48 bits of Unix milliseconds, the version, 74 random bits (RFC 9562, section 5.7).
 */
#include "uuid.h"

#include <stdint.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"

#define UUID_BYTES 16
#define TIME_BYTES 6
#define POOL_BYTES 512

/* Random bytes in store, of each thread its own: asking for a few at a time takes longer than all else here. */
static void
random_take(unsigned char *out, size_t size_bytes)
{
	static _Thread_local unsigned char pool[POOL_BYTES];
	static _Thread_local size_t left;

	if (left < size_bytes) {
		crypto_random(pool, sizeof(pool));
		left = sizeof(pool);
	}
	left -= size_bytes;
	memcpy(out, pool + left, size_bytes);
}

void
uuid_new(char text[UUID_TEXT_SIZE])
{
	static const unsigned char groups[] = { 4, 2, 2, 2, 6 };
	unsigned char id[UUID_BYTES];
	const unsigned char *from = id;
	uint64_t ms = (uint64_t)clock_wall_ms();

	for (int i = 0; i < TIME_BYTES; i++)
		id[i] = (unsigned char)(ms >> (40 - 8 * i));
	random_take(id + TIME_BYTES, sizeof(id) - TIME_BYTES);
	id[6] = (id[6] & 0x0f) | 0x70;
	id[8] = (id[8] & 0x3f) | 0x80;
	for (size_t i = 0; i < sizeof(groups); i++) {
		crypto_hex_write(from, groups[i], text);
		from += groups[i];
		text += (size_t)2 * groups[i];
		*text++ = '-';
	}
	text[-1] = '\0';
}

bool
uuid_is_valid(const char *text)
{
	return text != NULL && uuid_is_valid_span(text, strlen(text));
}

bool
uuid_is_valid_span(const char *text, size_t length)
{
	if (length != UUID_TEXT_LENGTH)
		return false;
	for (size_t i = 0; i < length; i++) {
		bool is_hyphen_due = i == 8 || i == 13 || i == 18 || i == 23;
		bool is_digit = (text[i] >= '0' && text[i] <= '9') ||
		    (text[i] >= 'a' && text[i] <= 'f');

		if (is_hyphen_due ? text[i] != '-' : !is_digit)
			return false;
	}
	return true;
}
