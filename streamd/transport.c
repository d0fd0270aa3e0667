/*
 * What several transports say alike. Channels' names are of letters, digits and
 * ":_-." (they were checked when they came), so JSON needs no escapes for them.
 */
#include "transport.h"

#include <string.h>

#include "buffer.h"

enum { RETRY_MS = 500, RETRY_SPREAD_MS = 4500 };

const char *const transport_names[TRANSPORT_NAMES] = { "sse", "poll", "status", "websocket",
	"socketio" };

size_t
transport_place(const struct transport *transport)
{
	size_t place = 0;

	while (strcmp(transport_names[place], transport->name) != 0)
		place++;
	return place;
}

const char *
transport_mode_name(enum transport_mode mode)
{
	static const char *const names[] = {
		[TRANSPORT_LIVE] = "live",
		[TRANSPORT_RESUMED] = "resumed",
		[TRANSPORT_RESET] = "reset",
	};

	return names[mode];
}

void
transport_write_heads(struct writer *writer, const struct transport_view *view)
{
	writer_text(writer, "{");
	for (size_t i = 0; i < view->count; i++) {
		writer_text(writer, i == 0 ? "\"" : ",\"");
		writer_text(writer, view->positions[i].channel);
		writer_text(writer, "\":");
		writer_number(writer, view->positions[i].head);
	}
	writer_text(writer, "}");
}

void
transport_write_open(struct writer *writer, const struct transport_view *view,
    const char *const *denied, size_t denied_count)
{
	writer_text(writer, "\"epoch\":\"");
	writer_text(writer, view->epoch);
	writer_text(writer, "\",\"mode\":\"");
	writer_text(writer, transport_mode_name(view->mode));
	writer_text(writer, "\",\"heads\":");
	transport_write_heads(writer, view);
	writer_text(writer, ",\"denied\":");
	transport_write_names(writer, denied, denied_count);
}

uint32_t
transport_retry_ms(const struct transport_view *view)
{
	return RETRY_MS + view->chance % RETRY_SPREAD_MS;
}

void
transport_write_names(struct writer *writer, const char *const *names, size_t count)
{
	writer_text(writer, "[");
	for (size_t i = 0; i < count; i++) {
		writer_text(writer, i == 0 ? "\"" : ",\"");
		writer_text(writer, names[i]);
		writer_text(writer, "\"");
	}
	writer_text(writer, "]");
}
