/*
 * Dialogues: whose turn it is, how much anyone may say, and how a command ends.
 */
#include "dialogue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "database.h"
#include "exchange.h"
#include "memory.h"
#include "outlet.h"
#include "problem.h"
#include "review.h"
#include "server.h"
#include "session.h"
#include "watcher.h"

/* Waiting behind the one that is run: of one dialogue. Run at once: of all. */
enum { WAITING_MAX = 64, WAITING_MAX_BYTES = 256 * 1024, RUNNING_MAX = EXCHANGES_MAX };

enum { SECOND_US = 1000000, BURST_S = 2 };

struct dialogue_waiting {
	struct dialogue_waiting *next;
	struct dialogue_command command;
	char bytes[]; /* op, then text, each with its NUL */
};

bool
dialogue_admit(struct server *server, const struct dialogue_caller *caller, const char *address,
    struct admission *admission, struct problem *why)
{
	if (session_has_ended(server->sessions, caller->session_id))
		return problem_set(why, 401, "session_ended", "This session has ended.");
	if (caller->user_id[0] && !admission_take_user(admission, server, caller->user_id, why))
		return false;
	if (!address || admission_take_address(admission, server, address, why))
		return true;
	admission_give(admission, server);
	return false;
}

struct dialogue *
dialogue_new(struct server *server, const struct dialogue_voice *voice)
{
	struct dialogue *dialogue = memory_new(sizeof(*dialogue));

	dialogue->server = server;
	dialogue->voice = voice;
	list_start(&dialogue->waiting_link);
	return dialogue;
}

void
dialogue_join(struct dialogue *dialogue, const char *session_id, const char *user_id)
{
	struct server *server = dialogue->server;
	struct stream *stream = dialogue->stream;

	session_leave(stream);
	session_join(server->sessions, session_id, user_id, INT64_MAX, stream);
	/* One under way was asked in the other session's name, which may end before it is answered. */
	review_renew(server, stream, server->rights_changes);
	outlet_wait(stream->outlet, DIALOGUE_HEARTBEAT_S);
}

void
dialogue_start(struct dialogue *dialogue, void *context, struct outlet *outlet,
    const struct transport *transport, const struct dialogue_caller *caller,
    const struct admission *admission)
{
	const struct stream_setup setup = {
		.all = &dialogue->server->streams,
		.outlet = outlet,
		.transport = transport,
		.interval_s = DIALOGUE_HEARTBEAT_S,
	};

	dialogue->context = context;
	dialogue->stream = stream_open(&setup);
	dialogue->stream->admission = *admission;
	if (caller->session_id[0])
		dialogue_join(dialogue, caller->session_id, caller->user_id);
	else
		outlet_wait(outlet, DIALOGUE_AUTH_S);
}

void
dialogue_move(struct dialogue *dialogue, struct outlet *outlet, const struct transport *transport)
{
	stream_move(dialogue->stream, outlet, transport);
	outlet_wait(outlet, DIALOGUE_HEARTBEAT_S);
}

static void command_begin(struct dialogue *dialogue, const struct dialogue_command *command);

static struct dialogue_waiting *
waiting_take(struct dialogue *dialogue)
{
	struct dialogue_waiting *waiting = dialogue->first;

	dialogue->first = waiting->next;
	dialogue->waiting_count--;
	intake_give(
	    &dialogue->server->intake, &dialogue->waiting_bytes, waiting->command.size_bytes);
	return waiting;
}

/* Runs what waits, as far as it can. */
static void
dialogue_advance(struct dialogue *dialogue)
{
	struct dialogues *all = &dialogue->server->dialogues;

	while (dialogue->first && !dialogue->arena && !dialogue->stream->is_over) {
		struct dialogue_waiting *waiting;

		if (all->running >= RUNNING_MAX) {
			list_remove(&dialogue->waiting_link);
			list_append(&all->waiting, &dialogue->waiting_link);
			return;
		}
		waiting = waiting_take(dialogue);
		command_begin(dialogue, &waiting->command);
		free(waiting);
	}
}

/* There may be room for those who wait for their turn. */
static void
dialogues_advance(struct dialogues *all)
{
	while (all->running < RUNNING_MAX && !list_is_empty(&all->waiting)) {
		struct dialogue *dialogue = CONTAINER(
		    all->waiting.next, struct dialogue, waiting_link);

		list_remove(&dialogue->waiting_link);
		dialogue_advance(dialogue);
	}
}

static void
command_begin(struct dialogue *dialogue, const struct dialogue_command *command)
{
	dialogue->arena = server_arena_take(dialogue->server);
	dialogue->server->dialogues.running++;
	dialogue->id = command->id;
	dialogue_run(dialogue, command);
}

static void
command_end(struct dialogue *dialogue)
{
	struct server *server = dialogue->server;

	database_forget(&dialogue->query);
	if (!dialogue->arena)
		return;
	server_arena_give(server, dialogue->arena);
	dialogue->arena = NULL;
	server->dialogues.running--;
}

