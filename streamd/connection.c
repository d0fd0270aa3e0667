/*
 * Sockets of clients. A connection is touched by whoever queues output for it; at
 * the end of the turn its owner may add to the queue, and one write sends it.
 */
#include "connection.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "memory.h"

enum { VECTOR_MAX = 256, FINISH_S = 10, LINGER_S = 2 };

static const struct outlet_kind connection_outlet;

static void connection_turn(struct loop_task *task);

void
connections_start(struct connections *all, struct loop *loop, const struct connection_owner *owner,
    size_t output_max_bytes)
{
	all->loop = loop;
	all->owner = owner;
	all->output_max_bytes = output_max_bytes;
	list_start(&all->all);
}

static void
connection_reap(struct loop_task *task)
{
	struct connection *connection = CONTAINER(task, struct connection, turn);

	free(connection->input);
	connection->all->owner->reap(connection);
}

/* A task waits in one list at a time: one that is touched is reaped after its turn's end. */
static void
reap_soon(struct connection *connection)
{
	connection->turn.run = connection_reap;
	loop_reap(connection->all->loop, &connection->turn);
}

void
connection_close(struct connection *connection)
{
	struct connections *all = connection->all;
	int fd = connection->watch.fd;

	if (connection->state == CONNECTION_CLOSED)
		return;
	connection->state = CONNECTION_CLOSED;
	connection->outlet.is_open = false;
	loop_unwatch(all->loop, &connection->watch);
	close(fd);
	wheel_clear(&connection->timer);
	list_remove(&connection->link);
	all->count--;
	output_clear(&connection->outlet.output);
	all->owner->closed(connection);
	if (!connection->outlet.is_touched)
		reap_soon(connection);
}

/*
 * Listens for room to send only while something waits for it, and for input only while there is room for that: an
 * owner who leaves all of it is in no hurry, and the peer can wait.
 */
static void
connection_listen(struct connection *connection)
{
	bool is_full = connection->input_bytes == CONNECTION_INPUT_MAX;

	loop_watch_change(connection->all->loop, &connection->watch,
	    (is_full ? 0 : EPOLLIN) | (connection->is_blocked ? EPOLLOUT : 0));
}

/* Keeps what the owner did not take. */
static void
input_keep(struct connection *connection, const char *rest, size_t size_bytes)
{
	bool was_full = connection->input_bytes == CONNECTION_INPUT_MAX;

	if (size_bytes == 0) {
		free(connection->input);
		connection->input = NULL;
	} else {
		connection->input = memory_resize(connection->input, size_bytes);
		memcpy(connection->input, rest, size_bytes);
	}
	connection->input_bytes = (uint16_t)size_bytes;
	if (was_full || size_bytes == CONNECTION_INPUT_MAX)
		connection_listen(connection);
}

/* SIZE bytes are in the input that all share: the owner takes what he can of them. */
static void
input_give(struct connection *connection, size_t size_bytes)
{
	struct connections *all = connection->all;
	size_t taken = all->owner->input(connection, all->input, size_bytes);

	if (connection->state == CONNECTION_OPEN)
		input_keep(connection, all->input + taken, size_bytes - taken);
}

void
connection_feed(struct connection *connection, const char *bytes, size_t size_bytes)
{
	assert(connection->input_bytes == 0 && size_bytes <= CONNECTION_INPUT_MAX);
	memcpy(connection->all->input, bytes, size_bytes);
	input_give(connection, size_bytes);
}

void
connection_offer(struct connection *connection)
{
	size_t size = connection->input_bytes;

	if (connection->state != CONNECTION_OPEN || size == 0)
		return;
	memcpy(connection->all->input, connection->input, size);
	input_give(connection, size);
}

static void
connection_read(struct connection *connection)
{
	struct connections *all = connection->all;
	size_t size = connection->input_bytes;
	ssize_t got;

	if (size > 0)
		memcpy(all->input, connection->input, size);
	/* Where there is no room, it is its end that has woken us. */
	got = recv(
	    connection->watch.fd, all->input + size, sizeof(all->input) - size, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		connection_close(connection);
		return;
	}
	if (connection->state == CONNECTION_OPEN)
		input_give(connection, size + (size_t)got);
}

static void
connection_ready(struct loop_watch *watch, uint32_t events)
{
	struct connection *connection = CONTAINER(watch, struct connection, watch);

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))
		connection_read(connection);
	if (events & EPOLLOUT && connection->state != CONNECTION_CLOSED)
		outlet_touch(&connection->outlet);
}

static void
connection_timeout(struct wheel_timer *timer)
{
	struct connection *connection = CONTAINER(timer, struct connection, timer);

	if (connection->state == CONNECTION_OPEN)
		connection->all->owner->timeout(connection);
	else
		connection_close(connection);
}

