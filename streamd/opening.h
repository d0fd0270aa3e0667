/*
 * An opening: who asks for which channels, and from where on. It takes apart what came in
 * a query or in JSON, is asked of the database in one question (who may watch what, and
 * where each channel stands, out of one snapshot), and knows then what may be watched.
 */
#ifndef OPENING_H
#define OPENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"
#include "stream.h"

struct arena;
struct database_answer;
struct database_statement;
struct problem;
struct server;

enum { OPENING_AFTER_MAX = 16384 };

/* What came; the first members are filled by whoever asks, all else zero. In the arena. */
struct opening {
	struct server *server;
	struct arena *arena;
	bool is_json;	   /* complaints are about a body's fields, not about a query's */
	size_t most;	   /* channels */
	const char *after; /* a cursor; null: none */
	const char *last;  /* another one, which wins, and may be nonsense: then all starts anew */

	uint64_t rights_changes; /* heard of before the question: review_renew() wants to know */
	const char *names;	 /* what was asked for: without doubles, a comma between */
	struct cursor cursor;

	/* After opening_take(). */
	enum transport_mode mode;
	struct stream_channel *channels;
	size_t channel_count;
	const char **denied;
	size_t denied_count;
	bool lacks_nothing; /* all is finished, and the cursor has all of it */
};

/* Could TEXT be a channel's name? */
bool opening_is_name(const char *text);

/* Checks CHANNELS (names, a comma between) and the cursors. False: 400 or 422. */
bool opening_read(struct opening *opening, const char *channels, struct problem *why);

/* The same for a list in JSON whose elements are names. */
bool opening_read_json(struct opening *opening, const char *channels, struct problem *why);

/* The question, by session and names. */
extern const struct database_statement opening_statement;

/* Takes in the answer to it. False: 400 or 422, the cursor; 401, SESSION has ended since; 403, nothing is allowed. */
bool opening_take(struct opening *opening, const struct database_answer *answer,
    const char *session_id, struct problem *why);

/* What the answer tells of the session: whose it is, and until when, in seconds since 1970. */
const char *opening_user(const struct database_answer *answer);
int64_t opening_expires(const struct database_answer *answer);

#endif
