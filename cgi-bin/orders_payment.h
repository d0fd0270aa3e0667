/*
 * How an order is to be paid, as its request says.
 */
#ifndef ORDERS_PAYMENT_H
#define ORDERS_PAYMENT_H

#include <stdbool.h>

struct arena;
struct problem;

/*
 * Checks PAYMENT, an object's JSON text. 422 raw_card_data when a card number or its code may be in it: these are
 * for the gateway alone, and a program that never takes them can never lose them. Else 422 as json.h says.
 */
bool orders_payment_check(struct arena *arena, const char *payment, struct problem *why);

#endif
