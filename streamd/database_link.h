/*
 * One connection of the pool (database.c): it connects in the background, runs one
 * query at a time, and when it is lost tries again with back-off. The only file of
 * streamd that knows libpq.
 */
#ifndef DATABASE_LINK_H
#define DATABASE_LINK_H

#include "database.h"

#include "list.h"

struct database_link;

/* A query on its way: made by the pool, waits in a queue, runs on a link. */
struct database_query {
	struct list link;
	const struct database_statement *statement;
	database_callback *answered; /* null: forgotten */
	void *context;
	int64_t asked_ms;
	bool was_sent;
	bool is_alone;	 /* failed in company: to be asked by itself */
	unsigned number; /* among those that are asked together */
	size_t count;
	const char *parameters[DATABASE_PARAMETERS_MAX];
	char texts[]; /* the parameters' bytes */
};

/* What the pool is told. */
struct database_link_events {
	void (*idle)(void *pool, struct database_link *link); /* it can run a query */
	void (*answered)(
	    void *pool, struct database_query *query, const struct database_answer *answer);
	void (*dropped)(void *pool, struct database_query *query); /* its connection was lost */
	void (*down)(void *pool); /* could not connect, or was lost */
	void (*greeted)(void *pool, const struct database_answer *answer);
};

struct database_link *database_link_open(struct loop *loop, const struct config *config,
    const struct database_statement *greeting, const struct database_link_events *events,
    void *pool);
void database_link_close(struct database_link **link);

bool database_link_is_up(const struct database_link *link);
bool database_link_is_idle(const struct database_link *link);

/* Only an idle one. The query is the link's until an event gives it back. */
void database_link_run(struct database_link *link, struct database_query *query);

/* Gives up a connection that has not answered for too long. */
void database_link_check(struct database_link *link, int64_t now_ms, int64_t patience_ms);

#endif
