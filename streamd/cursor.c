/*
 * Reading and writing cursors. A channel's name is letters, digits and ":_-."; an
 * epoch is any short word, so that one we never made is foreign, not malformed.
 */
#include "cursor.h"

#include <string.h>

#include "arena.h"
#include "buffer.h"
#include "position.h"

enum { EPOCH_MAX = 64, CHANNEL_MAX = 128, ROOM_MIN = 4 };

static const char word[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.";
static const char name[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.:";

/* Digits up to the largest bigint. */
static bool
seq_read(const char **at, uint64_t *seq)
{
	const char *start = *at;

	for (*seq = 0; **at >= '0' && **at <= '9'; (*at)++) {
		uint64_t digit = (uint64_t)(**at - '0');

		if (*seq > (INT64_MAX - digit) / 10)
			return false;
		*seq = *seq * 10 + digit;
	}
	return *at > start;
}

static bool
entry_read(const char **at, struct cursor_entry *entry)
{
	entry->channel = *at;
	entry->length = strspn(*at, name);
	*at += entry->length;
	if (entry->length == 0 || entry->length > CHANNEL_MAX || **at != '=')
		return false;
	(*at)++;
	return seq_read(at, &entry->seq);
}

static struct cursor_entry *
entry_find(struct cursor *cursor, const char *channel, size_t length)
{
	for (size_t i = 0; i < cursor->count; i++) {
		struct cursor_entry *entry = &cursor->entries[i];

		if (entry->length == length && memcmp(entry->channel, channel, length) == 0)
			return entry;
	}
	return NULL;
}

/* Another one. Most cursors have few. */
static struct cursor_entry *
entry_new(struct cursor *cursor, struct arena *arena)
{
	size_t room = cursor->room ? cursor->room * 2 : ROOM_MIN;

	if (cursor->count == cursor->room) {
		cursor->entries = arena_grow(arena, cursor->entries,
		    cursor->room * sizeof(*cursor->entries), room * sizeof(*cursor->entries));
		cursor->room = room;
	}
	return &cursor->entries[cursor->count++];
}

static bool
entry_put(struct cursor *cursor, struct arena *arena, const struct cursor_entry *entry)
{
	struct cursor_entry *place = entry_find(cursor, entry->channel, entry->length);

	if (!place && cursor->count == CURSOR_ENTRIES_MAX)
		return false;
	*(place ? place : entry_new(cursor, arena)) = *entry;
	return true;
}

static bool
entries_read(struct cursor *cursor, struct arena *arena, const char *at, bool is_foreign)
{
	struct cursor_entry entry = { .is_foreign = is_foreign };

	if (*at == '\0')
		return true;
	for (;; at++) {
		if (!entry_read(&at, &entry) || !entry_put(cursor, arena, &entry))
			return false;
		if (*at != ',')
			return *at == '\0';
	}
}

bool
cursor_read(struct cursor *cursor, struct arena *arena, const char *text, const char *epoch)
{
	size_t length = strspn(text, word);
	size_t count = cursor->count;

	if (strcmp(text, "0") == 0) {
		cursor->is_from_start = true;
		return true;
	}
	if (length == 0 || length > EPOCH_MAX || text[length] != '/')
		return false;
	if (entries_read(cursor, arena, text + length + 1,
		strlen(epoch) != length || memcmp(text, epoch, length) != 0))
		return true;
	cursor->count = count;
	return false;
}

const struct cursor_entry *
cursor_find(const struct cursor *cursor, const char *channel)
{
	size_t length = strlen(channel);

	for (size_t i = 0; i < cursor->count; i++) {
		const struct cursor_entry *entry = &cursor->entries[i];

		if (entry->length == length && memcmp(entry->channel, channel, length) == 0)
			return entry;
	}
	return NULL;
}

void
cursor_write(
    struct writer *writer, const char *epoch, const struct position *positions, size_t count)
{
	writer_text(writer, epoch);
	writer_text(writer, "/");
	for (size_t i = 0; i < count; i++) {
		writer_text(writer, i == 0 ? "" : ",");
		writer_text(writer, positions[i].channel);
		writer_text(writer, "=");
		writer_number(writer, positions[i].seq);
	}
}
