/*
 * The commands of a dialogue: each has a table of the fields that it takes, and a function
 * that ends it by an answer, now or when the database has answered.
 *
 * To add one: its fields, its function, a row in commands.
 */
#include <stdlib.h>
#include <string.h>

#include "access_token.h"
#include "arena.h"
#include "buffer.h"
#include "dialogue.h"
#include "json.h"
#include "opening.h"
#include "problem.h"
#include "review.h"
#include "server.h"
#include "session.h"
#include "text.h"

/* All that any of them takes; op and id have been read before. */
struct values {
	const char *channels, *after;
	const char *channel, *type, *client_id, *data;
	const char *token;
};

struct envelope {
	const char *op, *id;
};

static const struct field envelope_fields[] = {
	FIELD(struct envelope, op, STRING),
	FIELD(struct envelope, id, INT),
};

/* Rows that stand first in every table, and count only where the text tells op and id. */
enum { ENVELOPE_ROWS = 2, ID_DIGITS_MAX = 15 };

#define ENVELOPE MEMBER(op, STRING), MEMBER(id, INT, .optional = true)
#define CHANNELS                                       \
	FIELD(struct values, channels, LIST, .min = 1, \
	    EACH(STRING, .check = opening_is_name, .be = "a channel's name"))

static const struct field subscribe_fields[] = {
	ENVELOPE,
	CHANNELS,
	FIELD(struct values, after, STRING, .optional = true, .max = OPENING_AFTER_MAX),
};

static const struct field unsubscribe_fields[] = { ENVELOPE, CHANNELS };

static const struct field send_fields[] = {
	ENVELOPE,
	FIELD(struct values, channel, STRING, .check = opening_is_name, .be = "a channel's name"),
	FIELD(struct values, type, STRING, .min = 1, .max = 64),
	FIELD(struct values, client_id, STRING, .optional = true, .min = 1, .max = 64),
	FIELD(struct values, data, OBJECT),
};

static const struct field auth_fields[] = {
	ENVELOPE,
	FIELD(struct values, token, STRING, .min = 1, .max = ACCESS_TOKEN_MAX),
};

static struct opening *
opening_new(struct dialogue *dialogue, const char *after)
{
	struct opening *opening = arena_alloc(dialogue->arena, sizeof(*opening));

	opening->server = dialogue->server;
	opening->arena = dialogue->arena;
	opening->is_json = true;
	opening->most = (size_t)dialogue->server->config.stream_socket_channels;
	opening->after = after;
	return opening;
}

/*
 * One that is watched already, and of which he did not say from where on, stays as it is: only the others are left in
 * OPENING. False: they would be too many.
 */
static bool
opening_narrow(struct opening *opening, struct stream *stream, struct problem *why)
{
	size_t count = 0, watched = stream->watch_count;

	for (size_t i = 0; i < opening->channel_count; i++) {
		const struct stream_channel *channel = &opening->channels[i];
		bool is_watched = stream_watches(stream, channel->position.channel);

		if (is_watched && !channel->is_placed)
			continue;
		watched += !is_watched;
		opening->channels[count++] = *channel;
	}
	opening->channel_count = count;
	if (watched <= opening->most)
		return true;
	return problem_set(why, 422, "too_many_channels",
	    "You watch as many channels as one connection may. Leave some first.");
}

/* What stream.open says, of the channels that were asked for. */
static const char *
opening_told(const struct opening *opening)
{
	struct arena *arena = opening->arena;
	struct position *positions = arena_alloc(
	    arena, opening->channel_count * sizeof(*positions));
	const struct transport_view view = { .epoch = opening->server->epoch,
		.positions = positions,
		.count = opening->channel_count,
		.mode = opening->mode };
	struct writer writer = { 0 };
	struct buffer *members;
	const char *told;

	for (size_t i = 0; i < opening->channel_count; i++)
		positions[i] = opening->channels[i].position;
	writer_text(&writer, ",");
	transport_write_open(&writer, &view, opening->denied, opening->denied_count);
	members = writer_finish(&writer);
	told = arena_copy(arena, members->bytes, members->size_bytes);
	buffer_release(&members);
	return told;
}