void
dialogue_close(struct dialogue **dialogue)
{
	struct dialogue *closed = *dialogue;
	struct server *server;

	*dialogue = NULL;
	if (!closed)
		return;
	server = closed->server;
	command_end(closed);
	list_remove(&closed->waiting_link);
	while (closed->first)
		free(waiting_take(closed));
	watcher_leave(server, &closed->stream);
	free(closed);
	dialogues_advance(&server->dialogues);
}

/*
 * What costs COST of LIMIT a second is put on the account, which is so far ahead of the clock as its owner has used
 * up. False: further than he may.
 */
static bool
account_takes(int64_t *until_us, size_t cost, int64_t limit)
{
	int64_t now_us = clock_monotonic_ms() * 1000;

	if (*until_us < now_us)
		*until_us = now_us;
	*until_us += (int64_t)cost * SECOND_US / limit;
	return *until_us - now_us <= BURST_S * SECOND_US;
}

static bool
dialogue_may(struct dialogue *dialogue, size_t size_bytes)
{
	const struct config *config = &dialogue->server->config;
	bool may_frame = account_takes(&dialogue->frames_until_us, 1, config->stream_frames_s);
	bool may_bytes = account_takes(
	    &dialogue->bytes_until_us, size_bytes, config->stream_bytes_s);

	return may_frame && may_bytes;
}

/* False: too much waits, of everybody together. */
static bool
command_wait(struct dialogue *dialogue, const struct dialogue_command *command)
{
	size_t op_size = command->op ? strlen(command->op) + 1 : 0;
	struct dialogue_waiting *waiting = memory_new(
	    sizeof(*waiting) + op_size + command->size_bytes + 1);
	char *text = waiting->bytes + op_size;

	waiting->command = *command;
	if (command->op)
		waiting->command.op = memcpy(waiting->bytes, command->op, op_size);
	waiting->command.text = memcpy(text, command->text, command->size_bytes);
	if (dialogue->first)
		dialogue->last->next = waiting;
	else
		dialogue->first = waiting;
	dialogue->last = waiting;
	dialogue->waiting_count++;
	return intake_take(
	    &dialogue->server->intake, &dialogue->waiting_bytes, command->size_bytes);
}

static void
dialogue_flooded(struct dialogue *dialogue)
{
	refusals_add(&dialogue->server->refusals, "too_many_requests");
	stream_drain(dialogue->stream, TRANSPORT_FLOODED);
}

void
dialogue_hear(struct dialogue *dialogue, const struct dialogue_command *command)
{
	if (dialogue->stream->is_over)
		return;
	if (!dialogue_may(dialogue, command->size_bytes) ||
	    dialogue->waiting_count == WAITING_MAX ||
	    dialogue->waiting_bytes + command->size_bytes > WAITING_MAX_BYTES) {
		dialogue_flooded(dialogue);
		return;
	}
	if (!dialogue->arena && !dialogue->first &&
	    dialogue->server->dialogues.running < RUNNING_MAX) {
		command_begin(dialogue, command);
		return;
	}
	if (command_wait(dialogue, command))
		dialogue_advance(dialogue);
	else
		dialogue_flooded(dialogue);
}

void
dialogue_tick(struct dialogue *dialogue)
{
	struct stream *stream = dialogue->stream;

	if (!stream->session)
		stream_drain(stream, TRANSPORT_UNAUTHENTICATED);
	else if (session_has_expired(stream))
		stream_drain(stream, TRANSPORT_SESSION_ENDED);
	else
		stream_tick(stream);
}

void
dialogue_agree(struct dialogue *dialogue, const char *members)
{
	assert(dialogue->arena);
	if (!dialogue->stream->is_over)
		dialogue->voice->reply(dialogue, dialogue->id, true,
		    arena_print(dialogue->arena, "\"ok\":true%s", members));
	command_end(dialogue);
}

void
dialogue_refuse(struct dialogue *dialogue, const struct problem *why)
{
	assert(dialogue->arena);
	if (why->status == 429 || strcmp(why->code, "too_many_channels") == 0)
		refusals_add(&dialogue->server->refusals, why->code);
	if (!dialogue->stream->is_over)
		dialogue->voice->reply(dialogue, dialogue->id, false,
		    arena_print(dialogue->arena, "\"ok\":false,\"error\":%s",
			problem_render(why, dialogue->arena)));
	command_end(dialogue);
}

static void
dialogue_got_answer(void *context, const struct database_answer *answer)
{
	struct dialogue *dialogue = context;
	struct server *server = dialogue->server;

	dialogue->query = NULL;
	if (answer->is_ok)
		dialogue->answered(dialogue, answer);
	else
		dialogue_refuse(dialogue, &answer->why);
	if (!answer->is_ok && answer->why.status == 401)
		stream_drain(dialogue->stream, TRANSPORT_SESSION_ENDED);
	dialogue_advance(dialogue);
	dialogues_advance(&server->dialogues);
}

void
dialogue_ask(struct dialogue *dialogue, const struct database_statement *statement,
    const char *const *parameters, size_t count, dialogue_answered *answered)
{
	dialogue->answered = answered;
	dialogue->query = database_ask(dialogue->server->database, statement, parameters, count,
	    dialogue_got_answer, dialogue);
}
