/*
 * Dialogues without a network and without a database: what is understood of what comes, in
 * which order it is answered, and when it is too much.
 */
#include "dialogue.h"

#include <stdlib.h>

#include "admission.h"
#include "arena.h"
#include "channel.h"
#include "database_link.h"
#include "exchange.h"
#include "feed.h"
#include "memory.h"
#include "outlet.h"
#include "review.h"
#include "server.h"
#include "session.h"
#include "tally.h"

#include "test.h"

static const char session[] = "01900000-0000-7000-8000-000000000001";
static const char user[] = "01900000-0000-7000-8000-000000000002";

static struct server server;
static struct outlet outlet;
static unsigned replies, touches;
static int64_t last_id;
static bool last_is_ok, is_finished;
static char last_members[4096];

static void
outlet_touched(struct outlet *of)
{
	(void)of;
	touches++;
}

static void
outlet_waits(struct outlet *of, unsigned seconds)
{
	(void)of, (void)seconds;
}

static bool
outlet_stalls(struct outlet *of)
{
	(void)of;
	return false;
}

static void
outlet_finishes(struct outlet *of)
{
	(void)of;
	is_finished = true;
}

static const struct outlet_kind outlet_kind = {
	.touch = outlet_touched,
	.wait = outlet_waits,
	.has_stalled = outlet_stalls,
	.finish = outlet_finishes,
	.close = outlet_finishes,
};

static void
voice_reply(struct dialogue *dialogue, int64_t id, bool is_ok, const char *members)
{
	(void)dialogue;
	replies++;
	last_id = id;
	last_is_ok = is_ok;
	snprintf(last_members, sizeof(last_members), "%s", members);
}

static const struct dialogue_voice voice = { .reply = voice_reply };

static void
feed_ignores(void *context, struct channel *channel)
{
	(void)context, (void)channel;
}

static const struct channels_feed feed = { feed_ignores, feed_ignores, feed_ignores, feed_ignores };

static void
server_prepare(void)
{
	server.config = (struct config){ .stream_socket_channels = 3,
		.stream_per_user = 10,
		.stream_per_address = 10,
		.stream_frames_s = 1000000,
		.stream_bytes_s = 1 << 30 };
	server.loop = loop_open();
	server.channels = channels_open(server.loop, &stream_reader, &server.streams);
	channels_set_feed(server.channels, &feed, NULL);
	server.sessions = sessions_open(loop_wheel(server.loop));
	server.by_user = tally_open();
	server.by_address = tally_open();
	streams_start(
	    &server.streams, server.loop, server.channels, &server.counters, server.epoch, 65536);
	list_start(&server.dialogues.waiting);
	outlet = (struct outlet){ .kind = &outlet_kind, .is_open = true };
}

static void
server_forget(void)
{
	output_clear(&outlet.output);
	channels_close(&server.channels);
	sessions_close(&server.sessions);
	tally_close(&server.by_user);
	tally_close(&server.by_address);
	streams_stop(&server.streams);
	while (server.arena_count > 0)
		arena_close(&server.arenas[--server.arena_count]);
	loop_close(&server.loop);
}

static struct dialogue *
dialogue_begin(bool is_known)
{
	const struct admission none = { 0 };
	struct dialogue_caller caller = { 0 };
	struct dialogue *dialogue = dialogue_new(&server, &voice);

	if (is_known) {
		memcpy(caller.session_id, session, sizeof(session));
		memcpy(caller.user_id, user, sizeof(user));
	}
	is_finished = false;
	dialogue_start(dialogue, NULL, &outlet, &transport_websocket, &caller, &none);
	return dialogue;
}

static void
say(struct dialogue *dialogue, const char *text)
{
	size_t size_bytes = strlen(text);
	char *bare = memory_new(size_bytes + 1);
	const struct dialogue_command command = {
		.id = DIALOGUE_NO_ID, .text = bare + 1, .size_bytes = size_bytes
	};

	/* No terminator, nor anything else, stands behind it. */
	memcpy(bare + 1, text, size_bytes);
	last_members[0] = '\0';
	dialogue_hear(dialogue, &command);
	free(bare);
}

static void
check_refused(struct dialogue *dialogue, const char *text, int64_t id, const char *code)
{
	char member[64];

	snprintf(member, sizeof(member), "\"code\":\"%s\"", code);
	say(dialogue, text);
	ok(!last_is_ok && strstr(last_members, member), "%s: %s", text, last_members);
	is_int(last_id, id, "and its id");
}

