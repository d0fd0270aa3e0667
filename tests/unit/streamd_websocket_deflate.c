/*
 * permessage-deflate: offers, messages there and back through windows of every size, and
 * what compressed bytes may do and may not.
 */
#include "websocket_deflate.h"

#include <stdlib.h>

#include "buffer.h"
#include "websocket_frame.h"

#include "test.h"

static struct websocket_deflate *shared;

/* What an offer is answered with: "400", "" (declined), or the window's bits, with a ! if they are told. */
static const char *
answer_of(const char *header)
{
	static char text[8];
	struct websocket_terms terms = { 0 };

	if (!websocket_deflate_offer(header, &terms))
		return "400";
	if (terms.window_bits == 0)
		return "";
	snprintf(text, sizeof(text), "%d%s", terms.window_bits, terms.is_window_wanted ? "!" : "");
	return text;
}

static void
test_offers(void)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "permessage-deflate", "15" },
		{ "  permessage-deflate  ", "15" },
		{ "permessage-deflate; client_max_window_bits", "15" },
		{ "permessage-deflate;client_max_window_bits=8", "15" },
		{ "permessage-deflate; client_max_window_bits=\"15\"", "15" },
		{ "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
		    "15" },
		{ "permessage-deflate; server_max_window_bits=15", "15!" },
		{ "permessage-deflate; server_max_window_bits = \"10\"", "10!" },
		{ "permessage-deflate; server_max_window_bits=\"1\\0\"", "10!" },
		{ "permessage-deflate; server_max_window_bits=8", "8!" },
		{ "permessage-deflate; server_max_window_bits=7", "" },
		{ "permessage-deflate; server_max_window_bits=16", "" },
		{ "permessage-deflate; server_max_window_bits=010", "" },
		{ "permessage-deflate; server_max_window_bits=+9", "" },
		{ "permessage-deflate; server_max_window_bits=9x", "" },
		{ "permessage-deflate; server_max_window_bits", "" },
		{ "permessage-deflate; client_max_window_bits=7", "" },
		{ "permessage-deflate; client_max_window_bits=99999999999999999999", "" },
		{ "permessage-deflate; server_no_context_takeover=1", "" },
		{ "permessage-deflate; client_no_context_takeover=true", "" },
		{ "permessage-deflate; mux", "" },
		{ "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", "" },
		{ "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
		    "" },
		{ "x-webkit-deflate-frame", "" },
		{ "Permessage-Deflate-2, permessage-deflate", "15" },
		{ "permessage-deflate; mux, permessage-deflate; server_max_window_bits=9", "9!" },
		{ "permessage-deflate; server_max_window_bits=9, permessage-deflate", "9!" },
		{ ", ,permessage-deflate,", "15" },
		{ "foo; bar=\"permessage-deflate\", permessage-deflate", "15" },
		{ "permessage-deflate;", "400" },
		{ "permessage-deflate; =8", "400" },
		{ "permessage-deflate; server_max_window_bits=", "400" },
		{ "permessage-deflate; server_max_window_bits=\"8", "400" },
		{ "permessage-deflate; server_max_window_bits=\"\"", "400" },
		{ "permessage-deflate; server_max_window_bits=\"8 \"", "400" },
		{ "permessage-deflate; server_max_window_bits=\"8\\", "400" },
		{ "permessage-deflate client_max_window_bits", "400" },
		{ "(permessage-deflate)", "400" },
		{ "permessage-deflate, ;", "400" },
	};
	char text[WEBSOCKET_DEFLATE_ANSWER_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_string(answer_of(rows[i][0]), rows[i][1], "an offer: %s", rows[i][0]);
	websocket_deflate_answer(&(struct websocket_terms){ 15, false }, text);
	is_string(text,
	    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
	    "the answer");
	websocket_deflate_answer(&(struct websocket_terms){ 15, true }, text);
	is_string(text,
	    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
	    "server_max_window_bits=15",
	    "the answer to who asked for a window");
}

static void
test_lines(void)
{
	struct websocket_terms terms = { 0 };

	ok(websocket_deflate_offer("permessage-deflate; mux", &terms) &&
		websocket_deflate_offer("permessage-deflate; server_max_window_bits=11", &terms) &&
		websocket_deflate_offer("permessage-deflate", &terms),
	    "offers in several lines");
	is_int(terms.window_bits, 11, "the first that is acceptable counts");
}

