/*
 * A client holds no buffer once it is open: all read into one.
 */
#include "streams_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { INPUT_MAX = 256 << 10, TEXT_MAX = 16384, REQUEST_MAX = 16384, SOURCES = 4 };

/* The key of RFC 6455's own example: the clients are no browsers, and do not check the answer to it. */
static const char upgrade[] = "Upgrade: websocket\r\n"
			      "Connection: Upgrade\r\n"
			      "Sec-WebSocket-Version: 13\r\n"
			      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

_Noreturn void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die(path);
	return fd;
}

/* Clients come from several addresses of loopback, so that ports do not run short. */
static int
connect_tcp(const char *port, size_t index)
{
	const int yes = 1;
	struct sockaddr_in source = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(index % SOURCES)) };
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes)) != 0 ||
	    bind(fd, (struct sockaddr *)&source, sizeof(source)) != 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die(port);
	return fd;
}

static void
client_send(const struct client *client, const char *bytes, size_t size_bytes)
{
	if (send(client->fd, bytes, size_bytes, MSG_NOSIGNAL) != (ssize_t)size_bytes)
		die("send");
}

static void
client_say(const struct client *client, int opcode, const char *text, size_t size_bytes)
{
	char frame[WIRE_FRAME_MAX + 8];

	client_send(client, frame, wire_frame(frame, opcode, text, size_bytes));
}

void
client_start(struct client *client, const struct plan *plan, size_t index)
{
	const char *target = plan->targets[index % plan->target_count];
	const char *own = plan->own_headers ? plan->own_headers[index % plan->own_header_count]
					    : "";
	char request[REQUEST_MAX];
	int size = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s%s\r\n", plan->path,
	    plan->is_websocket ? upgrade : "", plan->headers, own);

	if (size >= (int)sizeof(request))
		die("the request is too long");
	*client = (struct client){ .fd = strchr(target, '/') ? connect_unix(target)
							     : connect_tcp(target, index) };
	client_send(client, request, (size_t)size);
}

/* Adds to what came while it opens; a text, ended by a NUL. */
static void
text_add(struct client *client, const char *bytes, size_t size_bytes)
{
	if (client->text_bytes + size_bytes >= TEXT_MAX) {
		fprintf(stderr, "a client waits in vain:\n%s\n", client->text ? client->text : "");
		exit(1);
	}
	client->text = realloc(client->text, client->text_bytes + size_bytes + 1);
	if (client->text == NULL)
		die("realloc");
	memcpy(client->text + client->text_bytes, bytes, size_bytes);
	client->text_bytes += (uint16_t)size_bytes;
	client->text[client->text_bytes] = '\0';
}

/* Forgets the text up to END. */
static void
text_drop(struct client *client, const char *end)
{
	client->text_bytes -= (uint16_t)(end - client->text);
	memmove(client->text, end, client->text_bytes + 1u);
}

/* Goes as far as what came allows. */
static void
client_advance(struct client *client, const struct plan *plan)
{
	const char *found;

	while (client->step < plan->step_count &&
	    (found = strstr(client->text, plan->steps[client->step].wait)) != NULL) {
		const struct step *step = &plan->steps[client->step++];

		text_drop(client, found + strlen(step->wait));
		client_say(client, WIRE_TEXT, step->say, strlen(step->say));
	}
	if (client->step < plan->step_count || strstr(client->text, plan->open) == NULL)
		return;
	free(client->text);
	client->text = NULL;
	client->text_bytes = 0;
	client->state = CLIENT_OPEN;
}

static void
client_take(struct client *client, const struct plan *plan, const char *bytes, size_t size_bytes)
{
	if (client->state == CLIENT_OPEN) {
		client->events += (uint32_t)wire_count(bytes, size_bytes);
		return;
	}
	text_add(client, bytes, size_bytes);
	client_advance(client, plan);
}

static void
client_take_frames(
    struct client *client, const struct plan *plan, const char *bytes, size_t size_bytes)
{
	struct wire_piece piece;

	while (wire_next(&client->reader, &bytes, &size_bytes, &piece)) {
		if (piece.opcode == WIRE_PING)
			client_say(client, WIRE_PONG, piece.bytes, piece.size_bytes);
		else if (piece.opcode == WIRE_CLOSE)
			die("the server closed a WebSocket");
		else if (plan->is_engine_io && piece.is_start && piece.size_bytes == 1 &&
		    piece.bytes[0] == '2' && client->reader.left == 0)
			client_say(client, WIRE_TEXT, "3", 1);
		else
			client_take(client, plan, piece.bytes, piece.size_bytes);
	}
}

/* The answer's head; what follows it in these bytes is taken as what it is. */
static void
client_greeted(struct client *client, const struct plan *plan, const char *bytes, size_t size_bytes)
{
	const char *expected = plan->is_websocket ? " 101 " : " 200 ";
	const char *end, *line;
	size_t rest;

	text_add(client, bytes, size_bytes);
	end = strstr(client->text, "\r\n\r\n");
	if (end == NULL)
		return;
	line = strstr(client->text, expected);
	if (line == NULL || line > strchr(client->text, '\r')) {
		fprintf(stderr, "a client was refused:\n%s\n", client->text);
		exit(1);
	}
	client->state = CLIENT_OPENING;
	rest = (size_t)(client->text + client->text_bytes - (end + 4));
	client->text_bytes = 0;
	client->text[0] = '\0';
	bytes += size_bytes - rest;
	client_advance(client, plan);
	if (plan->is_websocket)
		client_take_frames(client, plan, bytes, rest);
	else if (rest > 0)
		client_take(client, plan, bytes, rest);
}

void
client_read(struct client *client, const struct plan *plan)
{
	static char input[INPUT_MAX];
	ssize_t size = recv(client->fd, input, sizeof(input), MSG_DONTWAIT);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size == 0)
		errno = ECONNRESET;
	if (size <= 0)
		die("a stream ended");
	if (client->state == CLIENT_CONNECTED)
		client_greeted(client, plan, input, (size_t)size);
	else if (plan->is_websocket)
		client_take_frames(client, plan, input, (size_t)size);
	else
		client_take(client, plan, input, (size_t)size);
}
