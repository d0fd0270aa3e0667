/*
 * The opening handshake of a WebSocket (RFC 6455, 4.2): an HTTP request in, and what
 * the 101 must say, or why there is none. Pure.
 */
#ifndef WEBSOCKET_HANDSHAKE_H
#define WEBSOCKET_HANDSHAKE_H

#include <stdbool.h>

#include "websocket_deflate.h"

struct http_request;
struct problem;

enum { WEBSOCKET_ACCEPT_SIZE = 29 };

struct websocket_handshake {
	char accept[WEBSOCKET_ACCEPT_SIZE]; /* Sec-WebSocket-Accept */
	struct websocket_terms terms;	    /* of permessage-deflate */
};

/* False: 400 or 426 in WHY. */
bool websocket_handshake_read(const struct http_request *request, bool may_deflate,
    struct websocket_handshake *handshake, struct problem *why);

/* Did he ask for the subprotocol NAME (whose case counts)? */
bool websocket_offers_protocol(const struct http_request *request, const char *name);

/* Does the request want to be upgraded at all? */
bool websocket_is_asked_for(const struct http_request *request);

#endif