/* Decompresses BYTES; the message, or null with the code. */
static struct buffer *
inflate_copy(const void *bytes, size_t size, size_t most, int *code)
{
	char *copy = malloc(size > 0 ? size : 1);
	struct buffer *whole;

	memcpy(copy, bytes, size);
	*code = 0;
	whole = websocket_inflate(shared, copy, size, most, code);
	free(copy);
	return whole;
}

static const char *
text_of(const void *bytes, size_t size)
{
	static char text[256];
	int code;
	struct buffer *whole = inflate_copy(bytes, size, sizeof(text) - 1, &code);

	snprintf(text, sizeof(text), "%d", code);
	if (whole) {
		memcpy(text, whole->bytes, whole->size_bytes);
		text[whole->size_bytes] = '\0';
	}
	buffer_release(&whole);
	return text;
}

#define TEXT_OF(literal) text_of(literal, sizeof(literal) - 1)

/* The examples of RFC 7692, 7.2.3, and their neighbours. */
static void
test_published(void)
{
	is_string(TEXT_OF("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello", "one block");
	is_string(TEXT_OF("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), "Hello",
	    "a block without compression");
	is_string(TEXT_OF("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), "Hello", "a block marked as last");
	is_string(TEXT_OF("\xf3\x48\xcd\xc9\xc9\x07\x00"), "Hello", "and nothing behind it");
	is_string(
	    TEXT_OF("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), "Hello", "two blocks");
	is_string(TEXT_OF("\x00"), "", "an empty message");
	is_string(TEXT_OF(""), "", "an empty message without even a block");
	is_string(TEXT_OF("\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\xf2\x48\xcd\xc9\xc9\x07\x00"),
	    "Hello", "empty blocks before it");
	is_string(TEXT_OF("\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00\x00"),
	    "HelloHello", "more behind a block marked as last");
	is_string(TEXT_OF("\xf3\x48\xcd\xc9\xc9\x07\x00\x02\x13\x00\x00"), "HelloHello",
	    "and that looks back beyond it");
	is_string(TEXT_OF("\x02\x13\x00\x00"), "1007", "but not beyond the message");
	is_string(TEXT_OF("\x07"), "1007", "a block of no kind");
	is_string(TEXT_OF("\xf2\x48\xcd\xc9"), "1007", "half a block");
	is_string(TEXT_OF("\x00\x05\x00\xfa\xff\x48\x65"), "1007", "half of one not compressed");
	is_string(TEXT_OF("\x00\x05\x00\x00\x00\x48\x65\x6c\x6c\x6f\x00"), "1007",
	    "a length that is not confirmed");
	is_string(TEXT_OF("Hello"), "1007", "no compression at all");
}

static void
fill(char *bytes, size_t size, int kind)
{
	static const char words[] = "{\"type\":\"order.placed\",\"seq\":";

	for (size_t i = 0; i < size; i++)
		bytes[i] = kind == 0 ? (char)rand()
		    : kind == 1	     ? words[i % 29]
				     : (char)(rand() % 3);
}

/* Compressed and back; false: not the same. */
static bool
comes_back(unsigned bits, const char *bytes, size_t size)
{
	struct buffer *frame = websocket_deflate_frame(shared, bits, WEBSOCKET_BINARY, bytes, size);
	unsigned length = (unsigned char)frame->bytes[1];
	size_t head = length < 126 ? 2 : length == 126 ? 4 : 10;
	int code;
	struct buffer *whole = inflate_copy(
	    frame->bytes + head, frame->size_bytes - head, size, &code);
	bool is_same = (unsigned char)frame->bytes[0] == 0xc2 && whole &&
	    whole->size_bytes == size && memcmp(whole->bytes, bytes, size) == 0;

	buffer_release(&whole);
	buffer_release(&frame);
	return is_same;
}

static void
test_there_and_back(void)
{
	static const size_t sizes[] = { 0, 1, 2, 125, 126, 127, 128, 129, 255, 256, 1000, 4095,
		16384, 65535, 65536, 131072, 300000 };
	static char bytes[300000];
	long long wrong;

	for (unsigned bits = WEBSOCKET_WINDOW_MIN; bits <= WEBSOCKET_WINDOW_MAX; bits++) {
		wrong = 0;
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			for (int kind = 0; kind < 3; kind++) {
				fill(bytes, sizes[i], kind);
				wrong += !comes_back(bits, bytes, sizes[i]);
			}
		}
		is_int(wrong, 0, "there and back with %u bits", bits);
	}
	wrong = 0;
	for (size_t size = 0; size < 1500; size++) {
		fill(bytes, size, 0);
		wrong += !comes_back(9, bytes, size) + !comes_back(15, bytes, size);
	}
	is_int(wrong, 0, "what does not compress, of every small size");
}

/* Does all that a frame's compressed bytes refer to lie within REACH bytes? Found out by planting copies at a distance. */
static void
test_window(void)
{
	static char bytes[70000];

	for (unsigned bits = WEBSOCKET_WINDOW_MIN; bits <= WEBSOCKET_WINDOW_MAX; bits++) {
		size_t reach = (size_t)1 << bits;
		struct buffer *frame;

		/* Random bytes twice, a little more than the window apart: nothing of it may be found again. */
		fill(bytes, reach + 1, 0);
		memcpy(bytes + reach + 1, bytes, reach + 1);
		frame = websocket_deflate_frame(
		    shared, bits, WEBSOCKET_BINARY, bytes, 2 * (reach + 1));
		ok(frame->size_bytes > 2 * reach, "%u bits look back no further than they may",
		    bits);
		buffer_release(&frame);
		/* And 250 bytes apart: all of it. */
		fill(bytes, 240, 0);
		for (size_t at = 240; at < sizeof(bytes); at += 240)
			memcpy(
			    bytes + at, bytes, sizeof(bytes) - at < 240 ? sizeof(bytes) - at : 240);
		frame = websocket_deflate_frame(
		    shared, bits, WEBSOCKET_BINARY, bytes, sizeof(bytes));
		ok(frame->size_bytes < 4000, "%u bits find what is near", bits);
		buffer_release(&frame);
	}
}

static void
test_limit(void)
{
	enum { BOMB = 1 << 20 };
	char *zeros = calloc(1, BOMB);
	struct buffer *frame = websocket_deflate_frame(shared, 15, WEBSOCKET_TEXT, zeros, BOMB),
		      *whole;
	size_t size = frame->size_bytes - 4; /* its head has four bytes */
	const char *bytes = frame->bytes + 4;
	int code;

	ok(frame->size_bytes < 2000, "a megabyte in a kilobyte");
	for (size_t most = BOMB - 2; most <= BOMB + 2; most++) {
		whole = inflate_copy(bytes, size, most, &code);
		is_int(code, most < BOMB ? 1009 : 0, "a limit of %zu", most);
		is_int(whole ? whole->size_bytes : 0, most < BOMB ? 0 : BOMB,
		    "and what is let through");
		buffer_release(&whole);
	}
	whole = inflate_copy(bytes, size, 100, &code);
	ok(!whole && code == 1009, "a small limit");
	whole = inflate_copy(bytes, size, 0, &code);
	ok(!whole && code == 1009, "none allowed");
	buffer_release(&frame);
	free(zeros);
}

/* A message of nothing but blocks marked as last: each begins anew, at no cost but its own. */
static void
test_many_ends(void)
{
	enum { TIMES = 200000 };
	char *bytes = malloc(2 * TIMES + 8);
	int code;
	struct buffer *whole;

	memcpy(bytes, "\xf3\x48\xcd\xc9\xc9\x07\x00", 7);
	for (size_t i = 0; i < TIMES; i++)
		memcpy(bytes + 7 + 2 * i, "\x03\x00", 2);
	whole = inflate_copy(bytes, 7 + 2 * TIMES, 1000, &code);
	ok(whole && whole->size_bytes == 5, "200000 ends of an empty stream");
	buffer_release(&whole);
	free(bytes);
}

int
main(void)
{
	srand(5);
	shared = websocket_deflate_open();
	test_offers();
	test_lines();
	test_published();
	test_there_and_back();
	test_window();
	test_limit();
	test_many_ends();
	websocket_deflate_close(&shared);
	return done();
}
