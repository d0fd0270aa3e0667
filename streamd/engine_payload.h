/*
 * Engine.IO's packets: a type's digit and what follows, one a WebSocket frame, or several in
 * an HTTP body, separated by the character RS, where binary ones are base64. Pure.
 */
#ifndef ENGINE_PAYLOAD_H
#define ENGINE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

enum { ENGINE_SEPARATOR = '\x1e' };

enum engine_packet_type {
	ENGINE_OPEN = '0',
	ENGINE_CLOSE = '1',
	ENGINE_PING = '2',
	ENGINE_PONG = '3',
	ENGINE_MESSAGE = '4',
	ENGINE_UPGRADE = '5',
	ENGINE_NOOP = '6',
	ENGINE_BINARY = 'b', /* a message, in base64 */
};

/* What is behind the type; borrowed, not terminated. Still base64 for ENGINE_BINARY. */
struct engine_packet {
	enum engine_packet_type type;
	const char *bytes;
	size_t size_bytes;
};

/* Reads one packet. False: it has no type, or one that is none. */
bool engine_packet_read(struct engine_packet *packet, const char *bytes, size_t size_bytes);

/* Is a body packets and nothing else, text valid UTF-8, binary valid base64? To be asked before the next. */
bool engine_payload_is_valid(const char *bytes, size_t size_bytes);

/* Cuts the next packet off a valid body, which is *BYTES up to END, and moves *BYTES. False: there is none left. */
bool engine_payload_next(const char **bytes, const char *end, struct engine_packet *packet);

/* base64 with its padding (RFC 4648, section 4). What they need and what they wrote at most; exact for write. */
#define ENGINE_BASE64_SIZE(n) (((n) + 2) / 3 * 4)
#define ENGINE_BASE64_BYTES(n) ((n) / 4 * 3)

void engine_base64_write(char *text, const char *bytes, size_t size_bytes);

/* Into BYTES, or nowhere when that is null; TEXT and BYTES may be the same. False: it is not base64. */
bool engine_base64_read(char *bytes, size_t *size_bytes, const char *text, size_t text_bytes);

#endif
