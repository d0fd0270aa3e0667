/*
 * What json-c 0.16 takes in its strict mode though it is no JSON, or means two things to
 * two readers: 'single quotes', NaN and Infinity, "1.", raw control characters, NUL,
 * overlong UTF-8, lone surrogates, duplicate keys.
 */
#ifndef JSON_TRAPS_H
#define JSON_TRAPS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Null: TEXT is free of them; else what is wrong, a sentence. MEMBERS is how many members all of
 * its objects have as written: a parser that merged duplicate keys ends up with fewer.
 */
const char *json_traps(const char *text, size_t length, size_t *members);

#endif
