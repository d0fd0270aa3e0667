/*
 * hiredis on our loop, the only file of streamd that knows it. A context of hiredis
 * does not reconnect: a lost one frees itself, and a timer makes the next.
 *
 * A Redis that hangs still has a socket that takes what is sent, and connections too. So it is up
 * only once it has answered, and asked again every second: by a subscription to a channel on which
 * nothing is published, over and over, for hiredis 0.14 hands on no answer to a PING of a subscriber.
 */
#include "doorbell.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "memory.h"

static const char probe_name[] = "probe";

enum { RETRY_MIN_MS = 20, RETRY_MAX_MS = 500, PROBE_MS = 1000 };

struct doorbell {
	struct loop *loop;
	const char *path;
	const struct doorbell_events *events;
	void *context;
	redisAsyncContext *redis; /* null: lost */
	bool is_up, is_closing;
	bool is_heard; /* since the last probe */
	int64_t asked_us, round_trip_us;
	struct loop_watch watch;
	uint32_t interest;
	struct loop_timer retry, probe;
	int64_t retry_ms;
};

/* hiredis says what it wants to know of its socket. */
static void
interest_set(struct doorbell *doorbell, uint32_t interest)
{
	if (interest == doorbell->interest)
		return;
	if (interest == 0)
		loop_unwatch(doorbell->loop, &doorbell->watch);
	else if (doorbell->interest == 0)
		loop_watch(doorbell->loop, &doorbell->watch, doorbell->redis->c.fd, interest);
	else
		loop_watch_change(doorbell->loop, &doorbell->watch, interest);
	doorbell->interest = interest;
}

static void
read_add(void *data)
{
	struct doorbell *doorbell = data;

	interest_set(doorbell, doorbell->interest | EPOLLIN);
}

static void
read_remove(void *data)
{
	struct doorbell *doorbell = data;

	interest_set(doorbell, doorbell->interest & ~(uint32_t)EPOLLIN);
}

static void
write_add(void *data)
{
	struct doorbell *doorbell = data;

	interest_set(doorbell, doorbell->interest | EPOLLOUT);
}

static void
write_remove(void *data)
{
	struct doorbell *doorbell = data;

	interest_set(doorbell, doorbell->interest & ~(uint32_t)EPOLLOUT);
}

/* The context is about to be freed, whatever the reason. */
static void
cleanup(void *data)
{
	struct doorbell *doorbell = data;

	interest_set(doorbell, 0);
	doorbell->redis = NULL;
}

static void
doorbell_lost(struct doorbell *doorbell)
{
	bool was_up = doorbell->is_up;

	doorbell->is_up = false;
	loop_timer_clear(&doorbell->probe);
	if (doorbell->is_closing)
		return;
	loop_timer_set(doorbell->loop, &doorbell->retry, doorbell->retry_ms);
	doorbell->retry_ms = doorbell->retry_ms * 2 < RETRY_MAX_MS ? doorbell->retry_ms * 2
								   : RETRY_MAX_MS;
	if (!was_up)
		return;
	log_warning("redis lost; the log is swept faster until it is back");
	doorbell->events->lost(doorbell->context);
}

/* Answers to the probe, and null when the context is freed. The first says that Redis is there. */
static void
on_probe(redisAsyncContext *redis, void *reply, void *private)
{
	struct doorbell *doorbell = redis->data;

	(void)private;
	if (!reply || doorbell->is_closing)
		return;
	doorbell->is_heard = true;
	doorbell->round_trip_us = clock_monotonic_us() - doorbell->asked_us;
	if (doorbell->is_up)
		return;
	log_info("redis connected");
	doorbell->is_up = true;
	doorbell->retry_ms = RETRY_MIN_MS;
	doorbell->events->connected(doorbell->context);
}

static void
probe_send(struct doorbell *doorbell)
{
	doorbell->is_heard = false;
	doorbell->asked_us = clock_monotonic_us();
	redisAsyncCommand(doorbell->redis, on_probe, NULL, "SUBSCRIBE %s", probe_name);
	loop_timer_set(doorbell->loop, &doorbell->probe, PROBE_MS);
}

/* Whatever came since is an answer, also what we were too busy to read. */
static void
probe_over(struct loop_timer *timer)
{
	struct doorbell *doorbell = CONTAINER(timer, struct doorbell, probe);

	if (!doorbell->is_heard)
		redisAsyncHandleRead(doorbell->redis);
	if (!doorbell->redis)
		return;
	if (doorbell->is_heard)
		probe_send(doorbell);
	else
		redisAsyncFree(doorbell->redis);
}

