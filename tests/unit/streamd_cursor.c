/*
 * Cursors: read, merged, written, and refused.
 */
#include "cursor.h"

#include <stdlib.h>

#include "arena.h"
#include "buffer.h"
#include "position.h"

#include "test.h"

static const char epoch[] = "0123abcd";
static struct arena *arena;

static long long
seq_of(const struct cursor *cursor, const char *channel)
{
	const struct cursor_entry *entry = cursor_find(cursor, channel);

	return entry ? (long long)entry->seq : -1;
}

static void
test_read(void)
{
	struct cursor cursor = { 0 };

	ok(cursor_read(&cursor, arena, "0123abcd/order:a=17,announcements:role:customer=0", epoch),
	    "a cursor is read");
	is_int(seq_of(&cursor, "order:a"), 17, "its first channel");
	is_int(seq_of(&cursor, "announcements:role:customer"), 0, "its second");
	is_int(seq_of(&cursor, "order"), -1, "no other");
	ok(!cursor_find(&cursor, "order:a")->is_foreign, "of this epoch");
}

static void
test_merge(void)
{
	struct cursor cursor = { 0 };

	cursor_read(&cursor, arena, "0123abcd/a=1,b=2", epoch);
	cursor_read(&cursor, arena, "ffff/b=3,c=4", epoch);
	is_int(seq_of(&cursor, "a"), 1, "what only the first names stays");
	is_int(seq_of(&cursor, "b"), 3, "what is read last wins");
	ok(cursor_find(&cursor, "b")->is_foreign, "with the epoch that it has");
	is_int(seq_of(&cursor, "c"), 4, "what only the second names is added");
}

static void
test_start(void)
{
	struct cursor cursor = { 0 };

	ok(cursor_read(&cursor, arena, "0", epoch) && cursor.is_from_start,
	    "0 is the beginning of everything");
	ok(cursor_read(&cursor, arena, "0123abcd/", epoch) && cursor.count == 0,
	    "an epoch alone names no channel");
}

static void
test_many(void)
{
	struct cursor cursor = { 0 };
	char text[4096] = "0123abcd/";

	for (int i = 0; i < CURSOR_ENTRIES_MAX; i++)
		sprintf(text + strlen(text), "%sc%d=%d", i == 0 ? "" : ",", i, i);
	ok(cursor_read(&cursor, arena, text, epoch) && cursor.count == CURSOR_ENTRIES_MAX,
	    "a cursor of %d channels is read", CURSOR_ENTRIES_MAX);
	is_int(seq_of(&cursor, "c255"), 255, "all of it");
	ok(!cursor_read(&cursor, arena, "0123abcd/c256=1", epoch), "one more is refused");
}

static void
test_refused(void)
{
	static const char *const bad[] = { "", "/", "x", "1", "0123abcd", "0123abcd/a",
		"0123abcd/a=", "0123abcd/=1", "0123abcd/a=1,", "0123abcd/,a=1", "0123abcd/a=1;b=2",
		"0123abcd/a=-1", "0123abcd/a=1 ", "0123abcd/a=9223372036854775808",
		"0123abcd/a b=1", "e e/a=1" };
	struct cursor cursor = { 0 };
	bool all = true;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!cursor_read(&cursor, arena, bad[i], epoch))
			continue;
		printf("# taken: \"%s\"\n", bad[i]);
		all = false;
	}
	ok(all, "what is no cursor is refused");
	is_int((long long)cursor.count, 0, "and leaves nothing behind");
	ok(cursor_read(&cursor, arena, "0123abcd/a=9223372036854775807", epoch),
	    "the largest number is one");
}

static void
test_write(void)
{
	const struct position positions[] = {
		{ .channel = "order:a", .seq = 18446744073709551615u }, { .channel = "b", .seq = 0 }
	};
	struct writer writer = { 0 };
	struct buffer *text;

	cursor_write(&writer, epoch, positions, 2);
	writer_bytes(&writer, "", 1);
	text = writer_finish(&writer);
	is_string(text->bytes, "0123abcd/order:a=18446744073709551615,b=0", "a cursor is written");
	buffer_release(&text);
}

/* Text of any kind may come; it must not be read past its end. */
static void
test_noise(void)
{
	static const char alphabet[] = "0123abcd/,=:.a_- \xff";

	srand(7);
	for (int run = 0; run < 20000; run++) {
		size_t length = (size_t)rand() % 24;
		char *text = malloc(length + 1);
		struct cursor cursor = { 0 };

		arena_reset(arena);
		for (size_t i = 0; i < length; i++)
			text[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		text[length] = '\0';
		cursor_read(&cursor, arena, text, epoch);
		free(text);
	}
	ok(true, "20000 random texts are survived");
}

int
main(void)
{
	arena = arena_open();
	test_read();
	test_merge();
	test_start();
	test_many();
	test_refused();
	test_write();
	test_noise();
	arena_close(&arena);
	return done();
}
