/*
 * argon2id by libargon2, behind a gate that lets a few work and a few wait.
 */
#include "password.h"

#include <argon2.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "log.h"

/* What is not a matter of cost (RFC 9106, section 4). */
#define LANES 1
#define SALT_BYTES 16
#define HASH_BYTES 32

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	int64_t working;
	int64_t waiting;
};

/* Set once by password_start, before there are threads; the gate guards itself. */
static struct password_cost cost;
static char dummy_hash[PASSWORD_HASH_SIZE];
static struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER };

/* Waits for a turn. False: too many wait already. */
static bool
gate_enter(void)
{
	bool is_in = true;

	pthread_mutex_lock(&gate.lock);
	if (gate.working >= cost.concurrency && gate.waiting >= cost.queue) {
		is_in = false;
	} else {
		gate.waiting++;
		while (gate.working >= cost.concurrency)
			pthread_cond_wait(&gate.freed, &gate.lock);
		gate.waiting--;
		gate.working++;
	}
	pthread_mutex_unlock(&gate.lock);
	return is_in;
}

static void
gate_leave(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.working--;
	pthread_cond_signal(&gate.freed);
	pthread_mutex_unlock(&gate.lock);
}

/* An argon2 failure is one of memory, or of our parameters. */
static bool
hash_make(const char *password, char hash[PASSWORD_HASH_SIZE])
{
	unsigned char salt[SALT_BYTES];
	int error;

	crypto_random(salt, sizeof(salt));
	error = argon2id_hash_encoded((uint32_t)cost.passes, (uint32_t)cost.memory_kib, LANES,
	    password, strlen(password), salt, sizeof(salt), HASH_BYTES, hash, PASSWORD_HASH_SIZE);
	if (error != ARGON2_OK)
		log_error("password not hashed", LOG_TEXT("reason", argon2_error_message(error)));
	return error == ARGON2_OK;
}

bool
password_start(const struct password_cost *wanted)
{
	unsigned char nobody_knows[32];
	char password[CRYPTO_HEX_SIZE(sizeof(nobody_knows))];

	cost = *wanted;
	crypto_random(nobody_knows, sizeof(nobody_knows));
	crypto_hex_write(nobody_knows, sizeof(nobody_knows), password);
	return hash_make(password, dummy_hash);
}

enum password_result
password_hash(const char *password, char hash[PASSWORD_HASH_SIZE])
{
	bool is_made;

	if (!gate_enter())
		return PASSWORD_BUSY;
	is_made = hash_make(password, hash);
	gate_leave();
	return is_made ? PASSWORD_OK : PASSWORD_BUSY;
}

enum password_result
password_verify(const char *password, const char *hash)
{
	int error;

	if (!gate_enter())
		return PASSWORD_BUSY;
	error = argon2id_verify(hash != NULL ? hash : dummy_hash, password, strlen(password));
	gate_leave();
	if (error == ARGON2_MEMORY_ALLOCATION_ERROR)
		return PASSWORD_BUSY;
	if (error != ARGON2_OK && error != ARGON2_VERIFY_MISMATCH)
		log_error(
		    "password hash unreadable", LOG_TEXT("reason", argon2_error_message(error)));
	return error == ARGON2_OK && hash != NULL ? PASSWORD_OK : PASSWORD_WRONG;
}

bool
password_needs_rehash(const char *hash)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "$argon2id$v=%d$m=%u,t=%u,p=%d$",
	    ARGON2_VERSION_NUMBER, (unsigned)cost.memory_kib, (unsigned)cost.passes, LANES);
	return strncmp(hash, expected, strlen(expected)) != 0;
}
