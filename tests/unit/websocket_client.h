/*
 * What a WebSocket client sends, for tests: masked frames, right or wrong.
 */
#ifndef WEBSOCKET_CLIENT_H
#define WEBSOCKET_CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that grow. */
struct sent {
	char *bytes;
	size_t size, room;
};

static inline void
send_bytes(struct sent *sent, const void *bytes, size_t size)
{
	if (size == 0)
		return;
	if (!sent->bytes || sent->size + size > sent->room) {
		sent->room = (sent->size + size) * 2;
		sent->bytes = realloc(sent->bytes, sent->room);
		if (!sent->bytes)
			abort();
	}
	memcpy(sent->bytes + sent->size, bytes, size);
	sent->size += size;
}

static inline void
send_clear(struct sent *sent)
{
	free(sent->bytes);
	*sent = (struct sent){ 0 };
}

/* A length in BYTES bytes, whatever is the shortest. */
static inline void
send_length(struct sent *sent, uint64_t length, size_t bytes)
{
	for (size_t i = bytes; i-- > 0;) {
		uint8_t byte = (uint8_t)(length >> (8 * i));

		send_bytes(sent, &byte, 1);
	}
}

/* FIRST is the first byte: flags and opcode. */
static inline void
send_frame(struct sent *sent, uint8_t first, const void *payload, size_t size)
{
	uint8_t mask[4] = { (uint8_t)rand(), (uint8_t)rand(), (uint8_t)rand(), (uint8_t)rand() };
	uint8_t length = size < 126 ? (uint8_t)size : size < 65536 ? 126 : 127;
	uint8_t head[2] = { first, length | 0x80 };
	size_t at;

	send_bytes(sent, head, 2);
	if (length > 125)
		send_length(sent, size, length == 126 ? 2 : 8);
	send_bytes(sent, mask, 4);
	at = sent->size;
	send_bytes(sent, payload, size);
	for (size_t i = 0; i < size; i++)
		sent->bytes[at + i] = (char)(sent->bytes[at + i] ^ mask[i % 4]);
}

#endif
