/*
 * The bump allocator of arena.h. Blocks form a list, newest first; the first one made is
 * the last in it and is kept.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define BLOCK_BYTES ((size_t)64 * 1024)
#define ALIGNMENT _Alignof(max_align_t)

struct block {
	struct block *older;
	size_t size;
	size_t used;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *newest;
};

static void
out_of_memory(void)
{
	log_error("out of memory");
	abort();
}

static struct block *
block_new(size_t size, struct block *older)
{
	struct block *block;

	if (size > SIZE_MAX / 2 || !(block = malloc(sizeof(*block) + size)))
		out_of_memory();
	block->older = older;
	block->size = size;
	block->used = 0;
	return block;
}

struct arena *
arena_open(void)
{
	struct arena *arena = malloc(sizeof(*arena));

	if (!arena)
		out_of_memory();
	arena->newest = block_new(BLOCK_BYTES, NULL);
	return arena;
}

void
arena_reset(struct arena *arena)
{
	struct block *older;

	while ((older = arena->newest->older)) {
		free(arena->newest);
		arena->newest = older;
	}
	arena->newest->used = 0;
}

void
arena_close(struct arena **arena)
{
	if (!*arena)
		return;
	arena_reset(*arena);
	free((*arena)->newest);
	free(*arena);
	*arena = NULL;
}

static size_t
rounded_up(size_t size_bytes)
{
	if (size_bytes > SIZE_MAX / 2)
		out_of_memory();
	return (size_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* As arena_alloc, but not zeroed. */
static void *
take(struct arena *arena, size_t size_bytes)
{
	struct block *block = arena->newest;
	size_t size = rounded_up(size_bytes);

	if (block->size - block->used < size) {
		block = block_new(size > BLOCK_BYTES ? size : BLOCK_BYTES, block);
		arena->newest = block;
	}
	block->used += size;
	return block->bytes + block->used - size;
}

void *
arena_alloc(struct arena *arena, size_t size_bytes)
{
	return memset(take(arena, size_bytes), 0, size_bytes);
}

void *
arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
	struct block *block = arena->newest;
	char *end = block->bytes + block->used;
	size_t had = rounded_up(old_size), wants = rounded_up(new_size);
	void *new;

	if (old && had && (char *)old + had == end && wants >= had &&
	    wants - had <= block->size - block->used) {
		block->used += wants - had;
		return old;
	}
	new = take(arena, new_size);
	if (old)
		memcpy(new, old, old_size < new_size ? old_size : new_size);
	return new;
}

char *
arena_copy(struct arena *arena, const char *bytes, size_t length)
{
	char *copy;

	if (!bytes)
		return NULL;
	copy = take(arena, length + 1);
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

char *
arena_text(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

char *
arena_print(struct arena *arena, const char *format, ...)
{
	struct block *block = arena->newest;
	char *here = block->bytes + block->used;
	va_list arguments;
	int length;
	char *text;

	va_start(arguments, format);
	length = vsnprintf(here, block->size - block->used, format, arguments);
	va_end(arguments);
	if (length < 0)
		out_of_memory();

	/* Mostly it stands already where it is to stand. */
	text = take(arena, (size_t)length + 1);
	if (text != here) {
		va_start(arguments, format);
		vsnprintf(text, (size_t)length + 1, format, arguments);
		va_end(arguments);
	}
	return text;
}
