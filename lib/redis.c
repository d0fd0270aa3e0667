/*
 * Redis by hiredis: a queue with its publisher thread, and beside it one
 * connection for counting, behind a breaker.
 */
#include "redis.h"

#include <hiredis/hiredis.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#define QUEUE_MAX_BYTES (8 << 20)
#define PUBLISH_TIMEOUT_MS 250
#define COMMAND_FRAME 80 /* bytes of a PUBLISH but for its channel and payload, at most */
#define REST_US 2000	 /* after a batch: the first hint goes at once, a busy moment's together */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS 2000
#define COUNT_TIMEOUT_MS 100
#define BREAKER_MS 1000

struct message {
	struct message *next;
	size_t size_bytes; /* of the whole allocation */
	size_t length;
	char command[]; /* as it goes to Redis */
};

struct queue {
	struct message *first;
	struct message **last;
	size_t size_bytes;
};

struct redis {
	char *path;

	pthread_t publisher;
	pthread_mutex_t queue_lock; /* guards queue, dropped, is_closing */
	pthread_cond_t queue_changed;
	struct queue queue;
	int64_t dropped;
	bool is_closing;
	redisContext *publishing; /* the publisher's own */

	pthread_mutex_t count_lock; /* guards what follows */
	redisContext *counting;
	int64_t closed_until_ms; /* the breaker */
};

/* Counts and starts the window with the first addition, in one step. */
static const char count_script[] =
    "if ARGV[1] == '0' then"
    "  return {tonumber(redis.call('GET', KEYS[1]) or '0'), math.max(redis.call('PTTL', KEYS[1]), 0)} "
    "end "
    "local count = redis.call('INCRBY', KEYS[1], ARGV[1]) "
    "local left = redis.call('PTTL', KEYS[1]) "
    "if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) left = tonumber(ARGV[2]) end "
    "return {count, left}";

/* A connection to PATH that gives up after TIMEOUT_MS, or null. */
static redisContext *
connection_open(const char *path, int64_t timeout_ms)
{
	struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	redisContext *connection = redisConnectUnixWithTimeout(path, timeout);

	if (connection == NULL)
		return NULL;
	if (connection->err == 0 && redisSetTimeout(connection, timeout) == REDIS_OK)
		return connection;
	redisFree(connection);
	return NULL;
}

static void
connection_close(redisContext **connection)
{
	if (*connection != NULL)
		redisFree(*connection);
	*connection = NULL;
}

/* A PUBLISH in Redis' own protocol (RESP), so that the publisher has nothing to format. Null: no memory. */
static struct message *
message_new(const char *channel, size_t channel_length, const char *payload, size_t payload_length)
{
	size_t room = COMMAND_FRAME + channel_length + payload_length;
	struct message *message = malloc(sizeof(*message) + room);

	if (message == NULL)
		return NULL;
	message->length = (size_t)snprintf(message->command, room,
	    "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\n%.*s\r\n$%zu\r\n%.*s\r\n", channel_length,
	    (int)channel_length, channel, payload_length, (int)payload_length, payload);
	message->size_bytes = sizeof(*message) + room;
	message->next = NULL;
	return message;
}

static void
queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
	queue->size_bytes = 0;
}

static void
queue_put(struct queue *queue, struct message *message)
{
	*queue->last = message;
	queue->last = &message->next;
	queue->size_bytes += message->size_bytes;
}

/* Where there was no memory, MESSAGE is null: a hint need not survive that. */
static void
queue_offer(struct queue *queue, struct message *message)
{
	if (message != NULL)
		queue_put(queue, message);
}

/* Moves all of MORE, which has some, to the end of QUEUE. */
static void
queue_append(struct queue *queue, struct queue *more)
{
	*queue->last = more->first;
	queue->last = more->last;
	queue->size_bytes += more->size_bytes;
	queue_init(more);
}

static void
queue_drop_first(struct queue *queue)
{
	struct message *first = queue->first;

	queue->first = first->next;
	queue->size_bytes -= first->size_bytes;
	if (queue->first == NULL)
		queue->last = &queue->first;
	free(first);
}

