/*
 * Whole conversations at random, from seeds: however they are cut on their way, what is read
 * is the same; and whatever is damaged in them, it is read or refused, the same way each time.
 */
#include "buffer.h"
#include "websocket_deflate.h"
#include "websocket_frame.h"
#include "websocket_message.h"

#include "test.h"
#include "websocket_client.h"

enum { LIMIT = 6000, VALID_RUNS = 1500, DAMAGED_RUNS = 6000 };

static struct websocket_deflate *shared;

/* What was read, as text that can be compared: a line's kind, opcode or code, size, and the bytes. */
static void
note(struct sent *notes, char kind, int number, const char *bytes, size_t size)
{
	char line[64];

	send_bytes(
	    notes, line, (size_t)snprintf(line, sizeof(line), "\n%c %d %zu ", kind, number, size));
	send_bytes(notes, bytes, size);
}

/* Reads SIZE bytes, which are all that are there. False: they were refused. */
static bool
read_some(struct websocket_reader *reader, struct websocket_message *message, char *bytes,
    size_t size, size_t *taken, struct sent *notes)
{
	struct websocket_piece piece;

	for (*taken = 0;;) {
		*taken += websocket_read(reader, bytes + *taken, size - *taken, &piece);
		if (piece.found == WEBSOCKET_NOTHING)
			return true;
		if (piece.found == WEBSOCKET_CONTROL)
			note(notes, 'c', piece.opcode, piece.bytes, piece.size_bytes);
		else if (piece.found == WEBSOCKET_DATA)
			websocket_message_add(message, &piece, shared, LIMIT);
		if (piece.found == WEBSOCKET_BROKEN) {
			note(notes, 'x', piece.code, "", 0);
			return false;
		}
		if (piece.found == WEBSOCKET_DATA && piece.is_last) {
			note(notes, 'm', piece.opcode, piece.bytes, piece.size_bytes);
			websocket_message_clear(message);
		}
	}
}

/* Reads a conversation in pieces of 1 to MOST bytes, each in memory of exactly its size. What is not taken comes again. */
static struct sent
read_all(const struct sent *sent, size_t most)
{
	struct websocket_reader reader = { .message_max_bytes = LIMIT, .may_deflate = true };
	struct websocket_message message = { 0 };
	struct sent notes = { 0 };
	size_t begin = 0, end = 0, taken;
	bool goes_on = true;

	while (goes_on && end < sent->size) {
		size_t size = most == SIZE_MAX ? sent->size : 1 + (size_t)rand() % most;
		char *bytes;

		end = sent->size - end < size ? sent->size : end + size;
		bytes = malloc(end - begin);
		memcpy(bytes, sent->bytes + begin, end - begin);
		goes_on = read_some(&reader, &message, bytes, end - begin, &taken, &notes);
		begin += taken;
		free(bytes);
	}
	websocket_message_clear(&message);
	return notes;
}

static size_t
make_payload(char *bytes, bool is_text)
{
	static const char *const parts[] = { "a", "{\"op\":", "12345678", "\xc3\xa9",
		"\xe2\x82\xac", "\xf0\x9f\x8d\x95", "aaaaaaaaaaaaaaaaaaaaaaaaaa" };
	static const size_t sizes[] = { 0, 1, 5, 125, 126, 127, 300, 5000 };
	size_t most = sizes[(size_t)rand() % (sizeof(sizes) / sizeof(sizes[0]))], size = 0;

	while (size < most) {
		const char *part = parts[(size_t)rand() % (sizeof(parts) / sizeof(parts[0]))];

		if (is_text) {
			memcpy(bytes + size, part, strlen(part));
			size += strlen(part);
		} else {
			bytes[size++] = (char)rand();
		}
	}
	return size;
}

static void
send_control(struct sent *sent, struct sent *expected)
{
	char payload[WEBSOCKET_CONTROL_MAX] = { 0 };
	size_t size = (size_t)rand() % (sizeof(payload) + 1);
	int opcode = rand() % 2 ? WEBSOCKET_PING : WEBSOCKET_PONG;

	send_frame(sent, (uint8_t)(0x80 | opcode), payload, size);
	note(expected, 'c', opcode, payload, size);
}

