/*
 * How many there are of each: a count by key, for limits by user and by address.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stddef.h>

struct tally;
struct tally_entry;

struct tally *tally_open(void);
void tally_close(struct tally **tally);

/* How many are counted under KEY. */
size_t tally_count(const struct tally *tally, const char *key);

/* Counts one more, until the entry is given back; null is fine there, and the caller's pointer is taken away. */
struct tally_entry *tally_take(struct tally *tally, const char *key);
void tally_give(struct tally *tally, struct tally_entry **entry);

#endif