/* Moves all of FROM into the empty TO. */
static void
queue_move(struct queue *from, struct queue *to)
{
	*to = *from;
	if (to->first == NULL)
		to->last = &to->first;
	queue_init(from);
}

/* Drops all; returns how many there were. */
static int64_t
queue_clear(struct queue *queue)
{
	int64_t count = 0;

	for (; queue->first != NULL; count++)
		queue_drop_first(queue);
	return count;
}

/* Sends every message in one go; done with when its reply has come. */
static bool
batch_send(redisContext *connection, struct queue *batch)
{
	for (const struct message *message = batch->first; message != NULL; message = message->next)
		if (redisAppendFormattedCommand(connection, message->command, message->length) !=
		    REDIS_OK)
			return false;
	while (batch->first != NULL) {
		void *reply;

		if (redisGetReply(connection, &reply) != REDIS_OK)
			return false;
		freeReplyObject(reply);
		queue_drop_first(batch);
	}
	return true;
}

/* Publishes BATCH, over a new connection if the old one is dead. False: Redis is away. */
static bool
batch_publish(struct redis *redis, struct queue *batch)
{
	for (int attempt = 0; attempt < 2 && batch->first != NULL; attempt++) {
		if (redis->publishing == NULL)
			redis->publishing = connection_open(redis->path, PUBLISH_TIMEOUT_MS);
		if (redis->publishing == NULL)
			return false;
		if (!batch_send(redis->publishing, batch))
			connection_close(&redis->publishing);
	}
	return batch->first == NULL;
}

/* Waits with the lock held, until the queue changes or WAIT_MS are over. */
static void
queue_wait(struct redis *redis, int64_t wait_ms)
{
	int64_t until_us = clock_monotonic_us() + wait_ms * 1000;
	struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };

	pthread_cond_timedwait(&redis->queue_changed, &redis->queue_lock, &until);
}

/* Sits out the time before Redis is tried again; the queue looks after itself. */
static void
publisher_back_off(struct redis *redis, int64_t backoff_ms)
{
	int64_t until_ms = clock_monotonic_ms() + backoff_ms;
	int64_t left_ms;

	pthread_mutex_lock(&redis->queue_lock);
	while (!redis->is_closing && (left_ms = until_ms - clock_monotonic_ms()) > 0)
		queue_wait(redis, left_ms);
	pthread_mutex_unlock(&redis->queue_lock);
}

/* Takes what is queued, waiting for something. False: closing, and nothing is left. */
static bool
publisher_take(struct redis *redis, struct queue *batch, int64_t *dropped)
{
	pthread_mutex_lock(&redis->queue_lock);
	while (redis->queue.first == NULL && !redis->is_closing)
		pthread_cond_wait(&redis->queue_changed, &redis->queue_lock);
	queue_move(&redis->queue, batch);
	*dropped = redis->dropped;
	redis->dropped = 0;
	pthread_mutex_unlock(&redis->queue_lock);
	return batch->first != NULL;
}

/* How long to wait before the next try: twice as long after each failure, not at all after a success. */
static int64_t
backoff_after(bool is_sent, int64_t backoff_ms)
{
	if (is_sent)
		return 0;
	if (backoff_ms == 0)
		return BACKOFF_FIRST_MS;
	return backoff_ms * 2 < BACKOFF_LAST_MS ? backoff_ms * 2 : BACKOFF_LAST_MS;
}

/* Says what changed; a long outage is not said again and again. */
static void
publisher_report(bool is_sent, bool was_away, int64_t dropped)
{
	if (dropped > 0)
		log_warning("hints dropped", LOG_INT("count", dropped));
	if (is_sent && was_away)
		log_info("Redis is back");
	if (!is_sent && !was_away)
		log_warning("Redis is away");
}

/*
 * A batch that can't be sent is dropped: by the time Redis is back its readers
 * have found the same in the log.
 */
static void *
publisher_run(void *argument)
{
	struct redis *redis = argument;
	struct queue batch;
	int64_t backoff_ms = 0;
	int64_t dropped;

	while (publisher_take(redis, &batch, &dropped)) {
		bool is_sent = batch_publish(redis, &batch);

		dropped += queue_clear(&batch);
		publisher_report(is_sent, backoff_ms > 0, dropped);
		backoff_ms = backoff_after(is_sent, backoff_ms);
		publisher_back_off(redis, backoff_ms);
		usleep(REST_US);
	}
	connection_close(&redis->publishing);
	return NULL;
}

