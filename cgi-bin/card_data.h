/*
 * The watch for card numbers where none may be: these are for the gateway alone, and a program that never takes them
 * can never lose them.
 */
#ifndef CARD_DATA_H
#define CARD_DATA_H

#include <stdbool.h>

struct arena;
struct problem;

/*
 * False: a card number or its code may be in JSON, a text that need not be checked yet; WHY is 422 raw_card_data and
 * points to the first such field. POINTER leads to JSON itself ("": it is the body).
 */
bool card_data_is_absent(
    const char *json, const char *pointer, struct arena *arena, struct problem *why);

#endif
