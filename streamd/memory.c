/*
 * malloc, and the one place that decides what happens without it.
 */
#include "memory.h"

#include <stdlib.h>

#include "log.h"

void *
memory_new(size_t size_bytes)
{
	void *memory = calloc(1, size_bytes);

	if (!memory) {
		log_error("out of memory", LOG_INT("bytes", (int64_t)size_bytes));
		abort();
	}
	return memory;
}

void *
memory_resize(void *old, size_t size_bytes)
{
	void *memory = realloc(old, size_bytes);

	if (!memory) {
		log_error("out of memory", LOG_INT("bytes", (int64_t)size_bytes));
		abort();
	}
	return memory;
}
