/*
 * How often each limit turned somebody away, by the code that he was told.
 */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <stddef.h>
#include <stdint.h>

enum { REFUSALS_MAX = 16, REFUSAL_CODE_SIZE = 40 };

/* Zeroed: none. */
struct refusals {
	size_t count;
	struct refusal {
		char code[REFUSAL_CODE_SIZE];
		uint64_t times;
	} of[REFUSALS_MAX];
};

/* One more. CODE is copied; one that there is no room for goes uncounted. */
void refusals_add(struct refusals *refusals, const char *code);

#endif
