#include "sandbox_pool.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "db.h"
#include "log.h"

#define CONNECTIONS 8

struct pool {
	struct db *all[CONNECTIONS];
	struct db *free[CONNECTIONS];
	size_t free_count;
	pthread_mutex_t mutex;
	pthread_cond_t given;
};

struct pool *
pool_open(const struct config *config)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool) {
		log_error("out of memory");
		abort();
	}
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->given, NULL);
	for (size_t i = 0; i < CONNECTIONS; i++)
		pool->all[i] = pool->free[i] = db_open(config, "sandbox");
	pool->free_count = CONNECTIONS;
	return pool;
}

void
pool_close(struct pool **pool)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		db_close(&(*pool)->all[i]);
	pthread_cond_destroy(&(*pool)->given);
	pthread_mutex_destroy(&(*pool)->mutex);
	free(*pool);
	*pool = NULL;
}

struct db *
pool_take(struct pool *pool)
{
	struct db *db;

	pthread_mutex_lock(&pool->mutex);
	while (pool->free_count == 0)
		pthread_cond_wait(&pool->given, &pool->mutex);
	db = pool->free[--pool->free_count];
	pthread_mutex_unlock(&pool->mutex);
	return db;
}

void
pool_give(struct pool *pool, struct db *db)
{
	pthread_mutex_lock(&pool->mutex);
	pool->free[pool->free_count++] = db;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->mutex);
}
