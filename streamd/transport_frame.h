/*
 * Events as WebSocket frames, for the transports that stand on one: the same bytes for
 * every reader, made once, and compressed once for all who take it so.
 */
#ifndef TRANSPORT_FRAME_H
#define TRANSPORT_FRAME_H

#include <stddef.h>

#include "event.h"

struct output;
struct transport_view;
struct writer;

/* What stands around an event's envelope, and where its two forms are kept. */
struct transport_dressing {
	enum event_encoding framed, deflated;
	const char *before, *after;
};

/* Of EVENT's text in that dress. */
size_t transport_text_bytes(const struct transport_dressing *dressing, const struct event *event);

/* EVENT as one text frame, compressed where VIEW's dress is that; the event's own. The plain one ends in its text. */
struct buffer *transport_frame(const struct transport_dressing *dressing,
    const struct transport_view *view, struct event *event);

/* Queues what was written as one text frame. */
void transport_give_frame(struct output *output, struct writer *writer);

#endif
