/*
 * What a stream does if it were handed an event that is not the next: it counts it, sends nothing of it, and ends, so that
 * its client goes on from his cursor. And how streams are counted by transport.
 */
#include "stream.h"

#include "channel.h"
#include "counters.h"
#include "event.h"
#include "loop.h"
#include "outlet.h"

#include "test.h"

static struct loop *loop;
static struct channels *channels;
static struct counters counters;
static struct streams streams;
static bool is_finished;

static void
outlet_does(struct outlet *outlet)
{
	outlet->is_touched = true;
}

static void
outlet_waits(struct outlet *outlet, unsigned seconds)
{
	(void)outlet, (void)seconds;
}

static bool
outlet_stalls(struct outlet *outlet)
{
	(void)outlet;
	return false;
}

static void
outlet_finishes(struct outlet *outlet)
{
	outlet->is_open = false;
	is_finished = true;
}

static const struct outlet_kind kind = { .touch = outlet_does,
	.wait = outlet_waits,
	.has_stalled = outlet_stalls,
	.finish = outlet_finishes,
	.close = outlet_finishes };

static void
feed_ignores(void *context, struct channel *channel)
{
	(void)context, (void)channel;
}

static const struct channels_feed feed = { feed_ignores, feed_ignores, feed_ignores, feed_ignores };

static struct stream *
open_at(struct outlet *outlet, const struct transport *transport, uint64_t seq)
{
	const struct stream_channel channel = { .position = { "c", seq, seq } };
	const struct stream_setup setup = { .all = &streams,
		.outlet = outlet,
		.transport = transport,
		.interval_s = 25,
		.channels = &channel,
		.channel_count = 1 };

	*outlet = (struct outlet){ .kind = &kind, .is_open = true };
	is_finished = false;
	return stream_open(&setup);
}

/* Hands the only stream the event SEQ, as a channel would that has lost count. Returns how much it queued. */
static uint32_t
hand(struct outlet *outlet, uint64_t seq)
{
	struct channel *channel = channel_find(channels, "c", 1);
	struct subscription *subscription = CONTAINER(
	    channel->live.next, struct subscription, link);
	struct event *event = event_new(seq, false, "{\"n\":1}", 7);
	uint32_t before = outlet->output.size_bytes;

	subscription->position = seq;
	stream_reader.deliver(subscription, event);
	event_release(&event);
	return outlet->output.size_bytes - before;
}

static void
test_next(void)
{
	struct outlet outlet;
	struct stream *stream = open_at(&outlet, &transport_sse, 7);

	ok(hand(&outlet, 8) > 0 && hand(&outlet, 9) > 0, "the next events are sent");
	ok(!is_finished && counters.gaps_sent == 0 && counters.duplicates_sent == 0,
	    "and nothing is amiss");
	stream_close(&stream);
	output_clear(&outlet.output);
}

static void
test_wrong(uint64_t seq, const uint64_t *counter, const char *what)
{
	struct outlet outlet;
	struct stream *stream = open_at(&outlet, &transport_poll, 7);

	hand(&outlet, 8);
	hand(&outlet, seq);
	is_int((long long)*counter, 1, "RN-12 CH-02 %s is counted", what);
	is_int(stream->events, 1, "and not sent");
	ok(is_finished, "the stream ends: its client goes on from his cursor");
	hand(&outlet, seq + 1);
	is_int((long long)*counter, 1, "what comes after that is nobody's");
	stream_close(&stream);
	output_clear(&outlet.output);
}

static void
test_counts(void)
{
	struct outlet outlet;
	size_t sse = transport_place(&transport_sse), poll = transport_place(&transport_poll);
	uint64_t opened = streams.of[sse].opened;
	struct stream *stream = open_at(&outlet, &transport_sse, 1);

	ok(streams.of[sse].open == 1 && streams.of[sse].opened == opened + 1,
	    "RN-16 a stream is counted by its transport");
	stream_move(stream, &outlet, &transport_poll);
	ok(streams.of[sse].open == 0 && streams.of[poll].open == 1, "which may change");
	stream_close(&stream);
	is_int((long long)streams.of[poll].open, 0, "until it ends");
	output_clear(&outlet.output);
}

int
main(void)
{
	loop = loop_open();
	channels = channels_open(loop, &stream_reader, &streams);
	channels_set_feed(channels, &feed, NULL);
	streams_start(&streams, loop, channels, &counters, "0123abcd", 65536);
	test_next();
	test_wrong(10, &counters.gaps_sent, "an event after a gap");
	test_wrong(8, &counters.duplicates_sent, "an event that was sent already");
	test_counts();
	streams_stop(&streams);
	channels_close(&channels);
	loop_close(&loop);
	return done();
}
