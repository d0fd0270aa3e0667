/*
 * A client's socket: bytes in, a bounded queue out, and an end that frees nothing
 * too early. It knows no protocol; who does is its owner, by a table of callbacks.
 *
 * What is queued in a turn leaves in one write at its end. A peer that does not
 * read is cut when the queue passes a limit: memory is bounded whatever clients do.
 * An idle connection holds no buffer at all.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "loop.h"
#include "outlet.h"

/* Bytes that an owner may leave unconsumed. While it has left so many, nothing more is read. */
#define CONNECTION_INPUT_MAX 16384

struct connection;

struct connection_owner {
	/* Takes what it can of the bytes, and may write in them; returns how many. The rest comes again, with more behind it. */
	size_t (*input)(struct connection *connection, char *bytes, size_t size_bytes);

	/* The turn ends: the last chance to queue output before it is written. Only after it was touched. */
	void (*settle)(struct connection *connection);

	/* All that was queued has left. */
	void (*drained)(struct connection *connection);

	/* The timer set by connection_wait() fired. */
	void (*timeout)(struct connection *connection);

	/* It is over, for whatever reason: let go of everything. Exactly once. */
	void (*closed)(struct connection *connection);

	/* Nothing can reach it any more: free it. */
	void (*reap)(struct connection *connection);
};

/* All connections of one owner. */
struct connections {
	struct loop *loop;
	const struct connection_owner *owner;
	size_t output_max_bytes; /* unsent bytes at which a slow reader is cut */
	struct list all;
	size_t count;
	uint64_t slow_cut;
	char input[CONNECTION_INPUT_MAX];
};

enum connection_state {
	CONNECTION_OPEN,
	CONNECTION_FINISHING, /* sends what is queued; input is dropped */
	CONNECTION_LINGERING, /* all sent; waits for the peer's end, lest a reset destroys the answer */
	CONNECTION_CLOSED, /* to be reaped */
};

/* A member of the owner's object. Read-only outside connection.c. */
struct connection {
	struct loop_watch watch;
	struct loop_task turn;
	struct wheel_timer timer;
	struct list link;
	struct connections *all;
	struct outlet outlet; /* where to queue, and what to touch then */
	char *input;	      /* what the owner left unconsumed; null: nothing */
	uint16_t input_bytes;
	uint8_t state;
	bool is_blocked; /* the socket took not all of it */
	bool is_stalled; /* and nothing of it since the last connection_has_stalled() */
};

void connections_start(struct connections *all, struct loop *loop,
    const struct connection_owner *owner, size_t output_max_bytes);

/* Takes over the socket FD. False (logged, FD closed): use nothing but free() on it. */
bool connection_open(struct connection *connection, struct connections *all, int fd);

/* What was read of it elsewhere, before it was opened here: CONNECTION_INPUT_MAX bytes at most. */
void connection_feed(struct connection *connection, const char *bytes, size_t size_bytes);

/* What the owner left of its input is given to it once more. */
void connection_offer(struct connection *connection);

/* Calls the owner's timeout once, in SECONDS (1…63) from now; 0: never. */
void connection_wait(struct connection *connection, unsigned seconds);

/* Has unsent output waited without moving since this was last asked? */
bool connection_has_stalled(struct connection *connection);

/* Ends it when all that is queued has left. */
void connection_finish(struct connection *connection);

/* Ends it now. */
void connection_close(struct connection *connection);

/* Its outlet's rows, for a protocol whose outlet differs in one: it may replace the outlet's kind. */
void connection_outlet_touch(struct outlet *outlet);
void connection_outlet_wait(struct outlet *outlet, unsigned seconds);
bool connection_outlet_has_stalled(struct outlet *outlet);
void connection_outlet_close(struct outlet *outlet);

#endif
