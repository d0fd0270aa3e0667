/*
 * Reading a packet from its front, a part a function. What a type may and must have is
 * in one table.
 */
#include "socketio_packet.h"

#include <string.h>

#include "buffer.h"

enum { NUMBER_DIGITS_MAX = 15 }; /* what a double holds exactly: clients count in those */

enum payload { PAYLOAD_NONE, PAYLOAD_OBJECT, PAYLOAD_EVENT, PAYLOAD_LIST };

static const struct rule {
	bool is_ours, has_attachments, may_ask, must_answer;
	enum payload payload;
} rules[] = {
	[SOCKETIO_CONNECT] = { .payload = PAYLOAD_OBJECT },
	[SOCKETIO_DISCONNECT] = { .payload = PAYLOAD_NONE },
	[SOCKETIO_EVENT] = { .may_ask = true, .payload = PAYLOAD_EVENT },
	[SOCKETIO_ACK] = { .may_ask = true, .must_answer = true, .payload = PAYLOAD_LIST },
	[SOCKETIO_CONNECT_ERROR] = { .is_ours = true },
	[SOCKETIO_BINARY_EVENT] = { .has_attachments = true,
	    .may_ask = true,
	    .payload = PAYLOAD_EVENT },
	[SOCKETIO_BINARY_ACK] = { .has_attachments = true,
	    .may_ask = true,
	    .must_answer = true,
	    .payload = PAYLOAD_LIST },
};

enum { TYPES = sizeof(rules) / sizeof(rules[0]) };

/* What is left to be read. */
struct reader {
	const char *at, *end;
};

/* A number's digits. -1: there are none; -2: too many. */
static int64_t
number_read(struct reader *reader)
{
	const char *start = reader->at;
	int64_t number = 0;

	for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
		if (reader->at - start == NUMBER_DIGITS_MAX)
			return -2;
		number = number * 10 + (*reader->at - '0');
	}
	return reader->at > start ? number : -1;
}

static bool
attachments_read(struct reader *reader, size_t *attachments)
{
	int64_t number = number_read(reader);

	if (number < 0 || reader->at == reader->end || *reader->at != '-')
		return false;
	reader->at++;
	*attachments = (size_t)number;
	return true;
}

static bool
space_read(struct reader *reader, struct socketio_span *space)
{
	const char *start = reader->at, *comma;

	*space = (struct socketio_span){ "/", 1 };
	if (start == reader->end || *start != '/')
		return true;
	comma = memchr(start, ',', (size_t)(reader->end - start));
	reader->at = comma ? comma + 1 : reader->end;
	*space = (struct socketio_span){ start, (size_t)((comma ? comma : reader->end) - start) };
	return space->size_bytes <= SOCKETIO_SPACE_MAX;
}

/* A JSON value that is all that is left, and begins with OPENING. */
static bool
json_read_rest(struct reader *reader, char opening, struct socketio_span *json)
{
	*json = (struct socketio_span){ reader->at, (size_t)(reader->end - reader->at) };
	return json->size_bytes > 0 && *reader->at == opening &&
	    socketio_json_end(reader->at, reader->end) == reader->end;
}

static bool
object_read(struct reader *reader, struct socketio_packet *packet)
{
	if (reader->at < reader->end)
		return json_read_rest(reader, '{', &packet->arguments);
	packet->arguments = (struct socketio_span){ "{}", 2 };
	return true;
}

static bool
list_read(struct reader *reader, struct socketio_packet *packet)
{
	if (!json_read_rest(reader, '[', &packet->arguments))
		return false;
	packet->arguments.text++;
	packet->arguments.size_bytes -= 2;
	return true;
}

/* Stock clients take these for their own. */
static bool
is_reserved(const struct socketio_span *name)
{
	static const char *const reserved[] = { "connect", "connect_error", "disconnect",
		"disconnecting", "newListener", "removeListener" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strlen(reserved[i]) == name->size_bytes &&
		    memcmp(reserved[i], name->text, name->size_bytes) == 0)
			return true;
	}
	return false;
}

/* The array's first is the event's name. The array is valid, so its bracket ends every search in it. */
static bool
event_read(struct reader *reader, struct socketio_packet *packet)
{
	struct socketio_span *arguments = &packet->arguments;
	const char *at, *end;

	if (!list_read(reader, packet))
		return false;
	at = socketio_json_space_end(arguments->text, reader->end);
	if (*at != '"')
		return false;
	end = socketio_json_end(at, reader->end);
	packet->name = (struct socketio_span){ at + 1, (size_t)(end - at) - 2 };
	if (packet->name.size_bytes > SOCKETIO_NAME_MAX || is_reserved(&packet->name))
		return false;
	at = socketio_json_space_end(end, reader->end);
	at += *at == ',';
	*arguments = (struct socketio_span){ at, (size_t)(reader->end - 1 - at) };
	return true;
}

static bool
nothing_read(struct reader *reader, struct socketio_packet *packet)
{
	(void)packet;
	return reader->at == reader->end;
}

static bool (*const payload_read[])(struct reader *reader, struct socketio_packet *packet) = {
	[PAYLOAD_NONE] = nothing_read,
	[PAYLOAD_OBJECT] = object_read,
	[PAYLOAD_EVENT] = event_read,
	[PAYLOAD_LIST] = list_read,
};

static bool
ack_read(struct reader *reader, const struct rule *rule, int64_t *ack)
{
	*ack = number_read(reader);
	if (*ack == -1)
		return !rule->must_answer;
	return *ack >= 0 && rule->may_ask;
}

bool
socketio_packet_read(struct socketio_packet *packet, const char *text, size_t size_bytes)
{
	struct reader reader = { text, text + size_bytes };
	const struct rule *rule;

	*packet = (struct socketio_packet){ .ack = -1 };
	if (size_bytes == 0 || *text < '0' || *text >= '0' + TYPES)
		return false;
	packet->type = (enum socketio_packet_type)(*reader.at++ - '0');
	rule = &rules[packet->type];
	if (rule->is_ours)
		return false;
	if (rule->has_attachments && !attachments_read(&reader, &packet->attachments))
		return false;
	return space_read(&reader, &packet->space) && ack_read(&reader, rule, &packet->ack) &&
	    payload_read[rule->payload](&reader, packet);
}

void
socketio_packet_begin(struct writer *writer, enum socketio_packet_type type, size_t attachments,
    const char *space, int64_t ack)
{
	const char digit = (char)('0' + type);

	writer_bytes(writer, &digit, 1);
	if (rules[type].has_attachments) {
		writer_number(writer, attachments);
		writer_text(writer, "-");
	}
	if (strcmp(space, "/") != 0) {
		writer_text(writer, space);
		writer_text(writer, ",");
	}
	if (ack >= 0)
		writer_number(writer, (uint64_t)ack);
}
