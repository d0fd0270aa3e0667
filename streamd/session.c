/*
 * Sessions by id. One that has ended stays in the table for 15 minutes, without
 * streams; an access token is dead by then.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "memory.h"
#include "stream.h"
#include "uuid.h"
#include "wheel.h"

enum { BUCKETS = 4096, REMEMBER_S = 15 * 60, CLEAN_S = 60 };

struct session {
	struct session *next; /* of its bucket */
	struct sessions *all;
	struct list streams;
	int64_t expires_s;
	int64_t ended_s; /* 0: it lives */
	char id[UUID_TEXT_SIZE];
	char user_id[UUID_TEXT_SIZE];
};

struct sessions {
	struct wheel *wheel;
	struct wheel_timer clean;
	struct session *buckets[BUCKETS];
};

/* A UUIDv7 ends in random digits. */
static struct session **
bucket_of(struct sessions *sessions, const char *id)
{
	size_t length = strlen(id);

	return &sessions->buckets[strtoul(id + (length > 8 ? length - 8 : 0), NULL, 16) % BUCKETS];
}

static struct session *
session_find(struct sessions *sessions, const char *id)
{
	struct session *session = *bucket_of(sessions, id);

	while (session && strcmp(session->id, id) != 0)
		session = session->next;
	return session;
}

static struct session *
session_new(struct sessions *sessions, const char *id)
{
	struct session *session = memory_new(sizeof(*session));
	struct session **bucket = bucket_of(sessions, id);

	session->all = sessions;
	session->expires_s = INT64_MAX;
	list_start(&session->streams);
	memcpy(session->id, id, strnlen(id, UUID_TEXT_LENGTH));
	session->next = *bucket;
	*bucket = session;
	return session;
}

static void
session_free(struct session *session)
{
	struct session **place = bucket_of(session->all, session->id);

	while (*place != session)
		place = &(*place)->next;
	*place = session->next;
	free(session);
}

static void
sessions_clean(struct wheel_timer *timer)
{
	struct sessions *sessions = CONTAINER(timer, struct sessions, clean);
	int64_t since_s = clock_monotonic_ms() / 1000 - REMEMBER_S;

	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct session *session = sessions->buckets[i], *next; session;
		     session = next) {
			next = session->next;
			if (session->ended_s && session->ended_s < since_s &&
			    list_is_empty(&session->streams))
				session_free(session);
		}
	}
	wheel_set(sessions->wheel, timer, CLEAN_S);
}

struct sessions *
sessions_open(struct wheel *wheel)
{
	struct sessions *sessions = memory_new(sizeof(*sessions));

	sessions->wheel = wheel;
	wheel_timer_start(&sessions->clean, sessions_clean);
	wheel_set(wheel, &sessions->clean, CLEAN_S);
	return sessions;
}

void
sessions_close(struct sessions **sessions)
{
	if (!*sessions)
		return;
	wheel_clear(&(*sessions)->clean);
	for (size_t i = 0; i < BUCKETS; i++) {
		while ((*sessions)->buckets[i])
			session_free((*sessions)->buckets[i]);
	}
	free(*sessions);
	*sessions = NULL;
}

bool
session_has_ended(struct sessions *sessions, const char *id)
{
	const struct session *session = session_find(sessions, id);

	return session && session->ended_s;
}

void
session_join(struct sessions *sessions, const char *id, const char *user_id, int64_t expires_s,
    struct stream *stream)
{
	struct session *session = session_find(sessions, id);

	if (!session)
		session = session_new(sessions, id);
	list_append(&session->streams, &stream->session_link);
	stream->session = session;
	session_learn(stream, user_id, expires_s);
}

void
session_learn(struct stream *stream, const char *user_id, int64_t expires_s)
{
	struct session *session = stream->session;

	memcpy(session->user_id, user_id, strnlen(user_id, UUID_TEXT_LENGTH));
	if (session->expires_s > expires_s)
		session->expires_s = expires_s;
}

void
session_leave(struct stream *stream)
{
	struct session *session = stream->session;

	if (!session)
		return;
	list_remove(&stream->session_link);
	stream->session = NULL;
	if (list_is_empty(&session->streams) && !session->ended_s)
		session_free(session);
}

const char *
session_id(const struct stream *stream)
{
	return stream->session->id;
}

const char *
session_user(const struct stream *stream)
{
	return stream->session->user_id;
}

bool
session_has_expired(const struct stream *stream)
{
	return stream->session && stream->session->expires_s <= clock_wall_s();
}

void
session_end(struct sessions *sessions, const char *id)
{
	struct session *session = session_find(sessions, id);

	if (!uuid_is_valid(id) || (session && session->ended_s))
		return;
	if (!session)
		session = session_new(sessions, id);
	session->ended_s = clock_monotonic_ms() / 1000 + 1;
	LIST_EACH(entry, after, &session->streams)
		stream_drain(
		    CONTAINER(entry, struct stream, session_link), TRANSPORT_SESSION_ENDED);
}

void
session_each_of_user(struct sessions *sessions, const char *user_id,
    void (*visit)(struct stream *stream, void *context), void *context)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct session *session = sessions->buckets[i]; session;
		     session = session->next) {
			if (strcmp(session->user_id, user_id) != 0)
				continue;
			LIST_EACH(entry, after, &session->streams)
				visit(CONTAINER(entry, struct stream, session_link), context);
		}
	}
}
