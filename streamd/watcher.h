/*
 * A watcher: a client whose request is answered by a stream, as long as it goes on. What
 * he sends meanwhile is ignored; he is counted, and belongs to a session.
 */
#ifndef WATCHER_H
#define WATCHER_H

#include <stdint.h>

struct admission;
struct exchange;
struct server;
struct stream;
struct stream_setup;

/*
 * Answers EXCHANGE, which was identified, by a stream; what SETUP says of outlet and streams is filled in here.
 * ADMISSION is taken over. USER and EXPIRES are session_join()'s. Ends the exchange.
 */
struct stream *watcher_begin(struct exchange *exchange, struct stream_setup *setup,
    const struct admission *admission, const char *user_id, int64_t expires_s);

/* How every stream ends that somebody watches: out of the count, its review and its session. Null is fine. */
void watcher_leave(struct server *server, struct stream **stream);

#endif
