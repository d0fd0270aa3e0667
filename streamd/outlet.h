/*
 * An outlet: where a stream's bytes leave. A connection has one, and so has a session
 * whose bytes leave on whichever connection fetches them; a stream queues into its output
 * and touches it, and knows neither.
 *
 * To add a kind: a member of the object that sends, and the table that leads back to it.
 */
#ifndef OUTLET_H
#define OUTLET_H

#include <stdbool.h>

#include "output.h"

struct outlet;

struct outlet_kind {
	/* Something was queued: the owner's turn to send comes. Called once until is_touched is false again. */
	void (*touch)(struct outlet *outlet);

	/* The owner is told once, in SECONDS (1…63) from now; 0: never. */
	void (*wait)(struct outlet *outlet, unsigned seconds);

	/* Has unsent output waited without moving since this was last asked? */
	bool (*has_stalled)(struct outlet *outlet);

	/*
	 * Ends it when all that is queued has left, and ends it now. The first calls nobody back from within: a turn
	 * later at the earliest, so that whoever says the last word may still look at what he said it on.
	 */
	void (*finish)(struct outlet *outlet);
	void (*close)(struct outlet *outlet);
};

/* A member of what sends, whose the two flags are. */
struct outlet {
	const struct outlet_kind *kind;
	struct output output;
	bool is_open;	 /* it may be queued into */
	bool is_touched; /* the turn to send is yet to come */
};

static inline void
outlet_touch(struct outlet *outlet)
{
	if (!outlet->is_touched)
		outlet->kind->touch(outlet);
}

static inline void
outlet_wait(struct outlet *outlet, unsigned seconds)
{
	outlet->kind->wait(outlet, seconds);
}

static inline bool
outlet_has_stalled(struct outlet *outlet)
{
	return outlet->kind->has_stalled(outlet);
}

static inline void
outlet_finish(struct outlet *outlet)
{
	outlet->kind->finish(outlet);
}

static inline void
outlet_close(struct outlet *outlet)
{
	outlet->kind->close(outlet);
}

#endif
