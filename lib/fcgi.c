/*
 * libfcgi's side of the server: threads, requests in, replies out.
 *
 * The listening socket is shared with the supervisor and with siblings, so it can't be shut
 * down to wake the threads that wait in accept(); and a signal might hit one in the middle
 * of a request. So a thread waits by epoll for the socket (EPOLLEXCLUSIVE: one is woken,
 * not all) or for the stop event, and accepts without blocking.
 */
#include "fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "access_token.h"
#include "arena.h"
#include "clock.h"
#include "db.h"
#include "log.h"
#include "rate_limit.h"
#include "redis.h"
#include "router.h"
#include "text.h"

#define LISTEN_FD 0
#define REQUEST_ID_MAX 64
#define HEADER_NAME_MAX 64

#ifndef EX_CONFIG
#define EX_CONFIG 78
#endif

/* One thread's own. */
struct worker {
	pthread_t thread;
	struct site *site;
	int stop_fd; /* readable once it is time to stop */
};

static const enum request_method methods[] = { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS };

/*
 * The CGI variable of a header: HTTP_ and its name in capitals, but for the two that RFC
 * 3875 names itself.
 */
static const char *
header_of(const struct request *req, const char *name)
{
	const FCGX_Request *transport = req->transport;
	char variable[HEADER_NAME_MAX] = "HTTP_";
	size_t length = strcmp(name, "Content-Type") ? strlen(variable) : 0;

	for (; *name && length < sizeof(variable) - 1; name++) {
		char c = *name == '-' ? '_' : *name;

		variable[length++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	variable[length] = '\0';
	return FCGX_GetParam(variable, transport->envp);
}

static const char *
variable_of(const FCGX_Request *transport, const char *name)
{
	const char *value = FCGX_GetParam(name, transport->envp);

	return value ? value : "";
}

/* 0 for a method that we don't know: no route has it. */
static enum request_method
method_of(const FCGX_Request *transport)
{
	const char *name = variable_of(transport, "REQUEST_METHOD");

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(name, request_method_name(methods[i])))
			return methods[i];
	return 0;
}

/* The client's own if it is one, so that a call can be followed through several systems. */
static const char *
request_id_of(const struct request *req)
{
	const char *given = request_header(req, "X-Request-Id");
	char *made;

	if (text_is_visible_ascii(given, 1, REQUEST_ID_MAX))
		return given;
	made = arena_alloc(req->arena, UUID_TEXT_SIZE);
	uuid_new(made);
	return made;
}

/* False: the client went away in the middle of it. */
static bool
read_body(struct request *req, FCGX_Request *transport)
{
	unsigned long long length = strtoull(variable_of(transport, "CONTENT_LENGTH"), NULL, 10);
	char *body;

	req->body = "";
	if (length > (unsigned long long)req->site->config.body_max_bytes) {
		req->is_body_too_large = true;
		return true;
	}
	if (!length)
		return true;
	body = arena_alloc(req->arena, length + 1);
	req->body = body;
	req->body_length = length;
	return FCGX_GetStr(body, (int)length, transport->in) == (int)length;
}

static bool
read_request(struct request *req, FCGX_Request *transport)
{
	const char *uri = variable_of(transport, "REQUEST_URI");
	size_t path_length = strcspn(uri, "?");

	req->method = method_of(transport);
	req->path = arena_copy(req->arena, uri, path_length);
	req->query = uri[path_length] ? uri + path_length + 1 : "";
	req->is_https = !strcmp(variable_of(transport, "HTTPS"), "on");
	req->remote_address = variable_of(transport, "REMOTE_ADDR");
	req->request_id = request_id_of(req);
	return read_body(req, transport);
}

static void
write_header(struct text *head, const char *name, const char *value)
{
	text_add(head, name);
	text_add(head, ": ");
	text_add(head, value);
	text_add(head, "\r\n");
}

static void
write_reply(const struct request *req, const struct reply *reply, FCGX_Request *transport)
{
	size_t length = reply->body ? strlen(reply->body) : 0;
	bool may_have_body = reply->status != 204 && reply->status != 304;
	struct text head;

	text_start(&head, req->arena);
	text_print(&head, "Status: %d\r\n", reply->status);
	write_header(&head, "X-Request-Id", req->request_id);
	write_header(&head, "X-Content-Type-Options", "nosniff");
	write_header(&head, "Cross-Origin-Resource-Policy", "same-origin");
	for (size_t i = 0; i < reply->header_count; i++)
		write_header(&head, reply->headers[i].name, reply->headers[i].value);
	if (reply->content_type)
		write_header(&head, "Content-Type", reply->content_type);
	if (may_have_body)
		text_print(&head, "Content-Length: %zu\r\n", length);
	text_add(&head, "\r\n");

	FCGX_PutStr(head.bytes, (int)head.length, transport->out);
	if (may_have_body && length && req->method != HEAD)
		FCGX_PutStr(reply->body, (int)length, transport->out);
}

/* The path alone: a query may hold a ticket. */
static void
log_access(const struct request *req, const struct reply *reply, int64_t began_us)
{
	log_info("request", LOG_TEXT("method", request_method_name(req->method)),
	    LOG_TEXT("path", req->path), LOG_INT("status", reply->status),
	    LOG_INT("duration_us", clock_monotonic_us() - began_us),
	    LOG_TEXT("user", req->actor.user_id));
}

static struct reply
refuse_broken(const struct request *req)
{
	struct problem why;
	struct reply reply;

	problem_set(&why, 400, "incomplete_body", "The body broke off.");
	reply = reply_problem(&why);
	reply_finish(&reply, req);
	return reply;
}

/* True: it was read to its end. */
static bool
answer(struct site *site, struct arena *arena, FCGX_Request *transport)
{
	struct request req = {
		.site = site,
		.arena = arena,
		.db = site->db,
		.header = header_of,
		.transport = transport,
	};
	int64_t began_us = clock_monotonic_us();
	bool is_whole = read_request(&req, transport);
	struct reply reply;

	log_request(req.request_id);
	reply = is_whole ? router_answer(&req) : refuse_broken(&req);
	write_reply(&req, &reply, transport);
	log_access(&req, &reply, began_us);
	log_request(NULL);
	return is_whole && !req.is_body_too_large;
}

/*
 * What was asked has been read to its end, so closing loses nothing: libfcgi need not wait for
 * the peer to close first, which is a sleep and a wake-up a request. What broke off may have
 * more to come, and closes as libfcgi does it.
 */
static void
finish(FCGX_Request *transport, bool is_read)
{
	if (is_read)
		FCGX_Detach(transport);
	else
		FCGX_Attach(transport);
	FCGX_Finish_r(transport);
}

/* Sleeps until a request waits (true), or it is time to stop. */
static bool
wait_for_request(int epoll_fd, int stop_fd)
{
	struct epoll_event event;
	int count;

	do
		count = epoll_wait(epoll_fd, &event, 1, -1);
	while (count < 0 && errno == EINTR);
	return count == 1 && event.data.fd != stop_fd;
}

static int
open_epoll(int stop_fd)
{
	struct epoll_event requests = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = LISTEN_FD };
	struct epoll_event stop = { .events = EPOLLIN, .data.fd = stop_fd };
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, stop_fd, &stop) ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, LISTEN_FD, &requests)) {
		log_error("cannot wait for requests", LOG_TEXT("error", strerror(errno)));
		abort();
	}
	return epoll_fd;
}

