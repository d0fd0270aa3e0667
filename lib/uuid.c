/*
 * UUIDs: 48 bits of Unix milliseconds, the version, 74 random bits (RFC 9562, section 5.7).
 */
#include "uuid.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"

#define UUID_BYTES 16

void
uuid_new(char text[UUID_TEXT_SIZE])
{
	unsigned char id[UUID_BYTES];
	uint64_t ms = (uint64_t)clock_wall_ms();

	crypto_random(id, sizeof(id));
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char)(ms >> (40 - 8 * i));
	id[6] = (id[6] & 0x0f) | 0x70;
	id[8] = (id[8] & 0x3f) | 0x80;
	snprintf(text, UUID_TEXT_SIZE,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", id[0], id[1],
	    id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10], id[11], id[12], id[13],
	    id[14], id[15]);
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
