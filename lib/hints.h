/*
 * What whoever committed tells the streams, after COMMIT: lines
 * `REDIS_CHANNEL<TAB>PAYLOAD`, as SQL functions return them. Only a hint: the log has the
 * truth, and streamd finds there what was never told.
 *
 * The faults of tests are here, at the one place between COMMIT and PUBLISH (config.fault):
 * lose-hints publishes nothing; die-after-commit ends the process, once, when it can unlink
 * RUN_DIR/fault-armed.
 */
#ifndef HINTS_H
#define HINTS_H

struct config;
struct redis;

/* Never blocks, never fails. LINES may be null: nothing. */
void hints_publish(struct redis *redis, const struct config *config, const char *lines);

#endif
