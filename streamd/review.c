/*
 * Reviews of open streams. A user's rights changed: each of his streams is authorised anew by
 * the question that opened it; what is no longer allowed is taken away, the rest goes on.
 */
#include "review.h"

#include <string.h>

#include "buffer.h"
#include "counters.h"
#include "database.h"
#include "feed.h"
#include "server.h"
#include "session.h"

static const struct database_statement review_statement = {
	.name = "stream_review",
	.sql = "select channel from stream_open($1, string_to_array($2, ',')) where is_allowed",
};

static bool
is_in_answer(const char *channel, bool is_expanded, void *context)
{
	const struct database_answer *answer = context;

	(void)is_expanded;
	for (size_t row = 0; row < answer->rows; row++) {
		if (strcmp(database_text(answer, row, 0), channel) == 0)
			return true;
	}
	return false;
}

static void
stream_reviewed(void *context, const struct database_answer *answer)
{
	struct stream *stream = context;
	struct database_answer copy = *answer;

	stream->review = NULL;
	if (answer->is_ok)
		stream_review(stream, is_in_answer, &copy);
	else if (answer->why.status == 401)
		stream_drain(stream, TRANSPORT_SESSION_ENDED);
	else
		/* Nobody knows: he may ask again, from the start. */
		stream_drain(stream, TRANSPORT_RESTART);
}

/* A channel that came of a name which stands for several is asked for by that name. */
static bool
name_write(const char *channel, bool is_expanded, void *context)
{
	struct writer *writer = context;

	writer_text(writer, writer->buffer ? "," : "");
	if (is_expanded)
		writer_bytes(writer, channel, strcspn(channel, ":"));
	else
		writer_text(writer, channel);
	return true;
}

static void
stream_ask_anew(struct stream *stream, void *context)
{
	struct server *server = context;
	struct writer writer = { 0 };
	struct buffer *names;

	stream_review(stream, name_write, &writer);
	writer_bytes(&writer, "", 1);
	names = writer_finish(&writer);
	database_forget(&stream->review);
	stream->review = database_ask(server->database, &review_statement,
	    (const char *const[]){ session_id(stream), names->bytes }, 2, stream_reviewed, stream);
	buffer_release(&names);
}

void
review_renew(struct server *server, struct stream *stream, uint64_t rights_changes)
{
	if (stream->review || server->rights_changes != rights_changes)
		stream_ask_anew(stream, server);
}

static void
user_changed(void *context, const char *user_id)
{
	struct server *server = context;

	server->rights_changes++;
	session_each_of_user(server->sessions, user_id, stream_ask_anew, server);
}

static void
session_ended(void *context, const char *id)
{
	struct server *server = context;

	session_end(server->sessions, id);
}

const struct feed_events review_events = {
	.session_ended = session_ended,
	.user_changed = user_changed,
};
