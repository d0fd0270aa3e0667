/*
 * Events and frames in bytes.
 */
#include "streams_wire.h"

#include <assert.h>
#include <string.h>

size_t
wire_count(const char *bytes, size_t size_bytes)
{
	const char *end = bytes + size_bytes;
	size_t count = 0;

	while ((bytes = memchr(bytes, WIRE_MARK, (size_t)(end - bytes))) != NULL) {
		count++;
		bytes++;
	}
	return count;
}

/* How long the head is, once its second byte is there. A server's frames have no mask. */
static size_t
head_size(const struct wire_reader *reader)
{
	size_t length = reader->head_bytes < 2 ? 0 : reader->head[1] & 0x7f;

	return length == 126 ? 4 : length == 127 ? 10 : 2;
}

/* Takes bytes of the head; true: it is whole. */
static bool
head_take(struct wire_reader *reader, const char **bytes, size_t *size_bytes)
{
	while (*size_bytes > 0 && reader->head_bytes < head_size(reader)) {
		reader->head[reader->head_bytes++] = (uint8_t) * *bytes;
		(*bytes)++;
		(*size_bytes)--;
	}
	return reader->head_bytes >= 2 && reader->head_bytes == head_size(reader);
}

static void
head_read(struct wire_reader *reader)
{
	size_t size = head_size(reader);

	reader->left = size == 2 ? reader->head[1] : 0;
	for (size_t i = 2; i < size; i++)
		reader->left = reader->left << 8 | reader->head[i];
	reader->is_start = true;
	reader->head_bytes = 0;
}

bool
wire_next(
    struct wire_reader *reader, const char **bytes, size_t *size_bytes, struct wire_piece *piece)
{
	if (reader->left == 0) {
		if (!head_take(reader, bytes, size_bytes))
			return false;
		head_read(reader);
	} else if (*size_bytes == 0) {
		return false;
	}
	*piece = (struct wire_piece){ .opcode = reader->head[0] & 0x0f,
		.is_start = reader->is_start,
		.bytes = *bytes,
		.size_bytes = *size_bytes < reader->left ? *size_bytes : (size_t)reader->left };
	reader->is_start = false;
	reader->left -= piece->size_bytes;
	*bytes += piece->size_bytes;
	*size_bytes -= piece->size_bytes;
	return true;
}

size_t
wire_frame(char frame[WIRE_FRAME_MAX + 8], int opcode, const char *payload, size_t size_bytes)
{
	static const char mask[4] = { 'm', 'a', 's', 'k' };
	size_t used = 0;

	assert(size_bytes <= WIRE_FRAME_MAX);
	frame[used++] = (char)(0x80 | opcode);
	if (size_bytes < 126) {
		frame[used++] = (char)(0x80 | size_bytes);
	} else {
		frame[used++] = (char)(0x80 | 126);
		frame[used++] = (char)(size_bytes >> 8);
		frame[used++] = (char)(size_bytes & 0xff);
	}
	memcpy(frame + used, mask, sizeof(mask));
	used += sizeof(mask);
	for (size_t i = 0; i < size_bytes; i++)
		frame[used++] = (char)(payload[i] ^ mask[i % sizeof(mask)]);
	return used;
}
