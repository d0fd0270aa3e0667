/*
 * Socket.IO's packets: read into their parts, refused, written, and fuzzed.
 */
#include "socketio_packet.h"

#include <stdlib.h>

#include "buffer.h"

#include "test.h"

/* Reads a copy that ends where it ends, so that a sanitizer sees what is read past it; TEXT itself stays in the spans' place. */
static bool
reads(const char *text, size_t size)
{
	struct socketio_packet packet;
	char *copy = malloc(size ? size : 1);
	bool is;

	memcpy(copy, text, size);
	is = socketio_packet_read(&packet, copy, size);
	free(copy);
	return is;
}

/* TYPE attachments space ack name arguments */
static const char *
parts_of(const char *text)
{
	static char parts[512];
	struct socketio_packet packet;

	if (!socketio_packet_read(&packet, text, strlen(text)))
		return "refused";
	snprintf(parts, sizeof(parts), "%d %zu %.*s %lld <%.*s> <%.*s>", packet.type,
	    packet.attachments, (int)packet.space.size_bytes, packet.space.text,
	    (long long)packet.ack, (int)packet.name.size_bytes,
	    packet.name.text ? packet.name.text : "", (int)packet.arguments.size_bytes,
	    packet.arguments.text ? packet.arguments.text : "");
	return parts;
}

