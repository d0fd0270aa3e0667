/*
 * Waiting for the gateway, by a bounded number of requests.
 */
#include "gateway_wait.h"

#include <semaphore.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "clock.h"
#include "gateway.h"
#include "gateway_steps.h"
#include "json.h"
#include "request.h"

/* How often to look again while a step rests, or somebody else is at it. */
#define LOOK_FIRST_MS 10
#define LOOK_MOST_MS 160

/* For clients whom the gateway kept waiting in vain. */
#define RETRY_AFTER_S 10

/* This process's; made before its threads. */
static struct gateway *gateway;
static sem_t places;

struct accepted {
	const char *id;
};

/* clang-format off */
static const struct field accepted_fields[] = {
	FIELD(struct accepted, id, ID),
};
/* clang-format on */

bool
gateway_wait_start(const struct config *config)
{
	gateway = gateway_open(config);
	return gateway != NULL && sem_init(&places, 0, (unsigned)config->gateway_waiters) == 0;
}

const char *
gateway_wait_id(struct request *req, const struct reply *accepted)
{
	struct accepted read;
	struct problem why;

	if (accepted->status != 202 ||
	    !json_peek_text(req->arena, accepted->body, strlen(accepted->body), accepted_fields,
		FIELD_COUNT(accepted_fields), &read, &why))
		return NULL;
	return read.id;
}

/* What an answer says is pending. */
struct pending {
	bool payment, refund;
};

static void
pending_visit(void *context, const char *pointer, const char *value)
{
	struct pending *pending = context;

	if (value == NULL || strcmp(value, "pending") != 0)
		return;
	pending->payment |= strcmp(pointer, "/payment/status") == 0;
	pending->refund |= strcmp(pointer, "/status") == 0;
}

/* The gateway has not said yet what becomes of it. A refund may stay pending for days after it HAS_ANSWERED. */
static bool
is_undecided(struct arena *arena, const struct reply *reply, bool has_answered)
{
	struct pending pending = { 0 };

	if (reply->problem.status != 0)
		return strcmp(reply->problem.code, "gateway_unavailable") == 0;
	if (reply->body != NULL)
		json_leaves(arena, reply->body, strlen(reply->body), pending_visit, &pending);
	return pending.payment || (pending.refund && !has_answered);
}

static void
pause_ms(int64_t ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* Does the steps and asks, until it is decided or time is up. */
static struct reply
wait_for_answer(struct request *req, const char *subject, const char *answer, const char *id)
{
	const struct config *config = &req->site->config;
	const struct gateway_steps steps = {
		.db = req->db, .redis = req->site->redis, .config = config, .gateway = gateway
	};
	int64_t until_ms = clock_monotonic_ms() + config->gateway_wait_ms;
	int64_t look_ms = LOOK_FIRST_MS;
	bool has_answered = false;

	for (;;) {
		struct reply reply;
		int done = gateway_steps_run(&steps, subject, until_ms);

		reply = reply_ask(req, answer, req->actor.session_id, id);
		has_answered |= done > 0;
		if (!is_undecided(req->arena, &reply, has_answered) ||
		    clock_monotonic_ms() + look_ms >= until_ms)
			return reply;
		look_ms = done > 0	     ? LOOK_FIRST_MS
		    : look_ms < LOOK_MOST_MS ? 2 * look_ms
					     : LOOK_MOST_MS;
		pause_ms(look_ms);
	}
}

static bool
has_header(const struct reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return true;
	return false;
}

/* That it is a replay, say. */
static void
headers_add(struct reply *reply, const struct reply *accepted)
{
	for (size_t i = 0; i < accepted->header_count; i++)
		if (!has_header(reply, accepted->headers[i].name))
			reply_header(reply, accepted->headers[i].name, accepted->headers[i].value);
}

struct reply
gateway_wait_reply(struct request *req, const struct reply *accepted, const char *subject,
    const char *answer, const char *id)
{
	struct reply reply;

	if (sem_trywait(&places) == 0) {
		reply = wait_for_answer(req, subject, answer, id);
		sem_post(&places);
	} else {
		reply = reply_ask(req, answer, req->actor.session_id, id);
	}
	headers_add(&reply, accepted);
	if (reply.problem.status == 503 && reply.problem.retry_after_s == 0)
		reply.problem.retry_after_s = RETRY_AFTER_S;
	return reply;
}
