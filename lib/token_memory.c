/*
 * A set-associative table: a token's hash names its set, and in a full set the token that
 * expires soonest makes room.
 */
#include "token_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"

#define SETS 2048 /* a power of two */
#define WAYS 4
#define STRIPES 64 /* of locks; a power of two */

struct entry {
	unsigned char hash[CRYPTO_HASH_BYTES];
	uint64_t generation;	   /* of the keys that verified it */
	struct access_token token; /* expires_at_s 0: an empty place */
};

struct token_memory {
	pthread_mutex_t locks[STRIPES];
	struct entry entries[SETS][WAYS];
};

struct token_memory *
token_memory_open(void)
{
	struct token_memory *memory = calloc(1, sizeof(*memory));

	if (memory == NULL)
		abort();
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_init(&memory->locks[i], NULL);
	return memory;
}

void
token_memory_close(struct token_memory **memory)
{
	if (*memory == NULL)
		return;
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_destroy(&(*memory)->locks[i]);
	free(*memory);
	*memory = NULL;
}

static size_t
set_of(const unsigned char hash[CRYPTO_HASH_BYTES])
{
	return ((size_t)hash[0] << 8 | hash[1]) & (SETS - 1);
}

static bool
is_entry_of(const struct entry *entry, const unsigned char hash[CRYPTO_HASH_BYTES])
{
	return memcmp(entry->hash, hash, CRYPTO_HASH_BYTES) == 0;
}

bool
token_memory_find(struct token_memory *memory, const char *text, uint64_t generation, int64_t now_s,
    struct access_token *token)
{
	unsigned char hash[CRYPTO_HASH_BYTES];
	const struct entry *entry;
	bool is_found = false;
	size_t set;

	crypto_sha256(text, strlen(text), hash);
	set = set_of(hash);
	pthread_mutex_lock(&memory->locks[set & (STRIPES - 1)]);
	for (size_t way = 0; way < WAYS && !is_found; way++) {
		entry = &memory->entries[set][way];
		is_found = entry->generation == generation && entry->token.expires_at_s > now_s &&
		    is_entry_of(entry, hash);
		if (is_found)
			*token = entry->token;
	}
	pthread_mutex_unlock(&memory->locks[set & (STRIPES - 1)]);
	return is_found;
}

void
token_memory_keep(struct token_memory *memory, const char *text, uint64_t generation,
    const struct access_token *token)
{
	unsigned char hash[CRYPTO_HASH_BYTES];
	struct entry *entries, *place;
	size_t set;

	crypto_sha256(text, strlen(text), hash);
	set = set_of(hash);
	pthread_mutex_lock(&memory->locks[set & (STRIPES - 1)]);
	entries = memory->entries[set];
	place = &entries[0];
	for (size_t way = 1; way < WAYS && !is_entry_of(place, hash); way++)
		if (is_entry_of(&entries[way], hash) ||
		    entries[way].token.expires_at_s < place->token.expires_at_s)
			place = &entries[way];
	place->generation = generation;
	place->token = *token;
	memcpy(place->hash, hash, sizeof(place->hash));
	pthread_mutex_unlock(&memory->locks[set & (STRIPES - 1)]);
}
