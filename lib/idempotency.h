/*
 * Idempotency-Key: a POST that is sent twice has its effect once, and the second
 * time the stored answer. The claim, the function and its stored answer are one transaction
 * and one round trip; sql/functions/idempotency.sql is the other half. reply_query() does all of it
 * by itself; this is for handlers whose SQL function returns another row than api.reply.
 */
#ifndef IDEMPOTENCY_H
#define IDEMPOTENCY_H

struct db_rows;
struct db_statement;
struct problem;
struct request;

enum idempotency_outcome {
	IDEMPOTENCY_DONE,   /* it ran: ROWS */
	IDEMPOTENCY_REPLAY, /* it ran before: ask for the stored answer, and say so in the reply */
	IDEMPOTENCY_FAILED, /* WHY; 400 for a key that is none */
};

/*
 * Runs STATEMENT under the request's key within SCOPE ("user:ID", or "ROUTE:EMAIL" before a
 * login); without a key (or for another method than POST) just runs it. A GET is repeated
 * when the connection is lost, and so is what has a key; the rest is not.
 */
enum idempotency_outcome idempotency_run(struct request *req, const char *scope,
    const struct db_statement *statement, struct db_rows *rows, struct problem *why);

/* The request's key, for asking what is stored under it; null: none. */
const char *idempotency_key(const struct request *req);

/* The header of a replayed answer. */
#define IDEMPOTENCY_REPLAYED "Idempotent-Replayed"

#endif
