/*
 * Redis, which FoodFast can always do without: it carries hints, and counts for
 * limits. So nothing here ever fails or delays a request: publishing only puts
 * into a queue, and counting gives up after 100 ms and then for a second.
 */
#ifndef REDIS_H
#define REDIS_H

#include <stdbool.h>
#include <stdint.h>

struct redis;

/*
 * A client of the server at the unix socket PATH; starts its publisher thread
 * (which blocks all signals). It need not be up. Never null. Thread-safe.
 */
struct redis *redis_open(const char *path);

/* Publishes what is queued (for at most half a second), then frees all. Null-safe. */
void redis_close(struct redis **redis);

/*
 * Queues PAYLOAD for CHANNEL (both copied) and returns at once. When the queue is
 * full the oldest is dropped: a lost hint delays an event, it loses none.
 */
void redis_publish(struct redis *redis, const char *channel, const char *payload);

/* The same for lines `CHANNEL<TAB>PAYLOAD`, as SQL functions return them. Null: nothing. */
void redis_publish_lines(struct redis *redis, const char *lines);

/*
 * Adds AMOUNT (0: only looks) to a counter that starts at 0 and is forgotten
 * WINDOW_MS after its first addition. COUNT is the new value, RESETS_IN_MS what is
 * left of the window. False: Redis did not answer; count otherwise.
 */
bool redis_count(struct redis *redis, const char *key, int64_t window_ms, int64_t amount,
    int64_t *count, int64_t *resets_in_ms);

#endif
