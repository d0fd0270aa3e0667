/*
 * The queue of what waits to be sent, sent in pieces of any size, and counting.
 */
#include "output.h"

#include <stdlib.h>
#include <sys/uio.h>

#include "tally.h"

#include "test.h"

enum { PIECES = 500 };

/* Takes up to MOST bytes off OUTPUT's front into TO, as a socket would. */
static size_t
send_some(struct output *output, char *to, size_t most)
{
	struct iovec vector[8];
	size_t count = output_vector(output, vector, 8), sent = 0;

	for (size_t i = 0; i < count && sent < most; i++) {
		size_t size = vector[i].iov_len < most - sent ? vector[i].iov_len : most - sent;

		memcpy(to + sent, vector[i].iov_base, size);
		sent += size;
	}
	output_sent(output, sent);
	return sent;
}

static void
test_order(void)
{
	static char expected[PIECES * 8], got[PIECES * 8];
	struct buffer *shared = buffer_copy("shared", 6);
	struct output output = { 0 };
	size_t wanted = 0, at = 0;

	srand(3);
	for (int i = 0; i < PIECES; i++) {
		switch (rand() % 3) {
		case 0:
			output_literal(&output, "lit");
			wanted += (size_t)sprintf(expected + wanted, "lit");
			break;
		case 1:
			output_share(&output, shared, 2, 4);
			wanted += (size_t)sprintf(expected + wanted, "ared");
			break;
		default:
			output_give(&output, buffer_copy("own", 3));
			wanted += (size_t)sprintf(expected + wanted, "own");
		}
		if (rand() % 2)
			at += send_some(&output, got + at, (size_t)rand() % 9);
	}
	while (output.size_bytes > 0)
		at += send_some(&output, got + at, 5);
	ok(at == wanted && memcmp(got, expected, at) == 0,
	    "all is sent, in order, whatever the pieces");
	ok(output.pieces == NULL, "and then nothing is kept");
	is_int(shared->references, 1, "and nothing held");
	buffer_release(&shared);
}

static void
test_clear(void)
{
	struct buffer *shared = buffer_copy("shared", 6);
	struct output output = { 0 };

	output_share(&output, shared, 0, 6);
	output_share(&output, shared, 0, 6);
	is_int(output.size_bytes, 12, "what waits is counted");
	output_clear(&output);
	is_int(output.size_bytes, 0, "and forgotten");
	is_int(shared->references, 1, "with what it held");
	buffer_release(&shared);
}

static void
test_writer(void)
{
	struct writer writer = { 0 };
	struct buffer *buffer;

	for (int i = 0; i < 300; i++) {
		writer_number(&writer, i == 299 ? UINT64_MAX : 7);
		writer_text(&writer, ",");
	}
	buffer = writer_finish(&writer);
	is_int(buffer->size_bytes, 299 * 2 + 21, "a writer grows");
	ok(memcmp(buffer->bytes + 299 * 2, "18446744073709551615,", 21) == 0,
	    "and writes every number");
	buffer_release(&buffer);
}

static void
test_tally(void)
{
	struct tally *tally = tally_open();
	struct tally_entry *first = tally_take(tally, "a"), *second = tally_take(tally, "a");

	is_int((long long)tally_count(tally, "a"), 2, "two are counted");
	is_int((long long)tally_count(tally, "b"), 0, "of another none");
	tally_give(tally, &first);
	tally_give(tally, &first);
	is_int((long long)tally_count(tally, "a"), 1, "one is given back, and once");
	tally_give(tally, &second);
	is_int((long long)tally_count(tally, "a"), 0, "then the other");
	tally_close(&tally);
}

int
main(void)
{
	test_order();
	test_clear();
	test_writer();
	test_tally();
	return done();
}
