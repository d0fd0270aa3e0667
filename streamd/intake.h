/*
 * What is held of unfinished input: halves of messages and bodies, commands that wait for
 * their turn. What all hold together has a bound, so that many who send the half of
 * something and no more cost no more than that.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INTAKE_FREE_BYTES = 4096 }; /* whoever holds no more is never refused */

/* Of all of a server. */
struct intake {
	size_t held_bytes, max_bytes; /* 0: no limit */
};

/* SIZE bytes more for one who has HELD. False: others hold too much already; they count all the same. */
static inline bool
intake_take(struct intake *intake, uint32_t *held_bytes, size_t size_bytes)
{
	*held_bytes += (uint32_t)size_bytes;
	intake->held_bytes += size_bytes;
	return intake->max_bytes == 0 || intake->held_bytes <= intake->max_bytes ||
	    *held_bytes <= INTAKE_FREE_BYTES;
}

/* And SIZE bytes back. */
static inline void
intake_give(struct intake *intake, uint32_t *held_bytes, size_t size_bytes)
{
	*held_bytes -= (uint32_t)size_bytes;
	intake->held_bytes -= size_bytes;
}

#endif
