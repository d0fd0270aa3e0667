/*
 * supervise: start the processes of a table, keep them running, and stop them in order.
 *
 * Why not systemd, or a shell loop: an instance of FoodFast is started by an ordinary user, several times beside one
 * another, in containers too; a crashed program must be back before anybody's retry; and when this process dies by
 * kill -9, nothing may outlive it. The kernel does the last (PR_SET_PDEATHSIG), and holding the listening sockets
 * here does the second: while a program restarts, its clients wait in the socket's backlog and none is refused.
 *
 * What is supervised stands in RUN_DIR/supervise.table; its columns: supervise_table.h. Descriptors above 2 that the
 * supervisor was started with reach every child, so that the control script can tell what a dead instance left behind;
 * but for the lock of the instance (--lock-fd), which ends with the supervisor.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervise_table.h"
#include "supervise_terminal.h"

enum {
	BACKLOG = 1024,
	NAP_US = 10000, /* a busy program's lines are passed on by the hundred */
	PIPE_BYTES = 262144,
	DESCRIPTORS_MAX = 65536,
	STEADY_MS = 1000,  /* who lived so long is restarted at once, the first time */
	RESTART_MS = 10,   /* after the first early death, then … */
	BACK_OFF_MS = 100, /* … doubled from here up to … */
	BACK_OFF_MAX_MS = 3000,
	EARLY_DEATHS_MAX = 6, /* during the start: more, and the start has failed */
	STOP_ONE_MS = 2500,   /* then SIGKILL */
	STOP_ALL_MS = 4200,
};

struct process {
	const struct row *row;
	pid_t pid; /* 0: not running */
	int input_fd;
	int output_fds[2]; /* a pipe that outlives restarts: its children's stdout and stderr */
	int log_fd;
	char line[TERMINAL_LINE_BYTES];
	size_t line_size;
	int64_t started_ms;
	int64_t due_ms; /* of the restart while it is down, of SIGKILL while it stops; 0: none */
	int early_deaths;
	int restarts;
};

enum phase { STARTING, UP, STOPPING };

struct supervisor {
	const char *run_dir;
	struct table table;
	struct process processes[ROWS_MAX];
	int count; /* of processes, one a row */
	int next;  /* to be started, or while stopping: the one above the next to be stopped */
	enum phase phase;
	bool has_failed;
	bool is_status_stale;
	int64_t stop_by_ms;
	int signal_fd;
	struct terminal terminal;
};

static int64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void __attribute__((format(printf, 2, 3)))
say(struct supervisor *sup, const char *format, ...)
{
	char line[1024];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (size >= (int)sizeof(line))
		size = sizeof(line) - 1;
	terminal_line(&sup->terminal, "supervise", -1, line, (size_t)size);
	terminal_flush(&sup->terminal);
}

/* Passes on what a process has written since the last time: whole lines, or a piece where one is too long. */
static void
process_drain(struct supervisor *sup, struct process *process)
{
	char *line, *end, *stop;
	ssize_t got;

	while ((got = read(process->output_fds[0], process->line + process->line_size,
		    sizeof(process->line) - process->line_size)) > 0) {
		if (write(process->log_fd, process->line + process->line_size, (size_t)got) < 0)
			errno = 0; /* a full disk loses log lines, nothing else */
		process->line_size += (size_t)got;
		line = process->line;
		stop = line + process->line_size;
		while ((end = memchr(line, '\n', (size_t)(stop - line))) != NULL) {
			terminal_line(&sup->terminal, process->row->name,
			    (int)(process - sup->processes), line, (size_t)(end - line));
			line = end + 1;
		}
		process->line_size = (size_t)(stop - line);
		memmove(process->line, line, process->line_size);
		if (process->line_size == sizeof(process->line)) {
			terminal_line(&sup->terminal, process->row->name,
			    (int)(process - sup->processes), process->line, sizeof(process->line));
			process->line_size = 0;
		}
	}
	terminal_flush(&sup->terminal);
}

/* What a process needs for as long as the supervisor lives: its listening socket, its pipe, its log. */

static int
socket_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t old_mask;
	int fd, failed;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	unlink(path); /* of an instance that is dead: RUN_DIR is locked */
	old_mask = umask(0117);
	failed = bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, BACKLOG);
	umask(old_mask);
	if (failed) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
