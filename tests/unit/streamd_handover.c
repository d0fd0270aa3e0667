/*
 * Handing over, as a receiver sees it: a datagram brings one descriptor and some bytes, and
 * whatever else comes leaves nothing open.
 */
#include "handover.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "loop.h"

#include "test.h"

enum { DESCRIPTORS_MOST = 8, MESSAGE_MOST = 20000 };

static struct loop *loop;
static struct loop_timer last;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int received;
static size_t received_bytes;

static void
take(void *context, int fd, const char *bytes, size_t size_bytes)
{
	(void)context, (void)bytes;
	received++;
	received_bytes = size_bytes;
	close(fd);
}

static void
stop(struct loop_timer *timer)
{
	(void)timer;
	loop_stop(loop);
}

/* Sends SIZE bytes and COUNT descriptors, and lets the receiver work. */
static void
give(size_t size_bytes, int count)
{
	static char text[MESSAGE_MOST];
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(DESCRIPTORS_MOST * sizeof(int))];
	} control = { 0 };
	struct iovec bytes = { .iov_base = text, .iov_len = size_bytes };
	struct msghdr message = { .msg_name = &address,
		.msg_namelen = sizeof(address),
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int)) };
	int fds[DESCRIPTORS_MOST], sender = socket(AF_UNIX, SOCK_DGRAM, 0);

	for (int i = 0; i < count; i++)
		fds[i] = STDIN_FILENO;
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(&control.head), fds, (size_t)count * sizeof(int));
	if (count == 0)
		message.msg_controllen = 0;
	received = 0;
	ok(sendmsg(sender, &message, 0) >= 0, "%zu bytes and %d descriptors are sent", size_bytes,
	    count);
	close(sender);
	loop_timer_set(loop, &last, 20);
	loop_run(loop);
}

/* The lowest descriptor that is free: a leak moves it. */
static int
lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

int
main(void)
{
	char folder[] = "/tmp/unit_handover_XXXXXX";
	struct handover *handover;
	int free_before;

	ok(mkdtemp(folder) != NULL, "there is a folder");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/streamd-7.handover", folder);
	loop = loop_open();
	loop_timer_start(&last, stop);
	handover = handover_open(loop, folder, 7, take, NULL);
	free_before = lowest_free();
	give(10, 1);
	ok(received == 1 && received_bytes == 10,
	    "OT-19 one descriptor and its bytes are received");
	give(0, 1);
	is_int(received, 1, "OT-19 without any bytes, too");
	give(MESSAGE_MOST, 1);
	is_int(received, 0, "RL-11 more bytes than a request's are none");
	give(10, 0);
	is_int(received, 0, "RL-11 no descriptor is nobody");
	for (int count = 2; count <= DESCRIPTORS_MOST; count++) {
		give(10, count);
		is_int(received, 0, "RL-11 nor are %d", count);
	}
	is_int(lowest_free(), free_before, "RL-11 and none of them is left open");
	handover_close(&handover);
	loop_close(&loop);
	unlink(address.sun_path);
	rmdir(folder);
	return done();
}
