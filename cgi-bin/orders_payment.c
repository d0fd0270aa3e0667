/*
 * The payment of an order, as its request says.
 */
#include "orders_payment.h"

#include <string.h>

#include "arena.h"
#include "card_data.h"
#include "json.h"
#include "problem.h"

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

/* Errors are told by their place in the whole body. */
static void
pointers_move(struct problem *why, struct arena *arena)
{
	for (struct problem_error *error = why->errors; error != NULL; error = error->next)
		if (error->pointer != NULL)
			error->pointer = arena_print(arena, "/payment%s", error->pointer);
}

/* A card is one of the customer's own; cash has none. */
static bool
names_its_card(const struct payment *read, struct arena *arena, struct problem *why)
{
	bool is_card = strcmp(read->method, "card") == 0;

	if (is_card == (read->payment_method_id != NULL))
		return true;
	problem_set(why, 422, "invalid_fields",
	    is_card ? "Say by which of your cards you pay." : "Cash is paid without a card.");
	problem_add_pointer(
	    why, arena, "/payment_method_id", is_card ? "is missing" : "is for payment by card");
	return false;
}

bool
orders_payment_check(struct arena *arena, const char *payment, struct problem *why)
{
	struct payment read;

	/* What reads as a payment is a word and an id: there is no card in it. */
	if (json_read_text(arena, payment, strlen(payment), payment_fields,
		FIELD_COUNT(payment_fields), &read, why) &&
	    names_its_card(&read, arena, why))
		return true;
	pointers_move(why, arena);
	card_data_is_absent(payment, "/payment", arena, why); /* if not, that is what is told */
	return false;
}