static void
test_parsing(void)
{
	struct dialogue *dialogue = dialogue_begin(true);

	check_refused(dialogue, "", DIALOGUE_NO_ID, "malformed_json");
	check_refused(dialogue, "{\"op\":\"subscribe\",\"id\":1", DIALOGUE_NO_ID, "malformed_json");
	check_refused(dialogue, "{\"op\":\"unsubscribe\",\"id\":1,\"id\":1,\"channels\":[\"a\"]}",
	    DIALOGUE_NO_ID, "malformed_json");
	check_refused(dialogue, "{\"id\":1}", 1, "unknown_op");
	check_refused(dialogue, "{\"op\":\"\",\"id\":1}", 1, "unknown_op");
	check_refused(
	    dialogue, "{\"op\":\"sub\",\"id\":12345678901234567890}", DIALOGUE_NO_ID, "unknown_op");
	check_refused(dialogue, "{\"op\":\"unsubscribe\",\"id\":2}", 2, "invalid_fields");
	check_refused(dialogue, "{\"op\":\"unsubscribe\",\"id\":\"2\",\"channels\":[\"a\"]}",
	    DIALOGUE_NO_ID, "invalid_fields");
	check_refused(dialogue, "{\"op\":\"unsubscribe\",\"id\":3,\"channels\":[\"a\"],\"x\":1}", 3,
	    "unknown_field");
	check_refused(dialogue, "{\"op\":\"unsubscribe\",\"id\":3,\"channels\":[\"a,b\"]}", 3,
	    "invalid_fields");
	check_refused(dialogue,
	    "{\"op\":\"unsubscribe\",\"id\":4,\"channels\":[\"a\",\"b\",\"c\",\"d\"]}", 4,
	    "invalid_fields");
	check_refused(dialogue,
	    "{\"op\":\"subscribe\",\"id\":5,\"channels\":[\"a\"],\"after\":\"x\"}", 5,
	    "invalid_fields");
	check_refused(dialogue,
	    "{\"op\":\"send\",\"id\":6,\"channel\":\"a\",\"type\":\"x\",\"data\":{}}", 6,
	    "unknown_type");
	check_refused(dialogue,
	    "{\"op\":\"send\",\"id\":6,\"channel\":\"a\",\"type\":\"order.acknowledged\",\"data\":{}}",
	    6, "invalid_fields");
	ok(strstr(last_members, "\"pointer\":\"/data/order_id\"") != NULL,
	    "which points into the data: %s", last_members);
	say(dialogue, "{\"op\":\"unsu\\u0062scribe\",\"id\":7,\"channels\":[\"a\",\"a\"]}");
	is_string(
	    last_members, "\"ok\":true,\"channels\":[]", "an escape is as good as its letter");
	is_int(last_id, 7, "and has its id");
	say(dialogue, "{\"op\":\"unsubscribe\",\"channels\":[\"a\"]}");
	ok(last_is_ok && last_id == DIALOGUE_NO_ID, "an id may be missing");
	dialogue_close(&dialogue);
}

static void
test_named(void)
{
	struct dialogue *dialogue = dialogue_begin(true);
	struct dialogue_command command = {
		.op = "unsubscribe", .id = 9, .text = "{\"channels\":[\"a\"]}...", .size_bytes = 18
	};

	dialogue_hear(dialogue, &command);
	ok(last_is_ok && last_id == 9, "an op may come beside its text, which needs no terminator");
	command.text = "{\"op\":\"unsubscribe\",\"channels\":[\"a\"]}";
	command.size_bytes = strlen(command.text);
	dialogue_hear(dialogue, &command);
	ok(!last_is_ok && strstr(last_members, "unknown_field"), "then it is not in it");
	dialogue_close(&dialogue);
}

static void
test_unknown_person(void)
{
	struct dialogue *dialogue = dialogue_begin(false);

	check_refused(
	    dialogue, "{\"op\":\"subscribe\",\"id\":1,\"channels\":[\"a\"]}", 1, "unauthenticated");
	check_refused(dialogue, "{\"op\":\"unsubscribe\",\"id\":1,\"channels\":[\"a\"]}", 1,
	    "unauthenticated");
	ok(!is_finished, "he may say who he is");
	dialogue_tick(dialogue);
	ok(is_finished, "but not for ever");
	replies = 0;
	say(dialogue, "{\"op\":\"dance\",\"id\":1}");
	is_int(replies, 0, "and then nothing is answered any more");
	dialogue_close(&dialogue);
}

