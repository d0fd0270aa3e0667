/*
 * The limit that the REST programs are measured against: a FastCGI program that runs one SQL function a request and passes
 * on what it says, over the same libraries and the same lighttpd. It checks nobody and nothing, and logs nothing.
 *
 *	statement THREADS CONNINFO < listening socket
 *
 * A statement's parameters are the body's lines, or those of the query between its ampersands; an empty one is null. A
 * refresh token is its own hash, and its successor the next number.
 */
#include <fcgiapp.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 64
#define BODY_SIZE 65536
#define PARAMETERS_MAX 8
#define TOKEN_SIZE 65
#define COUNTER_DIGITS 16

struct call {
	const char *path, *name, *sql;
	int parameters;
	bool is_refresh;
};

static const struct call calls[] = {
	{ "/statement/me", "me", "select * from me_get($1, $2)", 2, false },
	{ "/statement/refresh", "refresh", "select * from session_refresh($1, $2)", 2, true },
	{ "/statement/list", "list", "select * from order_list($1, $2, $3, $4, $5, $6)", 6, false },
	{ "/statement/order", "order", "select * from order_place($1, $2, $3, $4, $5, $6, $7, $8)",
	    8, false },
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* One thread's own. */
struct worker {
	pthread_t thread;
	PGconn *connection;
	bool is_prepared[CALLS];
	char input[BODY_SIZE];
	const char *parameters[PARAMETERS_MAX];
	char hash[TOKEN_SIZE + 2], successor[TOKEN_SIZE + 2];
};

static void
read_input(struct worker *worker, const FCGX_Request *request)
{
	const char *length = FCGX_GetParam("CONTENT_LENGTH", request->envp);
	const char *query = FCGX_GetParam("QUERY_STRING", request->envp);
	int size = length ? (int)strtol(length, NULL, 10) : 0;

	if (size > 0)
		size = FCGX_GetStr(
		    worker->input, size < BODY_SIZE ? size : BODY_SIZE - 1, request->in);
	else
		size = snprintf(worker->input, BODY_SIZE, "%s", query ? query : "");
	worker->input[size] = '\0';
}

/* Cuts the input at SEPARATOR. */
static void
split_input(struct worker *worker, int count, const char *separator)
{
	char *at = worker->input;

	for (int i = 0; i < count; i++) {
		size_t length = strcspn(at, separator);
		bool is_last = at[length] == '\0';

		at[length] = '\0';
		worker->parameters[i] = length > 0 ? at : NULL;
		at += is_last ? length : length + 1;
	}
}

/* The input is {"refresh_token":"64 hexadecimal digits"}. */
static void
split_refresh(struct worker *worker)
{
	const char *colon = strchr(worker->input, ':');
	const char *token = colon ? colon + 2 : "";
	size_t fixed = TOKEN_SIZE - 1 - COUNTER_DIGITS;
	uint64_t number = strlen(token) < TOKEN_SIZE ? 0 : strtoull(token + fixed, NULL, 16);

	snprintf(worker->hash, sizeof(worker->hash), "\\x%.64s", token);
	snprintf(
	    worker->successor, sizeof(worker->successor), "\\x%.48s%016" PRIx64, token, number + 1);
	worker->parameters[0] = worker->hash;
	worker->parameters[1] = worker->successor;
}

static size_t
call_of(const char *uri)
{
	size_t place = 0, length;

	if (uri == NULL)
		return CALLS;
	length = strcspn(uri, "?");
	while (place < CALLS &&
	    (strlen(calls[place].path) != length || strncmp(calls[place].path, uri, length) != 0))
		place++;
	return place;
}

static PGresult *
run(struct worker *worker, size_t place)
{
	const struct call *call = &calls[place];

	if (!worker->is_prepared[place])
		PQclear(PQprepare(worker->connection, call->name, call->sql, 0, NULL));
	worker->is_prepared[place] = true;
	return PQexecPrepared(
	    worker->connection, call->name, call->parameters, worker->parameters, NULL, NULL, 0);
}

static void
answer(struct worker *worker, FCGX_Request *request)
{
	size_t place = call_of(FCGX_GetParam("REQUEST_URI", request->envp));
	PGresult *result;
	bool is_done;

	if (place == CALLS) {
		FCGX_PutS("Status: 404\r\n\r\n", request->out);
		return;
	}
	read_input(worker, request);
	if (calls[place].is_refresh)
		split_refresh(worker);
	else
		split_input(worker, calls[place].parameters, place == CALLS - 1 ? "\n" : "&");
	result = run(worker, place);
	is_done = PQresultStatus(result) == PGRES_TUPLES_OK;
	if (is_done && calls[place].is_refresh)
		FCGX_FPrintF(request->out,
		    "Status: %s\r\nContent-Type: application/json\r\n\r\n"
		    "{\"user\":%s,\"refresh_token\":\"%s\"}",
		    PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1), worker->successor + 2);
	else if (is_done)
		FCGX_FPrintF(request->out,
		    "Status: %s\r\nContent-Type: application/json\r\nETag: \"%s\"\r\n\r\n%s",
		    PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 2), PQgetvalue(result, 0, 1));
	else
		FCGX_FPrintF(request->out, "Status: 500\r\n\r\n%s", PQresultErrorMessage(result));
	PQclear(result);
}

static void *
serve(void *argument)
{
	struct worker *worker = argument;
	FCGX_Request request;

	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		answer(worker, &request);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct worker workers[THREADS_MAX];
	int count = argc == 3 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (count < 1 || count > THREADS_MAX || FCGX_Init() != 0)
		return 2;
	for (int i = 0; i < count; i++) {
		workers[i].connection = PQconnectdb(argv[2]);
		if (PQstatus(workers[i].connection) != CONNECTION_OK) {
			fputs(PQerrorMessage(workers[i].connection), stderr);
			return 1;
		}
		pthread_create(&workers[i].thread, NULL, serve, &workers[i]);
	}
	for (int i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	return 0;
}
