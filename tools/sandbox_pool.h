/*
 * The sandbox's connections to PostgreSQL. An HTTP connection has a thread of its own and mostly waits, so it borrows one
 * for a statement instead of keeping it.
 */
#ifndef SANDBOX_POOL_H
#define SANDBOX_POOL_H

struct config;
struct db;
struct pool;

/* Never null. CONFIG is borrowed. */
struct pool *pool_open(const struct config *config);

/* All of them must have been given back. */
void pool_close(struct pool **pool);

/* Blocks until one is free. Thread-safe. */
struct db *pool_take(struct pool *pool);
void pool_give(struct pool *pool, struct db *db);

#endif
