/*
 * The server from outside: a process of its own behind a socket, and a web server's side of FastCGI spoken to it.
 */
#include "fcgi.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "json.h"
#include "router.h"
#include "test.h"
#include "text.h"

enum record { BEGIN = 1, END = 3, PARAMETERS = 4, INPUT = 5, OUTPUT = 6 };

static const char *const roles[] = { "customer", NULL };

/* Tells its own process to stop, and takes its time to answer. */
static struct reply
answer_slowly(struct request *req)
{
	(void)req;
	kill(getpid(), SIGTERM);
	usleep(200000);
	return reply_json(200, "{\"slow\":true}");
}

static struct reply
echo(struct request *req)
{
	return reply_json(200, req->body_length ? req->body : "{}");
}

static const struct route routes[] = {
	{ GET, "/things", ANYONE, echo },
	{ POST, "/things", ANYONE, echo },
	{ GET, "/slow", ANYONE, answer_slowly },
};

static const struct application application = {
	.name = "unit-fcgi",
	.purpose = "is tested",
	.site = "test",
	.base = "/v1",
	.roles = roles,
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
};

static struct sockaddr_un
address_of(const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	return address;
}

static int
open_listener(const char *folder)
{
	struct sockaddr_un address = address_of(folder);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16))
		return -1;
	return fd;
}

static void
write_secret(const char *folder, const char *name, const char *line)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	fputs(line, file);
	fclose(file);
}

/* The process under test. Its log is not ours. */
static pid_t
start_server(const char *folder, int listen_fd)
{
	char name[] = "unit-fcgi", *arguments[] = { name, NULL };
	pid_t pid = fork();

	if (pid)
		return pid;
	setenv("FOODFAST_SECRETS_DIR", folder, 1);
	setenv("FOODFAST_THREADS", "2", 1);
	setenv("FOODFAST_LOG_LEVEL", "error", 1);
	dup2(listen_fd, STDIN_FILENO);
	close(listen_fd);
	exit(fcgi_main(&application, 1, arguments));
}

static void
add_record(struct text *stream, enum record type, const char *content, size_t length)
{
	char header[8] = { 1, (char)type, 0, 1, (char)(length >> 8), (char)length, 0, 0 };

	text_add_bytes(stream, header, sizeof(header));
	text_add_bytes(stream, content, length);
}

static void
add_parameter(struct text *parameters, const char *name, const char *value)
{
	char lengths[2] = { (char)strlen(name), (char)strlen(value) };

	text_add_bytes(parameters, lengths, sizeof(lengths));
	text_add(parameters, name);
	text_add(parameters, value);
}

/* What is asked. */
struct question {
	const char *method, *uri, *body, *content_length, *request_id;
};

/* Sends it over a connection of its own, and returns the descriptor. */
static int
ask(struct arena *arena, const char *folder, const struct question *question)
{
	struct sockaddr_un address = address_of(folder);
	const char *body = question->body ? question->body : "";
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct text parameters, stream;

	text_start(&parameters, arena);
	add_parameter(&parameters, "REQUEST_METHOD", question->method);
	add_parameter(&parameters, "REQUEST_URI", question->uri);
	add_parameter(&parameters, "REMOTE_ADDR", "192.0.2.1");
	add_parameter(&parameters, "CONTENT_TYPE", "application/json");
	add_parameter(&parameters, "CONTENT_LENGTH",
	    question->content_length ? question->content_length
				     : arena_print(arena, "%zu", strlen(body)));
	if (question->request_id)
		add_parameter(&parameters, "HTTP_X_REQUEST_ID", question->request_id);

	text_start(&stream, arena);
	add_record(&stream, BEGIN, "\0\1\0\0\0\0\0\0", 8);
	add_record(&stream, PARAMETERS, parameters.bytes, parameters.length);
	add_record(&stream, PARAMETERS, "", 0);
	if (*body)
		add_record(&stream, INPUT, body, strlen(body));
	add_record(&stream, INPUT, "", 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    write(fd, stream.bytes, stream.length) != (ssize_t)stream.length)
		return -1;
	return fd;
}