process_open(struct supervisor *sup, struct process *process)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/log/%s.log", sup->run_dir, process->row->name);
	process->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (process->log_fd < 0 || pipe2(process->output_fds, O_CLOEXEC) < 0) {
		say(sup, "%s: %s", path, strerror(errno));
		return false;
	}
	fcntl(process->output_fds[0], F_SETFL, O_NONBLOCK);
	fcntl(process->output_fds[0], F_SETPIPE_SZ, PIPE_BYTES); /* as much as comes in a nap */
	if (process->row->listen_path == NULL)
		process->input_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	else
		process->input_fd = socket_listen(process->row->listen_path);
	if (process->input_fd < 0)
		say(sup, "%s: cannot listen on %s: %s", process->row->name,
		    process->row->listen_path, strerror(errno));
	return process->input_fd >= 0;
}

static bool
processes_open(struct supervisor *sup)
{
	char path[PATH_MAX], reason[PATH_MAX + 128];

	snprintf(path, sizeof(path), "%s/supervise.table", sup->run_dir);
	if (!table_read(&sup->table, path, reason, sizeof(reason))) {
		say(sup, "%s", reason);
		return false;
	}
	for (; sup->count < sup->table.count; sup->count++) {
		sup->processes[sup->count].row = &sup->table.rows[sup->count];
		if (!process_open(sup, &sup->processes[sup->count]))
			return false;
	}
	return true;
}

/* One process. */

/* In the child. The death signal comes after the change of user, which would clear it. */
static _Noreturn void
process_become(const struct process *process, pid_t supervisor)
{
	const struct passwd *user = process->row->user;
	sigset_t none;

	sigemptyset(&none);
	setsid(); /* the terminal's Ctrl-C is for the supervisor alone */
	if (user != NULL &&
	    (initgroups(user->pw_name, user->pw_gid) || setgid(user->pw_gid) ||
		setuid(user->pw_uid)))
		goto fail;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != supervisor)
		goto fail;
	if (dup2(process->input_fd, 0) < 0 || dup2(process->output_fds[1], 1) < 0 ||
	    dup2(process->output_fds[1], 2) < 0)
		goto fail;
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(process->row->command[0], process->row->command);
fail:
	dprintf(process->output_fds[1], "cannot run %s: %s\n", process->row->command[0],
	    strerror(errno));
	_exit(127);
}

static void
process_start(struct supervisor *sup, struct process *process)
{
	pid_t supervisor = getpid();

	process->due_ms = 0;
	process->started_ms = clock_ms();
	process->pid = fork();
	if (process->pid == 0)
		process_become(process, supervisor);
	if (process->pid < 0) {
		say(sup, "%s: cannot fork: %s", process->row->name, strerror(errno));
		process->pid = 0;
		process->due_ms = process->started_ms + BACK_OFF_MAX_MS;
	}
	sup->is_status_stale = true;
}

static void
stop_begin(struct supervisor *sup, bool has_failed)
{
	if (sup->phase == STOPPING)
		return;
	say(sup, has_failed ? "stopping, for the start has failed" : "stopping");
	sup->phase = STOPPING;
	sup->has_failed = has_failed;
	sup->next = sup->count;
	sup->stop_by_ms = clock_ms() + STOP_ALL_MS;
	for (int i = 0; i < sup->count; i++)
		sup->processes[i].due_ms = 0;
}

static void
restart_plan(struct supervisor *sup, struct process *process, const char *cause)
{
	int64_t now = clock_ms(), wait_ms = RESTART_MS;

	if (now - process->started_ms >= STEADY_MS)
		process->early_deaths = 0;
	process->early_deaths++;
	for (int i = 1; i < process->early_deaths && wait_ms < BACK_OFF_MAX_MS; i++)
		wait_ms = i == 1 ? BACK_OFF_MS : wait_ms * 2;
	if (wait_ms > BACK_OFF_MAX_MS)
		wait_ms = BACK_OFF_MAX_MS;
	process->restarts++;
	process->due_ms = now + wait_ms;
	say(sup, "%s %s; restart in %" PRId64 " ms", process->row->name, cause, wait_ms);
	if (sup->phase == STARTING && process->early_deaths == EARLY_DEATHS_MAX) {
		say(sup, "%s does not start; its log: %s/log/%s.log", process->row->name,
		    sup->run_dir, process->row->name);
		stop_begin(sup, true);
	}
}