static void
on_connect(const redisAsyncContext *redis, int status)
{
	struct doorbell *doorbell = redis->data;

	if (status == REDIS_OK)
		probe_send(doorbell);
	else
		doorbell_lost(doorbell);
}

static void
on_disconnect(const redisAsyncContext *redis, int status)
{
	(void)status;
	doorbell_lost(redis->data);
}

static void
doorbell_ready(struct loop_watch *watch, uint32_t events)
{
	struct doorbell *doorbell = CONTAINER(watch, struct doorbell, watch);

	/* Either call may free the context; cleanup() tells. */
	if (events & ~(uint32_t)EPOLLOUT && doorbell->redis)
		redisAsyncHandleRead(doorbell->redis);
	if (events & EPOLLOUT && doorbell->redis)
		redisAsyncHandleWrite(doorbell->redis);
}

static void
doorbell_connect(struct loop_timer *timer)
{
	struct doorbell *doorbell = CONTAINER(timer, struct doorbell, retry);
	redisAsyncContext *redis = redisAsyncConnectUnix(doorbell->path);

	if (!redis || redis->err) {
		if (redis)
			redisAsyncFree(redis);
		doorbell_lost(doorbell);
		return;
	}
	doorbell->redis = redis;
	redis->data = doorbell;
	redis->ev.data = doorbell;
	redis->ev.addRead = read_add;
	redis->ev.delRead = read_remove;
	redis->ev.addWrite = write_add;
	redis->ev.delWrite = write_remove;
	redis->ev.cleanup = cleanup;
	redisAsyncSetConnectCallback(redis, on_connect);
	redisAsyncSetDisconnectCallback(redis, on_disconnect);
}

struct doorbell *
doorbell_open(
    struct loop *loop, const char *path, const struct doorbell_events *events, void *context)
{
	struct doorbell *doorbell = memory_new(sizeof(*doorbell));

	doorbell->loop = loop;
	doorbell->path = path;
	doorbell->events = events;
	doorbell->context = context;
	doorbell->watch = (struct loop_watch){ .fd = -1, .ready = doorbell_ready };
	doorbell->retry_ms = RETRY_MIN_MS;
	loop_timer_start(&doorbell->retry, doorbell_connect);
	loop_timer_start(&doorbell->probe, probe_over);
	loop_timer_set(loop, &doorbell->retry, 0);
	return doorbell;
}

void
doorbell_close(struct doorbell **doorbell)
{
	struct doorbell *closed = *doorbell;

	*doorbell = NULL;
	if (!closed)
		return;
	closed->is_closing = true;
	loop_timer_clear(&closed->retry);
	loop_timer_clear(&closed->probe);
	if (closed->redis)
		redisAsyncFree(closed->redis);
	free(closed);
}

/*
 * ["subscribe", name, count], ["unsubscribe", …] or ["message", name, payload]; null when the context is freed.
 * On "unsubscribe" hiredis 0.14 forgets the name, even when it was subscribed again before this answer came.
 */
static void
on_message(redisAsyncContext *redis, void *given, void *private)
{
	struct doorbell *doorbell = redis->data;
	const redisReply *reply = given;

	(void)private;
	if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 ||
	    doorbell->is_closing)
		return;
	doorbell->is_heard = true;
	if (strcmp(reply->element[0]->str, "subscribe") == 0)
		doorbell->events->subscribed(doorbell->context, reply->element[1]->str);
	else if (strcmp(reply->element[0]->str, "unsubscribe") == 0)
		doorbell->events->unsubscribed(doorbell->context, reply->element[1]->str);
	else if (strcmp(reply->element[0]->str, "message") == 0)
		doorbell->events->message(doorbell->context, reply->element[1]->str,
		    reply->element[2]->str, reply->element[2]->len);
}

void
doorbell_subscribe(struct doorbell *doorbell, const char *name)
{
	if (doorbell->is_up)
		redisAsyncCommand(doorbell->redis, on_message, NULL, "SUBSCRIBE %s", name);
}

void
doorbell_unsubscribe(struct doorbell *doorbell, const char *name)
{
	if (doorbell->is_up)
		redisAsyncCommand(doorbell->redis, NULL, NULL, "UNSUBSCRIBE %s", name);
}

int64_t
doorbell_round_trip_us(const struct doorbell *doorbell)
{
	return doorbell->round_trip_us;
}

bool
doorbell_is_up(const struct doorbell *doorbell)
{
	return doorbell->is_up;
}
