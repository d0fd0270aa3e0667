/*
 * Engine.IO's sessions: the table of them, their heartbeats, what packets do, and their
 * ends. To add a packet: a function and its row in the table acts.
 */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "crypto.h"
#include "engine_session.h"
#include "hash.h"
#include "memory.h"
#include "websocket.h"

enum { BEATS_A_TURN = 256 };

static const char word_close[] = "1", word_noop[] = "6";

static int64_t
now_ms(const struct engine *engine)
{
	return loop_now_ms(engine->setup.loop);
}

/* The table. */

static struct engine_session **
bucket_of(struct engine *engine, const char *sid)
{
	return &engine->buckets[hash_text(sid, strlen(sid)) % ENGINE_BUCKETS];
}

static void
table_add(struct engine_session *session)
{
	struct engine_session **bucket = bucket_of(session->engine, session->sid);

	session->next = *bucket;
	*bucket = session;
	session->is_listed = true;
	session->engine->count++;
}

static void
table_remove(struct engine_session *session)
{
	struct engine_session **place = bucket_of(session->engine, session->sid);

	while (*place != session)
		place = &(*place)->next;
	*place = session->next;
	session->is_listed = false;
	session->engine->count--;
}

/* Heartbeats. */

static struct engine_session *
beat_first(const struct list *list)
{
	return list_is_empty(list) ? NULL : CONTAINER(list->next, struct engine_session, beat);
}

/* The timer is set for whoever is due first. */
static void
beat_schedule(struct engine *engine)
{
	const struct engine_session *quiet = beat_first(&engine->quiet);
	const struct engine_session *pinged = beat_first(&engine->pinged);
	int64_t due_ms = quiet ? quiet->due_ms : pinged ? pinged->due_ms : 0, delay_ms;

	loop_timer_clear(&engine->beat);
	if (!quiet && !pinged)
		return;
	if (pinged && pinged->due_ms < due_ms)
		due_ms = pinged->due_ms;
	delay_ms = due_ms - now_ms(engine);
	loop_timer_set(engine->setup.loop, &engine->beat, delay_ms > 1 ? delay_ms : 1);
}

static void
beat_wait(struct engine_session *session, struct list *list, int64_t due_ms)
{
	struct engine *engine = session->engine;

	list_remove(&session->beat);
	list_append(list, &session->beat);
	session->due_ms = due_ms;
	if (!loop_timer_is_set(&engine->beat))
		beat_schedule(engine);
}

static void
beat_ping(struct engine_session *session)
{
	struct engine *engine = session->engine;
	int64_t sent_ms = session->due_ms, timeout_ms = engine->setup.ping_timeout_ms;
	struct outlet *outlet = engine_session_outlet(session);

	/* Time that this process lost is not his, unless it is little: then he is cut when he expects it. */
	if (now_ms(engine) - sent_ms > timeout_ms / 2)
		sent_ms = now_ms(engine);
	session->is_pinged = true;
	beat_wait(session, &engine->pinged, sent_ms + timeout_ms);
	if (!outlet->is_open)
		return;
	/* On a WebSocket a frame: final, text, of one byte. */
	output_literal(&outlet->output,
	    session->websocket ? "\x81\x01"
				 "2"
			       : "2");
	outlet_touch(outlet);
}

/* Does what is due; not for more than so many at once. */
static void
beat_run(struct engine *engine)
{
	int64_t now = now_ms(engine);
	struct engine_session *session;

	for (int i = 0; i < BEATS_A_TURN; i++) {
		session = beat_first(&engine->pinged);
		if (!session || session->due_ms > now)
			break;
		engine_session_end(session, word_close);
	}
	for (int i = 0; i < BEATS_A_TURN; i++) {
		session = beat_first(&engine->quiet);
		if (!session || session->due_ms > now)
			break;
		beat_ping(session);
	}
	beat_schedule(engine);
}

static void
beat_due(struct loop_timer *timer)
{
	beat_run(CONTAINER(timer, struct engine, beat));
}

/* Engines. */

struct engine *
engine_open(const struct engine_setup *setup)
{
	struct engine *engine = memory_new(sizeof(*engine));

	engine->setup = *setup;
	list_start(&engine->quiet);
	list_start(&engine->pinged);
	loop_timer_start(&engine->beat, beat_due);
	return engine;
}

