/*
 * Redis as a doorbell: subscribed to what is watched here, passing on what is
 * published, and coming back by itself when it was lost: gone, or silent for a second. What it says are hints
 * (feed.h); it keeps nothing, and nothing waits for it.
 */
#ifndef DOORBELL_H
#define DOORBELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct doorbell;
struct loop;

struct doorbell_events {
	void (*connected)(void *context); /* subscribe to everything anew */
	void (*lost)(void *context);
	void (*subscribed)(void *context, const char *name); /* from now on nothing is missed */
	void (*unsubscribed)(
	    void *context, const char *name); /* what was subscribed meanwhile, too */
	void (*message)(void *context, const char *name, const char *payload, size_t size_bytes);
};

/* Connects to the unix socket PATH in the background. EVENTS and PATH are borrowed. */
struct doorbell *doorbell_open(
    struct loop *loop, const char *path, const struct doorbell_events *events, void *context);
void doorbell_close(struct doorbell **doorbell);

/* Without effect while it is not connected. */
void doorbell_subscribe(struct doorbell *doorbell, const char *name);
void doorbell_unsubscribe(struct doorbell *doorbell, const char *name);

bool doorbell_is_up(const struct doorbell *doorbell);

/* How long the last question took that is asked every second; 0: none was answered yet. */
int64_t doorbell_round_trip_us(const struct doorbell *doorbell);

#endif