static void
process_ended(struct supervisor *sup, struct process *process, int status)
{
	char cause[64];

	process_drain(sup, process);
	process->pid = 0;
	process->due_ms = 0;
	sup->is_status_stale = true;
	if (WIFSIGNALED(status))
		snprintf(cause, sizeof(cause), "was killed by signal %d", WTERMSIG(status));
	else
		snprintf(cause, sizeof(cause), "ended with %d", WEXITSTATUS(status));
	if (sup->phase == STOPPING)
		return;
	if (process->row->kind == KEEP) {
		restart_plan(sup, process, cause);
	} else if (status != 0) {
		say(sup, "%s %s", process->row->name, cause);
		stop_begin(sup, true);
	}
}

/* All of them. */

static void
children_reap(struct supervisor *sup)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < sup->count; i++) {
			if (sup->processes[i].pid == pid)
				process_ended(sup, &sup->processes[i], status);
		}
	}
}

/* Starts the next ones, up to a step that must end first. */
static void
start_advance(struct supervisor *sup)
{
	struct process *last = sup->next > 0 ? &sup->processes[sup->next - 1] : NULL;

	while (
	    sup->phase == STARTING && !(last != NULL && last->row->kind == STEP && last->pid > 0)) {
		if (sup->next == sup->count) {
			sup->phase = UP;
			sup->is_status_stale = true;
			break;
		}
		last = &sup->processes[sup->next++];
		process_start(sup, last);
	}
}

/* Asks the last one that still runs to end, and no other before it has. Returns whether all have ended. */
static bool
stop_advance(struct supervisor *sup)
{
	int64_t now = clock_ms();
	struct process *process;

	while (sup->next > 0 && sup->processes[sup->next - 1].pid == 0)
		sup->next--;
	if (sup->next == 0)
		return true;
	process = &sup->processes[sup->next - 1];
	if (process->due_ms == 0) {
		kill(process->pid, process->row->stop_signal);
		process->due_ms = now + STOP_ONE_MS < sup->stop_by_ms ? now + STOP_ONE_MS
								      : sup->stop_by_ms;
	} else if (process->due_ms <= now) {
		say(sup, "%s does not end: killing it", process->row->name);
		kill(process->pid, SIGKILL);
		process->due_ms = now + STOP_ONE_MS;
	}
	return false;
}

static void
restarts_run(struct supervisor *sup)
{
	int64_t now = clock_ms();

	for (int i = 0; i < sup->count; i++) {
		struct process *process = &sup->processes[i];

		if (process->pid == 0 && process->due_ms != 0 && process->due_ms <= now)
			process_start(sup, process);
	}
}

/* For `tools/foodfast status`: RUN_DIR/supervise.status, replaced as a whole. */
static void
status_write(struct supervisor *sup)
{
	static const char *const phases[] = { "starting", "up", "stopping" };
	char path[PATH_MAX], draft[PATH_MAX];
	FILE *file;

	if (!sup->is_status_stale)
		return;
	sup->is_status_stale = false;
	snprintf(path, sizeof(path), "%s/supervise.status", sup->run_dir);
	snprintf(draft, sizeof(draft), "%s/supervise.status.new", sup->run_dir);
	file = fopen(draft, "we");
	if (file == NULL)
		return;
	fprintf(file, "supervise\t%d\t%s\t0\n", (int)getpid(), phases[sup->phase]);
	for (int i = 0; i < sup->count; i++) {
		const struct process *process = &sup->processes[i];

		if (process->row->kind == KEEP)
			fprintf(file, "%s\t%d\t%s\t%d\n", process->row->name, (int)process->pid,
			    process->pid > 0	      ? "running"
				: process->due_ms > 0 ? "restarting"
						      : "stopped",
			    process->restarts);
	}
	fclose(file);
	rename(draft, path);
}

static int
wait_ms(const struct supervisor *sup)
{
	int64_t now = clock_ms(), wait = 60000;

	for (int i = 0; i < sup->count; i++) {
		int64_t due_ms = sup->processes[i].due_ms;

		if (due_ms != 0 && due_ms - now < wait)
			wait = due_ms - now;
	}
	return wait < 0 ? 0 : (int)wait;
}

