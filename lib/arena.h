/*
 * Memory that lives as long as a request: handed out by moving a pointer, given
 * back all at once. Handlers never free, and a reset keeps the first block, so a
 * usual request asks malloc for nothing.
 *
 * Out of memory ends the process: a supervisor starts it anew, and no handler
 * carries code for what it could not answer anyway.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena;

/* Never null. The owner closes it. Not thread-safe: an arena a thread. */
struct arena *arena_open(void);
void arena_close(struct arena **arena);

/* Frees all that was handed out; what pointed there dangles. */
void arena_reset(struct arena *arena);

/* Zeroed bytes, aligned for anything. Never null, even for 0 bytes. */
void *arena_alloc(struct arena *arena, size_t size_bytes);

/*
 * Like realloc, of the OLD_SIZE bytes at OLD (or null): in place when it was the last thing
 * handed out.
 */
void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size);

/* A copy of LENGTH bytes with a NUL behind; null stays null. */
char *arena_copy(struct arena *arena, const char *bytes, size_t length);
char *arena_text(struct arena *arena, const char *text);

/* As sprintf. */
char *arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