bool
connection_open(struct connection *connection, struct connections *all, int fd)
{
	if (!loop_watch(all->loop, &connection->watch, fd, EPOLLIN)) {
		close(fd);
		return false;
	}
	connection->watch.ready = connection_ready;
	connection->turn.run = connection_turn;
	connection->all = all;
	connection->outlet.kind = &connection_outlet;
	connection->outlet.is_open = true;
	wheel_timer_start(&connection->timer, connection_timeout);
	list_append(&all->all, &connection->link);
	all->count++;
	return true;
}

void
connection_wait(struct connection *connection, unsigned seconds)
{
	if (seconds == 0)
		wheel_clear(&connection->timer);
	else
		wheel_set(loop_wheel(connection->all->loop), &connection->timer, seconds);
}

bool
connection_has_stalled(struct connection *connection)
{
	bool has_stalled = connection->is_stalled;

	connection->is_stalled = connection->is_blocked;
	return has_stalled;
}

void
connection_finish(struct connection *connection)
{
	if (connection->state != CONNECTION_OPEN)
		return;
	connection->state = CONNECTION_FINISHING;
	connection->outlet.is_open = false;
	input_keep(connection, NULL, 0);
	connection_wait(connection, FINISH_S);
	outlet_touch(&connection->outlet);
}

static void
connection_block(struct connection *connection, bool is_blocked)
{
	if (connection->is_blocked == is_blocked)
		return;
	connection->is_blocked = is_blocked;
	connection_listen(connection);
}

/* One write of what waits; a single piece, the usual case, goes the kernel's shorter way. */
static ssize_t
connection_write(const struct connection *connection)
{
	const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	struct iovec vector[VECTOR_MAX];
	struct msghdr message = { .msg_iov = vector };

	message.msg_iovlen = output_vector(&connection->outlet.output, vector, VECTOR_MAX);
	if (message.msg_iovlen == 1)
		return send(connection->watch.fd, vector[0].iov_base, vector[0].iov_len, flags);
	return sendmsg(connection->watch.fd, &message, flags);
}

/* False: the connection is closed. */
static bool
connection_send(struct connection *connection)
{
	ssize_t sent;

	if (connection->outlet.output.size_bytes == 0)
		return true;
	sent = connection_write(connection);
	if (sent > 0) {
		output_sent(&connection->outlet.output, (size_t)sent);
		connection->is_stalled = false;
	} else if (errno != EAGAIN && errno != EINTR) {
		connection_close(connection);
		return false;
	}
	if (connection->outlet.output.size_bytes > connection->all->output_max_bytes) {
		connection->all->slow_cut++;
		connection_close(connection);
		return false;
	}
	connection_block(connection, connection->outlet.output.size_bytes > 0);
	return true;
}

static void
connection_turn(struct loop_task *task)
{
	struct connection *connection = CONTAINER(task, struct connection, turn);
	const struct connection_owner *owner = connection->all->owner;

	if (connection->state == CONNECTION_OPEN)
		owner->settle(connection);
	connection->outlet.is_touched = false;
	if (connection->state == CONNECTION_CLOSED) {
		reap_soon(connection);
		return;
	}
	if (!connection_send(connection) || connection->outlet.output.size_bytes > 0)
		return;
	if (connection->state == CONNECTION_FINISHING) {
		connection->state = CONNECTION_LINGERING;
		shutdown(connection->watch.fd, SHUT_WR);
		connection_wait(connection, LINGER_S);
	} else if (connection->state == CONNECTION_OPEN) {
		owner->drained(connection);
	}
}

static struct connection *
connection_of(struct outlet *outlet)
{
	return CONTAINER(outlet, struct connection, outlet);
}

void
connection_outlet_touch(struct outlet *outlet)
{
	struct connection *connection = connection_of(outlet);

	outlet->is_touched = true;
	loop_later(connection->all->loop, &connection->turn);
}

void
connection_outlet_wait(struct outlet *outlet, unsigned seconds)
{
	connection_wait(connection_of(outlet), seconds);
}

bool
connection_outlet_has_stalled(struct outlet *outlet)
{
	return connection_has_stalled(connection_of(outlet));
}

static void
connection_outlet_finish(struct outlet *outlet)
{
	connection_finish(connection_of(outlet));
}

void
connection_outlet_close(struct outlet *outlet)
{
	connection_close(connection_of(outlet));
}

static const struct outlet_kind connection_outlet = {
	.touch = connection_outlet_touch,
	.wait = connection_outlet_wait,
	.has_stalled = connection_outlet_has_stalled,
	.finish = connection_outlet_finish,
	.close = connection_outlet_close,
};
