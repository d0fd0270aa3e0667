/*
 * Openings, for GETs and for sockets alike.
 */
#include "opening.h"

#include <string.h>

#include "arena.h"
#include "database.h"
#include "problem.h"
#include "server.h"
#include "session.h"

enum { NAME_MAX_LENGTH = 100, ROWS_MAX = 1024 };

const struct database_statement opening_statement = {
	.name = "stream_open_many",
	.sql = "select question, channel, is_allowed, head, oldest, is_final, requested <> channel,"
	       " user_id, extract(epoch from session_expires_at)::bigint"
	       " from stream_open_many($1, $2)",
	.is_shared = true,
};

enum column {
	QUESTION,
	CHANNEL,
	IS_ALLOWED,
	HEAD,
	OLDEST,
	IS_FINAL,
	IS_EXPANDED,
	USER_ID,
	EXPIRES
};

static bool
wrong(const struct opening *opening, const char *name, const char *detail, struct problem *why)
{
	if (opening->is_json) {
		problem_set(why, 422, "invalid_fields", "Some fields are not as they must be.");
		problem_add_pointer(
		    why, opening->arena, arena_print(opening->arena, "/%s", name), detail);
	} else {
		problem_set(why, 400, "invalid_parameter", "A parameter is wrong.");
		problem_add_parameter(why, opening->arena, name, detail);
	}
	return false;
}

bool
opening_is_name(const char *text)
{
	static const char allowed[] =
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.:";
	size_t length = strspn(text, allowed);

	return length > 0 && length <= NAME_MAX_LENGTH && text[length] == '\0';
}

static bool
is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* Takes the list apart, checks each name, and puts it together again without doubles. */
static bool
names_read(struct opening *opening, const char *channels, struct problem *why)
{
	const char **names = arena_alloc(opening->arena, opening->most * sizeof(*names));
	char *rest = arena_text(opening->arena, channels), *name;
	char *joined = arena_alloc(opening->arena, strlen(rest) + 2), *end = joined;
	size_t count = 0;

	while ((name = strsep(&rest, ",")) != NULL) {
		if (!opening_is_name(name))
			return wrong(opening, "channels", "must be channels, a comma between", why);
		if (is_among(name, names, count))
			continue;
		if (count == opening->most)
			return wrong(opening, "channels", "names too many channels", why);
		names[count] = name;
		end = stpcpy(stpcpy(end, count == 0 ? "" : ","), name);
		count++;
	}
	opening->names = joined;
	return true;
}

/*
 * The first cursor may not be nonsense. The second may be anything: what says nothing to us means to start anew.
 * Done twice: first so that nobody is asked because of a bad request, then by the epoch of the answer's log.
 */
static bool
cursor_take(struct opening *opening, struct problem *why)
{
	const char *epoch = opening->server->epoch;

	if (opening->after && !cursor_read(&opening->cursor, opening->arena, opening->after, epoch))
		return wrong(opening, "after", "must be a cursor: EPOCH/CHANNEL=SEQ,…, or 0", why);
	if (opening->last && *opening->last &&
	    !cursor_read(&opening->cursor, opening->arena, opening->last, epoch))
		opening->cursor.is_unknown = true;
	return true;
}

bool
opening_read(struct opening *opening, const char *channels, struct problem *why)
{
	opening->rights_changes = opening->server->rights_changes;
	return names_read(opening, channels, why) && cursor_take(opening, why);
}

bool
opening_read_json(struct opening *opening, const char *channels, struct problem *why)
{
	char *plain = arena_alloc(opening->arena, strlen(channels) + 1), *end = plain;

	/* No name has anything in it that JSON would have to escape. */
	for (const char *from = channels; *from; from++) {
		if (!strchr("[]\" ", *from))
			*end++ = *from;
	}
	return opening_read(opening, plain, why);
}

/* Where the reader begins in one channel. False: his cursor leads nowhere, so all starts anew. */
static bool
channel_place(const struct cursor *cursor, struct stream_channel *channel, uint64_t oldest)
{
	const struct cursor_entry *entry = cursor_find(cursor, channel->position.channel);

	channel->is_placed = entry != NULL || cursor->is_from_start;
	if (entry) {
		channel->position.seq = entry->seq;
		return !entry->is_foreign && entry->seq <= channel->position.head &&
		    entry->seq + 1 >= oldest;
	}
	channel->position.seq = cursor->is_from_start ? oldest - 1 : channel->position.head;
	return !cursor->is_unknown;
}

static void
row_take(struct opening *opening, const struct database_answer *answer, size_t row)
{
	const char *name = arena_text(opening->arena, database_text(answer, row, CHANNEL));
	struct stream_channel *channel = &opening->channels[opening->channel_count];

	if (!database_truth(answer, row, IS_ALLOWED)) {
		opening->denied[opening->denied_count++] = name;
		return;
	}
	opening->channel_count++;
	channel->position.channel = name;
	channel->position.head = (uint64_t)database_number(answer, row, HEAD);
	channel->is_final = database_truth(answer, row, IS_FINAL);
	channel->is_expanded = database_truth(answer, row, IS_EXPANDED);
	if (!channel_place(
		&opening->cursor, channel, (uint64_t)database_number(answer, row, OLDEST)))
		opening->mode = TRANSPORT_RESET;
	else if (channel->is_placed && opening->mode == TRANSPORT_LIVE)
		opening->mode = TRANSPORT_RESUMED;
	opening->lacks_nothing = opening->lacks_nothing && channel->is_placed &&
	    channel->is_final && channel->position.seq == channel->position.head;
}

static void
rows_take(struct opening *opening, const struct database_answer *answer)
{
	size_t rows = answer->rows < ROWS_MAX ? answer->rows : ROWS_MAX;

	opening->channels = arena_alloc(opening->arena, rows * sizeof(*opening->channels));
	opening->denied = arena_alloc(opening->arena, rows * sizeof(*opening->denied));
	opening->lacks_nothing = true;
	for (size_t row = 0; row < rows; row++)
		row_take(opening, answer, row);
	if (opening->mode != TRANSPORT_RESET)
		return;
	/* The client loads its state anew, whole: an older event after that would only confuse it. */
	opening->lacks_nothing = false;
	for (size_t i = 0; i < opening->channel_count; i++)
		opening->channels[i].position.seq = opening->channels[i].position.head;
}

bool
opening_take(struct opening *opening, const struct database_answer *answer, const char *session_id,
    struct problem *why)
{
	/* It has ended, or may have between the question's snapshot and now; then no later hint would tell. */
	if (answer->rows == 0 || session_has_ended(opening->server->sessions, session_id))
		return problem_set(
		    why, 401, "session_ended", "This session has ended. Sign in again.");
	if (!cursor_take(opening, why))
		return false;
	rows_take(opening, answer);
	if (opening->channel_count == 0)
		return problem_set(
		    why, 403, "forbidden", "None of these channels is yours to watch.");
	return true;
}

const char *
opening_user(const struct database_answer *answer)
{
	return database_text(answer, 0, USER_ID);
}

int64_t
opening_expires(const struct database_answer *answer)
{
	return database_number(answer, 0, EXPIRES);
}
