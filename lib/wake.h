/*
 * How a worker waits: until its time is up, or until somebody who has committed work for it rings.
 * A ring is a message on the Redis channel `wake:NAME`, published as the hint line
 * `wake:NAME<TAB>1`. Like every hint it may be lost, and Redis may be away: then the time alone counts.
 *
 *	struct wake *wake = wake_open(&config, "payment");
 *	while (wake_wait(wake, payment_work()) != WAKE_STOP)
 *		;
 *	wake_close(&wake);
 *
 * Only while it waits are SIGTERM and SIGINT held back, to be answered in order; in the middle of work they end
 * the process, which therefore has to be of the kind that may die at any time.
 */
#ifndef WAKE_H
#define WAKE_H

#include <stdint.h>

struct config;
struct wake;

enum wake_reason { WAKE_TIME, WAKE_RUNG, WAKE_STOP };

/* CONFIG and NAME are borrowed. Connects to nothing yet. Never null. For the main thread alone. */
struct wake *wake_open(const struct config *config, const char *name);
void wake_close(struct wake **wake);

/*
 * Waits for at most TIMEOUT_MS (0 and less: only looks). Whatever was rung since the last wait counts,
 * and so does a connection to Redis that is new, for it may have missed a ring.
 */
enum wake_reason wake_wait(struct wake *wake, int64_t timeout_ms);

#endif
