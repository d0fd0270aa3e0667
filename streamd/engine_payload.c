/*
 * Taking Engine.IO's bodies apart. A body is checked as a whole first, so that one
 * that is wrong at its end has no effect with its beginning.
 */
#include "engine_payload.h"

#include <stdint.h>
#include <string.h>

#include "text.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool
engine_packet_read(struct engine_packet *packet, const char *bytes, size_t size_bytes)
{
	bool has_type = size_bytes > 0 && bytes[0] != '\0' && strchr("0123456b", bytes[0]);

	if (!has_type)
		return false;
	*packet = (struct engine_packet){
		.type = (enum engine_packet_type)bytes[0],
		.bytes = bytes + 1,
		.size_bytes = size_bytes - 1,
	};
	return true;
}

static size_t
packet_size(const char *bytes, const char *end)
{
	const char *separator = memchr(bytes, ENGINE_SEPARATOR, (size_t)(end - bytes));

	return (size_t)((separator ? separator : end) - bytes);
}

static bool
packet_is_valid(const char *bytes, size_t size_bytes)
{
	struct engine_packet packet;
	size_t binary_bytes;

	if (!engine_packet_read(&packet, bytes, size_bytes))
		return false;
	return packet.type != ENGINE_BINARY ||
	    engine_base64_read(NULL, &binary_bytes, packet.bytes, packet.size_bytes);
}

bool
engine_payload_is_valid(const char *bytes, size_t size_bytes)
{
	const char *at = bytes, *end = bytes + size_bytes;

	if (!text_is_utf8(bytes, size_bytes))
		return false;
	for (;;) {
		size_t size = packet_size(at, end);

		if (!packet_is_valid(at, size))
			return false;
		at += size;
		if (at == end)
			return true;
		at++;
	}
}

bool
engine_payload_next(const char **bytes, const char *end, struct engine_packet *packet)
{
	size_t size;

	if (*bytes >= end)
		return false;
	size = packet_size(*bytes, end);
	if (!engine_packet_read(packet, *bytes, size))
		return false;
	*bytes += size + 1;
	return true;
}

void
engine_base64_write(char *text, const char *bytes, size_t size_bytes)
{
	const unsigned char *in = (const unsigned char *)bytes;

	for (; size_bytes > 2; size_bytes -= 3, in += 3) {
		*text++ = digits[in[0] >> 2];
		*text++ = digits[(in[0] & 3) << 4 | in[1] >> 4];
		*text++ = digits[(in[1] & 15) << 2 | in[2] >> 6];
		*text++ = digits[in[2] & 63];
	}
	if (size_bytes == 0)
		return;
	*text++ = digits[in[0] >> 2];
	if (size_bytes == 1) {
		*text++ = digits[(in[0] & 3) << 4];
		*text++ = '=';
	} else {
		*text++ = digits[(in[0] & 3) << 4 | in[1] >> 4];
		*text++ = digits[(in[1] & 15) << 2];
	}
	*text = '=';
}

/* The value of a digit; 64: it is none. */
static uint32_t
digit_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return (uint32_t)(digit - 'A');
	if (digit >= 'a' && digit <= 'z')
		return (uint32_t)(digit - 'a') + 26;
	if (digit >= '0' && digit <= '9')
		return (uint32_t)(digit - '0') + 52;
	return digit == '+' ? 62 : digit == '/' ? 63 : 64;
}

/* Four digits, the last COUNT of them padding, make three bytes or fewer. False: they are none. */
static bool
quad_read(char **bytes, const char *text, size_t padding)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4; i++) {
		uint32_t digit = i < 4 - padding ? digit_value(text[i]) : 0;

		if (digit > 63)
			return false;
		value = value << 6 | digit;
	}
	/* What padding cuts off must be zero: one meaning, one text. */
	if (value & ((1u << 8 * padding) - 1))
		return false;
	for (size_t i = 0; i < 3 - padding && *bytes; i++)
		*(*bytes)++ = (char)(value >> (16 - 8 * i));
	return true;
}

bool
engine_base64_read(char *bytes, size_t *size_bytes, const char *text, size_t text_bytes)
{
	size_t padding = 0;

	if (text_bytes % 4 != 0)
		return false;
	while (padding < 2 && padding < text_bytes && text[text_bytes - 1 - padding] == '=')
		padding++;
	*size_bytes = ENGINE_BASE64_BYTES(text_bytes) - padding;
	for (size_t at = 0; at < text_bytes; at += 4) {
		if (!quad_read(&bytes, text + at, at + 4 == text_bytes ? padding : 0))
			return false;
	}
	return true;
}
