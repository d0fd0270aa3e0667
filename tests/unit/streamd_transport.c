/*
 * The transports: events and moments in, exact bytes and verdicts out; no socket anywhere.
 */
#include "transport.h"

#include <stdlib.h>
#include <sys/uio.h>

#include "buffer.h"
#include "event.h"
#include "output.h"

#include "test.h"

static struct position positions[] = {
	{ .channel = "order:a", .seq = 3, .head = 5 },
	{ .channel = "b", .seq = 0, .head = 0 },
};
static const char *const denied[] = { "ops" };
static const char envelope[] = "{\"channel\":\"order:a\",\"seq\":3}";

static struct buffer *memory;

static struct transport_view
view_of(size_t count)
{
	return (struct transport_view){ .epoch = "e",
		.positions = positions,
		.count = count,
		.mode = TRANSPORT_RESUMED,
		.memory = &memory };
}

/* What waits in OUTPUT, which is emptied. */
static const char *
taken(struct output *output)
{
	static char text[4096];
	struct iovec vector[64];
	size_t count = output_vector(output, vector, 64), at = 0;

	for (size_t i = 0; i < count; i++) {
		memcpy(text + at, vector[i].iov_base, vector[i].iov_len);
		at += vector[i].iov_len;
	}
	text[at] = '\0';
	output_clear(output);
	return text;
}

static void
test_sse_frames(void)
{
	struct transport_view view = view_of(2);
	struct output output = { 0 };

	is_int(
	    transport_sse.open(&view, denied, 1, &output), TRANSPORT_STAY, "sse: a stream opens");
	is_string(taken(&output),
	    "retry: 1000\nid: e/order:a=3,b=0\ndata: {\"type\":\"stream.open\",\"epoch\":\"e\",\"mode\":\"resumed\","
	    "\"heads\":{\"order:a\":5,\"b\":0},\"denied\":[\"ops\"]}\n\n",
	    "sse: its first frame has an id");
	transport_sse.tick(&view, &output);
	is_string(taken(&output),
	    "data: {\"type\":\"stream.heartbeat\",\"heads\":{\"order:a\":5,\"b\":0}}\n\n",
	    "sse: a heartbeat says where the log is");
	is_int(transport_sse.denied(&view, "ops", &output), TRANSPORT_STAY,
	    "sse: what is denied leaves the rest");
	is_string(taken(&output), "data: {\"type\":\"stream.denied\",\"channel\":\"ops\"}\n\n",
	    "sse: and is told");
	is_int(transport_sse.settle(&view, &output), TRANSPORT_STAY, "sse: nothing to add");
	is_string(taken(&output), "", "sse: and nothing added");
	view.is_final = true;
	is_int(
	    transport_sse.settle(&view, &output), TRANSPORT_CLOSE, "sse: what is finished closes");
	is_string(taken(&output), "data: {\"type\":\"stream.end\"}\n\n", "sse: and says so");
	view.chance = 12345;
	is_int(transport_sse.drain(&view, &output), TRANSPORT_CLOSE, "sse: a server that stops");
	is_string(taken(&output), "retry: 3845\n\n", "sse: says when to come back");
}

static void
test_sse_event(void)
{
	struct event *event = event_new(3, false, envelope, strlen(envelope));
	struct transport_view one = view_of(1), two = view_of(2);
	struct output output = { 0 };
	struct buffer *encoded;

	transport_sse.event(&one, "order:a", event, &output);
	encoded = event->encodings[EVENT_ENCODING_SSE];
	is_string(taken(&output), "id: e/order:a=3\ndata: {\"channel\":\"order:a\",\"seq\":3}\n\n",
	    "sse: an event");
	transport_sse.event(&two, "order:a", event, &output);
	is_string(taken(&output),
	    "id: e/order:a=3,b=0\ndata: {\"channel\":\"order:a\",\"seq\":3}\n\n",
	    "sse: on a stream of two channels, with the cursor of both");
	ok(event->encodings[EVENT_ENCODING_SSE] == encoded, "sse: encoded once");
	is_int(encoded->references, 1, "sse: and held by the event alone when all is sent");
	event_release(&event);
}

static void
test_poll(void)
{
	struct event *event = event_new(3, false, envelope, strlen(envelope));
	struct transport_view view = view_of(2);
	struct output output = { 0 };

	transport_poll.open(&view, denied, 1, &output);
	is_string(taken(&output), "", "poll: nothing is said before there is something");
	is_int(transport_poll.settle(&view, &output), TRANSPORT_STAY, "poll: it waits");
	is_int(
	    transport_poll.tick(&view, &output), TRANSPORT_CLOSE, "poll: until the wait is over");
	is_string(taken(&output),
	    "{\"events\":[],\"cursor\":\"e/order:a=3,b=0\",\"heads\":{\"order:a\":5,\"b\":0},\"final\":false,"
	    "\"mode\":\"resumed\",\"epoch\":\"e\",\"denied\":[\"ops\"]}\n",
	    "poll: an empty answer");
	transport_poll.event(&view, "order:a", event, &output);
	view.events = 1;
	transport_poll.event(&view, "order:a", event, &output);
	view.events = 2;
	is_int(transport_poll.settle(&view, &output), TRANSPORT_CLOSE, "poll: events end the wait");
	is_string(taken(&output),
	    "{\"events\":[{\"channel\":\"order:a\",\"seq\":3},{\"channel\":\"order:a\",\"seq\":3}],"
	    "\"cursor\":\"e/order:a=3,b=0\",\"heads\":{\"order:a\":5,\"b\":0},\"final\":false,"
	    "\"mode\":\"resumed\",\"epoch\":\"e\",\"denied\":[\"ops\"]}\n",
	    "poll: all of them in one answer");
	buffer_release(&memory);
	event_release(&event);
}

static void
test_poll_at_once(void)
{
	struct transport_view view = view_of(1);
	struct output output = { 0 };

	view.mode = TRANSPORT_RESET;
	transport_poll.open(&view, NULL, 0, &output);
	is_int(transport_poll.settle(&view, &output), TRANSPORT_CLOSE,
	    "poll: a reset is told at once");
	output_clear(&output);
	buffer_release(&memory);
	view.mode = TRANSPORT_LIVE;
	view.is_final = true;
	transport_poll.open(&view, NULL, 0, &output);
	is_int(transport_poll.settle(&view, &output), TRANSPORT_CLOSE,
	    "poll: what is finished is not waited for");
	ok(strstr(taken(&output), "\"final\":true") != NULL, "poll: and says that it is final");
	buffer_release(&memory);
}

static void
test_status(void)
{
	struct event *event = event_new(3, false, envelope, strlen(envelope));
	struct transport_view view = view_of(1);
	struct output output = { 0 };

	memory = buffer_copy("{}\n", 3);
	is_int(transport_status.event(&view, "order:a", event, &output), TRANSPORT_ASK,
	    "status: an event means to look");
	is_int(transport_status.tick(&view, &output), TRANSPORT_CLOSE,
	    "status: the wait's end answers");
	is_string(taken(&output), "{}\n", "status: with what was seen last");
	buffer_release(&memory);
	event_release(&event);
}

int
main(void)
{
	test_sse_frames();
	test_sse_event();
	test_poll();
	test_poll_at_once();
	test_status();
	return done();
}
