/*
 * Cursors: where a reader stands in each channel, as a public text that he may
 * compose himself: EPOCH/CHANNEL=SEQ,CHANNEL=SEQ… Pure.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct position;
struct writer;

enum { CURSOR_ENTRIES_MAX = 256 };

struct cursor_entry {
	const char *channel; /* not terminated */
	size_t length;
	uint64_t seq;
	bool is_foreign; /* counted in another epoch */
};

struct cursor {
	bool is_from_start; /* "0": all that is kept of channels without an entry */
	bool is_unknown;    /* something was sent that says nothing about any channel */
	size_t count, room;
	struct cursor_entry *entries; /* in an arena */
};

/*
 * Adds what TEXT says (it is borrowed) to CURSOR, zeroed at first, in ARENA; a channel named before is overridden, so
 * the text that wins is read last. EPOCH is the log's own. False: no cursor; nothing was added.
 */
bool cursor_read(struct cursor *cursor, struct arena *arena, const char *text, const char *epoch);

/* Where the reader stands in CHANNEL; null: he did not say. */
const struct cursor_entry *cursor_find(const struct cursor *cursor, const char *channel);

/* Writes the cursor of COUNT positions. */
void cursor_write(
    struct writer *writer, const char *epoch, const struct position *positions, size_t count);

#endif
