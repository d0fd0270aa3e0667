/* The arena: alignment, zeroes, growth in place, reset. */
#include "arena.h"

#include <stdint.h>

#include "test.h"

static void
test_allocation(struct arena *arena)
{
	char *first = arena_alloc(arena, 1), *second = arena_alloc(arena, 100);
	bool is_zero = true;

	ok((uintptr_t)first % _Alignof(max_align_t) == 0, "a byte is aligned");
	ok((uintptr_t)second % _Alignof(max_align_t) == 0, "what follows it too");
	for (int i = 0; i < 100; i++)
		is_zero = is_zero && second[i] == 0;
	ok(is_zero, "it is zeroed");
	ok(arena_alloc(arena, 0) != NULL, "0 bytes are a place too");
	memset(arena_alloc(arena, 1000000), 'x', 1000000);
	ok(true, "a megabyte fits");
}

static void
test_growth(struct arena *arena)
{
	char *text = arena_copy(arena, "abc", 3);
	char *grown = arena_grow(arena, text, 4, 200);

	ok(grown == text, "the last thing grows in place");
	arena_alloc(arena, 1);
	grown = arena_grow(arena, text, 200, 400);
	ok(grown != text, "another moves");
	is_string(grown, "abc", "with what was in it");
	is_string(arena_grow(arena, grown, 400, 200000), "abc", "into another block too");
}

static void
test_texts(struct arena *arena)
{
	is_string(arena_text(arena, NULL), NULL, "null stays null");
	is_string(arena_copy(arena, "abcdef", 3), "abc", "a part is copied, with a NUL");
	is_string(arena_print(arena, "%d/%s", 7, "x"), "7/x", "print prints");
}

static void
test_reset(void)
{
	struct arena *arena = arena_open();
	char *first = arena_alloc(arena, 16);

	arena_alloc(arena, 300000);
	arena_reset(arena);
	ok(arena_alloc(arena, 16) == first, "a reset starts over in the block that it kept");
	arena_close(&arena);
	ok(arena == NULL, "closing nulls the pointer");
	arena_close(&arena);
	ok(true, "and may be done twice");
}

int
main(void)
{
	struct arena *arena = arena_open();

	test_allocation(arena);
	test_growth(arena);
	test_texts(arena);
	arena_close(&arena);
	test_reset();
	return done();
}
