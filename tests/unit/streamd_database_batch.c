/*
 * Questions that travel together: what is asked for many, and how the answer is dealt out, whatever happens to some of
 * them meanwhile. Answers are made by hand, as libpq makes them.
 */
#include "database_batch.h"

#include <libpq-fe.h>
#include <stdlib.h>

#include "database_link.h"
#include "memory.h"

#include "test.h"

enum { QUESTIONS = 5 };

struct asker {
	struct database_query *query;
	unsigned answers;
	size_t rows;
	bool is_ok, is_own; /* all its rows are of its own question */
	char name[8];
};

static const struct database_statement shared = { .name = "s", .sql = "", .is_shared = true };
static const struct database_statement single = { .name = "o", .sql = "" };
static struct list queue;
static struct asker askers[QUESTIONS];

static void
answered(void *context, const struct database_answer *answer)
{
	struct asker *asker = context;

	asker->query = NULL;
	asker->answers++;
	asker->is_ok = answer->is_ok;
	asker->rows = answer->rows;
	asker->is_own = true;
	for (size_t row = 0; row < answer->rows; row++)
		asker->is_own = asker->is_own &&
		    strcmp(database_text(answer, row, 1), asker->name) == 0 &&
		    database_length(answer, row, 1) == strlen(asker->name) &&
		    database_truth(answer, row, 2) && database_number(answer, row, 3) == (long)row;
}

static void
ask(struct asker *asker, const struct database_statement *statement, const char *parameter)
{
	size_t size = strlen(parameter) + 1;
	struct database_query *query = memory_new(sizeof(*query) + size);

	query->statement = statement;
	query->answered = answered;
	query->context = asker;
	query->count = 2;
	query->parameters[0] = memcpy(query->texts, parameter, size);
	list_append(&queue, &query->link);
	*asker = (struct asker){ .query = query };
}

static void
ask_all(void)
{
	list_start(&queue);
	for (size_t i = 0; i < QUESTIONS; i++) {
		char name[8] = { 'q', (char)('1' + i), '\0' };

		ask(&askers[i], &shared, name);
		memcpy(askers[i].name, name, sizeof(name));
	}
}

/* What database_forget() does. */
static void
forget(struct asker *asker)
{
	list_remove(&asker->query->link);
	free(asker->query);
	asker->query = NULL;
}

static void
row_add(PGresult *result, const char *number, const char *name, const char *place)
{
	const char *const values[] = { number, name, "t", place };
	int row = PQntuples(result);

	for (int column = 0; column < 4; column++) {
		char value[8];

		snprintf(value, sizeof(value), "%s", values[column]);
		PQsetvalue(result, row, column, value, (int)strlen(value));
	}
}

static PGresult *
result_new(void)
{
	static char names[][8] = { "n", "name", "truth", "place" };
	PGresAttDesc columns[4] = { { 0 } };
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

	for (int i = 0; i < 4; i++)
		columns[i].name = names[i];
	PQsetResultAttrs(result, 4, columns);
	return result;
}

/* The link's part: an answer comes, and the query is over. */
static void
answer(struct database_query *query, PGresult *result)
{
	struct database_answer given = { .is_ok = result != NULL, .result = result };

	given.rows = result ? (size_t)PQntuples(result) : 0;
	query->answered(query->context, &given);
	free(query);
	PQclear(result);
}

static void
test_answers(void)
{
	struct database_query *query;
	PGresult *result = result_new();

	ask_all();
	query = database_batch_take(&queue);
	ok(list_is_empty(&queue), "all that wait for the same are asked together");
	is_string(query->parameters[0], "{\"q1\",\"q2\",\"q3\",\"q4\",\"q5\"}", "by an array");
	is_string(query->parameters[1], "{NULL,NULL,NULL,NULL,NULL}", "for each parameter");
	forget(&askers[3]);
	row_add(result, "1", "q1", "0");
	row_add(result, "1", "q1", "1");
	row_add(result, "3", "q3", "0");
	row_add(result, "4", "q4", "0");
	row_add(result, "5", "q5", "0");
	row_add(result, "5", "q5", "1");
	row_add(result, "5", "q5", "2");
	answer(query, result);
	ok(askers[0].rows == 2 && askers[2].rows == 1 && askers[4].rows == 3,
	    "RL-01 each has as many rows as are his");
	ok(askers[0].is_own && askers[2].is_own && askers[4].is_own, "and none of another's");
	ok(askers[1].is_ok && askers[1].rows == 0, "who has none is answered too");
	is_int(askers[3].answers, 0, "who has left is not");
	ok(askers[0].answers == 1 && askers[1].answers == 1 && askers[2].answers == 1 &&
		askers[4].answers == 1,
	    "all others once");
}

static void
test_failure(void)
{
	ask_all();
	answer(database_batch_take(&queue), NULL);
	is_int(askers[0].answers + askers[1].answers, 0, "RL-01 when all fail, nobody is told yet");
	for (size_t i = 0; i < QUESTIONS; i++) {
		struct database_query *query = database_batch_take(&queue);
		char expected[16];

		snprintf(expected, sizeof(expected), "{\"q%zu\"}", i + 1);
		is_string(query->parameters[0], expected, "each is asked by itself");
		if (i == 2)
			answer(query, NULL);
		else
			answer(query, result_new());
	}
	ok(askers[2].answers == 1 && !askers[2].is_ok, "who fails then, has failed");
	ok(askers[1].is_ok && askers[3].is_ok, "and nobody else");
}

static void
test_loss(void)
{
	struct database_query *query;

	ask_all();
	query = database_batch_take(&queue);
	ask(&askers[0], &shared, "later");
	ok(database_batch_return(query), "a batch whose connection is lost");
	query = database_batch_take(&queue);
	is_string(query->parameters[0], "{\"q1\",\"q2\",\"q3\",\"q4\",\"q5\",\"later\"}",
	    "RL-01 is asked again, in its order, before what came later");
	answer(query, result_new());
}

static void
test_others(void)
{
	struct database_query *query;

	list_start(&queue);
	ask(&askers[0], &shared, "a \"quoted\\ text\"");
	ask(&askers[1], &single, "alone");
	ask(&askers[2], &shared, "{b,c}");
	query = database_batch_take(&queue);
	is_string(query->parameters[0], "{\"a \\\"quoted\\\\ text\\\"\",\"{b,c}\"}",
	    "RL-12 texts stay what they are, whatever they hold");
	answer(query, result_new());
	query = database_batch_take(&queue);
	is_string(query->parameters[0], "alone", "another statement goes as it is");
	ok(!database_batch_return(query), "and is no batch");
	answer(query, result_new());
	ok(list_is_empty(&queue), "nothing is left");
}

int
main(void)
{
	test_answers();
	test_failure();
	test_loss();
	test_others();
	return done();
}
