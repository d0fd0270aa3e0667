/*
 * The transports: events and moments in, exact bytes and verdicts out; no socket anywhere.
 */
#include "transport.h"

#include <stdlib.h>
#include <sys/uio.h>

#include "buffer.h"
#include "event.h"
#include "output.h"
#include "websocket_deflate.h"
#include "websocket_frame.h"

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
	is_int(transport_sse.drain(&view, TRANSPORT_RESTART, &output), TRANSPORT_CLOSE,
	    "sse: a server that stops");
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
test_poll_chunked(void)
{
	struct event *event = event_new(3, false, envelope, strlen(envelope));
	struct transport_view view = view_of(0);
	struct output output = { 0 };

	view.dress = transport_poll_chunked.dress;
	transport_poll_chunked.open(&view, NULL, 0, &output);
	transport_poll_chunked.event(&view, "order:a", event, &output);
	is_string(taken(&output), "28\r\n{\"events\":[{\"channel\":\"order:a\",\"seq\":3}\r\n",
	    "poll: an event is a chunk");
	view.events = 1;
	is_int(transport_poll_chunked.settle(&view, &output), TRANSPORT_CLOSE, "poll: it ends");
	is_string(taken(&output),
	    "53\r\n],\"cursor\":\"e/\",\"heads\":{},\"final\":false,\"mode\":\"resumed\",\"epoch\":\"e\",\"denied\":[]}\n\r\n0\r\n\r\n",
	    "poll: by a last chunk");
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

/* The frame that TEXT is, as frames of up to 125 bytes and of more are written. */
static const char *
frame_of(const char *text)
{
	static char frame[4096];
	size_t length = strlen(text);
	char *at = frame;

	*at++ = '\x81';
	if (length > 125) {
		*at++ = 126;
		*at++ = (char)(length >> 8);
	}
	*at++ = (char)length;
	memcpy(at, text, length + 1);
	return frame;
}

static void
test_websocket_frames(void)
{
	struct transport_view view = view_of(2);
	struct output output = { 0 };

	is_int(transport_websocket.open(&view, denied, 1, &output), TRANSPORT_STAY,
	    "websocket: how it begins is a reply's business");
	is_string(taken(&output), "", "websocket: so nothing is said");
	transport_websocket.tick(&view, &output);
	is_string(taken(&output),
	    frame_of(
		"{\"op\":\"stream\",\"type\":\"stream.heartbeat\",\"heads\":{\"order:a\":5,\"b\":0}}"),
	    "websocket: a heartbeat");
	is_int(transport_websocket.denied(&view, "ops", &output), TRANSPORT_STAY,
	    "websocket: what is denied leaves the rest");
	is_string(taken(&output),
	    frame_of("{\"op\":\"stream\",\"type\":\"stream.denied\",\"channel\":\"ops\"}"),
	    "websocket: and is told");
	is_int(transport_websocket.settle(&view, &output), TRANSPORT_STAY,
	    "websocket: nothing to add");
	view.is_final = true;
	is_int(transport_websocket.settle(&view, &output), TRANSPORT_LEAVE,
	    "websocket: what is finished is left");
	is_string(taken(&output), frame_of("{\"op\":\"stream\",\"type\":\"stream.end\"}"),
	    "websocket: and says so, and stays");
}

static void
test_websocket_closes(void)
{
	static const struct {
		enum transport_reason reason;
		const char *frame;
	} closes[] = {
		{ TRANSPORT_SESSION_ENDED, "\x88\x0f\x11\x31session_ended" },
		{ TRANSPORT_UNAUTHENTICATED, "\x88\x11\x11\x38unauthenticated" },
		{ TRANSPORT_FORBIDDEN,
		    "\x88\x0b\x11\x33"
		    "forbidden" },
		{ TRANSPORT_FLOODED, "\x88\x13\x11\x4dtoo_many_requests" },
		{ TRANSPORT_RESTART,
		    "\x88\x16\x03\xf4"
		    "come back in 3845 ms" },
		{ TRANSPORT_UNREADABLE,
		    "\x88\x0b\x03\xeb"
		    "text only" },
	};
	struct transport_view view = view_of(1);
	struct output output = { 0 };

	view.chance = 12345;
	for (size_t i = 0; i < sizeof(closes) / sizeof(closes[0]); i++) {
		is_int(transport_websocket.drain(&view, closes[i].reason, &output), TRANSPORT_CLOSE,
		    "websocket: reason %zu ends it", i);
		is_string(taken(&output), closes[i].frame, "websocket: reason %zu has its code", i);
	}
}

/* Of ENCODING that TRANSPORT makes of EVENT for views that differ: once, and what it looks like. */
static void
check_event(const struct transport *transport, enum event_encoding encoding, const char *text,
    const char *name)
{
	struct event *event = event_new(3, false, envelope, strlen(envelope));
	struct transport_view one = view_of(1), none = { .dress = transport->dress };
	struct output output = { 0 };
	struct buffer *encoded;

	one.dress = transport->dress;
	transport->event(&one, "order:a", event, &output);
	encoded = event->encodings[encoding];
	is_string(taken(&output), text, "%s: an event", name);
	transport->event(&none, "order:a", event, &output);
	is_string(taken(&output), text, "%s: the same for everybody", name);
	ok(event->encodings[encoding] == encoded, "%s: encoded once", name);
	is_int(encoded->references, 1, "%s: held by the event alone when all is sent", name);
	event_release(&event);
}

static void
test_socket_events(void)
{
	static const char packet[] = "42[\"event\",{\"channel\":\"order:a\",\"seq\":3}]";

	check_event(&transport_websocket, EVENT_ENCODING_WEBSOCKET,
	    frame_of("{\"op\":\"event\",\"event\":{\"channel\":\"order:a\",\"seq\":3}}"),
	    "websocket");
	check_event(&transport_socketio, EVENT_ENCODING_SOCKETIO, frame_of(packet), "socket.io");
	check_event(&transport_socketio_poll, EVENT_ENCODING_SOCKETIO, packet, "socket.io by poll");
}

/* A large event is compressed, once; none grows by it; and what comes out is what went in. */
static void
check_deflated(const struct transport *transport, enum event_encoding plain,
    enum event_encoding deflated, struct websocket_deflate *deflate, const char *name)
{
	char large[2000];
	struct event *events[2] = { event_new(3, false, envelope, strlen(envelope)), NULL };
	struct transport_view view = view_of(1);
	struct output output = { 0 };
	struct buffer *inflated;
	int code = 0;

	memset(large, 'x', sizeof(large));
	events[1] = event_new(4, false, large, sizeof(large));
	view.dress = transport->dress;
	view.deflate = deflate;
	for (size_t i = 0; i < 2; i++)
		transport->event(&view, "order:a", events[i], &output);
	output_clear(&output);
	ok(events[0]->encodings[deflated]->size_bytes <= events[0]->encodings[plain]->size_bytes,
	    "%s: no event grows by it", name);
	ok(events[1]->encodings[deflated]->size_bytes < 100, "%s: a large one compressed", name);
	ok((events[1]->encodings[deflated]->bytes[0] & 0x40) != 0, "%s: and marked so", name);
	inflated = websocket_inflate(deflate, events[1]->encodings[deflated]->bytes + 2,
	    events[1]->encodings[deflated]->size_bytes - 2, 65536, &code);
	ok(inflated && inflated->size_bytes > sizeof(large) &&
		memmem(inflated->bytes, inflated->size_bytes, large, sizeof(large)),
	    "%s: it is the same text (%d)", name, code);
	buffer_release(&inflated);
	for (size_t i = 0; i < 2; i++)
		event_release(&events[i]);
}

static void
test_deflated(void)
{
	struct websocket_deflate *deflate = websocket_deflate_open();

	check_deflated(&transport_websocket_deflated, EVENT_ENCODING_WEBSOCKET,
	    EVENT_ENCODING_WEBSOCKET_DEFLATED, deflate, "websocket, deflated");
	check_deflated(&transport_socketio_deflated, EVENT_ENCODING_SOCKETIO,
	    EVENT_ENCODING_SOCKETIO_DEFLATED, deflate, "socket.io, deflated");
	websocket_deflate_close(&deflate);
}

static void
test_socketio_packets(void)
{
	struct transport_view view = view_of(2);
	struct output output = { 0 };

	transport_socketio_poll.tick(&view, &output);
	is_string(taken(&output),
	    "42[\"stream\",{\"type\":\"stream.heartbeat\",\"heads\":{\"order:a\":5,\"b\":0}}]",
	    "socket.io: a heartbeat");
	is_int(transport_socketio_poll.denied(&view, "ops", &output), TRANSPORT_STAY,
	    "socket.io: what is denied leaves the rest");
	is_string(taken(&output), "42[\"stream\",{\"type\":\"stream.denied\",\"channel\":\"ops\"}]",
	    "socket.io: and is told");
	view.is_final = true;
	is_int(transport_socketio_poll.settle(&view, &output), TRANSPORT_LEAVE,
	    "socket.io: what is finished is left");
	is_string(taken(&output), "42[\"stream\",{\"type\":\"stream.end\"}]",
	    "socket.io: and says so, and stays");
	is_int(transport_socketio_poll.drain(&view, TRANSPORT_SESSION_ENDED, &output),
	    TRANSPORT_CLOSE, "socket.io: a session that ends");
	is_string(taken(&output), "41", "socket.io: is disconnected");
	is_int(transport_socketio_poll.drain(&view, TRANSPORT_RESTART, &output), TRANSPORT_CLOSE,
	    "socket.io: a server that stops");
	is_string(taken(&output), "", "socket.io: says nothing, for then clients come back");
	view.dress = TRANSPORT_FRAMED;
	transport_socketio.drain(&view, TRANSPORT_FLOODED, &output);
	is_string(taken(&output),
	    "\x81\x02"
	    "41\x88\x02\x03\xe8",
	    "socket.io: on a WebSocket a Close stands behind it");
}

int
main(void)
{
	test_websocket_frames();
	test_websocket_closes();
	test_socket_events();
	test_deflated();
	test_socketio_packets();
	test_sse_frames();
	test_sse_event();
	test_poll();
	test_poll_chunked();
	test_poll_at_once();
	test_status();
	return done();
}