/* A message in one frame or in many, compressed or not, with control frames between. */
static void
send_message(struct sent *sent, struct sent *expected)
{
	static char payload[6000];
	bool is_text = rand() % 2, is_compressed = rand() % 2;
	int opcode = is_text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY;
	size_t size = make_payload(payload, is_text), at = 0, left = size, head;
	struct buffer *frame = NULL;
	const char *bytes = payload;
	struct sent between = { 0 };
	uint8_t first = (uint8_t)(opcode | (is_compressed ? 0x40 : 0));

	if (is_compressed) {
		frame = websocket_deflate_frame(
		    shared, 8 + (unsigned)rand() % 8, opcode, payload, size);
		head = (frame->bytes[1] & 0x7f) == 126 ? 4 : 2;
		bytes = frame->bytes + head;
		left = frame->size_bytes - head;
	}
	while (rand() % 3 > 0) {
		size_t part = left > 0 ? (size_t)rand() % (left + 1) : 0;

		send_frame(sent, first, bytes + at, part);
		at += part;
		left -= part;
		first = 0;
		if (rand() % 4 == 0)
			send_control(sent, &between);
	}
	send_frame(sent, first | 0x80, bytes + at, left);
	send_bytes(expected, between.bytes, between.size);
	note(expected, 'm', opcode, payload, size);
	send_clear(&between);
	buffer_release(&frame);
}

static void
make_conversation(struct sent *sent, struct sent *expected)
{
	for (int i = rand() % 6; i >= 0; i--) {
		if (rand() % 3 == 0)
			send_control(sent, expected);
		else
			send_message(sent, expected);
	}
}

static bool
is_same(const struct sent *a, const struct sent *b)
{
	return a->size == b->size && (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

/* Read in one piece and in small ones; false: it was not the same. EXPECTED null: whatever comes of it. */
static bool
reads_alike(const struct sent *sent, const struct sent *expected)
{
	static const size_t most[] = { 1, 7, 200, 3000 };
	struct sent whole = read_all(sent, SIZE_MAX);
	bool is_alike = !expected || is_same(&whole, expected);

	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		struct sent parts = read_all(sent, most[i]);

		is_alike = is_alike && is_same(&whole, &parts);
		send_clear(&parts);
	}
	send_clear(&whole);
	return is_alike;
}

static void
test_valid(void)
{
	long long wrong = 0;

	for (int run = 0; run < VALID_RUNS; run++) {
		struct sent sent = { 0 }, expected = { 0 };

		srand((unsigned)run + 1);
		make_conversation(&sent, &expected);
		wrong += !reads_alike(&sent, &expected);
		send_clear(&sent);
		send_clear(&expected);
	}
	is_int(wrong, 0, "%d conversations are read as they were said, however they are cut",
	    VALID_RUNS);
}

static void
damage(struct sent *sent)
{
	for (int i = rand() % 4; i >= 0 && sent->size > 0; i--) {
		size_t at = (size_t)rand() % sent->size;

		if (rand() % 8 == 0)
			sent->size = at;
		else if (rand() % 4 == 0)
			memmove(sent->bytes + at, sent->bytes + at + 1, --sent->size - at);
		else if (rand() % 2)
			sent->bytes[at] = (char)(sent->bytes[at] ^ 1 << rand() % 8);
		else
			sent->bytes[at] = (char)rand();
	}
}

static void
test_damaged(void)
{
	long long wrong = 0;

	for (int run = 0; run < DAMAGED_RUNS; run++) {
		struct sent sent = { 0 }, expected = { 0 };

		srand((unsigned)run + 100000);
		make_conversation(&sent, &expected);
		damage(&sent);
		wrong += !reads_alike(&sent, NULL);
		send_clear(&sent);
		send_clear(&expected);
	}
	is_int(wrong, 0, "%d damaged ones are survived, and cutting them changes nothing",
	    DAMAGED_RUNS);
}

static void
test_noise(void)
{
	long long wrong = 0;

	for (int run = 0; run < DAMAGED_RUNS; run++) {
		struct sent sent = { 0 };
		char bytes[200];

		srand((unsigned)run + 200000);
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)rand();
		if (rand() % 2)
			bytes[0] = (char)(0x81 + rand() % 2);
		bytes[1] = (char)(0x80 | bytes[1]);
		send_bytes(&sent, bytes, sizeof(bytes));
		wrong += !reads_alike(&sent, NULL);
		send_clear(&sent);
	}
	is_int(wrong, 0, "%d times noise", DAMAGED_RUNS);
}

int
main(void)
{
	shared = websocket_deflate_open();
	test_valid();
	test_damaged();
	test_noise();
	websocket_deflate_close(&shared);
	return done();
}
