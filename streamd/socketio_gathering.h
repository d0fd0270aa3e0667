/*
 * A packet that has come, and whose attachments are still coming, each as a message of its
 * own. What is here is a copy. Pure.
 */
#ifndef SOCKETIO_GATHERING_H
#define SOCKETIO_GATHERING_H

#include <stdbool.h>
#include <stddef.h>

#include "socketio.h"

struct socketio_gathering {
	char *text; /* the packet's */
	size_t text_bytes;
	size_t wanted, count, size_bytes; /* attachments: announced, here, their bytes */
	bool is_late;			  /* for whoever waits for it */
	struct socketio_attachment attachments[];
};

/* WANTED is at least 1. */
struct socketio_gathering *socketio_gathering_open(
    const char *text, size_t size_bytes, size_t wanted);
void socketio_gathering_close(struct socketio_gathering **gathering);

/* The next attachment. False: they are more than MAX bytes together. */
bool socketio_gathering_add(
    struct socketio_gathering *gathering, const char *bytes, size_t size_bytes, size_t max_bytes);

/* Are all of them here? */
bool socketio_gathering_is_whole(const struct socketio_gathering *gathering);

#endif
