/*
 * Long-poll and short poll: one JSON answer, held back until there is something to
 * say or the wait is over. And the status poll, sugar over the same: its events
 * only mean that the status must be looked up anew, for events are never parsed here.
 */
#include "transport.h"

#include "buffer.h"
#include "cursor.h"
#include "event.h"
#include "output.h"

static enum transport_verdict
poll_finish(const struct transport_view *view, struct output *output)
{
	struct writer writer = { 0 };

	writer_text(
	    &writer, view->events == 0 ? "{\"events\":[],\"cursor\":\"" : "],\"cursor\":\"");
	cursor_write(&writer, view->epoch, view->positions, view->count);
	writer_text(&writer, "\",\"heads\":");
	transport_write_heads(&writer, view);
	writer_text(&writer, view->is_final ? ",\"final\":true" : ",\"final\":false");
	output_give(output, writer_finish(&writer));
	output_share(output, *view->memory, 0, (*view->memory)->size_bytes);
	return TRANSPORT_CLOSE;
}

/* The answer's tail is known now, and sent last. */
static enum transport_verdict
poll_open(const struct transport_view *view, const char *const *denied, size_t denied_count,
    struct output *output)
{
	struct writer writer = { 0 };

	(void)output;
	writer_text(&writer, ",\"mode\":\"");
	writer_text(&writer, transport_mode_name(view->mode));
	writer_text(&writer, "\",\"epoch\":\"");
	writer_text(&writer, view->epoch);
	writer_text(&writer, "\",\"denied\":");
	transport_write_names(&writer, denied, denied_count);
	writer_text(&writer, "}\n");
	*view->memory = writer_finish(&writer);
	return TRANSPORT_STAY;
}

static enum transport_verdict
poll_event(const struct transport_view *view, const char *channel, struct event *event,
    struct output *output)
{
	(void)channel;
	output_literal(output, view->events == 0 ? "{\"events\":[" : ",");
	output_share(output, event->envelope, 0, event->envelope->size_bytes);
	return TRANSPORT_STAY;
}

static enum transport_verdict
poll_settle(const struct transport_view *view, struct output *output)
{
	if (view->events == 0 && !view->is_final && view->mode != TRANSPORT_RESET)
		return TRANSPORT_STAY;
	return poll_finish(view, output);
}

/* The next poll will tell what is denied, unless this one has nothing left to wait for. */
static enum transport_verdict
poll_denied(const struct transport_view *view, const char *channel, struct output *output)
{
	(void)channel;
	return view->count > 0 ? TRANSPORT_STAY : poll_finish(view, output);
}

static enum transport_verdict
poll_drain(const struct transport_view *view, enum transport_reason reason, struct output *output)
{
	(void)reason;
	return poll_finish(view, output);
}

const struct transport transport_poll = {
	.name = "poll",
	.content_type = "application/json",
	.open = poll_open,
	.event = poll_event,
	.settle = poll_settle,
	.tick = poll_finish,
	.denied = poll_denied,
	.drain = poll_drain,
};

/* The status as last looked up is in memory, put there by whoever opened the stream. */
static enum transport_verdict
status_finish(const struct transport_view *view, struct output *output)
{
	output_share(output, *view->memory, 0, (*view->memory)->size_bytes);
	return TRANSPORT_CLOSE;
}

static enum transport_verdict
status_open(const struct transport_view *view, const char *const *denied, size_t denied_count,
    struct output *output)
{
	(void)view, (void)denied, (void)denied_count, (void)output;
	return TRANSPORT_STAY;
}

static enum transport_verdict
status_event(const struct transport_view *view, const char *channel, struct event *event,
    struct output *output)
{
	(void)view, (void)channel, (void)event, (void)output;
	return TRANSPORT_ASK;
}

static enum transport_verdict
status_settle(const struct transport_view *view, struct output *output)
{
	(void)view, (void)output;
	return TRANSPORT_STAY;
}

static enum transport_verdict
status_denied(const struct transport_view *view, const char *channel, struct output *output)
{
	(void)channel;
	return status_finish(view, output);
}

static enum transport_verdict
status_drain(const struct transport_view *view, enum transport_reason reason, struct output *output)
{
	(void)reason;
	return status_finish(view, output);
}

const struct transport transport_status = {
	.name = "status",
	.content_type = "application/json",
	.open = status_open,
	.event = status_event,
	.settle = status_settle,
	.tick = status_finish,
	.denied = status_denied,
	.drain = status_drain,
};
