/*
 * A process that hashes passwords and does nothing else. Hashing takes all the processor it gets, so it stands
 * back behind others. A thread could not: where the kernel groups processes by session (sched_autogroup), a
 * thread's nice counts within its own process's group alone, and PostgreSQL's processes are others.
 */
#ifndef HASHER_H
#define HASHER_H

#include <stdbool.h>
#include <stdint.h>

#include "password.h"

#define HASHER_PASSWORD_MAX \
	4096 /* bytes, terminator included; the programs take far shorter ones */

struct hasher_job {
	int64_t memory_kib, passes;
	const char *password;
	const char *hash; /* to compare with; null: one is to be made */
};

struct hasher_result {
	int error; /* libargon2's answer */
	char hash[PASSWORD_HASH_SIZE];
};

/* Starts one at NICE (19: everything else goes before). It ends with the process that called. Its descriptor; -1: logged. */
int hasher_start(int nice);

/* Another one for GONE, which answers no more; GONE itself when none could be started. */
int hasher_restart(int gone, int nice);

/*
 * Has HASHER do JOB, and waits. One job at a time is the caller's business. False: the hasher is
 * gone, because somebody has killed it.
 */
bool hasher_ask(int hasher, const struct hasher_job *job, struct hasher_result *result);

/* JOB done by this process itself, at its own priority. */
void hasher_work(const struct hasher_job *job, struct hasher_result *result);

#endif