static void
each_session(struct engine *engine, void (*visit)(struct engine_session *session))
{
	for (size_t i = 0; i < ENGINE_BUCKETS; i++) {
		struct engine_session *session = engine->buckets[i], *next;

		for (; session; session = next) {
			next = session->next;
			visit(session);
		}
	}
}

static void
session_end(struct engine_session *session)
{
	engine_session_end(session, word_close);
}

void
engine_close(struct engine **engine)
{
	if (!*engine)
		return;
	each_session(*engine, session_end);
	loop_timer_clear(&(*engine)->beat);
	free(*engine);
	*engine = NULL;
}

void
engine_session_restart(struct engine_session *session)
{
	const struct engine_handler *handler = session->handler;

	if (session->is_open && handler->restart)
		handler->restart(session);
	engine_session_close(session);
}

void
engine_drain(struct engine *engine)
{
	each_session(engine, engine_session_restart);
}

uint64_t
engine_slow_cut(const struct engine *engine)
{
	return engine->slow_cut;
}

const void *
engine_context(const struct engine *engine)
{
	return engine->setup.context;
}

/* Sessions: their beginning and end. */

struct engine_session *
engine_session_new(struct engine *engine)
{
	struct engine_session *session = memory_new(sizeof(*session));
	unsigned char random[ENGINE_SID_RANDOM_BYTES];
	char text[CRYPTO_BASE64URL_SIZE(sizeof(random))];

	crypto_random(random, sizeof(random));
	crypto_base64url_write(random, sizeof(random), text);
	snprintf(session->sid, sizeof(session->sid), "%u.%s", engine->setup.number, text);
	session->engine = engine;
	session->handler = engine->setup.handler;
	list_start(&session->beat);
	table_add(session);
	return session;
}

struct engine_session *
engine_session_find(struct engine *engine, const char *sid)
{
	struct engine_session *session;

	beat_run(engine);
	session = *bucket_of(engine, sid);
	while (session && strcmp(session->sid, sid) != 0)
		session = session->next;
	return session;
}

void
engine_session_opened(struct engine_session *session)
{
	struct engine *engine = session->engine;

	session->is_open = true;
	beat_wait(session, &engine->quiet, now_ms(engine) + engine->setup.ping_interval_ms);
	if (session->handler->opened)
		session->handler->opened(session);
}

struct buffer *
engine_session_greeting(const struct engine_session *session)
{
	const struct engine_setup *setup = &session->engine->setup;
	struct writer writer = { 0 };

	writer_text(&writer, "0{\"sid\":\"");
	writer_text(&writer, session->sid);
	writer_text(
	    &writer, session->polling ? "\",\"upgrades\":[\"websocket\"]" : "\",\"upgrades\":[]");
	writer_text(&writer, ",\"pingInterval\":");
	writer_number(&writer, setup->ping_interval_ms);
	writer_text(&writer, ",\"pingTimeout\":");
	writer_number(&writer, setup->ping_timeout_ms);
	writer_text(&writer, ",\"maxPayload\":");
	writer_number(&writer, setup->payload_max_bytes);
	writer_text(&writer, "}");
	return writer_finish(&writer);
}

static void
session_reap(struct loop_task *task)
{
	struct engine_session *session = CONTAINER(task, struct engine_session, reap);

	if (session->handler->reap)
		session->handler->reap(session);
	free(session->polling);
	free(session);
}

void
engine_session_release(struct engine_session *session)
{
	if (session->is_listed || session->websockets > 0 || session->is_reaped)
		return;
	session->is_reaped = true;
	session->reap.run = session_reap;
	loop_reap(session->engine->setup.loop, &session->reap);
}

/* Nothing comes from or to its handler after this. */
static void
session_shut(struct engine_session *session)
{
	bool is_told = session->is_told;

	session->is_open = session->is_told = false;
	if (session->polling)
		session->polling->outlet.is_open = false;
	if (is_told && session->handler->closed)
		session->handler->closed(session);
}