/* Waits for signals, for output, and for what is due. */
static void
turn(struct supervisor *sup)
{
	struct pollfd fds[ROWS_MAX + 1];
	struct signalfd_siginfo signals[16];
	ssize_t got;

	for (int i = 0; i < sup->count; i++)
		fds[i] = (struct pollfd){ .fd = sup->processes[i].output_fds[0], .events = POLLIN };
	fds[sup->count] = (struct pollfd){ .fd = sup->signal_fd, .events = POLLIN };
	if (poll(fds, (nfds_t)sup->count + 1, wait_ms(sup)) <= 0)
		return;
	if (fds[sup->count].revents == 0)
		usleep(NAP_US);
	for (int i = 0; i < sup->count; i++) {
		if (fds[i].revents != 0)
			process_drain(sup, &sup->processes[i]);
	}
	got = fds[sup->count].revents != 0 ? read(sup->signal_fd, signals, sizeof(signals)) : 0;
	for (ssize_t i = 0; i < got / (ssize_t)sizeof(*signals); i++) {
		if (signals[i].ssi_signo == SIGCHLD)
			children_reap(sup);
		else
			stop_begin(sup, false);
	}
}

static void
run(struct supervisor *sup)
{
	for (;;) {
		if (sup->phase == STOPPING) {
			if (stop_advance(sup))
				break;
		} else {
			start_advance(sup);
			restarts_run(sup);
		}
		status_write(sup);
		turn(sup);
	}
	for (int i = 0; i < sup->count; i++)
		process_drain(sup, &sup->processes[i]);
}

/* Start and end of the supervisor itself. */

static bool
environment_prepare(struct supervisor *sup)
{
	struct rlimit files;
	sigset_t handled;

	sigemptyset(&handled);
	sigaddset(&handled, SIGCHLD);
	sigaddset(&handled, SIGTERM);
	sigaddset(&handled, SIGINT);
	sigaddset(&handled, SIGHUP);
	sigprocmask(SIG_BLOCK, &handled, NULL);
	signal(SIGPIPE, SIG_IGN);
	sup->signal_fd = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
	prctl(
	    PR_SET_CHILD_SUBREAPER, 1); /* PostgreSQL's backends, when their postmaster is killed */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max < DESCRIPTORS_MAX ? files.rlim_max
								  : DESCRIPTORS_MAX;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	terminal_start(&sup->terminal);
	return sup->signal_fd >= 0;
}

static const char usage[] =
    "usage: supervise [--with-parent] [--lock-fd N] RUN_DIR\n"
    "Starts the processes of RUN_DIR/supervise.table, restarts what dies, and stops all on SIGTERM, SIGINT or SIGHUP.\n"
    "  --with-parent  stop too when the process that started this one ends\n"
    "  --lock-fd N    an open descriptor that is kept, and not handed on to the processes\n"
    "Logs: stdout and RUN_DIR/log/NAME.log. Exit status: 0 stopped as asked, 1 something did not start, 2 usage.\n";

static const struct option options[] = {
	{ "with-parent", no_argument, NULL, 'p' },
	{ "lock-fd", required_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* Returns whether there is something to run; else status is to be returned from main. */
static bool
arguments_read(struct supervisor *sup, int argc, char **argv, int *status)
{
	pid_t parent = getppid();
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'p' && (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent))
			exit(1);
		if (option == 'l')
			fcntl((int)strtol(optarg, NULL, 10), F_SETFD, FD_CLOEXEC);
		if (option == 'h' || option == '?')
			break;
	}
	sup->run_dir = argv[optind];
	if (option == -1 && optind == argc - 1)
		return true;
	*status = option == 'h' ? 0 : 2;
	fputs(usage, option == 'h' ? stdout : stderr);
	return false;
}

int
main(int argc, char **argv)
{
	static struct supervisor sup; /* static for its size */
	int status = 1;

	if (!environment_prepare(&sup) || !arguments_read(&sup, argc, argv, &status))
		return status;
	if (!processes_open(&sup))
		return 1;
	run(&sup);
	say(&sup, sup.has_failed ? "stopped, for the start has failed" : "stopped");
	return sup.has_failed ? 1 : 0;
}
