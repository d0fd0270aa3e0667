/*
 * Gathering attachments: copies in an array, as long as it was announced.
 */
#include "socketio_gathering.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static char *
bytes_copy(const char *bytes, size_t size_bytes)
{
	char *copy = memory_new(size_bytes > 0 ? size_bytes : 1);

	if (size_bytes > 0)
		memcpy(copy, bytes, size_bytes);
	return copy;
}

struct socketio_gathering *
socketio_gathering_open(const char *text, size_t size_bytes, size_t wanted)
{
	struct socketio_gathering *gathering = memory_new(
	    sizeof(*gathering) + wanted * sizeof(gathering->attachments[0]));

	gathering->text = bytes_copy(text, size_bytes);
	gathering->text_bytes = size_bytes;
	gathering->wanted = wanted;
	return gathering;
}

void
socketio_gathering_close(struct socketio_gathering **gathering)
{
	struct socketio_gathering *closed = *gathering;

	*gathering = NULL;
	if (!closed)
		return;
	/* They are our own copies; const is for those who borrow them. */
	for (size_t i = 0; i < closed->count; i++)
		free((void *)(uintptr_t)closed->attachments[i].bytes);
	free(closed->text);
	free(closed);
}

bool
socketio_gathering_add(
    struct socketio_gathering *gathering, const char *bytes, size_t size_bytes, size_t max_bytes)
{
	assert(gathering->count < gathering->wanted);
	gathering->size_bytes += size_bytes;
	if (gathering->size_bytes > max_bytes)
		return false;
	gathering->attachments[gathering->count++] = (struct socketio_attachment){
		bytes_copy(bytes, size_bytes), size_bytes
	};
	return true;
}

bool
socketio_gathering_is_whole(const struct socketio_gathering *gathering)
{
	return gathering->count == gathering->wanted;
}
