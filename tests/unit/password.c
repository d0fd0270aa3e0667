/*
 * password: what matches, what does not, at which cost, and how many at once.
 */
#include "password.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "test.h"

#define CALLERS 12

static const struct password_cost cheap = {
	.memory_kib = 8192, .passes = 1, .concurrency = 1, .queue = 2, .nice = 10
};
static const struct password_cost dearer = {
	.memory_kib = 8192, .passes = 2, .concurrency = 1, .queue = 2
};

static void
test_match(void)
{
	char hash[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE];

	is_int(password_hash("correct horse", hash), PASSWORD_OK, "hashed");
	ok(strncmp(hash, "$argon2id$v=19$m=8192,t=1,p=1$", 30) == 0,
	    "AC-23 argon2id at the cost asked for");
	is_int(password_verify("correct horse", hash), PASSWORD_OK, "matches");
	is_int(password_verify("Correct horse", hash), PASSWORD_WRONG, "another does not");
	is_int(password_verify("", hash), PASSWORD_WRONG, "nor does an empty one");
	is_int(password_verify("correct horse", NULL), PASSWORD_WRONG,
	    "nobody's password matches nothing");
	is_int(password_verify("correct horse", "not a hash"), PASSWORD_WRONG, "nor a broken hash");
	password_hash("correct horse", again);
	ok(strcmp(hash, again) != 0, "salted");
}

/* The work of an unknown account, in percent of a known one's. */
static int64_t
dummy_share(const char *hash)
{
	int64_t started_us = clock_monotonic_us();
	int64_t known_us;

	for (int i = 0; i < 8; i++)
		password_verify("wrong", hash);
	known_us = clock_monotonic_us() - started_us;
	for (int i = 0; i < 8; i++)
		password_verify("wrong", NULL);
	return (clock_monotonic_us() - started_us - known_us) * 100 / known_us;
}

static void
test_dummy(void)
{
	char hash[PASSWORD_HASH_SIZE];
	int64_t share = 0;

	password_hash("correct horse", hash);
	/* A busy machine may disturb one measurement, not five. */
	for (int attempt = 0; attempt < 5 && (share < 60 || share > 160); attempt++)
		share = dummy_share(hash);
	ok(share >= 60 && share <= 160, "AC-16 an unknown account takes as long (%d %%)",
	    (int)share);
}

static void *
caller(void *busy)
{
	char hash[PASSWORD_HASH_SIZE];

	if (password_hash("correct horse", hash) == PASSWORD_BUSY)
		atomic_fetch_add((atomic_int *)busy, 1);
	return NULL;
}

static void
test_gate(void)
{
	pthread_t threads[CALLERS];
	atomic_int busy = 0;

	for (int i = 0; i < CALLERS; i++)
		pthread_create(&threads[i], NULL, caller, &busy);
	for (int i = 0; i < CALLERS; i++)
		pthread_join(threads[i], NULL);
	ok(busy > 0 && busy <= CALLERS - 3, "of a crowd some are sent away (%d of %d)", busy,
	    CALLERS);
	is_int(password_hash("correct horse", (char[PASSWORD_HASH_SIZE]){ 0 }), PASSWORD_OK,
	    "and later all is well");
}

static void *
newcomer(void *busy)
{
	if (password_turn_take() == PASSWORD_BUSY)
		atomic_fetch_add((atomic_int *)busy, 1);
	else
		password_turn_give();
	return NULL;
}

static void
test_turns(void)
{
	pthread_t threads[4];
	atomic_int busy = 0;

	is_int(password_turn_take(), PASSWORD_OK, "with one hasher one may sign in,");
	is_int(password_turn_take(), PASSWORD_OK, "and another");
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, newcomer, &busy);
	while (atomic_load(&busy) < 2)
		sched_yield();
	password_turn_give();
	password_turn_give();
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	is_int(busy, 2, "two wait for their turn and get it; who comes then is sent away");
}

/* The one child of this process: the cost asked for one hasher. */
static pid_t
hasher_pid(void)
{
	char path[64], line[32] = "";
	FILE *children;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", getpid(), getpid());
	children = fopen(path, "r");
	if (children != NULL) {
		if (fgets(line, sizeof(line), children) == NULL)
			line[0] = '\0';
		fclose(children);
	}
	return (pid_t)strtol(line, NULL, 10);
}

static void
test_hasher(void)
{
	char hash[PASSWORD_HASH_SIZE];
	pid_t before = hasher_pid();

	if (!ok(before > 0, "a process of its own hashes"))
		return;
	is_int(getpriority(PRIO_PROCESS, (id_t)before), 10, "and stands back");
	kill(before, SIGKILL);
	is_int(password_hash("correct horse", hash), PASSWORD_BUSY, "when it is killed, try again");
	is_int(password_hash("correct horse", hash), PASSWORD_OK, "another has its place");
}

int
main(void)
{
	char hash[PASSWORD_HASH_SIZE];

	log_start("unit", LOG_LEVEL_ERROR + 1);
	ok(password_start(&cheap), "started");
	test_match();
	test_dummy();
	test_gate();
	test_turns();
	test_hasher();
	password_hash("correct horse", hash);
	ok(!password_needs_rehash(hash), "today's cost needs no new hash");
	password_start(&dearer);
	ok(password_needs_rehash(hash), "yesterday's does");
	return done();
}
