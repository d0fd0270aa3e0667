/*
 * Answers: the head that a request gets, and for all but streams the whole body. Each
 * ends the exchange: nothing of it may be touched afterwards.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>

struct buffer;
struct client;
struct exchange;
struct problem;

/* Takes over BODY; null: none. */
void answer_body(
    struct exchange *exchange, int status, const char *content_type, struct buffer *body);
void answer_problem(struct exchange *exchange, const struct problem *why);

/* 200 for someone whose exchange has ended: REQUEST_ID was its. Takes over BODY. */
void answer_client(
    struct client *client, const char *content_type, const char *request_id, struct buffer *body);

/* 204 without a body; METHODS, if not null, goes into Allow. */
void answer_empty(struct exchange *exchange, const char *methods);

/* 405 with Allow. */
void answer_not_allowed(struct exchange *exchange, const char *methods);

/*
 * Queues a 200 whose body is yet to come: in chunks, whose last ends it, or until the connection ends. Does not end
 * the exchange.
 */
void answer_begin(struct exchange *exchange, const char *content_type, bool is_chunked);

/*
 * Queues a 101 with HEADERS, whole lines, and ends the exchange: the connection goes on as what its client has
 * become.
 */
void answer_switch(struct exchange *exchange, const char *headers);

/* A problem for someone who made no request that could be read. */
void answer_refuse(struct client *client, const struct problem *why);

/* For whom there is no descriptor left: a whole answer, ready to send. */
extern const char answer_full[];

#endif
