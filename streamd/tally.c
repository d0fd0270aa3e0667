/*
 * Counts in a hash of fixed size: with 100,000 keys a look-up passes two dozen.
 */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "memory.h"

enum { BUCKETS = 4096 };

struct tally_entry {
	struct tally_entry *next;
	size_t count;
	char key[];
};

struct tally {
	struct tally_entry *buckets[BUCKETS];
};

struct tally *
tally_open(void)
{
	return memory_new(sizeof(struct tally));
}

void
tally_close(struct tally **tally)
{
	if (!*tally)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct tally_entry *entry = (*tally)->buckets[i], *next; entry; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
	free(*tally);
	*tally = NULL;
}

static size_t
bucket_of(const char *key)
{
	return hash_text(key, strlen(key)) % BUCKETS;
}

static struct tally_entry *
entry_find(const struct tally *tally, const char *key)
{
	struct tally_entry *entry = tally->buckets[bucket_of(key)];

	while (entry && strcmp(entry->key, key) != 0)
		entry = entry->next;
	return entry;
}

size_t
tally_count(const struct tally *tally, const char *key)
{
	const struct tally_entry *entry = entry_find(tally, key);

	return entry ? entry->count : 0;
}

struct tally_entry *
tally_take(struct tally *tally, const char *key)
{
	struct tally_entry *entry = entry_find(tally, key);
	struct tally_entry **bucket = &tally->buckets[bucket_of(key)];
	size_t size = strlen(key) + 1;

	if (!entry) {
		entry = memory_new(sizeof(*entry) + size);
		memcpy(entry->key, key, size);
		entry->next = *bucket;
		*bucket = entry;
	}
	entry->count++;
	return entry;
}

void
tally_give(struct tally *tally, struct tally_entry **entry)
{
	struct tally_entry *given = *entry, **place;

	*entry = NULL;
	if (!given || --given->count > 0)
		return;
	place = &tally->buckets[bucket_of(given->key)];
	while (*place != given)
		place = &(*place)->next;
	*place = given->next;
	free(given);
}
