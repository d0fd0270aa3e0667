/*
 * The WebSocket subprotocol foodfast.v1: JSON texts, of which these are the events and what
 * else is told unasked. How the stream begins is said in the reply to a subscribe
 * (dialogue.c). An event's frame is the same for every reader: made once, and
 * compressed once for all who take it so.
 */
#include "transport.h"

#include <string.h>

#include "buffer.h"
#include "event.h"
#include "output.h"
#include "websocket_deflate.h"
#include "websocket_frame.h"

static const char before[] = "{\"op\":\"event\",\"event\":", after[] = "}";

/* What a Close says. */
static const struct closing {
	int code;
	const char *reason;
} closings[] = {
	[TRANSPORT_RESTART] = { WEBSOCKET_RESTART, "restarting" },
	[TRANSPORT_SESSION_ENDED] = { 4401, "session_ended" },
	[TRANSPORT_UNAUTHENTICATED] = { 4408, "unauthenticated" },
	[TRANSPORT_FORBIDDEN] = { 4403, "forbidden" },
	[TRANSPORT_FLOODED] = { 4429, "too_many_requests" },
	[TRANSPORT_UNREADABLE] = { WEBSOCKET_UNSUPPORTED, "text only" },
};

static enum transport_verdict
websocket_open(const struct transport_view *view, const char *const *denied, size_t denied_count,
    struct output *output)
{
	(void)view, (void)denied, (void)denied_count, (void)output;
	return TRANSPORT_STAY;
}

static struct buffer *
frame_encoding(struct event *event)
{
	struct buffer **encoding = &event->encodings[EVENT_ENCODING_WEBSOCKET];
	size_t size = sizeof(before) - 1 + event->envelope->size_bytes + sizeof(after) - 1;
	struct writer writer = { 0 };
	char head[WEBSOCKET_HEAD_MAX];

	if (*encoding)
		return *encoding;
	writer_bytes(&writer, head, websocket_frame_head(head, WEBSOCKET_TEXT, false, size));
	writer_text(&writer, before);
	writer_bytes(&writer, event->envelope->bytes, event->envelope->size_bytes);
	writer_text(&writer, after);
	return *encoding = writer_finish(&writer);
}

/* Small ones may grow by it: then they stay as they are. */
static struct buffer *
deflated_encoding(const struct transport_view *view, struct event *event)
{
	struct buffer **encoding = &event->encodings[EVENT_ENCODING_WEBSOCKET_DEFLATED];
	struct buffer *frame = frame_encoding(event);
	size_t size = sizeof(before) - 1 + event->envelope->size_bytes + sizeof(after) - 1;

	if (*encoding)
		return *encoding;
	*encoding = websocket_deflate_frame(view->deflate, WEBSOCKET_WINDOW_SHARED, WEBSOCKET_TEXT,
	    frame->bytes + frame->size_bytes - size, size);
	if ((*encoding)->size_bytes >= frame->size_bytes) {
		buffer_release(encoding);
		*encoding = buffer_hold(frame);
	}
	return *encoding;
}

static enum transport_verdict
websocket_event(const struct transport_view *view, const char *channel, struct event *event,
    struct output *output)
{
	struct buffer *frame = view->dress == TRANSPORT_DEFLATED ? deflated_encoding(view, event)
								 : frame_encoding(event);

	(void)channel;
	output_share(output, frame, 0, frame->size_bytes);
	return TRANSPORT_STAY;
}

/* What was written, as a frame. */
static void
frame_give(struct output *output, struct writer *writer)
{
	struct buffer *text = writer_finish(writer);

	output_give(output, websocket_frame(WEBSOCKET_TEXT, text->bytes, text->size_bytes));
	buffer_release(&text);
}

static enum transport_verdict
websocket_settle(const struct transport_view *view, struct output *output)
{
	struct writer writer = { 0 };

	if (!view->is_final)
		return TRANSPORT_STAY;
	writer_text(&writer, "{\"op\":\"stream\",\"type\":\"stream.end\"}");
	frame_give(output, &writer);
	return TRANSPORT_LEAVE;
}

static enum transport_verdict
websocket_tick(const struct transport_view *view, struct output *output)
{
	struct writer writer = { 0 };

	writer_text(&writer, "{\"op\":\"stream\",\"type\":\"stream.heartbeat\",\"heads\":");
	transport_write_heads(&writer, view);
	writer_text(&writer, "}");
	frame_give(output, &writer);
	return TRANSPORT_STAY;
}

static enum transport_verdict
websocket_denied(const struct transport_view *view, const char *channel, struct output *output)
{
	struct writer writer = { 0 };

	(void)view;
	writer_text(&writer, "{\"op\":\"stream\",\"type\":\"stream.denied\",\"channel\":\"");
	writer_text(&writer, channel);
	writer_text(&writer, "\"}");
	frame_give(output, &writer);
	return TRANSPORT_STAY;
}

static enum transport_verdict
websocket_drain(
    const struct transport_view *view, enum transport_reason reason, struct output *output)
{
	const struct closing *closing = &closings[reason];
	struct writer writer = { 0 };
	struct buffer *text;

	if (reason == TRANSPORT_RESTART) {
		writer_text(&writer, "come back in ");
		writer_number(&writer, transport_retry_ms(view));
		writer_text(&writer, " ms");
	} else {
		writer_text(&writer, closing->reason);
	}
	writer_bytes(&writer, "", 1);
	text = writer_finish(&writer);
	output_give(output, websocket_frame_close(closing->code, text->bytes));
	buffer_release(&text);
	return TRANSPORT_CLOSE;
}

const struct transport transport_websocket = {
	.name = "websocket",
	.dress = TRANSPORT_FRAMED,
	.is_alike = true,
	.open = websocket_open,
	.event = websocket_event,
	.settle = websocket_settle,
	.tick = websocket_tick,
	.denied = websocket_denied,
	.drain = websocket_drain,
};

const struct transport transport_websocket_deflated = {
	.name = "websocket",
	.dress = TRANSPORT_DEFLATED,
	.is_alike = true,
	.open = websocket_open,
	.event = websocket_event,
	.settle = websocket_settle,
	.tick = websocket_tick,
	.denied = websocket_denied,
	.drain = websocket_drain,
};
