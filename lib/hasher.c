/*
 * The process that hashes, and how it is spoken to: a packet asks, a packet answers.
 */
#include "hasher.h"

#include <argon2.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crypto.h"
#include "log.h"

/* What is not a matter of cost (RFC 9106, section 4). */
#define LANES 1
#define SALT_BYTES 16
#define HASH_BYTES 32

#define GROUP_TRIES 10
#define GROUP_PAUSE_MS 120 /* the kernel lets a group's nice be set every tenth of a second */

/* A job as it is sent: the same numbers, its texts in place. */
struct packet {
	int64_t memory_kib, passes;
	char hash[PASSWORD_HASH_SIZE]; /* "": one is to be made */
	char password[HASHER_PASSWORD_MAX];
};

void
hasher_work(const struct hasher_job *job, struct hasher_result *result)
{
	unsigned char salt[SALT_BYTES];

	if (job->hash != NULL) {
		result->error = argon2id_verify(job->hash, job->password, strlen(job->password));
		return;
	}
	crypto_random(salt, sizeof(salt));
	result->error = argon2id_hash_encoded((uint32_t)job->passes, (uint32_t)job->memory_kib,
	    LANES, job->password, strlen(job->password), salt, sizeof(salt), HASH_BYTES,
	    result->hash, sizeof(result->hash));
}

/* A session of its own is a group of its own where the kernel groups by session; there the group's nice is what counts. */
static void
stand_back(int nice)
{
	char text[8];
	int length = snprintf(text, sizeof(text), "%d", nice), fd;

	if (setpriority(PRIO_PROCESS, 0, nice) < 0 || setsid() < 0)
		return;
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	for (int i = 0; i < GROUP_TRIES && write(fd, text, (size_t)length) < 0 && errno == EAGAIN;
	     i++)
		nanosleep(&(struct timespec){ .tv_nsec = GROUP_PAUSE_MS * 1000000L }, NULL);
	close(fd);
}

/* Keeps nothing of what the program has open: its connections end when it closes them. Returns where ASKED is now. */
static int
let_go(int asked)
{
	int kept = STDERR_FILENO + 1;

	if (asked != kept && dup2(asked, kept) < 0)
		_exit(EXIT_FAILURE);
	close_range((unsigned)kept + 1, ~0U, 0);
	return kept;
}

/* Until the other end is closed. */
static _Noreturn void
serve(int asked)
{
	struct hasher_result result = { 0 };
	struct packet packet;
	ssize_t size;

	for (;;) {
		do
			size = recv(asked, &packet, sizeof(packet), 0);
		while (size < 0 && errno == EINTR);
		if (size != sizeof(packet))
			_exit(EXIT_SUCCESS);
		hasher_work(
		    &(struct hasher_job){
			.memory_kib = packet.memory_kib,
			.passes = packet.passes,
			.password = packet.password,
			.hash = packet.hash[0] != '\0' ? packet.hash : NULL,
		    },
		    &result);
		crypto_wipe(&packet, sizeof(packet));
		if (send(asked, &result, sizeof(result), MSG_NOSIGNAL) != sizeof(result))
			_exit(EXIT_SUCCESS);
	}
}

int
hasher_start(int nice)
{
	int ends[2];
	pid_t parent = getpid(), child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		log_error("no hasher", LOG_TEXT("error", strerror(errno)));
		return -1;
	}
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_SUCCESS);
		ends[1] = let_go(ends[1]);
		stand_back(nice);
		serve(ends[1]);
	}
	close(ends[1]);
	if (child > 0)
		return ends[0];
	log_error("no hasher", LOG_TEXT("error", strerror(errno)));
	close(ends[0]);
	return -1;
}

int
hasher_restart(int gone, int nice)
{
	int fresh = hasher_start(nice);

	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	if (fresh < 0)
		return gone;
	close(gone);
	return fresh;
}

bool
hasher_ask(int hasher, const struct hasher_job *job, struct hasher_result *result)
{
	struct packet packet = { .memory_kib = job->memory_kib, .passes = job->passes };
	const char *hash = job->hash != NULL ? job->hash : "";
	ssize_t size;

	assert(
	    strlen(job->password) < sizeof(packet.password) && strlen(hash) < sizeof(packet.hash));
	memcpy(packet.password, job->password, strlen(job->password) + 1);
	memcpy(packet.hash, hash, strlen(hash) + 1);
	size = send(hasher, &packet, sizeof(packet), MSG_NOSIGNAL);
	crypto_wipe(&packet, sizeof(packet));
	if (size != sizeof(packet))
		return false;
	do
		size = recv(hasher, result, sizeof(*result), 0);
	while (size < 0 && errno == EINTR);
	return size == sizeof(*result);
}
