/*
 * A dialogue: a client who asks and is answered while he watches. He subscribes, leaves,
 * says who he is, and sends; his commands are run one after another, and each is answered
 * once. What he speaks (foodfast.v1 on a WebSocket, Socket.IO) is its voice's business.
 *
 * To add a command: a row in the table of dialogue_commands.c. To add something that can
 * be sent: a row in the table of dialogue_send.c.
 */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"
#include "transport.h"
#include "uuid.h"

struct admission;
struct arena;
struct database_answer;
struct database_query;
struct database_statement;
struct dialogue;
struct dialogue_waiting;
struct field;
struct outlet;
struct problem;
struct server;
struct stream;

enum { DIALOGUE_NO_ID = -1, DIALOGUE_HEARTBEAT_S = 25, DIALOGUE_AUTH_S = 10 };

struct dialogue_voice {
	/* Queues the answer to command ID. MEMBERS are those of a JSON object, without its braces. */
	void (*reply)(struct dialogue *dialogue, int64_t id, bool is_ok, const char *members);
};

/* All dialogues of a server. */
struct dialogues {
	struct list waiting; /* for their turn: so many commands at most are run at once */
	size_t running;
};

/* A command as it came. */
struct dialogue_command {
	const char *op; /* null: its text says, and which id it has */
	int64_t id;	/* DIALOGUE_NO_ID: no answer is waited for */
	const char *text;
	size_t size_bytes;
};

typedef void dialogue_answered(struct dialogue *dialogue, const struct database_answer *answer);

/* Read-only outside dialogue_….c. */
struct dialogue {
	struct server *server;
	struct stream *
	    stream; /* from the beginning to the end; it belongs to a session when he has said whose he is */
	const struct dialogue_voice *voice;
	void *context; /* the voice's own */
	struct list waiting_link;
	struct dialogue_waiting *first, *last; /* commands behind the one that is run */
	uint32_t waiting_count, waiting_bytes;
	int64_t frames_until_us, bytes_until_us; /* how far what he sent is ahead of what he may */

	/* The command that is run; no arena: none is. */
	struct arena *arena;
	int64_t id;
	struct database_query *query;
	dialogue_answered *answered;
	void *work; /* the command's own, in the arena */
};

/* Who wants to begin one; a USER of "" is not known yet, and a SESSION of "" neither. */
struct dialogue_caller {
	char session_id[UUID_TEXT_SIZE], user_id[UUID_TEXT_SIZE];
};

/*
 * Is there room for CALLER from ADDRESS (null: that is counted elsewhere), and does his session live? Then he is
 * counted. False: 401, 429, 503.
 */
bool dialogue_admit(struct server *server, const struct dialogue_caller *caller,
    const char *address, struct admission *admission, struct problem *why);

/*
 * In two steps, for an outlet is there only when a handshake is done. ADMISSION is taken over. A caller without a
 * session has ten seconds to say whose he is.
 */
struct dialogue *dialogue_new(struct server *server, const struct dialogue_voice *voice);
void dialogue_start(struct dialogue *dialogue, void *context, struct outlet *outlet,
    const struct transport *transport, const struct dialogue_caller *caller,
    const struct admission *admission);

/* The outlet is another one now. */
void dialogue_move(
    struct dialogue *dialogue, struct outlet *outlet, const struct transport *transport);

/* The end, started or not: from whoever owns the outlet. */
void dialogue_close(struct dialogue **dialogue);

/* He is of this session from here on. Neither token nor ended session is looked at. */
void dialogue_join(struct dialogue *dialogue, const char *session_id, const char *user_id);

/* A command. Too many of them end the dialogue. */
void dialogue_hear(struct dialogue *dialogue, const struct dialogue_command *command);

/* The outlet's timer fired. */
void dialogue_tick(struct dialogue *dialogue);

/* For commands: how each ends, once. MEMBERS come behind "ok":true, and begin with a comma; "": none. */
void dialogue_agree(struct dialogue *dialogue, const char *members);
void dialogue_refuse(struct dialogue *dialogue, const struct problem *why);

/*
 * Asks the database for a command. ANSWERED gets an answer that is well; all others are refused with what
 * they say, and one that says 401 ends the dialogue.
 */
void dialogue_ask(struct dialogue *dialogue, const struct database_statement *statement,
    const char *const *parameters, size_t count, dialogue_answered *answered);

/* The command's work; in dialogue_commands.c and dialogue_send.c. */
void dialogue_run(struct dialogue *dialogue, const struct dialogue_command *command);
void dialogue_send(struct dialogue *dialogue, const char *channel, const char *type,
    const char *client_id, const char *data);

#endif
