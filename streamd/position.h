/*
 * How far a reader has come in one channel. What cursors are made of, and all
 * that a transport knows of a channel.
 */
#ifndef POSITION_H
#define POSITION_H

#include <stdint.h>

struct position {
	const char *channel;
	uint64_t seq;  /* of the last event he was given */
	uint64_t head; /* of the last event that the log is known to have */
};

#endif
