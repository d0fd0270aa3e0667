/*
 * The watch for card numbers, by their form and by their names.
 */
#include "card_data.h"

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

/* What digits are grouped by: also by spaces and hyphens of other scripts, which are not ASCII. */
static bool
is_separator(unsigned char c)
{
	return c >= 0x80 || (c != '\0' && strchr(" .-_/", c) != NULL);
}

/* Is a card number among the digits of TEXT, grouped or not? */
static bool
holds_card_number(const char *text)
{
	char digits[CARD_DIGITS_MAX + 1];
	size_t count = 0;

	for (;; text++) {
		if (isdigit((unsigned char)*text)) {
			if (count < sizeof(digits))
				digits[count++] = *text;
		} else if (!is_separator((unsigned char)*text)) {
			if (count >= CARD_DIGITS_MIN && count <= CARD_DIGITS_MAX &&
			    luhn_holds(digits, count))
				return true;
			count = 0;
		}
		if (*text == '\0')
			return false;
	}
}

/* Does a step of POINTER have such a name? */
static bool
names_card(const char *pointer)
{
	while (*pointer != '\0') {
		size_t length = strcspn(++pointer, "/");

		for (const char *const *name = card_names; *name != NULL; name++)
			if (strlen(*name) == length && strncasecmp(*name, pointer, length) == 0)
				return true;
		pointer += length;
	}
	return false;
}

/* What was found. */
struct watch {
	struct arena *arena;
	const char *pointer; /* to the first that must not be there; null: nothing */
};

/* A json_visit. An id may be mere digits by chance; it is no card number. */
static void
leaf_watch(void *context, const char *pointer, const char *value)
{
	struct watch *watch = context;

	if (!watch->pointer &&
	    (names_card(pointer) ||
		(value != NULL && !uuid_is_valid(value) && holds_card_number(value))))
		watch->pointer = arena_text(watch->arena, pointer);
}

bool
card_data_is_absent(const char *json, const char *pointer, struct arena *arena, struct problem *why)
{
	struct watch watch = { .arena = arena };

	/* As it is read later, escapes undone. What is no JSON object is refused then. */
	json_leaves(arena, json, strlen(json), leaf_watch, &watch);
	if (!watch.pointer)
		return true;
	problem_set(why, 422, "raw_card_data",
	    "Card numbers and security codes do not belong here. Give them to the gateway, and send its token.");
	problem_add_pointer(why, arena, arena_print(arena, "%s%s", pointer, watch.pointer),
	    "must not hold card data");
	return false;
}
