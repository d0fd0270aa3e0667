/*
 * The WebSocket subprotocol foodfast.v1: JSON texts, of which these are the events and what
 * else is told unasked. How the stream begins is said in the reply to a subscribe
 * (dialogue.c).
 */
#include "transport.h"

#include "buffer.h"
#include "output.h"
#include "transport_frame.h"
#include "websocket_frame.h"

static const struct transport_dressing dressing = {
	.framed = EVENT_ENCODING_WEBSOCKET,
	.deflated = EVENT_ENCODING_WEBSOCKET_DEFLATED,
	.before = "{\"op\":\"event\",\"event\":",
	.after = "}",
};

/* What a Close says. */
static const struct closing {
	int code;
	const char *reason; /* null: when to come back */
} closings[] = {
	[TRANSPORT_RESTART] = { WEBSOCKET_RESTART, NULL },
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

static enum transport_verdict
websocket_event(const struct transport_view *view, const char *channel, struct event *event,
    struct output *output)
{
	struct buffer *frame = transport_frame(&dressing, view, event);

	(void)channel;
	output_share(output, frame, 0, frame->size_bytes);
	return TRANSPORT_STAY;
}

static enum transport_verdict
websocket_settle(const struct transport_view *view, struct output *output)
{
	struct writer writer = { 0 };

	if (!view->is_final)
		return TRANSPORT_STAY;
	writer_text(&writer, "{\"op\":\"stream\",\"type\":\"stream.end\"}");
	transport_give_frame(output, &writer);
	return TRANSPORT_LEAVE;
}

static enum transport_verdict
websocket_tick(const struct transport_view *view, struct output *output)
{
	struct writer writer = { 0 };

	writer_text(&writer, "{\"op\":\"stream\",\"type\":\"stream.heartbeat\",\"heads\":");
	transport_write_heads(&writer, view);
	writer_text(&writer, "}");
	transport_give_frame(output, &writer);
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
	transport_give_frame(output, &writer);
	return TRANSPORT_STAY;
}

static enum transport_verdict
websocket_drain(
    const struct transport_view *view, enum transport_reason reason, struct output *output)
{
	const struct closing *closing = &closings[reason];
	struct writer writer = { 0 };
	struct buffer *text;

	if (closing->reason) {
		writer_text(&writer, closing->reason);
	} else {
		writer_text(&writer, "come back in ");
		writer_number(&writer, transport_retry_ms(view));
		writer_text(&writer, " ms");
	}
	writer_bytes(&writer, "", 1);
	text = writer_finish(&writer);
	output_give(output, websocket_frame_close(closing->code, text->bytes));
	buffer_release(&text);
	return TRANSPORT_CLOSE;
}

#define WEBSOCKET(transport_dress)                                                            \
	{                                                                                     \
		.name = "websocket", .dress = (transport_dress), .is_alike = true,            \
		.open = websocket_open, .event = websocket_event, .settle = websocket_settle, \
		.tick = websocket_tick, .denied = websocket_denied, .drain = websocket_drain, \
	}

const struct transport transport_websocket = WEBSOCKET(TRANSPORT_FRAMED);
const struct transport transport_websocket_deflated = WEBSOCKET(TRANSPORT_DEFLATED);