/* He came by a ticket, which does not tell whose it is; the answer does. */
static bool
user_learn(struct dialogue *dialogue, const struct database_answer *answer, struct problem *why)
{
	struct stream *stream = dialogue->stream;

	session_learn(stream, opening_user(answer), opening_expires(answer));
	return stream->admission.by_user ||
	    admission_take_user(&stream->admission, dialogue->server, opening_user(answer), why);
}

static void
subscribed(struct dialogue *dialogue, const struct database_answer *answer)
{
	struct opening *opening = dialogue->work;
	struct stream *stream = dialogue->stream;
	struct problem why;
	const char *told;

	if (stream->is_over) {
		dialogue_agree(dialogue, "");
		return;
	}
	if (!opening_take(opening, answer, session_id(stream), &why) ||
	    !user_learn(dialogue, answer, &why)) {
		dialogue_refuse(dialogue, &why);
		return;
	}
	told = opening_told(opening);
	if (!opening_narrow(opening, stream, &why)) {
		dialogue_refuse(dialogue, &why);
		return;
	}
	stream_add(stream, opening->channels, opening->channel_count);
	review_renew(dialogue->server, stream, opening->rights_changes);
	dialogue_agree(dialogue, told);
	stream_resume(stream);
}

static void
subscribe(struct dialogue *dialogue, const struct values *values)
{
	struct opening *opening = opening_new(dialogue, values->after);
	struct problem why;

	dialogue->work = opening;
	if (!opening_read_json(opening, values->channels, &why)) {
		dialogue_refuse(dialogue, &why);
		return;
	}
	dialogue_ask(dialogue, &opening_statement,
	    (const char *const[]){ session_id(dialogue->stream), opening->names }, 2, subscribed);
}

static bool
name_add(const char *channel, bool is_expanded, void *context)
{
	struct text *text = context;

	(void)is_expanded;
	text_print(text, "%s\"%s\"", text->bytes[text->length - 1] == '[' ? "" : ",", channel);
	return true;
}

static void
unsubscribe(struct dialogue *dialogue, const struct values *values)
{
	struct opening *opening = opening_new(dialogue, NULL);
	struct problem why;
	struct text left;
	char *rest, *name;

	if (!opening_read_json(opening, values->channels, &why)) {
		dialogue_refuse(dialogue, &why);
		return;
	}
	rest = arena_text(dialogue->arena, opening->names);
	while ((name = strsep(&rest, ",")) != NULL)
		stream_drop(dialogue->stream, name);
	text_start(&left, dialogue->arena);
	text_add(&left, ",\"channels\":[");
	stream_review(dialogue->stream, name_add, &left);
	text_add(&left, "]");
	dialogue_agree(dialogue, left.bytes);
}

static void
submit(struct dialogue *dialogue, const struct values *values)
{
	dialogue_send(dialogue, values->channel, values->type, values->client_id, values->data);
}

/* The same session again is welcome, and another one of the same person: he signed in anew. */
static void
auth_known(struct dialogue *dialogue, const struct actor *actor)
{
	struct stream *stream = dialogue->stream;
	struct problem why;

	if (strcmp(session_id(stream), actor->session_id) == 0) {
		dialogue_agree(dialogue, "");
	} else if (strcmp(session_user(stream), actor->user_id) == 0) {
		dialogue_join(dialogue, actor->session_id, actor->user_id);
		dialogue_agree(dialogue, "");
	} else {
		problem_set(&why, 403, "forbidden", "This connection is somebody else's.");
		dialogue_refuse(dialogue, &why);
		stream_drain(stream, TRANSPORT_FORBIDDEN);
	}
}

/* Whom the token names, if his session lives. */
static bool
actor_read(struct dialogue *dialogue, const char *token, struct actor *actor, struct problem *why)
{
	struct server *server = dialogue->server;
	const struct auth_headers headers = {
		.authorization = arena_print(dialogue->arena, "Bearer %s", token),
	};

	if (!auth_check(&server->auth, &headers, dialogue->arena, actor, why))
		return false;
	if (session_has_ended(server->sessions, actor->session_id))
		return problem_set(why, 401, "session_ended", "This session has ended.");
	return true;
}

