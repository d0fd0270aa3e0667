/*
 * The payment of an order, and the watch for card numbers where none may be.
 */
#include "orders_payment.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "json.h"
#include "problem.h"
#include "uuid.h"

/* How long card numbers are (ISO/IEC 7812-1). */
#define CARD_DIGITS_MIN 13
#define CARD_DIGITS_MAX 19

struct payment {
	const char *method, *payment_method_id;
};

static const char *const methods[] = { "cash", "card", NULL };

/* clang-format off */
static const struct field payment_fields[] = {
	FIELD(struct payment, method,            ENUM, .words = methods),
	FIELD(struct payment, payment_method_id, ID,   .optional = true),
};
/* clang-format on */

/* Names under which clients send what they should not. */
static const char *const card_names[] = { "number", "card_number", "cardnumber", "card", "pan",
	"cvc", "cvv", "cvv2", "cvc2", "security_code", NULL };

/* The check digit of card numbers (ISO/IEC 7812-1, annex B). */
static bool
luhn_holds(const char *digits, size_t count)
{
	int sum = 0;

	for (size_t i = 0; i < count; i++) {
		int digit = digits[count - 1 - i] - '0';

		if (i % 2 == 1)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return sum % 10 == 0;
}

/* Is a card number among the digits at TEXT, be they grouped by spaces, dots or hyphens? */
static bool
holds_card_number(const char *text, size_t length)
{
	char digits[CARD_DIGITS_MAX + 1];
	size_t count = 0;

	for (size_t i = 0; i <= length; i++) {
		if (i < length && isdigit((unsigned char)text[i])) {
			if (count < sizeof(digits))
				digits[count++] = text[i];
		} else if (i == length || strchr(" .-", text[i]) == NULL) {
			if (count >= CARD_DIGITS_MIN && count <= CARD_DIGITS_MAX &&
			    luhn_holds(digits, count))
				return true;
			count = 0;
		}
	}
	return false;
}

static bool
is_card_name(const char *text, size_t length)
{
	for (const char *const *name = card_names; *name != NULL; name++)
		if (strlen(*name) == length && strncasecmp(*name, text, length) == 0)
			return true;
	return false;
}

/* The length of the string whose first character is at TEXT, up to its closing quote. */
static size_t
string_length(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0' && text[length] != '"')
		length += text[length] == '\\' && text[length + 1] != '\0' ? 2 : 1;
	return length;
}

/* Walks over valid JSON: strings one by one, and what is between them (numbers). */
static bool
holds_card_data(const char *json)
{
	while (*json != '\0') {
		bool is_string = *json == '"';
		size_t length = is_string ? string_length(++json) : strcspn(json, "\"");
		bool is_name = is_string && json[length] == '"' &&
		    json[length + 1 + strspn(json + length + 1, " ")] == ':';

		if (is_name && is_card_name(json, length))
			return true;
		/* An id may be mere digits by chance; it is no card number. */
		if (!uuid_is_valid_span(json, length) && holds_card_number(json, length))
			return true;
		json += length;
		json += is_string && *json == '"';
	}
	return false;
}

/* Errors are told by their place in the whole body. */
static void
pointers_move(struct problem *why, struct arena *arena)
{
	for (struct problem_error *error = why->errors; error != NULL; error = error->next)
		if (error->pointer != NULL)
			error->pointer = arena_print(arena, "/payment%s", error->pointer);
}

bool
orders_payment_check(struct arena *arena, const char *payment, struct problem *why)
{
	struct payment read;

	if (holds_card_data(payment)) {
		problem_set(why, 422, "raw_card_data",
		    "Card numbers and security codes do not belong here. Send a payment_method_id.");
		problem_add_pointer(why, arena, "/payment", "must not hold card data");
		return false;
	}
	if (json_read_text(arena, payment, strlen(payment), payment_fields,
		FIELD_COUNT(payment_fields), &read, why))
		return true;
	pointers_move(why, arena);
	return false;
}
