/*
 * Counted bytes. The counter needs no lock: a loop and all that it serves is one thread.
 */
#include "buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { ROOM_MIN = 232 }; /* with its header and malloc's, a quarter of a KiB */

struct buffer *
buffer_new(size_t size_bytes)
{
	struct buffer *buffer = memory_new(sizeof(*buffer) + size_bytes);

	buffer->references = 1;
	buffer->size_bytes = (uint32_t)size_bytes;
	return buffer;
}

struct buffer *
buffer_copy(const char *bytes, size_t size_bytes)
{
	struct writer writer = { 0 };

	writer_bytes(&writer, bytes, size_bytes);
	return writer_finish(&writer);
}

struct buffer *
buffer_hold(struct buffer *buffer)
{
	assert(buffer->references > 0);
	buffer->references++;
	return buffer;
}

void
buffer_release(struct buffer **buffer)
{
	struct buffer *released = *buffer;

	*buffer = NULL;
	if (released && --released->references == 0)
		free(released);
}

/* The first write asks for exactly what it needs, so that a copy wastes nothing. */
static void
writer_grow(struct writer *writer, size_t size_bytes)
{
	size_t used = writer->buffer ? writer->buffer->size_bytes : 0;
	size_t room = used + size_bytes;

	if (writer->buffer) {
		room = room < ROOM_MIN ? ROOM_MIN : room * 2;
		writer->buffer = memory_resize(writer->buffer, sizeof(struct buffer) + room);
	} else {
		writer->buffer = memory_new(sizeof(struct buffer) + room);
		writer->buffer->references = 1;
	}
	writer->room_bytes = room - used;
}

void
writer_bytes(struct writer *writer, const char *bytes, size_t size_bytes)
{
	if (!writer->buffer || writer->room_bytes < size_bytes)
		writer_grow(writer, size_bytes);
	memcpy(writer->buffer->bytes + writer->buffer->size_bytes, bytes, size_bytes);
	writer->buffer->size_bytes += (uint32_t)size_bytes;
	writer->room_bytes -= size_bytes;
}

void
writer_text(struct writer *writer, const char *text)
{
	writer_bytes(writer, text, strlen(text));
}

void
writer_number(struct writer *writer, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	writer_bytes(writer, digits + at, sizeof(digits) - at);
}

struct buffer *
writer_finish(struct writer *writer)
{
	struct buffer *buffer;

	if (!writer->buffer)
		writer_grow(writer, 0);
	buffer = writer->buffer;
	*writer = (struct writer){ 0 };
	return buffer;
}
