/*
 * Who is connected: the streams of each session, so that they end with it, and the
 * sessions that ended lately, so that none begins after it.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;
struct sessions;
struct stream;
struct wheel;

struct sessions *sessions_open(struct wheel *wheel);
void sessions_close(struct sessions **sessions);

/* Did it end within the last 15 minutes, as far as was heard? */
bool session_has_ended(struct sessions *sessions, const char *id);

/*
 * STREAM belongs to session ID of USER from here on, until session_leave(). EXPIRES: seconds since 1970; the
 * earliest that was ever said counts, so who does not know it says INT64_MAX.
 */
void session_join(struct sessions *sessions, const char *id, const char *user_id, int64_t expires_s,
    struct stream *stream);

/* The database has told more of the session that STREAM joined. */
void session_learn(struct stream *stream, const char *user_id, int64_t expires_s);

void session_leave(struct stream *stream);

const char *session_id(const struct stream *stream);
const char *session_user(const struct stream *stream); /* "": not known yet */
bool session_has_expired(const struct stream *stream);

/* Ends all its streams, and lets none join for 15 minutes. */
void session_end(struct sessions *sessions, const char *id);

/* Visits every stream of a user. */
void session_each_of_user(struct sessions *sessions, const char *user_id,
    void (*visit)(struct stream *stream, void *context), void *context);

#endif
