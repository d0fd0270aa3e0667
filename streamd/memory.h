/*
 * Memory that is there or the process is not: a supervisor starts it anew, and
 * clients resume with their cursors, so no caller carries code for its lack.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* Zeroed; never null. */
void *memory_new(size_t size_bytes) __attribute__((malloc, returns_nonnull));

/* As realloc; never null. */
void *memory_resize(void *old, size_t size_bytes) __attribute__((returns_nonnull));

#endif
