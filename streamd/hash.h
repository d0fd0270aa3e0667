/*
 * The hash of our tables: FNV-1a. What is hashed are names and ids that the database gave
 * out, or addresses: nobody can choose thousands of them to fall together.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

static inline size_t
hash_text(const char *text, size_t length)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
	return (size_t)(hash ^ hash >> 32);
}

#endif
