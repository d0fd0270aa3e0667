/*
 * Socket.IO, whose events are called `event` (what happened) and `stream` (the rest). A
 * packet is a text; on a WebSocket it is in a frame, in a poll it stands bare: an event's
 * frame is made once, and a poll has its end.
 */
#include "transport.h"

#include "buffer.h"
#include "output.h"
#include "transport_frame.h"
#include "websocket_frame.h"

/* Engine.IO's message, Socket.IO's event: 4 and 2. */
static const struct transport_dressing dressing = {
	.framed = EVENT_ENCODING_SOCKETIO,
	.deflated = EVENT_ENCODING_SOCKETIO_DEFLATED,
	.before = "42[\"event\",",
	.after = "]",
};

/* 4 and 1: disconnected from the namespace, and not to come back by itself. */
static const char farewell[] = "41";

static enum transport_verdict
socketio_open(const struct transport_view *view, const char *const *denied, size_t denied_count,
    struct output *output)
{
	(void)view, (void)denied, (void)denied_count, (void)output;
	return TRANSPORT_STAY;
}

static enum transport_verdict
socketio_event(const struct transport_view *view, const char *channel, struct event *event,
    struct output *output)
{
	struct buffer *frame = transport_frame(&dressing, view, event);
	size_t size = view->dress == TRANSPORT_BARE ? transport_text_bytes(&dressing, event)
						    : frame->size_bytes;

	(void)channel;
	output_share(output, frame, frame->size_bytes - size, size);
	return TRANSPORT_STAY;
}

/* What was written, as the transport has it: one piece of output. */
static void
packet_give(const struct transport_view *view, struct output *output, struct writer *writer)
{
	if (view->dress == TRANSPORT_BARE)
		output_give(output, writer_finish(writer));
	else
		transport_give_frame(output, writer);
}

static enum transport_verdict
socketio_settle(const struct transport_view *view, struct output *output)
{
	struct writer writer = { 0 };

	if (!view->is_final)
		return TRANSPORT_STAY;
	writer_text(&writer, "42[\"stream\",{\"type\":\"stream.end\"}]");
	packet_give(view, output, &writer);
	return TRANSPORT_LEAVE;
}

static enum transport_verdict
socketio_tick(const struct transport_view *view, struct output *output)
{
	struct writer writer = { 0 };

	writer_text(&writer, "42[\"stream\",{\"type\":\"stream.heartbeat\",\"heads\":");
	transport_write_heads(&writer, view);
	writer_text(&writer, "}]");
	packet_give(view, output, &writer);
	return TRANSPORT_STAY;
}

static enum transport_verdict
socketio_denied(const struct transport_view *view, const char *channel, struct output *output)
{
	struct writer writer = { 0 };

	writer_text(&writer, "42[\"stream\",{\"type\":\"stream.denied\",\"channel\":\"");
	writer_text(&writer, channel);
	writer_text(&writer, "\"}]");
	packet_give(view, output, &writer);
	return TRANSPORT_STAY;
}

/* Whose connection only ends comes back by himself, spread out; who is disconnected does not. */
static enum transport_verdict
socketio_drain(
    const struct transport_view *view, enum transport_reason reason, struct output *output)
{
	struct writer writer = { 0 };

	if (reason != TRANSPORT_RESTART) {
		writer_text(&writer, farewell);
		packet_give(view, output, &writer);
	}
	if (view->dress != TRANSPORT_BARE)
		output_give(output, websocket_frame_close(WEBSOCKET_NORMAL, NULL));
	return TRANSPORT_CLOSE;
}

#define SOCKETIO(transport_dress)                                                          \
	{                                                                                  \
		.name = "socketio", .dress = (transport_dress), .is_alike = true,          \
		.open = socketio_open, .event = socketio_event, .settle = socketio_settle, \
		.tick = socketio_tick, .denied = socketio_denied, .drain = socketio_drain, \
	}

const struct transport transport_socketio_poll = SOCKETIO(TRANSPORT_BARE);
const struct transport transport_socketio = SOCKETIO(TRANSPORT_FRAMED);
const struct transport transport_socketio_deflated = SOCKETIO(TRANSPORT_DEFLATED);