static void
test_leaving(void)
{
	struct dialogue *dialogue = dialogue_begin(true);
	const struct stream_channel channels[] = {
		{ .position = { .channel = "finished", .seq = 1, .head = 1 }, .is_final = true },
		{ .position = { .channel = "open" } },
	};
	struct stream *stream = dialogue->stream;

	stream_add(stream, channels, 2);
	stream_resume(stream);
	stream_settle(stream);
	is_int(stream->watch_count, 2, "what is not finished goes on");
	touches = 0;
	say(dialogue, "{\"op\":\"unsubscribe\",\"channels\":[\"open\"]}");
	ok(touches > 0, "who leaves a channel gets a turn, though nobody waits for an answer");
	stream_settle(stream);
	is_int(stream->watch_count, 0, "for all that is left may be finished");
	dialogue_close(&dialogue);
}

/* In whose session's name STREAM is being reviewed; "": it is not. */
static const char *
reviewed_as(const struct stream *stream)
{
	return stream->review ? stream->review->parameters[0] : "";
}

/* A review is under way in a session's name; then he is of another. */
static void
test_review(void)
{
	static const char other[] = "01900000-0000-7000-8000-000000000003";
	struct dialogue *dialogue = dialogue_begin(true);

	server.database = database_open(server.loop, &server.config, NULL, NULL, NULL);
	review_events.user_changed(&server, user);
	is_string(reviewed_as(dialogue->stream), session,
	    "a change of rights has a stream reviewed, in its session's name");
	dialogue_join(dialogue, other, user);
	is_string(reviewed_as(dialogue->stream), other, "or in that of the one it has by then");
	dialogue_close(&dialogue);
	database_close(&server.database);
}

static void
test_session_end(void)
{
	struct dialogue *dialogue = dialogue_begin(true);

	session_end(server.sessions, session);
	ok(is_finished, "a session's end is its dialogues'");
	dialogue_close(&dialogue);
	ok(session_has_ended(server.sessions, session), "and is remembered");
}

static void
test_order(void)
{
	struct dialogue *one = dialogue_begin(true), *other = dialogue_begin(true);

	server.dialogues.running = EXCHANGES_MAX;
	replies = 0;
	say(one, "{\"op\":\"dance\",\"id\":1}");
	say(one, "{\"op\":\"dance\",\"id\":2}");
	say(other, "{\"op\":\"dance\",\"id\":3}");
	is_int(replies, 0, "while too many commands are run, others wait");
	server.dialogues.running = 0;
	dialogue_close(&other);
	is_int(replies, 2, "and come when there is room");
	is_int(last_id, 2, "in their order");
	dialogue_close(&one);
}

static void
test_waiting_limits(void)
{
	struct dialogue *dialogue = dialogue_begin(true);

	server.dialogues.running = EXCHANGES_MAX;
	for (int i = 0; i < 64; i++)
		say(dialogue, "{\"op\":\"dance\"}");
	ok(!is_finished, "64 commands may wait");
	say(dialogue, "{\"op\":\"dance\"}");
	ok(is_finished, "and not one more");
	server.dialogues.running = 0;
	dialogue_close(&dialogue);
}

static void
test_flood(void)
{
	struct dialogue *dialogue;
	unsigned answered;

	server.config.stream_frames_s = 5;
	dialogue = dialogue_begin(true);
	replies = 0;
	for (int i = 0; i < 20 && !is_finished; i++)
		say(dialogue, "{\"op\":\"dance\"}");
	answered = replies;
	ok(is_finished && answered >= 10 && answered <= 11,
	    "two seconds' worth of messages, and no more: %u", answered);
	dialogue_close(&dialogue);
	server.config.stream_frames_s = 1000000;
	server.config.stream_bytes_s = 1024;
	dialogue = dialogue_begin(true);
	for (int i = 0; i < 200 && !is_finished; i++)
		say(dialogue, "{\"op\":\"dance\"}");
	ok(is_finished, "and so with bytes");
	dialogue_close(&dialogue);
}

int
main(void)
{
	server_prepare();
	test_parsing();
	test_named();
	test_unknown_person();
	test_order();
	test_waiting_limits();
	test_flood();
	test_leaving();
	test_review();
	test_session_end();
	server_forget();
	return done();
}
