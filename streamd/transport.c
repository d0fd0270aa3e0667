/*
 * What several transports say alike. Channels' names are of letters, digits and
 * ":_-." (they were checked when they came), so JSON needs no escapes for them.
 */
#include "transport.h"

#include "buffer.h"

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
