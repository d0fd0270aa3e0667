/*
 * Batches. A storm of clients asks the same thing about each of them: asked one by one, most
 * of the time would go into round trips.
 */
#include "database_batch.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "database_link.h"
#include "memory.h"

enum { BATCH_MAX = 64, LOOK_AHEAD = 256 };

struct batch {
	struct list *queue;
	struct list members;
	unsigned count;
};

/* Moves the queries that may go with the first one, it included, from the queue to the batch. */
static void
members_take(struct batch *batch)
{
	const struct database_statement *statement =
	    CONTAINER(batch->queue->next, struct database_query, link)->statement;
	unsigned looked_at = 0;

	LIST_EACH(entry, after, batch->queue) {
		struct database_query *query = CONTAINER(entry, struct database_query, link);

		if (batch->count == BATCH_MAX || looked_at++ == LOOK_AHEAD ||
		    (query->is_alone && batch->count > 0))
			return;
		if (query->statement != statement)
			continue;
		list_remove(entry);
		list_append(&batch->members, entry);
		query->number = ++batch->count;
		if (query->is_alone)
			return;
	}
}

/* An element of an array's text (PostgreSQL's manual, 8.15.6). */
static void
write_element(struct writer *writer, const char *text)
{
	if (!text) {
		writer_text(writer, "NULL");
		return;
	}
	writer_text(writer, "\"");
	for (size_t length; *text; text += length) {
		length = strcspn(text, "\"\\");
		if (length == 0) {
			writer_text(writer, "\\");
			length = 1;
		}
		writer_bytes(writer, text, length);
	}
	writer_text(writer, "\"");
}

/* What all members have as their parameter AT, as one array. */
static void
write_array(struct writer *writer, const struct batch *batch, size_t at)
{
	const char *between = "{";

	LIST_EACH(entry, after, (struct list *)(uintptr_t)&batch->members) {
		writer_text(writer, between);
		write_element(
		    writer, CONTAINER(entry, struct database_query, link)->parameters[at]);
		between = ",";
	}
	writer_bytes(writer, "}", sizeof("}"));
}

static void
members_return(struct batch *batch, bool is_alone)
{
	struct list *front = batch->queue->next;

	LIST_EACH(entry, after, &batch->members) {
		struct database_query *query = CONTAINER(entry, struct database_query, link);

		query->is_alone = query->is_alone || is_alone;
		list_remove(entry);
		list_append(front, entry);
	}
}

/* The rows of question NUMBER, which begin at FIRST or there are none. */
static size_t
rows_of(const struct database_answer *answer, size_t first, unsigned number)
{
	size_t rows = 0;

	while (first + rows < answer->rows &&
	    database_number(answer, first + rows, 0) == (int64_t)number)
		rows++;
	return rows;
}

/* A callback may forget other members, so the first one left is always the next. */
static void
members_answer(struct batch *batch, const struct database_answer *answer)
{
	struct database_answer own = *answer;
	size_t row = 0;

	while (!list_is_empty(&batch->members)) {
		struct database_query *query = CONTAINER(
		    batch->members.next, struct database_query, link);

		while (row < answer->rows && database_number(answer, row, 0) < query->number)
			row++;
		list_remove(&query->link);
		own.first_row = row;
		own.rows = rows_of(answer, row, query->number);
		query->answered(query->context, &own);
		free(query);
	}
}

/* One that fails does not make the others fail: each is asked again by itself. */
static void
batch_answered(void *context, const struct database_answer *answer)
{
	struct batch *batch = context;

	if (!answer->is_ok && batch->count > 1)
		members_return(batch, true);
	else
		members_answer(batch, answer);
	free(batch);
}

static struct database_query *
batch_query(struct batch *batch)
{
	const struct database_query *first = CONTAINER(
	    batch->members.next, struct database_query, link);
	struct database_query *query;
	size_t starts[DATABASE_PARAMETERS_MAX];
	struct writer writer = { 0 };
	struct buffer *texts;

	for (size_t i = 0; i < first->count; i++) {
		starts[i] = writer.buffer ? writer.buffer->size_bytes : 0;
		write_array(&writer, batch, i);
	}
	texts = writer_finish(&writer);
	query = memory_new(sizeof(*query) + texts->size_bytes);
	memcpy(query->texts, texts->bytes, texts->size_bytes);
	buffer_release(&texts);
	list_start(&query->link);
	query->statement = first->statement;
	query->answered = batch_answered;
	query->context = batch;
	query->asked_ms = first->asked_ms;
	query->count = first->count;
	for (size_t i = 0; i < first->count; i++)
		query->parameters[i] = query->texts + starts[i];
	return query;
}

struct database_query *
database_batch_take(struct list *queue)
{
	struct database_query *first = CONTAINER(queue->next, struct database_query, link);
	struct batch *batch;

	if (!first->statement->is_shared) {
		list_remove(&first->link);
		return first;
	}
	batch = memory_new(sizeof(*batch));
	batch->queue = queue;
	list_start(&batch->members);
	members_take(batch);
	return batch_query(batch);
}

bool
database_batch_return(struct database_query *query)
{
	struct batch *batch = query->context;

	if (query->answered != batch_answered)
		return false;
	members_return(batch, false);
	free(batch);
	free(query);
	return true;
}
