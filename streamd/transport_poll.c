/*
 * Long-poll and short poll: one JSON answer, held back until there is something to
 * say or the wait is over. And the status poll, sugar over the same: its events
 * only mean that the status must be looked up anew, for events are never parsed here.
 * Their length is not known when they begin: in chunks, one that was cut is seen to be.
 */
#include "transport.h"

#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "cursor.h"
#include "event.h"
#include "output.h"

enum { CHUNK_HEAD_SIZE = 16 };

/* SIZE bytes follow, and then the end of the chunk; or of the body. */
static void
chunk_begin(const struct transport_view *view, struct output *output, size_t size_bytes)
{
	char head[CHUNK_HEAD_SIZE];
	int length;

	if (view->dress != TRANSPORT_CHUNKED)
		return;
	length = snprintf(head, sizeof(head), "%zx\r\n", size_bytes);
	output_give(output, buffer_copy(head, (size_t)length));
}

static void
chunk_end(const struct transport_view *view, struct output *output, bool is_last)
{
	if (view->dress == TRANSPORT_CHUNKED)
		output_literal(output, is_last ? "\r\n0\r\n\r\n" : "\r\n");
}

/* The body's end, TEXT and what is in memory; TEXT is taken over, and may be null. */
static enum transport_verdict
body_finish(const struct transport_view *view, struct output *output, struct buffer *text)
{
	struct buffer *memory = *view->memory;

	chunk_begin(view, output, (text ? text->size_bytes : 0) + memory->size_bytes);
	if (text)
		output_give(output, text);
	output_share(output, memory, 0, memory->size_bytes);
	chunk_end(view, output, true);
	return TRANSPORT_CLOSE;
}

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
	return body_finish(view, output, writer_finish(&writer));
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
	const char *before = view->events == 0 ? "{\"events\":[" : ",";

	(void)channel;
	chunk_begin(view, output, strlen(before) + event->envelope->size_bytes);
	output_literal(output, before);
	output_share(output, event->envelope, 0, event->envelope->size_bytes);
	chunk_end(view, output, false);
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

#define POLL(transport_dress)                                                                   \
	{                                                                                       \
		.name = "poll", .dress = (transport_dress), .content_type = "application/json", \
		.open = poll_open, .event = poll_event, .settle = poll_settle,                  \
		.tick = poll_finish, .denied = poll_denied, .drain = poll_drain,                \
	}

const struct transport transport_poll = POLL(TRANSPORT_BARE);
const struct transport transport_poll_chunked = POLL(TRANSPORT_CHUNKED);

/* The status as last looked up is in memory, put there by whoever opened the stream. */
static enum transport_verdict
status_finish(const struct transport_view *view, struct output *output)
{
	return body_finish(view, output, NULL);
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

#define STATUS(transport_dress)                                                                   \
	{                                                                                         \
		.name = "status", .dress = (transport_dress), .content_type = "application/json", \
		.open = status_open, .event = status_event, .settle = status_settle,              \
		.tick = status_finish, .denied = status_denied, .drain = status_drain,            \
	}

const struct transport transport_status = STATUS(TRANSPORT_BARE);
const struct transport transport_status_chunked = STATUS(TRANSPORT_CHUNKED);