void
engine_session_end(struct engine_session *session, const char *word)
{
	if (!session->is_listed)
		return;
	table_remove(session);
	list_remove(&session->beat);
	session_shut(session);
	if (session->polling)
		engine_polling_end(session->polling, word);
	if (session->websocket)
		websocket_close(session->websocket, WEBSOCKET_NORMAL, NULL);
	engine_session_release(session);
}

/* WORD is its last: for the poll that waits, or else for the next one, if that comes in time. */
static void
session_leave(struct engine_session *session, const char *word)
{
	struct engine *engine = session->engine;

	if (!session->polling || session->polling->poll) {
		engine_session_end(session, word);
		return;
	}
	session_shut(session);
	/* A last word of its handler's stands alone: a client who finds both together looks at this one first. */
	if (!session->polling->is_finishing || session->polling->outlet.output.size_bytes == 0)
		output_literal(&session->polling->outlet.output, word);
	beat_wait(session, &engine->pinged, now_ms(engine) + engine->setup.ping_timeout_ms);
}

void
engine_session_close(struct engine_session *session)
{
	if (session->is_open)
		session_leave(session, word_close);
}

/* What packets do. */

/* His poll may have crossed with this: then it ends, too. */
static bool
act_close(struct engine_session *session, const struct engine_packet *packet)
{
	(void)packet;
	session_leave(session, word_noop);
	return true;
}

static bool
act_pong(struct engine_session *session, const struct engine_packet *packet)
{
	struct engine *engine = session->engine;

	(void)packet;
	if (!session->is_pinged)
		return true;
	session->is_pinged = false;
	beat_wait(session, &engine->quiet, now_ms(engine) + engine->setup.ping_interval_ms);
	return true;
}

static bool
act_message(struct engine_session *session, const struct engine_packet *packet)
{
	session->handler->message(session, false, packet->bytes, packet->size_bytes);
	return true;
}

static bool
act_binary(struct engine_session *session, const struct engine_packet *packet)
{
	size_t size_bytes = ENGINE_BASE64_BYTES(packet->size_bytes);
	char *bytes = memory_new(size_bytes ? size_bytes : 1);
	bool is_valid = engine_base64_read(bytes, &size_bytes, packet->bytes, packet->size_bytes);

	if (is_valid)
		session->handler->message(session, true, bytes, size_bytes);
	free(bytes);
	return is_valid;
}

static bool
act_noop(struct engine_session *session, const struct engine_packet *packet)
{
	(void)session, (void)packet;
	return true;
}

/* The rest is the server's to say, or belongs to an upgrade. */
static bool (*const acts[])(struct engine_session *session, const struct engine_packet *packet) = {
	[ENGINE_CLOSE] = act_close,
	[ENGINE_PONG] = act_pong,
	[ENGINE_MESSAGE] = act_message,
	[ENGINE_NOOP] = act_noop,
	[ENGINE_BINARY] = act_binary,
};

bool
engine_session_packet(struct engine_session *session, const struct engine_packet *packet)
{
	return acts[packet->type] && acts[packet->type](session, packet);
}

/* Sessions, as their handler sees them. */

struct engine *
engine_of(const struct engine_session *session)
{
	return session->engine;
}

void *
engine_session_context(const struct engine_session *session)
{
	return session->context;
}

void
engine_session_set_context(struct engine_session *session, void *context)
{
	session->context = context;
}

bool
engine_session_is_websocket(const struct engine_session *session)
{
	return session->websocket != NULL;
}

bool
engine_session_deflates(const struct engine_session *session)
{
	return session->websocket && websocket_deflates(session->websocket);
}

struct outlet *
engine_session_outlet(struct engine_session *session)
{
	return session->websocket ? websocket_outlet(session->websocket)
				  : &session->polling->outlet;
}

void
engine_session_send(
    struct engine_session *session, bool is_binary, const char *bytes, size_t size_bytes)
{
	if (!session->is_open)
		return;
	if (session->websocket)
		engine_websocket_send(session->websocket, is_binary, bytes, size_bytes);
	else
		engine_polling_send(session->polling, is_binary, bytes, size_bytes);
}

void
engine_session_wait(struct engine_session *session, unsigned seconds)
{
	if (session->is_open)
		outlet_wait(engine_session_outlet(session), seconds);
}