/* Signals are for main: the publisher starts with all of them blocked. */
static void
publisher_start(struct redis *redis)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&redis->queue_changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&redis->publisher, NULL, publisher_run, redis) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct redis *
redis_open(const char *path)
{
	struct redis *redis = calloc(1, sizeof(*redis));

	if (redis == NULL || (redis->path = strdup(path)) == NULL)
		abort();
	pthread_mutex_init(&redis->queue_lock, NULL);
	pthread_mutex_init(&redis->count_lock, NULL);
	queue_init(&redis->queue);
	publisher_start(redis);
	return redis;
}

void
redis_close(struct redis **redis)
{
	struct redis *closing = *redis;

	if (closing == NULL)
		return;
	pthread_mutex_lock(&closing->queue_lock);
	closing->is_closing = true;
	pthread_cond_signal(&closing->queue_changed);
	pthread_mutex_unlock(&closing->queue_lock);
	pthread_join(closing->publisher, NULL);
	pthread_cond_destroy(&closing->queue_changed);
	pthread_mutex_destroy(&closing->queue_lock);
	pthread_mutex_destroy(&closing->count_lock);
	connection_close(&closing->counting);
	free(closing->path);
	free(closing);
	*redis = NULL;
}

/* Moves all of MESSAGES to the end of the queue: at once, so that the publisher wakes once and sends them in one go. */
static void
redis_enqueue(struct redis *redis, struct queue *messages)
{
	if (messages->first == NULL)
		return;
	pthread_mutex_lock(&redis->queue_lock);
	queue_append(&redis->queue, messages);
	for (; redis->queue.size_bytes > QUEUE_MAX_BYTES; redis->dropped++)
		queue_drop_first(&redis->queue);
	pthread_cond_signal(&redis->queue_changed);
	pthread_mutex_unlock(&redis->queue_lock);
}

void
redis_publish(struct redis *redis, const char *channel, const char *payload)
{
	struct queue messages;

	queue_init(&messages);
	queue_offer(&messages, message_new(channel, strlen(channel), payload, strlen(payload)));
	redis_enqueue(redis, &messages);
}

void
redis_publish_lines(struct redis *redis, const char *lines)
{
	struct queue messages;

	if (lines == NULL)
		return;
	queue_init(&messages);
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");
		const char *tab = memchr(lines, '\t', length);

		if (tab != NULL)
			queue_offer(&messages,
			    message_new(lines, (size_t)(tab - lines), tab + 1,
				length - (size_t)(tab + 1 - lines)));
		lines += length + (lines[length] == '\n');
	}
	redis_enqueue(redis, &messages);
}

/* Runs the script over the open connection; null when Redis did not answer as it should. */
static redisReply *
count_ask(redisContext *connection, const char *key, int64_t window_ms, int64_t amount)
{
	redisReply *reply = redisCommand(connection, "EVAL %s 1 %s %lld %lld", count_script, key,
	    (long long)amount, (long long)window_ms);

	if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2)
		return reply;
	if (reply != NULL)
		freeReplyObject(reply);
	return NULL;
}

bool
redis_count(struct redis *redis, const char *key, int64_t window_ms, int64_t amount, int64_t *count,
    int64_t *resets_in_ms)
{
	redisReply *reply = NULL;

	pthread_mutex_lock(&redis->count_lock);
	if (clock_monotonic_ms() >= redis->closed_until_ms) {
		if (redis->counting == NULL)
			redis->counting = connection_open(redis->path, COUNT_TIMEOUT_MS);
		if (redis->counting != NULL)
			reply = count_ask(redis->counting, key, window_ms, amount);
		if (reply == NULL) {
			connection_close(&redis->counting);
			redis->closed_until_ms = clock_monotonic_ms() + BREAKER_MS;
		}
	}
	pthread_mutex_unlock(&redis->count_lock);
	if (reply == NULL)
		return false;
	*count = reply->element[0]->integer;
	*resets_in_ms = reply->element[1]->integer;
	freeReplyObject(reply);
	return true;
}
