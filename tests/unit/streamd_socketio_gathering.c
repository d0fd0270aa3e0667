/*
 * Attachments: gathered as copies, up to a limit.
 */
#include "socketio_gathering.h"

#include "test.h"

static void
test_whole(void)
{
	char text[] = "52-[\"a\"]", first[] = "abc";
	struct socketio_gathering *gathering = socketio_gathering_open(text, sizeof(text) - 1, 2);

	ok(!socketio_gathering_is_whole(gathering), "at first nothing is here");
	ok(socketio_gathering_add(gathering, first, 3, 10), "the first comes");
	ok(!socketio_gathering_is_whole(gathering), "one is missing");
	ok(socketio_gathering_add(gathering, NULL, 0, 10), "the second comes, an empty one");
	ok(socketio_gathering_is_whole(gathering), "that is all");
	memset(text, 'x', sizeof(text) - 1);
	memset(first, 'x', 3);
	ok(gathering->text_bytes == 8 && memcmp(gathering->text, "52-[\"a\"]", 8) == 0,
	    "the packet is a copy");
	ok(gathering->attachments[0].size_bytes == 3 &&
		memcmp(gathering->attachments[0].bytes, "abc", 3) == 0,
	    "so is the first");
	is_int((long long)gathering->attachments[1].size_bytes, 0, "the second has no bytes");
	socketio_gathering_close(&gathering);
	ok(gathering == NULL, "it is gone");
	socketio_gathering_close(&gathering);
}

static void
test_limit(void)
{
	struct socketio_gathering *gathering = socketio_gathering_open("5", 1, 3);

	ok(socketio_gathering_add(gathering, "12345", 5, 10), "half of what is allowed");
	ok(socketio_gathering_add(gathering, "12345", 5, 10), "all that is allowed");
	ok(!socketio_gathering_add(gathering, "1", 1, 10), "no more than that");
	socketio_gathering_close(&gathering);
}

int
main(void)
{
	test_whole();
	test_limit();
	return done();
}