static void *
work(void *argument)
{
	struct worker *worker = argument;
	struct site *site = worker->site;
	struct arena *arena = arena_open();
	int epoll_fd = open_epoll(worker->stop_fd);
	FCGX_Request transport;

	FCGX_InitRequest(&transport, LISTEN_FD, FCGI_FAIL_ACCEPT_ON_INTR);
	while (wait_for_request(epoll_fd, worker->stop_fd)) {
		if (FCGX_Accept_r(&transport) < 0)
			continue; /* another thread was faster, or the peer is gone */
		finish(&transport, answer(site, arena, &transport));
		arena_reset(arena);
	}
	FCGX_Free(&transport, 1);
	close(epoll_fd);
	arena_close(&arena);
	return NULL;
}

static const char *
secret_path(const struct site *site, const char *name, struct arena *arena)
{
	return arena_print(arena, "%s/%s", site->config.secrets_dir, name);
}

static bool
site_open(struct site *site, const struct application *application, struct arena *arena)
{
	site->application = application;
	site->auth = (struct auth){
		.keys = access_token_keys_open(
		    secret_path(site, "jwt-keys", arena), application->roles),
		.roles = application->roles,
		.site = application->site,
		.port = site->config.port,
		.is_tls = site->config.tls_port != 0,
	};
	if (!site->auth.keys ||
	    !crypto_key_read(secret_path(site, "hmac-key", arena), site->hmac_key))
		return false;
	access_token_keys_remember(site->auth.keys);
	site->redis = redis_open(site->config.redis);
	site->limiter = rate_limiter_open(site->redis);
	site->db = db_open(
	    &site->config, application->name, (size_t)site->config.database_connections);
	return !application->start || application->start(site);
}

