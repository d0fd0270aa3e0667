/*
 * What a client may send: by its type, one SQL function that does it in his name, as a
 * REST call would, and tells what to announce.
 *
 * To add a type: its fields, the function that asks for it, a row in kinds.
 */
#include <string.h>

#include "arena.h"
#include "database.h"
#include "dialogue.h"
#include "hints.h"
#include "json.h"
#include "problem.h"
#include "server.h"
#include "session.h"

/* All that any of them takes. */
struct data {
	const char *order_id;
};

/* A send that was read. */
struct sending {
	const char *channel, *client_id;
	struct data data;
};

enum column { BODY, HINTS };

static void
sent(struct dialogue *dialogue, const struct database_answer *answer)
{
	struct server *server = dialogue->server;
	const char *body = database_text(answer, 0, BODY);

	hints_publish(server->redis, &server->config, database_text(answer, 0, HINTS));
	dialogue_agree(
	    dialogue, arena_print(dialogue->arena, ",\"data\":%s", body ? body : "null"));
}

/* Twice is as good as once, so it may be asked again when its connection broke. */
static const struct database_statement acknowledge_statement = {
	.name = "order_acknowledge_sent",
	.sql = "select body, hints from order_acknowledge_sent($1, $2, $3)",
};

static void
acknowledge(struct dialogue *dialogue, const struct sending *sending)
{
	dialogue_ask(dialogue, &acknowledge_statement,
	    (const char *const[]){
		session_id(dialogue->stream), sending->channel, sending->data.order_id },
	    3, sent);
}

static const struct field acknowledge_fields[] = { FIELD(struct data, order_id, ID) };

static const struct kind {
	const char *type;
	const struct field *fields;
	size_t field_count;
	void (*send)(struct dialogue *dialogue, const struct sending *sending);
} kinds[] = {
	{ "order.acknowledged", acknowledge_fields, FIELD_COUNT(acknowledge_fields), acknowledge },
};

static const struct kind *
kind_find(const char *type, struct problem *why)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	}
	problem_set(why, 422, "unknown_type", "Nothing of this type can be sent.");
	return NULL;
}

/* They were found in the data alone; the client sent more around them. */
static void
errors_move(struct problem *why, struct arena *arena)
{
	for (struct problem_error *error = why->errors; error; error = error->next)
		error->pointer = arena_print(arena, "/data%s", error->pointer);
}

void
dialogue_send(struct dialogue *dialogue, const char *channel, const char *type,
    const char *client_id, const char *data)
{
	struct sending sending = { .channel = channel, .client_id = client_id };
	struct problem why;
	const struct kind *kind = kind_find(type, &why);

	if (!kind) {
		dialogue_refuse(dialogue, &why);
	} else if (!json_read_text(dialogue->arena, data, strlen(data), kind->fields,
		       kind->field_count, &sending.data, &why)) {
		errors_move(&why, dialogue->arena);
		dialogue_refuse(dialogue, &why);
	} else {
		kind->send(dialogue, &sending);
	}
}