static void
auth(struct dialogue *dialogue, const struct values *values)
{
	struct stream *stream = dialogue->stream;
	struct actor actor;
	struct problem why;

	if (!actor_read(dialogue, values->token, &actor, &why) ||
	    (!stream->session &&
		!admission_take_user(&stream->admission, dialogue->server, actor.user_id, &why))) {
		dialogue_refuse(dialogue, &why);
	} else if (stream->session) {
		auth_known(dialogue, &actor);
	} else {
		dialogue_join(dialogue, actor.session_id, actor.user_id);
		dialogue_agree(dialogue, "");
	}
}

static const struct command {
	const char *op;
	bool is_open; /* to who has not said who he is, too */
	const struct field *fields;
	size_t field_count;
	void (*run)(struct dialogue *dialogue, const struct values *values);
} commands[] = {
	{ "subscribe", false, subscribe_fields, FIELD_COUNT(subscribe_fields), subscribe },
	{ "unsubscribe", false, unsubscribe_fields, FIELD_COUNT(unsubscribe_fields), unsubscribe },
	{ "send", false, send_fields, FIELD_COUNT(send_fields), submit },
	{ "auth", true, auth_fields, FIELD_COUNT(auth_fields), auth },
};

static const struct command *
command_find(const char *op, size_t length, struct problem *why)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strlen(commands[i].op) == length && memcmp(commands[i].op, op, length) == 0)
			return &commands[i];
	}
	problem_set(why, 422, "unknown_op", "There is no such op.");
	return NULL;
}

/* An id as it stands in the text, which no terminator ends. False: it is none that a client counts to. */
static bool
id_read(const struct json_glimpse *glimpse, int64_t *id)
{
	if (glimpse->length > ID_DIGITS_MAX)
		return false;
	*id = 0;
	for (size_t i = 0; i < glimpse->length; i++) {
		if (glimpse->text[i] < '0' || glimpse->text[i] > '9')
			return false;
		*id = *id * 10 + (glimpse->text[i] - '0');
	}
	return true;
}

/*
 * Which one is it, and which id has it? Null: WHY. At a glance first: the whole is read once, by the table of its
 * command. Only what that does not make out is looked at properly.
 */
static const struct command *
command_read(struct dialogue *dialogue, const struct dialogue_command *came, struct problem *why)
{
	struct json_glimpse op, id;
	struct envelope envelope;
	const struct command *command;

	if (came->op)
		return command_find(came->op, strlen(came->op), why);
	if (json_glance(came->text, came->size_bytes, "op", &op) && op.length > 2 &&
	    json_glance(came->text, came->size_bytes, "id", &id) && id_read(&id, &dialogue->id)) {
		command = command_find(op.text + 1, op.length - 2, why);
		if (command)
			return command;
	}
	dialogue->id = DIALOGUE_NO_ID;
	if (!json_peek_text(dialogue->arena, came->text, came->size_bytes, envelope_fields,
		FIELD_COUNT(envelope_fields), &envelope, why))
		return NULL;
	if (envelope.id)
		dialogue->id = strtoll(envelope.id, NULL, 10);
	return command_find(
	    envelope.op ? envelope.op : "", envelope.op ? strlen(envelope.op) : 0, why);
}

/* One that is no JSON has no id, whatever it looked like at a glance. */
static bool
values_read(struct dialogue *dialogue, const struct command *command,
    const struct dialogue_command *came, struct values *values, struct problem *why)
{
	size_t skipped = came->op ? ENVELOPE_ROWS : 0;

	if (json_read_text(dialogue->arena, came->text, came->size_bytes, command->fields + skipped,
		command->field_count - skipped, values, why))
		return true;
	if (!came->op && why->status == 400)
		dialogue->id = DIALOGUE_NO_ID;
	return false;
}

void
dialogue_run(struct dialogue *dialogue, const struct dialogue_command *came)
{
	struct values values = { 0 };
	struct problem why;
	const struct command *command = command_read(dialogue, came, &why);

	if (!command || !values_read(dialogue, command, came, &values, &why)) {
		dialogue_refuse(dialogue, &why);
	} else if (!command->is_open && !dialogue->stream->session) {
		problem_set(&why, 401, "unauthenticated", "Say first who you are: auth.");
		dialogue_refuse(dialogue, &why);
	} else {
		command->run(dialogue, &values);
	}
}
