/*
 * Questions of a shared statement (database.h) that travel together: one query in
 * place of many, and an answer that is dealt out to them.
 */
#ifndef DATABASE_BATCH_H
#define DATABASE_BATCH_H

#include <stdbool.h>

struct database_query;
struct list;

/*
 * Takes the first query off QUEUE, which is not empty, with what may go with it. What it returns is run, answered
 * and freed like any query; QUEUE must outlive it, for a question that is to be asked again.
 */
struct database_query *database_batch_take(struct list *queue);

/* QUERY, if it stands for several, was lost on its way: they are back in front of the queue, and it is freed. False: it is one. */
bool database_batch_return(struct database_query *query);

#endif
