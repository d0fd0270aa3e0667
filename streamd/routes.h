/*
 * Which request is answered by what.
 */
#ifndef ROUTES_H
#define ROUTES_H

struct exchange;

/* Answers a request that was read, now or later. */
void routes_answer(struct exchange *exchange);

/* The handlers. Each answers GET, and HEAD alike. */
void request_stream(struct exchange *exchange);
void request_poll(struct exchange *exchange);
void request_status(struct exchange *exchange);
void request_healthz(struct exchange *exchange);
void request_readyz(struct exchange *exchange);
void request_metrics(struct exchange *exchange);

#endif
