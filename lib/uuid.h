/*
 * UUIDs (RFC 9562): version 7 made here, so that ids sort by time; any version
 * read, in the canonical lower-case form alone, so that an id has one spelling
 * and may be compared, and used in a channel's name, as text.
 */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>
#include <stddef.h>

#define UUID_TEXT_SIZE sizeof("01939f3e-0000-7000-8000-000000000000")
#define UUID_TEXT_LENGTH (UUID_TEXT_SIZE - 1)

/* Writes a new UUIDv7. Two made in one millisecond differ by 74 random bits; they need not sort. */
void uuid_new(char text[UUID_TEXT_SIZE]);

/* Is TEXT a canonical UUID, whole? Null is not. */
bool uuid_is_valid(const char *text);

/* The same for LENGTH bytes that need no terminator. */
bool uuid_is_valid_span(const char *text, size_t length);

#endif
