/*
 * Dressing events as frames (RFC 6455, 5; RFC 7692).
 */
#include "transport_frame.h"

#include <string.h>

#include "buffer.h"
#include "output.h"
#include "transport.h"
#include "websocket_deflate.h"
#include "websocket_frame.h"

size_t
transport_text_bytes(const struct transport_dressing *dressing, const struct event *event)
{
	return strlen(dressing->before) + event->envelope->size_bytes + strlen(dressing->after);
}

static struct buffer *
framed(const struct transport_dressing *dressing, const struct event *event)
{
	size_t size = transport_text_bytes(dressing, event);
	struct writer writer = { 0 };
	char head[WEBSOCKET_HEAD_MAX];

	writer_bytes(&writer, head, websocket_frame_head(head, WEBSOCKET_TEXT, false, size));
	writer_text(&writer, dressing->before);
	writer_bytes(&writer, event->envelope->bytes, event->envelope->size_bytes);
	writer_text(&writer, dressing->after);
	return writer_finish(&writer);
}

/* Small ones may grow by it: then they stay as they are. */
static struct buffer *
deflated(struct buffer *frame, size_t text_bytes, struct websocket_deflate *shared)
{
	struct buffer *compressed = websocket_deflate_frame(shared, WEBSOCKET_WINDOW_SHARED,
	    WEBSOCKET_TEXT, frame->bytes + frame->size_bytes - text_bytes, text_bytes);

	if (compressed->size_bytes < frame->size_bytes)
		return compressed;
	buffer_release(&compressed);
	return buffer_hold(frame);
}

struct buffer *
transport_frame(const struct transport_dressing *dressing, const struct transport_view *view,
    struct event *event)
{
	struct buffer **plain = &event->encodings[dressing->framed];
	struct buffer **small = &event->encodings[dressing->deflated];
	bool is_deflated = view->dress == TRANSPORT_DEFLATED;

	if (is_deflated && *small)
		return *small;
	if (!*plain)
		*plain = framed(dressing, event);
	if (!is_deflated)
		return *plain;
	*small = deflated(*plain, transport_text_bytes(dressing, event), view->deflate);
	return *small;
}

void
transport_give_frame(struct output *output, struct writer *writer)
{
	struct buffer *text = writer_finish(writer);

	output_give(output, websocket_frame(WEBSOCKET_TEXT, text->bytes, text->size_bytes));
	buffer_release(&text);
}
