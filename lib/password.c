/*
 * argon2id by libargon2, in a few processes of its own (hasher.h): whoever wants a password hashed waits for
 * one of them to be free.
 */
#include "password.h"

#include <argon2.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "hasher.h"
#include "log.h"

#define LANES 1 /* as hasher.c has it */
#define HASHERS_MAX 64

/* The hashers that have nothing to do, and who waits for one. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	int64_t started, waiting;
	int64_t free_count;
	int free[HASHERS_MAX];
};

/* Who signs somebody in, and who waits to. */
struct turns {
	pthread_mutex_t lock;
	pthread_cond_t given;
	int64_t taken, waiting;
};

/* Set by password_start, before there are threads; the gate and the turns guard themselves. */
static struct password_cost cost;
static char dummy_hash[PASSWORD_HASH_SIZE];
static struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER };
static struct turns turns = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.given = PTHREAD_COND_INITIALIZER };

enum password_result
password_turn_take(void)
{
	enum password_result result = PASSWORD_BUSY;

	pthread_mutex_lock(&turns.lock);
	if (turns.taken <= cost.concurrency || turns.waiting < cost.queue) {
		turns.waiting++;
		while (turns.taken > cost.concurrency)
			pthread_cond_wait(&turns.given, &turns.lock);
		turns.waiting--;
		turns.taken++;
		result = PASSWORD_OK;
	}
	pthread_mutex_unlock(&turns.lock);
	return result;
}

void
password_turn_give(void)
{
	pthread_mutex_lock(&turns.lock);
	turns.taken--;
	pthread_cond_signal(&turns.given);
	pthread_mutex_unlock(&turns.lock);
}

/* Waits for a hasher. -1: too many wait already. */
static int
gate_enter(void)
{
	int hasher = -1;

	pthread_mutex_lock(&gate.lock);
	if (gate.free_count > 0 || gate.waiting < cost.queue) {
		gate.waiting++;
		while (gate.free_count == 0)
			pthread_cond_wait(&gate.freed, &gate.lock);
		gate.waiting--;
		hasher = gate.free[--gate.free_count];
	}
	pthread_mutex_unlock(&gate.lock);
	return hasher;
}

static void
gate_leave(int hasher)
{
	pthread_mutex_lock(&gate.lock);
	gate.free[gate.free_count++] = hasher;
	pthread_cond_signal(&gate.freed);
	pthread_mutex_unlock(&gate.lock);
}

static bool
hashers_start(void)
{
	for (; gate.started < cost.concurrency; gate.started++) {
		int hasher = hasher_start((int)cost.nice);

		if (hasher < 0)
			return false;
		gate_leave(hasher);
	}
	return true;
}

/* An argon2 failure is one of memory, or of our parameters. */
static bool
is_made(int error)
{
	if (error != ARGON2_OK)
		log_error("password not hashed", LOG_TEXT("reason", argon2_error_message(error)));
	return error == ARGON2_OK;
}

/* False: too many wait, or the hasher was killed at it. */
static bool
job_run(const struct hasher_job *job, struct hasher_result *result)
{
	int hasher = gate_enter();
	bool is_answered;

	if (hasher < 0)
		return false;
	is_answered = hasher_ask(hasher, job, result);
	if (!is_answered) {
		log_error("a hasher is gone; another one takes its place");
		hasher = hasher_restart(hasher, (int)cost.nice);
	}
	gate_leave(hasher);
	return is_answered;
}

bool
password_start(const struct password_cost *wanted)
{
	unsigned char nobody_knows[32];
	char password[CRYPTO_HEX_SIZE(sizeof(nobody_knows))];
	struct hasher_result dummy;

	cost = *wanted;
	crypto_random(nobody_knows, sizeof(nobody_knows));
	crypto_hex_write(nobody_knows, sizeof(nobody_knows), password);
	hasher_work(
	    &(struct hasher_job){
		.memory_kib = cost.memory_kib, .passes = cost.passes, .password = password },
	    &dummy);
	memcpy(dummy_hash, dummy.hash, sizeof(dummy_hash));
	return is_made(dummy.error) && hashers_start();
}

enum password_result
password_hash(const char *password, char hash[PASSWORD_HASH_SIZE])
{
	const struct hasher_job job = {
		.memory_kib = cost.memory_kib, .passes = cost.passes, .password = password
	};
	struct hasher_result result;

	if (!job_run(&job, &result) || !is_made(result.error))
		return PASSWORD_BUSY;
	memcpy(hash, result.hash, PASSWORD_HASH_SIZE);
	return PASSWORD_OK;
}

enum password_result
password_verify(const char *password, const char *hash)
{
	const struct hasher_job job = { .password = password,
		.hash = hash != NULL ? hash : dummy_hash };
	struct hasher_result result;

	if (!job_run(&job, &result) || result.error == ARGON2_MEMORY_ALLOCATION_ERROR)
		return PASSWORD_BUSY;
	if (result.error != ARGON2_OK && result.error != ARGON2_VERIFY_MISMATCH)
		log_error("password hash unreadable",
		    LOG_TEXT("reason", argon2_error_message(result.error)));
	return result.error == ARGON2_OK && hash != NULL ? PASSWORD_OK : PASSWORD_WRONG;
}

bool
password_needs_rehash(const char *hash)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "$argon2id$v=%d$m=%u,t=%u,p=%d$",
	    ARGON2_VERSION_NUMBER, (unsigned)cost.memory_kib, (unsigned)cost.passes, LANES);
	return strncmp(hash, expected, strlen(expected)) != 0;
}
