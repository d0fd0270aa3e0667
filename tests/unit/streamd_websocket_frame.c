/*
 * Frames: what is read, what is refused and at which byte, and what is written.
 */
#include "websocket_frame.h"

#include "buffer.h"

#include "test.h"
#include "websocket_client.h"

enum { LIMIT = 1 << 20 };

/* Reads from a copy that ends where it ends, so that a sanitizer sees what is read past it. */
static struct websocket_piece
read_once(struct websocket_reader *reader, const char *bytes, size_t size, size_t *taken)
{
	static char *copy;
	struct websocket_piece piece;

	free(copy);
	copy = malloc(size);
	if (size > 0)
		memcpy(copy, bytes, size);
	*taken = websocket_read(reader, copy, size, &piece);
	if (size == 0) {
		free(copy);
		copy = NULL;
	}
	return piece;
}

static struct websocket_reader
reader_new(bool may_deflate)
{
	return (struct websocket_reader){ .message_max_bytes = LIMIT, .may_deflate = may_deflate };
}

static void
test_pieces(void)
{
	struct websocket_reader reader = reader_new(false);
	struct websocket_piece piece;
	struct sent sent = { 0 };
	size_t taken;

	send_frame(&sent, 0x81, "Hello", 5);
	piece = read_once(&reader, sent.bytes, sent.size, &taken);
	ok(piece.found == WEBSOCKET_DATA && piece.opcode == WEBSOCKET_TEXT && piece.is_first &&
		piece.is_last && !piece.is_compressed,
	    "a text in one frame is one piece");
	ok(piece.size_bytes == 5 && memcmp(piece.bytes, "Hello", 5) == 0, "unmasked");
	is_int((long long)taken, (long long)sent.size, "all of it is taken");
	piece = read_once(&reader, sent.bytes, 5, &taken);
	ok(piece.found == WEBSOCKET_NOTHING && taken == 0, "of a head in part nothing is taken");
	piece = read_once(&reader, sent.bytes, 6, &taken);
	ok(piece.found == WEBSOCKET_NOTHING && taken == 6, "a head alone is no piece yet");
	piece = read_once(&reader, sent.bytes + 6, 2, &taken);
	ok(piece.found == WEBSOCKET_DATA && piece.is_first && !piece.is_last && taken == 2 &&
		memcmp(piece.bytes, "He", 2) == 0,
	    "the payload comes as it is there");
	piece = read_once(&reader, sent.bytes + 8, 3, &taken);
	ok(!piece.is_first && piece.is_last && memcmp(piece.bytes, "llo", 3) == 0,
	    "and its end ends the message");
	send_clear(&sent);
	send_frame(&sent, 0x82, "", 0);
	piece = read_once(&reader, sent.bytes, sent.size, &taken);
	ok(piece.found == WEBSOCKET_DATA && piece.opcode == WEBSOCKET_BINARY && piece.is_first &&
		piece.is_last && piece.size_bytes == 0,
	    "an empty message is a piece");
	send_clear(&sent);
}

static void
test_fragments(void)
{
	struct websocket_reader reader = reader_new(true);
	struct sent sent = { 0 };
	size_t at = 0, taken, pieces = 0, pings = 0;
	char text[64] = "";

	send_frame(&sent, 0x41, "one ", 4);
	send_frame(&sent, 0x89, "p", 1);
	send_frame(&sent, 0x00, "", 0);
	send_frame(&sent, 0x8a, "", 0);
	send_frame(&sent, 0x80, "two", 3);
	while (at < sent.size) {
		struct websocket_piece piece = read_once(
		    &reader, sent.bytes + at, sent.size - at, &taken);

		at += taken;
		pings += piece.found == WEBSOCKET_CONTROL;
		if (piece.found != WEBSOCKET_DATA)
			continue;
		memcpy(text + strlen(text), piece.bytes, piece.size_bytes);
		ok(piece.is_compressed && piece.opcode == WEBSOCKET_TEXT,
		    "a fragment knows its message");
		is_int(piece.is_first, pieces == 0, "which of them is the first");
		is_int(piece.is_last, ++pieces == 3, "and which the last");
	}
	is_string(text, "one two", "fragments in order");
	is_int((long long)pings, 2, "control frames between them");
	send_clear(&sent);
}