/* All that the server says until it closes; what is not output is left out. */
static const char *
read_answer(struct arena *arena, int fd)
{
	struct text output;
	unsigned char header[8];
	char content[65536 + 256];

	text_start(&output, arena);
	while (recv(fd, header, sizeof(header), MSG_WAITALL) == sizeof(header)) {
		size_t length = (size_t)(header[4] << 8 | header[5]);

		if (recv(fd, content, length + header[6], MSG_WAITALL) < (ssize_t)length)
			break;
		if (header[1] == OUTPUT)
			text_add_bytes(&output, content, length);
	}
	close(fd);
	return output.bytes;
}

static const char *
answer_to(struct arena *arena, const char *folder, const struct question *question)
{
	return read_answer(arena, ask(arena, folder, question));
}

static bool
has(const char *answer, const char *line)
{
	return strstr(answer, line) != NULL;
}

static void
test_answers(struct arena *arena, const char *folder)
{
	const char *answer = answer_to(
	    arena, folder, &(struct question){ "GET", "/v1/things?x=1", .request_id = "call-7" });

	ok(has(answer, "Status: 200\r\n"), "a request is answered");
	ok(has(answer, "X-Request-Id: call-7\r\n"), "with the request id that came");
	ok(has(answer, "X-Content-Type-Options: nosniff\r\n"), "never to be sniffed");
	ok(has(answer, "Content-Length: 2\r\n\r\n{}"), "with the length of its body");
	answer = answer_to(
	    arena, folder, &(struct question){ "HEAD", "/v1/things", .request_id = "a b" });
	ok(has(answer, "Content-Length: 2\r\n\r\n") && !has(answer, "{}"),
	    "HEAD has the length and no body");
	ok(has(answer, "X-Request-Id: ") && !has(answer, "a b"),
	    "a request id that is none is replaced");
	answer = answer_to(
	    arena, folder, &(struct question){ "POST", "/v1/things", .body = "{\"a\":1}" });
	ok(has(answer, "\r\n\r\n{\"a\":1}"), "a body arrives");
	answer = answer_to(arena, folder, &(struct question){ "OPTIONS", "/v1/things" });
	ok(has(answer, "Status: 204\r\n") && !has(answer, "Content-Length"), "204 has no length");
}

static void
test_refusals(struct arena *arena, const char *folder)
{
	const char *answer = answer_to(arena, folder,
	    &(struct question){ "POST", "/v1/things", .content_length = "99999999" });

	ok(has(answer, "Status: 413\r\n"), "a body that is too large is not waited for");
	answer = answer_to(arena, folder,
	    &(struct question){ "POST", "/v1/things", .body = "{}", .content_length = "10" });
	ok(has(answer, "Status: 400\r\n"), "a body that breaks off is not handled");
	answer = answer_to(arena, folder, &(struct question){ "BREW", "/v1/things" });
	ok(has(answer, "Status: 405\r\n") && has(answer, "Allow: GET, HEAD, POST, OPTIONS\r\n"),
	    "a method of its own");
	answer = answer_to(arena, folder, &(struct question){ "GET", "" });
	ok(has(answer, "Status: 404\r\n"), "an empty path");
}

static void
test_stop(struct arena *arena, const char *folder, pid_t server)
{
	int slow = ask(arena, folder, &(struct question){ "GET", "/v1/slow" }), status;

	ok(has(read_answer(arena, slow), "{\"slow\":true}"),
	    "what is in flight at SIGTERM is finished");
	waitpid(server, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "and then it ends well");
	slow = ask(arena, folder, &(struct question){ "GET", "/v1/things" });
	ok(slow >= 0, "the socket that it shared still takes connections");
	close(slow);
}

static void
remove_folder(const char *folder)
{
	static const char *const names[] = { "socket", "jwt-keys", "hmac-key" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

int
main(void)
{
	char folder[] = "/tmp/unit-fcgi-XXXXXX";
	struct arena *arena = arena_open();
	int listen_fd;
	pid_t server;

	if (!mkdtemp(folder))
		return 1;
	write_secret(folder, "jwt-keys",
	    "k1 0000000000000000000000000000000000000000000000000000000000000001\n");
	write_secret(folder, "hmac-key",
	    "0000000000000000000000000000000000000000000000000000000000000002\n");
	listen_fd = open_listener(folder);
	server = start_server(folder, listen_fd);
	test_answers(arena, folder);
	test_refusals(arena, folder);
	test_stop(arena, folder, server);
	close(listen_fd);
	remove_folder(folder);
	arena_close(&arena);
	return done();
}
