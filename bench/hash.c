/*
 * `make bench-hash`: what a password's hash costs here, by the code that hashes them (lib/password.c), for the
 * parameters that are thought equally strong and for dearer ones. Each figure is the quickest of ROUNDS hashes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "password.h"

#define ROUNDS 15

/* OWASP's equivalents, weakest in memory last; then RFC 9106's second choice, with one lane; then twice ours. */
static const struct {
	int64_t memory_kib, passes;
	const char *what;
} rows[] = {
	{ 47104, 1, "OWASP" },
	{ 19456, 2, "OWASP; ours" },
	{ 12288, 3, "OWASP" },
	{ 9216, 4, "OWASP" },
	{ 65536, 3, "RFC 9106, second choice" },
	{ 38912, 2, "twice the memory" },
	{ 19456, 4, "twice the passes" },
};

/* The quickest: whatever else the machine did only made it longer. */
static double
least_ms(void)
{
	char hash[PASSWORD_HASH_SIZE];
	int64_t least_us = INT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t began_us = clock_monotonic_us(), took_us;

		if (password_hash("correct horse battery", hash) != PASSWORD_OK)
			exit(EXIT_FAILURE);
		took_us = clock_monotonic_us() - began_us;
		if (took_us < least_us)
			least_us = took_us;
	}
	return (double)least_us / 1000;
}

int
main(void)
{
	log_start("bench_hash", LOG_LEVEL_ERROR);
	printf("argon2id, one lane\n  %9s %7s %9s  %s\n", "m, KiB", "t", "ms a hash", "from");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct password_cost cost = {
			.memory_kib = rows[i].memory_kib, .passes = rows[i].passes, .concurrency = 1
		};

		if (!password_start(&cost))
			return EXIT_FAILURE;
		printf("  %9lld %7lld %9.1f  %s\n", (long long)rows[i].memory_kib,
		    (long long)rows[i].passes, least_ms(), rows[i].what);
	}
	return EXIT_SUCCESS;
}