static void
test_read(void)
{
	static const char *const rows[][2] = {
		{ "0", "0 0 / -1 <> <{}>" },
		{ "0{\"token\":\"123\"}", "0 0 / -1 <> <{\"token\":\"123\"}>" },
		{ "0/custom,", "0 0 /custom -1 <> <{}>" },
		{ "0/custom", "0 0 /custom -1 <> <{}>" },
		{ "0/custom,{\"a\":1}", "0 0 /custom -1 <> <{\"a\":1}>" },
		{ "1", "1 0 / -1 <> <>" },
		{ "1/custom,", "1 0 /custom -1 <> <>" },
		{ "2[\"foo\"]", "2 0 / -1 <foo> <>" },
		{ "2[\"message\",1,\"2\",{\"3\":[true]}]",
		    "2 0 / -1 <message> <1,\"2\",{\"3\":[true]}>" },
		{ "2456[\"foo\",null]", "2 0 / 456 <foo> <null>" },
		{ "2/custom,0[ \"foo\" , 1 ]", "2 0 /custom 0 <foo> < 1 >" },
		{ "3456[1,\"2\"]", "3 0 / 456 <> <1,\"2\">" },
		{ "30[]", "3 0 / 0 <> <>" },
		{ "3/custom,12[]", "3 0 /custom 12 <> <>" },
		{ "51-[\"hello\",{\"_placeholder\":true,\"num\":0}]",
		    "5 1 / -1 <hello> <{\"_placeholder\":true,\"num\":0}>" },
		{ "52-/custom,7[\"a\",1]", "5 2 /custom 7 <a> <1>" },
		{ "50-[\"a\"]", "5 0 / -1 <a> <>" },
		{ "61-789[{\"_placeholder\":true,\"num\":0}]",
		    "6 1 / 789 <> <{\"_placeholder\":true,\"num\":0}>" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_string(parts_of(rows[i][0]), rows[i][1], "%s", rows[i][0]);
}

static void
test_refused(void)
{
	static const char *const rows[] = { "", "a", "abc", "7", "9[\"a\"]", "4{}", "4\"no\"",
		/* connect and disconnect */
		"0[]", "0\"a\"", "0{", "0{}x", "01{}", "0/custom,[]", "1{}", "1[]", "15", "1/a,x",
		/* events */
		"2", "2{}", "2[]", "2[1]", "2[null]", "2[[\"a\"]]", "2\"a\"", "2abc[\"a\"]",
		"2-1[\"a\"]", "2[\"a\"", "2[\"a\"]]", "2[\"a\",]", "2[,\"a\"]", "2[\"a\"]x",
		"2 [\"a\"]", "2[a]", "21-[\"a\"]", "21234567890123456[\"a\"]", "2/custom[\"a\"]",
		/* reserved names */
		"2[\"connect\"]", "2[\"connect_error\",1]", "2[\"disconnect\"]",
		"2[\"disconnecting\"]", "2[\"newListener\"]", "2[\"removeListener\"]",
		"50-[\"connect\"]",
		/* acknowledgements */
		"3[]", "3", "312", "312{}", "3abc[]", "61-[]", "6[]", "61[]",
		/* attachments */
		"5[\"a\"]", "5-[\"a\"]", "51[\"a\"]", "5a-[\"a\"]", "5-1-[\"a\"]" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(!reads(rows[i], strlen(rows[i])), "refused: '%s'", rows[i]);
}

static bool
is_json(const char *text)
{
	return socketio_json_end(text, text + strlen(text)) == text + strlen(text);
}

static void
test_json(void)
{
	static const char *const good[] = { "1", "-0", "0.5", "1e9", "-1.25E-7", "\"\"",
		"\"a\\n\\u00e4\\\"\"", "true", "null", "[]", "[ ]", "{}", "{ }", "[1, [2]]",
		"{\"a\" : {\"b\":[]} , \"c\":\"\xc3\xa4\"}" };
	static const char *const bad[] = { "", "-", "01", "1.", ".5", "1e", "+1", "\"", "\"\\x\"",
		"\"\\u12g4\"", "\"\\u12\"", "\"\n\"", "tru", "truex", "[1,]", "[", "[1 2]", "{1:2}",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "'a'", "NaN", "[]]", "\"\\", " 1" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(is_json(good[i]), "JSON, row %zu", i);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!is_json(bad[i]), "not JSON, row %zu", i);
}

static void
test_limits(void)
{
	char text[1024] = "";
	size_t deep = SOCKETIO_DEPTH_MAX - 1;

	text[0] = '2';
	memset(text + 1, '[', deep);
	memset(text + 1 + deep, ']', deep);
	ok(socketio_json_end(text + 1, text + 1 + 2 * deep) != NULL, "as deep as is allowed");
	memset(text + 1, '[', deep + 2);
	memset(text + 3 + deep, ']', deep + 2);
	ok(!socketio_json_end(text + 1, text + 5 + 2 * deep), "deeper is not");
	memset(text, 'x', sizeof(text));
	memcpy(text, "2[\"", 3);
	memcpy(text + 3 + SOCKETIO_NAME_MAX, "\"]", 2);
	ok(reads(text, SOCKETIO_NAME_MAX + 5), "as long a name as is allowed");
	text[3 + SOCKETIO_NAME_MAX] = 'x';
	memcpy(text + 4 + SOCKETIO_NAME_MAX, "\"]", 2);
	ok(!reads(text, SOCKETIO_NAME_MAX + 6), "a longer one is not");
	memset(text, 'x', sizeof(text));
	memcpy(text, "0/", 2);
	ok(reads(text, SOCKETIO_SPACE_MAX + 1), "as long a namespace as is allowed");
	ok(!reads(text, SOCKETIO_SPACE_MAX + 2), "a longer one is not");
}

static const char *
begun(enum socketio_packet_type type, size_t attachments, const char *space, int64_t ack)
{
	static char text[64];
	struct writer writer = { 0 };
	struct buffer *buffer;

	socketio_packet_begin(&writer, type, attachments, space, ack);
	buffer = writer_finish(&writer);
	snprintf(text, sizeof(text), "%.*s", (int)buffer->size_bytes, buffer->bytes);
	buffer_release(&buffer);
	return text;
}

static void
test_written(void)
{
	is_string(begun(SOCKETIO_EVENT, 0, "/", -1), "2", "an event");
	is_string(begun(SOCKETIO_EVENT, 0, "/custom", 12), "2/custom,12", "of a namespace, asking");
	is_string(begun(SOCKETIO_BINARY_ACK, 2, "/", 789), "62-789", "a binary acknowledgement");
	is_string(begun(SOCKETIO_CONNECT_ERROR, 0, "/random", -1), "4/random,", "an error");
}

/* Whatever comes is judged, nothing past its end is read, and what is accepted lies within it. */
static void
test_noise(void)
{
	static const char *const seeds[] = {
		"2/custom,12[\"message\",1.5e3,\"\\u0041\",{\"a\":[true]}]",
		"52-3[\"m\",{\"_placeholder\":true,\"num\":0}]", "0/a,{\"token\":\"x\"}",
		"3/custom,456[]"
	};
	static const char alphabet[] = "0123456789-/,[]{}\":\\ua.eE+ tn";
	size_t wrong = 0, accepted = 0;

	srand(23);
	for (int run = 0; run < 300000; run++) {
		const char *seed = seeds[run % 4];
		size_t size = strlen(seed);
		struct socketio_packet packet;
		char *text = malloc(size);

		memcpy(text, seed, size);
		for (int i = rand() % 3; i >= 0; i--)
			text[(size_t)rand() % size] =
			    alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		size -= (size_t)rand() % 2;
		if (socketio_packet_read(&packet, text, size)) {
			accepted++;
			wrong += packet.arguments.text + packet.arguments.size_bytes >
				text + size &&
			    packet.type != SOCKETIO_CONNECT;
			wrong += packet.name.text &&
			    packet.name.text + packet.name.size_bytes >= text + size;
		}
		free(text);
	}
	is_int((long long)wrong, 0, "300000 damaged packets are survived");
	ok(accepted > 1000, "%zu were still packets", accepted);
}

int
main(void)
{
	test_read();
	test_refused();
	test_json();
	test_limits();
	test_written();
	test_noise();
	return done();
}
