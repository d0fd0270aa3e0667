/*
 * An exchange: one request on its way to an answer. It has an arena, so handlers free
 * nothing; it ends with the answer, or with the client, whichever comes first.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "http_request.h"
#include "loop.h"
#include "uuid.h"

struct arena;
struct client;
struct database_answer;
struct database_query;
struct database_statement;
struct exchange;
struct handover;
struct problem;
struct server;

typedef void exchange_answered(struct exchange *exchange, const struct database_answer *answer);

enum { EXCHANGES_MAX = 64 }; /* answered at once; the others wait in the lobby */

struct exchange {
	struct client *client;
	struct server *server;
	struct arena *arena;
	struct http_request request;
	const char
	    *bytes; /* all that came so far, from the head on; for the handler's first call only */
	size_t byte_count;
	struct writer input; /* of the body, as it comes */
	uint32_t held_bytes; /* of it, while more is to come */
	size_t expected_bytes;
	const char *body; /* after exchange_body(); not terminated */
	size_t body_bytes;
	const char *request_id;
	const char *id;			 /* the path's {id}; null: it has none */
	bool is_head;			 /* only the answer's head is wanted */
	bool is_unsafe;			 /* a handshake: a cookie alone does not prove enough */
	char session_id[UUID_TEXT_SIZE]; /* after exchange_identify() */
	char user_id[UUID_TEXT_SIZE];	 /* likewise; "": by a ticket, which does not tell */
	struct database_query *query;
	struct loop_timer overdue; /* of exchange_try() */
	exchange_answered *answered;
	void (*identified)(struct exchange *exchange);
	void (*embodied)(struct exchange *exchange); /* null: no body is waited for */
	void *work;				     /* the handler's own, in the arena */
};

/* Reads the head of HEAD_BYTES that SIZE bytes begin with, which is whole, and starts to answer. */
void exchange_begin(struct client *client, const char *bytes, size_t head_bytes, size_t size_bytes);

/* What comes behind the head; nothing to anyone but who asked for a body. */
void exchange_input(struct exchange *exchange, const char *bytes, size_t size_bytes);

/* Gives everything back. Null is fine. */
void exchange_end(struct exchange **exchange);

/*
 * Reads the body, of MAX bytes at most, then goes on with NEXT; or answers 400, 408, 411 or 413. Its length must be
 * told beforehand.
 */
void exchange_body(
    struct exchange *exchange, size_t max_bytes, void (*next)(struct exchange *exchange));

/* Gives the client to streamd NUMBER, who reads the request anew (handover.h). Only in the handler's first call. */
void exchange_hand_over(
    struct exchange *exchange, struct handover *handover, unsigned number, const char *refusal);

/*
 * Whose session is it, by header or cookie? True also when the URL has a ticket, which then counts; it is
 * redeemed by exchange_identify(). False: 401.
 */
bool exchange_recognise(struct exchange *exchange, struct problem *why);

/* Refuses what a page of another site sent, whatever it brings along. False: 403. */
bool exchange_is_own(const struct exchange *exchange, struct problem *why);

/* Redeems TICKET if the session is not known yet, then goes on with NEXT; or answers 401. */
void exchange_identify(
    struct exchange *exchange, const char *ticket, void (*next)(struct exchange *exchange));

/* The client's address as the proxy tells it; "": directly connected. */
const char *exchange_address(const struct exchange *exchange);

/* Asks the database; one question at a time. */
void exchange_ask(struct exchange *exchange, const struct database_statement *statement,
    const char *const *parameters, size_t count, exchange_answered *answered);

/* Asks for what can be done without: ANSWERED is called within WAIT_MS whatever happens, is_ok or not. */
void exchange_try(struct exchange *exchange, const struct database_statement *statement,
    int64_t wait_ms, exchange_answered *answered);

#endif