/* How many bytes come before the code; and the code, 0: none. */
static int
fails_with(bool may_deflate, const struct sent *sent, size_t *at)
{
	struct websocket_reader reader = reader_new(may_deflate);
	size_t begin = 0, taken;

	for (size_t end = 1; end <= sent->size; end++) {
		struct websocket_piece piece;

		do {
			piece = read_once(&reader, sent->bytes + begin, end - begin, &taken);
			begin += taken;
		} while (piece.found == WEBSOCKET_DATA || piece.found == WEBSOCKET_CONTROL);
		if (piece.found != WEBSOCKET_BROKEN)
			continue;
		*at = end;
		return piece.code;
	}
	return 0;
}

/* Heads as bytes, and at which of them which code is due. */
static void
test_refused(void)
{
	static const struct {
		const char *name;
		int code, at;
		bool may_deflate;
		unsigned char bytes[24];
	} rows[] = {
		{ "RSV1 without an extension", 1002, 1, false, { 0xc1 } },
		{ "RSV2", 1002, 1, true, { 0xa1 } },
		{ "RSV3", 1002, 1, true, { 0x91 } },
		{ "RSV1 of a ping", 1002, 1, true, { 0xc9 } },
		{ "RSV1 of a continuation", 1002, 7, true, { 0x01, 0x80, 1, 2, 3, 4, 0xc0 } },
		{ "opcode 3", 1002, 1, false, { 0x83 } },
		{ "opcode 7", 1002, 1, false, { 0x87 } },
		{ "opcode 11", 1002, 1, false, { 0x8b } },
		{ "opcode 15", 1002, 1, false, { 0x8f } },
		{ "a continuation of nothing", 1002, 1, false, { 0x80 } },
		{ "a message within a message", 1002, 7, false, { 0x01, 0x80, 1, 2, 3, 4, 0x81 } },
		{ "a continuation after the end", 1002, 7, false,
		    { 0x81, 0x80, 1, 2, 3, 4, 0x80 } },
		{ "a ping in fragments", 1002, 1, false, { 0x09 } },
		{ "a Close in fragments", 1002, 1, false, { 0x08 } },
		{ "a ping of 126 bytes", 1002, 2, false, { 0x89, 0xfe } },
		{ "a ping of a 64-bit length", 1002, 2, false, { 0x89, 0xff } },
		{ "no mask", 1002, 2, false, { 0x81, 0x05 } },
		{ "no mask of a ping", 1002, 2, false, { 0x89, 0x00 } },
		{ "125 in 16 bits", 1002, 4, false, { 0x82, 0xfe, 0, 125 } },
		{ "65535 in 64 bits", 1002, 10, false,
		    { 0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff } },
		{ "a length of 2^63", 1002, 10, false, { 0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0 } },
		{ "more than the limit", 1009, 10, false,
		    { 0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 1 } },
		{ "much more", 1009, 10, false,
		    { 0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
		{ "the limit", 0, 0, false, { 0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0 } },
		{ "compressed beyond the limit", 0, 0, true,
		    { 0xc2, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 1 } },
		{ "far beyond it", 1009, 10, true, { 0xc2, 0xff, 0, 0, 0, 0, 0, 0x15, 0, 1 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sent sent = { 0 };
		size_t at = 0;

		send_bytes(&sent, rows[i].bytes, sizeof(rows[i].bytes));
		if (rows[i].code == 0)
			sent.size = 10;
		is_int(
		    fails_with(rows[i].may_deflate, &sent, &at), rows[i].code, "%s", rows[i].name);
		is_int((long long)at, rows[i].at, "%s: as soon as that can be seen", rows[i].name);
		send_clear(&sent);
	}
}

static void
test_limit_of_fragments(void)
{
	static char payload[LIMIT / 2];
	struct sent sent = { 0 };
	size_t at = 0, most;

	send_frame(&sent, 0x02, payload, sizeof(payload));
	send_frame(&sent, 0x00, payload, sizeof(payload));
	most = sent.size;
	send_frame(&sent, 0x80, "x", 1);
	/* Byte by byte a megabyte would take long: all but the last frame at once. */
	{
		struct websocket_reader reader = reader_new(false);
		struct websocket_piece piece;
		size_t taken;

		do {
			piece = read_once(&reader, sent.bytes + at, most - at, &taken);
			at += taken;
		} while (piece.found == WEBSOCKET_DATA);
		is_int((long long)at, (long long)most, "fragments up to the limit are taken");
		piece = read_once(&reader, sent.bytes + at, 2, &taken);
		ok(piece.found == WEBSOCKET_BROKEN && piece.code == 1009,
		    "one more byte is refused by its head");
	}
	send_clear(&sent);
}

static void
test_close(void)
{
	static const int allowed[] = { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012,
		1013, 1014, 3000, 3999, 4000, 4999 };
	static const int refused[] = { 0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999,
		5000, 65535 };
	char bytes[8] = { 0 };
	int code;

	ok(websocket_read_close("", 0, &code) && code == 0, "a Close may say nothing");
	ok(!websocket_read_close("\x03", 1, &code) && code == 1002, "but not half a code");
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		bytes[0] = (char)(allowed[i] >> 8);
		bytes[1] = (char)allowed[i];
		ok(websocket_read_close(bytes, 2, &code) && code == allowed[i], "code %d",
		    allowed[i]);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		bytes[0] = (char)(refused[i] >> 8);
		bytes[1] = (char)refused[i];
		ok(!websocket_read_close(bytes, 2, &code) && code == 1002, "not code %d",
		    refused[i]);
	}
	ok(websocket_read_close("\x03\xe8\xe2\x82\xac", 5, &code), "a reason");
	ok(!websocket_read_close("\x03\xe8\xe2\x82", 4, &code) && code == 1007,
	    "a reason that is no UTF-8");
}

/* The frame as hexadecimal digits, its first 12 bytes. */
static const char *
hex_of(struct buffer *frame)
{
	static char text[25];

	text[0] = '\0';
	for (size_t i = 0; i < frame->size_bytes && i < 12; i++)
		snprintf(text + 2 * i, 3, "%02x", (unsigned char)frame->bytes[i]);
	buffer_release(&frame);
	return text;
}

static void
test_written(void)
{
	static char payload[70000];
	char head[WEBSOCKET_HEAD_MAX], reason[200];
	struct buffer *close;

	is_string(hex_of(websocket_frame(WEBSOCKET_TEXT, "Hello", 5)), "810548656c6c6f",
	    "a text, as in RFC 6455, 5.7");
	is_string(hex_of(websocket_frame(WEBSOCKET_BINARY, NULL, 0)), "8200", "an empty one");
	is_string(hex_of(websocket_frame(WEBSOCKET_BINARY, payload, 125)),
	    "827d00000000000000000000", "125 bytes");
	is_string(hex_of(websocket_frame(WEBSOCKET_BINARY, payload, 126)),
	    "827e007e0000000000000000", "126 bytes");
	is_string(hex_of(websocket_frame(WEBSOCKET_BINARY, payload, 65535)),
	    "827effff0000000000000000", "65535 bytes");
	is_string(hex_of(websocket_frame(WEBSOCKET_BINARY, payload, 65536)),
	    "827f00000000000100000000", "65536 bytes");
	is_int((long long)websocket_frame_head(head, WEBSOCKET_TEXT, true, 3), 2, "a head");
	is_int((unsigned char)head[0], 0xc1, "that says compressed");
	is_string(hex_of(websocket_frame_close(0, NULL)), "8800", "an empty Close");
	is_string(hex_of(websocket_frame_close(1012, NULL)), "880203f4", "a code");
	is_string(hex_of(websocket_frame_close(4401, "over")), "880611316f766572", "and a reason");
	memset(reason, 'x', sizeof(reason));
	memcpy(reason + 122, "\xe2\x82\xac", 3);
	reason[199] = '\0';
	close = websocket_frame_close(1000, reason);
	is_int(close->size_bytes, 2 + 2 + 122, "a long reason is cut between characters");
	buffer_release(&close);
}

int
main(void)
{
	test_pieces();
	test_fragments();
	test_refused();
	test_limit_of_fragments();
	test_close();
	test_written();
	return done();
}