static void
site_close(struct site *site)
{
	if (site->limiter)
		rate_limiter_close(&site->limiter);
	db_close(&site->db);
	redis_close(&site->redis);
	if (site->auth.keys)
		access_token_keys_close(&site->auth.keys);
	crypto_wipe(site->hmac_key, sizeof(site->hmac_key));
}

/* Descriptor 0 must be a listening socket; accepting from it never blocks a thread. */
static bool
take_listen_socket(void)
{
	int listens = 0;
	socklen_t size = sizeof(listens);

	if (getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) || !listens ||
	    fcntl(LISTEN_FD, F_SETFL, O_NONBLOCK) || FCGX_Init()) {
		log_error("standard input must be a listening socket (see tools/supervise.c)");
		return false;
	}
	return true;
}

/* Starts the threads, waits for SIGTERM or SIGINT, then for the threads. */
static void
serve(struct site *site, const sigset_t *stop_signals)
{
	size_t count = (size_t)site->config.threads;
	struct worker *workers = calloc(count, sizeof(*workers));
	int stop_fd = eventfd(0, EFD_CLOEXEC);
	int received;

	if (!workers || stop_fd < 0)
		abort();
	for (size_t i = 0; i < count; i++) {
		workers[i] = (struct worker){ .site = site, .stop_fd = stop_fd };
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			abort();
	}
	log_info("serving", LOG_INT("threads", site->config.threads));
	sigwait(stop_signals, &received);
	if (eventfd_write(stop_fd, 1))
		abort();
	for (size_t i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	log_info("stopped", LOG_TEXT("signal", strsignal(received)));
	close(stop_fd);
	free(workers);
}

int
fcgi_main(const struct application *application, int argc, char **argv)
{
	struct site site = { 0 };
	struct arena *arena = arena_open();
	sigset_t stop_signals;
	int code = EX_CONFIG;

	config_start(&site.config, argc, argv, application->name, application->purpose);
	/*
	 * Before there is any thread: all of them inherit it, and sigwait alone sees the
	 * signals.
	 */
	sigemptyset(&stop_signals);
	sigaddset(&stop_signals, SIGTERM);
	sigaddset(&stop_signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stop_signals, NULL);
	signal(SIGPIPE, SIG_IGN);

	if (take_listen_socket() && site_open(&site, application, arena)) {
		serve(&site, &stop_signals);
		code = 0;
	}
	site_close(&site);
	arena_close(&arena);
	return code;
}
