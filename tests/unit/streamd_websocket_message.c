/*
 * Messages put together: when text fails, what is copied, and what is left behind.
 */
#include "websocket_message.h"

#include "websocket_deflate.h"
#include "websocket_frame.h"

#include "test.h"

enum { LIMIT = 1000 };

static struct websocket_deflate *shared;
static struct websocket_message message;

static struct websocket_piece
piece_of(int opcode, bool is_first, bool is_last, const char *text)
{
	static char bytes[64];

	snprintf(bytes, sizeof(bytes), "%s", text);
	return (struct websocket_piece){ .found = WEBSOCKET_DATA,
		.opcode = (uint8_t)opcode,
		.is_first = is_first,
		.is_last = is_last,
		.bytes = bytes,
		.size_bytes = strlen(bytes) };
}

/* What becomes of a piece: 0, or the code that it fails with. */
static int
add(int opcode, bool is_first, bool is_last, const char *text)
{
	struct websocket_piece piece = piece_of(opcode, is_first, is_last, text);
	bool is_fine = websocket_message_add(&message, &piece, shared, LIMIT);

	if (!is_fine || is_last)
		websocket_message_clear(&message);
	return is_fine ? 0 : piece.code;
}

static void
test_text(void)
{
	is_int(add(WEBSOCKET_TEXT, true, true, "\xe2\x82\xac"), 0, "a character");
	is_int(add(WEBSOCKET_TEXT, true, true, "\xe2\x82"), 1007, "half of one");
	is_int(add(WEBSOCKET_BINARY, true, true, "\xe2\x82"), 0, "which is fine as binary");
	is_int(add(WEBSOCKET_TEXT, true, false, "\xe2\x82"), 0, "more of it may come");
	is_int(add(WEBSOCKET_TEXT, false, false, "\xac"), 0, "and does");
	is_int(add(WEBSOCKET_TEXT, false, true, "\xe2\x82"), 1007, "but not this time");
	is_int(add(WEBSOCKET_TEXT, true, true, "\xe2\x82\xac"), 0, "the next begins anew");
	is_int(add(WEBSOCKET_TEXT, true, false, "\xe2\x28"), 1007, "a wrong byte, at once");
}

static void
test_memory(void)
{
	struct websocket_piece piece = piece_of(WEBSOCKET_TEXT, true, true, "whole");
	const char *bytes = piece.bytes;

	ok(websocket_message_add(&message, &piece, shared, LIMIT) && piece.bytes == bytes &&
		!message.writer.buffer,
	    "what comes in one piece is not copied");
	piece = piece_of(WEBSOCKET_TEXT, true, false, "two ");
	ok(websocket_message_add(&message, &piece, shared, LIMIT), "what comes in two");
	piece = piece_of(WEBSOCKET_TEXT, false, true, "pieces");
	ok(websocket_message_add(&message, &piece, shared, LIMIT) && piece.size_bytes == 10 &&
		memcmp(piece.bytes, "two pieces", 10) == 0,
	    "becomes one");
	websocket_message_clear(&message);
	ok(!message.writer.buffer, "and nothing of it is kept");
}

static void
test_compressed(void)
{
	static const char text[] = "\xf2\x48\xcd\xc9\xc9\x07";
	struct websocket_piece piece = piece_of(WEBSOCKET_TEXT, true, false, text);

	piece.is_compressed = true;
	ok(websocket_message_add(&message, &piece, shared, LIMIT), "a part of what is compressed");
	piece = piece_of(WEBSOCKET_TEXT, false, true, "");
	piece.is_compressed = true;
	piece.size_bytes = 1;
	ok(websocket_message_add(&message, &piece, shared, LIMIT) && piece.size_bytes == 5 &&
		memcmp(piece.bytes, "Hello", 5) == 0,
	    "is decompressed when all of it is there");
	websocket_message_clear(&message);
	piece = piece_of(WEBSOCKET_TEXT, true, true, text);
	piece.is_compressed = true;
	ok(!websocket_message_add(&message, &piece, shared, 4) && piece.found == WEBSOCKET_BROKEN &&
		piece.code == 1009,
	    "but not beyond the limit");
	websocket_message_clear(&message);
}

int
main(void)
{
	shared = websocket_deflate_open();
	test_text();
	test_memory();
	test_compressed();
	websocket_deflate_close(&shared);
	return done();
}
