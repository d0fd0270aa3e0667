/*
 * Stripe-Signature, and the few members of an event that matter.
 */
#include "gateway_webhook.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "crypto.h"
#include "json.h"

#define SECONDS_DIGITS_MAX 12

/* A piece of a text, up to a separator. */
struct piece {
	const char *start;
	size_t length;
};

/* Takes the next piece off *TEXT; false: there is none. */
static bool
piece_next(const char **text, char separator, struct piece *piece)
{
	const char *start = *text;
	const char *end = strchrnul(start, separator);

	if (!*start)
		return false;
	*piece = (struct piece){ start, (size_t)(end - start) };
	*text = *end ? end + 1 : end;
	return true;
}

/* Is PIECE `NAME=…`? Then VALUE is what stands behind. */
static bool
element_is(const struct piece *piece, const char *name, struct piece *value)
{
	size_t length = strlen(name);

	if (piece->length <= length || memcmp(piece->start, name, length) != 0 ||
	    piece->start[length] != '=')
		return false;
	*value = (struct piece){ piece->start + length + 1, piece->length - length - 1 };
	return true;
}

/* Its seconds as they are written, which is what is signed; false: there are none, two, or too many digits. */
static bool
header_seconds(const char *header, struct piece *seconds)
{
	struct piece piece, value;
	int count = 0;

	while (piece_next(&header, ',', &piece))
		if (element_is(&piece, "t", &value)) {
			*seconds = value;
			count++;
		}
	return count == 1 && seconds->length >= 1 && seconds->length <= SECONDS_DIGITS_MAX &&
	    strspn(seconds->start, "0123456789") == seconds->length;
}

/* Is one of the header's v1 this hash? All are looked at. */
static bool
header_has(const char *header, const unsigned char hash[CRYPTO_HASH_BYTES])
{
	unsigned char given[CRYPTO_HASH_BYTES];
	struct piece piece, value;
	bool is_found = false;

	while (piece_next(&header, ',', &piece))
		if (element_is(&piece, "v1", &value) &&
		    crypto_hex_read(value.start, value.length, given, sizeof(given)))
			is_found |= crypto_is_same(given, hash, sizeof(given));
	return is_found;
}

static bool
is_signed(const char *secrets, const char *header, const struct crypto_part *parts, size_t count)
{
	unsigned char hash[CRYPTO_HASH_BYTES];
	struct piece secret;
	bool is_found = false;

	while (piece_next(&secrets, '\n', &secret)) {
		if (!secret.length)
			continue;
		crypto_hmac_joined(secret.start, secret.length, parts, count, hash);
		is_found |= header_has(header, hash);
	}
	return is_found;
}

enum gateway_webhook_result
gateway_webhook_check(const char *secrets, const char *header, const char *body, size_t length,
    int64_t now_s, int64_t tolerance_s)
{
	struct piece seconds;
	int64_t age_s;

	if (!header || !header_seconds(header, &seconds))
		return GATEWAY_WEBHOOK_FORGED;
	const struct crypto_part parts[] = {
		{ seconds.start, seconds.length },
		{ ".", 1 },
		{ body, length },
	};
	if (!is_signed(secrets, header, parts, sizeof(parts) / sizeof(parts[0])))
		return GATEWAY_WEBHOOK_FORGED;
	age_s = now_s - strtoll(seconds.start, NULL, 10);
	return age_s > tolerance_s || age_s < -tolerance_s ? GATEWAY_WEBHOOK_STALE
							   : GATEWAY_WEBHOOK_GOOD;
}

static const struct {
	const char *pointer;
	size_t offset;
} event_members[] = {
	{ "/id", offsetof(struct gateway_event, id) },
	{ "/type", offsetof(struct gateway_event, type) },
	{ "/data/object/id", offsetof(struct gateway_event, object_id) },
	{ "/data/object/object", offsetof(struct gateway_event, object_type) },
	{ "/data/object/metadata/order_id", offsetof(struct gateway_event, order_id) },
};

/* A json_visit. */
static void
take_member(void *context, const char *pointer, const char *value)
{
	for (size_t i = 0; i < sizeof(event_members) / sizeof(event_members[0]); i++)
		if (!strcmp(event_members[i].pointer, pointer))
			*(const char **)((char *)context + event_members[i].offset) = value;
}

bool
gateway_webhook_read(
    struct arena *arena, const char *body, size_t length, struct gateway_event *event)
{
	*event = (struct gateway_event){ 0 };
	return json_leaves(arena, body, length, take_member, event);
}
