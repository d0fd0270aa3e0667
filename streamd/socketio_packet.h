/*
 * Socket.IO's packets: a type's digit, the number of attachments, the namespace, the
 * acknowledgement's number, and JSON: `52-/custom,7["name",…]`. Read strictly, for
 * what a stock client never sends is not worth guessing at. Pure.
 */
#ifndef SOCKETIO_PACKET_H
#define SOCKETIO_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer;

enum socketio_packet_type {
	SOCKETIO_CONNECT,
	SOCKETIO_DISCONNECT,
	SOCKETIO_EVENT,
	SOCKETIO_ACK,
	SOCKETIO_CONNECT_ERROR,
	SOCKETIO_BINARY_EVENT,
	SOCKETIO_BINARY_ACK,
};

enum {
	SOCKETIO_SPACE_MAX = 128, /* bytes of a namespace's name */
	SOCKETIO_NAME_MAX = 127,  /* bytes of an event's */
	SOCKETIO_DEPTH_MAX = 32,  /* of JSON */
};

/* A part of the packet's text; borrowed, not terminated. */
struct socketio_span {
	const char *text;
	size_t size_bytes;
};

struct socketio_packet {
	enum socketio_packet_type type;
	size_t attachments;
	struct socketio_span space; /* "/" when none is named */
	int64_t ack;		    /* -1: none */
	struct socketio_span name;  /* of an event: between its quotes */
	struct socketio_span
	    arguments; /* the rest of the array's inside; of CONNECT: the object, or "{}" */
};

/*
 * Reads what a client may send: all types but CONNECT_ERROR. TEXT is valid UTF-8. False: the protocol is broken;
 * events by the names that stock clients reserve included.
 */
bool socketio_packet_read(struct socketio_packet *packet, const char *text, size_t size_bytes);

/* Writes a packet's text up to its JSON, which is the caller's to write. SPACE is terminated; ACK -1: none. */
void socketio_packet_begin(struct writer *writer, enum socketio_packet_type type,
    size_t attachments, const char *space, int64_t ack);

/* Where the JSON value that begins at TEXT ends; null: there is none (RFC 8259), or it nests too deep. */
const char *socketio_json_end(const char *text, const char *end);

/* Where the white space that TEXT begins with ends. */
const char *socketio_json_space_end(const char *text, const char *end);

#endif
