/*
 * Server-sent events (the HTML standard's text/event-stream). A frame is an `id:`
 * line, the cursor after it, and a `data:` line. Of a stream with one channel both
 * are the same for every reader, so the whole frame is shared; with several
 * channels the cursor is the reader's own, and only the `data:` line is shared.
 */
#include "transport.h"

#include "buffer.h"
#include "cursor.h"
#include "event.h"
#include "output.h"

/* When to reconnect after a cut. */
enum { RETRY_MS = 1000, RETRY_SPREAD_MS = 2000 };

static const char data[] = "data: ", end[] = "\n\n";

static void
write_retry(struct writer *writer, uint32_t retry_ms)
{
	writer_text(writer, "retry: ");
	writer_number(writer, retry_ms);
	writer_text(writer, "\n");
}

static void
write_id(struct writer *writer, const struct transport_view *view)
{
	writer_text(writer, "id: ");
	cursor_write(writer, view->epoch, view->positions, view->count);
	writer_text(writer, "\n");
}

static enum transport_verdict
sse_open(const struct transport_view *view, const char *const *denied, size_t denied_count,
    struct output *output)
{
	struct writer writer = { 0 };

	write_retry(&writer, RETRY_MS + view->chance % RETRY_SPREAD_MS);
	write_id(&writer, view);
	writer_text(&writer, "data: {\"type\":\"stream.open\",");
	transport_write_open(&writer, view, denied, denied_count);
	writer_text(&writer, "}\n\n");
	output_give(output, writer_finish(&writer));
	return TRANSPORT_STAY;
}

/* The frame as a stream with this channel alone has it; its tail is the `data:` line. */
static struct buffer *
sse_encoding(const struct transport_view *view, const char *channel, struct event *event)
{
	struct buffer **encoding = &event->encodings[EVENT_ENCODING_SSE];
	struct position position = { .channel = channel, .seq = event->seq };
	struct transport_view alone = { .epoch = view->epoch, .positions = &position, .count = 1 };
	struct writer writer = { 0 };

	if (*encoding)
		return *encoding;
	write_id(&writer, &alone);
	writer_text(&writer, data);
	writer_bytes(&writer, event->envelope->bytes, event->envelope->size_bytes);
	writer_text(&writer, end);
	*encoding = writer_finish(&writer);
	return *encoding;
}

static enum transport_verdict
sse_event(const struct transport_view *view, const char *channel, struct event *event,
    struct output *output)
{
	struct buffer *frame = sse_encoding(view, channel, event);
	size_t tail = sizeof(data) - 1 + event->envelope->size_bytes + sizeof(end) - 1;
	struct writer writer = { 0 };

	if (view->count == 1) {
		output_share(output, frame, 0, frame->size_bytes);
		return TRANSPORT_STAY;
	}
	write_id(&writer, view);
	output_give(output, writer_finish(&writer));
	output_share(output, frame, frame->size_bytes - tail, tail);
	return TRANSPORT_STAY;
}

static enum transport_verdict
sse_settle(const struct transport_view *view, struct output *output)
{
	if (!view->is_final)
		return TRANSPORT_STAY;
	output_literal(output, "data: {\"type\":\"stream.end\"}\n\n");
	return TRANSPORT_CLOSE;
}

static enum transport_verdict
sse_tick(const struct transport_view *view, struct output *output)
{
	struct writer writer = { 0 };

	writer_text(&writer, "data: {\"type\":\"stream.heartbeat\",\"heads\":");
	transport_write_heads(&writer, view);
	writer_text(&writer, "}\n\n");
	output_give(output, writer_finish(&writer));
	return TRANSPORT_STAY;
}

static enum transport_verdict
sse_denied(const struct transport_view *view, const char *channel, struct output *output)
{
	struct writer writer = { 0 };

	writer_text(&writer, "data: {\"type\":\"stream.denied\",\"channel\":\"");
	writer_text(&writer, channel);
	writer_text(&writer, "\"}\n\n");
	output_give(output, writer_finish(&writer));
	return view->count > 0 ? TRANSPORT_STAY : TRANSPORT_CLOSE;
}

static enum transport_verdict
sse_drain(const struct transport_view *view, enum transport_reason reason, struct output *output)
{
	struct writer writer = { 0 };

	(void)reason;
	write_retry(&writer, transport_retry_ms(view));
	writer_text(&writer, "\n");
	output_give(output, writer_finish(&writer));
	return TRANSPORT_CLOSE;
}

const struct transport transport_sse = {
	.name = "sse",
	.content_type = "text/event-stream",
	.open = sse_open,
	.event = sse_event,
	.settle = sse_settle,
	.tick = sse_tick,
	.denied = sse_denied,
	.drain = sse_drain,
};
