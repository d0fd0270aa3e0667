/*
 * What must follow when somebody's session ends or his rights change while he
 * watches: within a second, and without a reconnect where something is left to him.
 */
#ifndef REVIEW_H
#define REVIEW_H

struct feed_events;

/* For the feed; their context is the server. */
extern const struct feed_events review_events;

#endif
