/*
 * What must follow when somebody's session ends or his rights change while he
 * watches: within a second, and without a reconnect where something is left to him.
 */
#ifndef REVIEW_H
#define REVIEW_H

#include <stdint.h>

struct feed_events;
struct server;
struct stream;

/* For the feed; their context is the server. */
extern const struct feed_events review_events;

/*
 * STREAM watches more than it did, and asked for it when RIGHTS_CHANGES were heard of (server.h). A review that is under
 * way, or has been meanwhile, knows nothing of that: there is another.
 */
void review_renew(struct server *server, struct stream *stream, uint64_t rights_changes);

#endif
