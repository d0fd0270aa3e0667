/*
 * Frames. A head, and a control frame, are read when they are whole: what is there of
 * them is judged each time and left with whoever keeps what was not taken. So what is
 * wrong is seen at its first byte, and the reader keeps nothing but where it is.
 */
#include "websocket_frame.h"

#include <string.h>

#include "buffer.h"
#include "utf8.h"

enum {
	FINAL = 0x80,
	RESERVED_1 = 0x40, /* "compressed", where that was agreed on */
	RESERVED_2_3 = 0x30,
	OPCODE = 0x0f,
	CONTROL = 0x08, /* the opcodes from here on */
	MASKED = 0x80,
	LENGTH = 0x7f,
	LENGTH_16 = 126, /* two more bytes have it */
	LENGTH_64 = 127, /* eight more */
	MASK_BYTES = 4,
};

struct head {
	uint8_t opcode;
	bool is_final, is_compressed;
	bool is_measured;      /* the next member is known */
	uint64_t length_bytes; /* of the payload */
	size_t size_bytes;     /* its own; 0: not all of it is here */
	const char *mask;
};

static bool
is_control(uint8_t opcode)
{
	return opcode & CONTROL;
}

/* Why a frame may not begin with this byte; null: it may. */
static const char *
first_byte_fault(const struct websocket_reader *reader, uint8_t byte)
{
	uint8_t opcode = byte & OPCODE;

	if (byte & RESERVED_2_3)
		return "a reserved bit is set";
	if ((opcode > WEBSOCKET_BINARY && !is_control(opcode)) || opcode > WEBSOCKET_PONG)
		return "an opcode is unknown";
	if (byte & RESERVED_1 &&
	    (!reader->may_deflate || is_control(opcode) || opcode == WEBSOCKET_CONTINUATION))
		return "a reserved bit is set";
	if (is_control(opcode))
		return byte & FINAL ? NULL : "a control frame is fragmented";
	if (opcode == WEBSOCKET_CONTINUATION)
		return reader->opcode ? NULL : "there is no message to continue";
	return reader->opcode ? "a message begins within another" : NULL;
}

static const char *
second_byte_fault(uint8_t opcode, uint8_t byte)
{
	if (!(byte & MASKED))
		return "a frame is not masked";
	if (is_control(opcode) && (byte & LENGTH) > WEBSOCKET_CONTROL_MAX)
		return "a control frame is too long";
	return NULL;
}

static uint64_t
read_number(const char *bytes, size_t size_bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size_bytes; i++)
		number = number << 8 | (unsigned char)bytes[i];
	return number;
}

/* The length has one spelling, the shortest (5.2). */
static const char *
length_fault(uint64_t length, size_t extended_bytes)
{
	if (length >> 63)
		return "a length has its highest bit set";
	if ((extended_bytes == 2 && length < LENGTH_16) ||
	    (extended_bytes == 8 && length <= UINT16_MAX))
		return "a length is not the shortest";
	return NULL;
}

/* Reads what there is of a head. Null, or what is wrong with it. */
static const char *
head_read(
    const struct websocket_reader *reader, const char *bytes, size_t size_bytes, struct head *head)
{
	const char *fault;
	size_t extended;
	uint8_t length;

	*head = (struct head){ 0 };
	if (size_bytes == 0 || (fault = first_byte_fault(reader, (uint8_t)bytes[0])))
		return size_bytes == 0 ? NULL : fault;
	head->opcode = bytes[0] & OPCODE;
	head->is_final = bytes[0] & FINAL;
	head->is_compressed = bytes[0] & RESERVED_1;
	if (size_bytes == 1 || (fault = second_byte_fault(head->opcode, (uint8_t)bytes[1])))
		return size_bytes == 1 ? NULL : fault;
	length = bytes[1] & LENGTH;
	extended = length == LENGTH_64 ? 8 : length == LENGTH_16 ? 2 : 0;
	if (size_bytes < 2 + extended)
		return NULL;
	head->length_bytes = extended ? read_number(bytes + 2, extended) : length;
	if ((fault = length_fault(head->length_bytes, extended)))
		return fault;
	head->is_measured = true;
	if (size_bytes < 2 + extended + MASK_BYTES)
		return NULL;
	head->mask = bytes + 2 + extended;
	head->size_bytes = 2 + extended + MASK_BYTES;
	return NULL;
}

/* Eight bytes at a time: the mask repeats every four. Leaves it as the byte behind needs it. */
static void
unmask(char *bytes, size_t size_bytes, uint8_t mask[MASK_BYTES])
{
	uint8_t turned[MASK_BYTES];
	uint64_t word, twice;
	size_t at = 0;

	memcpy(&twice, mask, MASK_BYTES);
	memcpy((char *)&twice + MASK_BYTES, mask, MASK_BYTES);
	for (; at + sizeof(word) <= size_bytes; at += sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		word ^= twice;
		memcpy(bytes + at, &word, sizeof(word));
	}
	for (; at < size_bytes; at++)
		bytes[at] = (char)(bytes[at] ^ mask[at % MASK_BYTES]);
	for (size_t i = 0; i < MASK_BYTES; i++)
		turned[i] = mask[(size_bytes + i) % MASK_BYTES];
	memcpy(mask, turned, MASK_BYTES);
}

static size_t
piece_broken(struct websocket_piece *piece, int code, const char *reason)
{
	*piece = (struct websocket_piece){
		.found = WEBSOCKET_BROKEN, .code = code, .reason = reason
	};
	return 0;
}

/* What there is of the current frame's payload. */
static size_t
read_payload(
    struct websocket_reader *reader, char *bytes, size_t size_bytes, struct websocket_piece *piece)
{
	size_t size = size_bytes < reader->left_bytes ? size_bytes : reader->left_bytes;

	unmask(bytes, size, reader->mask);
	reader->left_bytes -= (uint32_t)size;
	*piece = (struct websocket_piece){ .found = WEBSOCKET_DATA,
		.opcode = reader->opcode,
		.is_first = !reader->is_begun,
		.is_last = reader->is_final && reader->left_bytes == 0,
		.is_compressed = reader->is_compressed,
		.bytes = bytes,
		.size_bytes = size };
	reader->is_begun = true;
	if (piece->is_last)
		reader->opcode = 0;
	return size;
}

static size_t
read_control(const struct head *head, char *bytes, size_t size_bytes, struct websocket_piece *piece)
{
	size_t length = (size_t)head->length_bytes;
	uint8_t mask[MASK_BYTES];

	if (size_bytes < head->size_bytes + length)
		return 0;
	memcpy(mask, head->mask, MASK_BYTES);
	unmask(bytes + head->size_bytes, length, mask);
	*piece = (struct websocket_piece){ .found = WEBSOCKET_CONTROL,
		.opcode = head->opcode,
		.bytes = bytes + head->size_bytes,
		.size_bytes = length };
	return head->size_bytes + length;
}

/* A data frame begins. */
static void
frame_begin(struct websocket_reader *reader, const struct head *head)
{
	if (head->opcode != WEBSOCKET_CONTINUATION) {
		reader->opcode = head->opcode;
		reader->is_compressed = head->is_compressed;
		reader->is_begun = false;
		reader->message_bytes = 0;
	}
	reader->is_final = head->is_final;
	memcpy(reader->mask, head->mask, MASK_BYTES);
	reader->left_bytes = (uint32_t)head->length_bytes;
	reader->message_bytes += (uint32_t)head->length_bytes;
}

/* What does not compress gets a little longer by it. */
static bool
is_too_big(const struct websocket_reader *reader, const struct head *head)
{
	bool goes_on = head->opcode == WEBSOCKET_CONTINUATION;
	bool is_compressed = goes_on ? reader->is_compressed : head->is_compressed;
	uint64_t most = reader->message_max_bytes;

	if (is_compressed)
		most += most / 4 + 1024;
	return head->length_bytes > most - (goes_on ? reader->message_bytes : 0);
}

size_t
websocket_read(
    struct websocket_reader *reader, char *bytes, size_t size_bytes, struct websocket_piece *piece)
{
	const char *fault;
	struct head head;

	*piece = (struct websocket_piece){ .found = WEBSOCKET_NOTHING };
	if (reader->left_bytes > 0)
		return size_bytes > 0 ? read_payload(reader, bytes, size_bytes, piece) : 0;
	fault = head_read(reader, bytes, size_bytes, &head);
	if (fault)
		return piece_broken(piece, WEBSOCKET_PROTOCOL_ERROR, fault);
	if (head.is_measured && !is_control(head.opcode) && is_too_big(reader, &head))
		return piece_broken(piece, WEBSOCKET_TOO_BIG, "a message is too big");
	if (head.size_bytes == 0)
		return 0;
	if (is_control(head.opcode))
		return read_control(&head, bytes, size_bytes, piece);
	frame_begin(reader, &head);
	bytes += head.size_bytes;
	size_bytes -= head.size_bytes;
	if (reader->left_bytes > 0 && size_bytes == 0)
		return head.size_bytes;
	return head.size_bytes + read_payload(reader, bytes, size_bytes, piece);
}

/* RFC 6455, 7.4, and the registry that it founded. */
static bool
code_may_be_sent(int code)
{
	static const struct {
		int first, last;
	} ranges[] = { { 1000, 1003 }, { 1007, 1014 }, { 3000, 4999 } };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

bool
websocket_read_close(const char *bytes, size_t size_bytes, int *code)
{
	int given = size_bytes >= 2 ? (int)read_number(bytes, 2) : 0;

	*code = WEBSOCKET_PROTOCOL_ERROR;
	if (size_bytes == 1 || (size_bytes > 1 && !code_may_be_sent(given)))
		return false;
	*code = WEBSOCKET_INVALID_DATA;
	if (size_bytes > 2 && !utf8_is_valid(bytes + 2, size_bytes - 2))
		return false;
	*code = given;
	return true;
}

static void
write_number(char *bytes, size_t size_bytes, uint64_t number)
{
	for (; size_bytes > 0; number >>= 8)
		bytes[--size_bytes] = (char)(number & 0xff);
}

size_t
websocket_frame_head(
    char head[WEBSOCKET_HEAD_MAX], int opcode, bool is_compressed, size_t payload_bytes)
{
	head[0] = (char)(FINAL | (is_compressed ? RESERVED_1 : 0) | opcode);
	if (payload_bytes < LENGTH_16) {
		head[1] = (char)payload_bytes;
		return 2;
	}
	if (payload_bytes <= UINT16_MAX) {
		head[1] = LENGTH_16;
		write_number(head + 2, 2, payload_bytes);
		return 4;
	}
	head[1] = LENGTH_64;
	write_number(head + 2, 8, payload_bytes);
	return WEBSOCKET_HEAD_MAX;
}

struct buffer *
websocket_frame(int opcode, const char *bytes, size_t size_bytes)
{
	char head[WEBSOCKET_HEAD_MAX];
	size_t head_bytes = websocket_frame_head(head, opcode, false, size_bytes);
	struct buffer *frame = buffer_new(head_bytes + size_bytes);

	memcpy(frame->bytes, head, head_bytes);
	if (size_bytes > 0)
		memcpy(frame->bytes + head_bytes, bytes, size_bytes);
	return frame;
}

struct buffer *
websocket_frame_close(int code, const char *reason)
{
	char payload[WEBSOCKET_CONTROL_MAX];
	size_t length = reason ? strlen(reason) : 0;

	if (code == 0)
		return websocket_frame(WEBSOCKET_CLOSE, NULL, 0);
	if (length > sizeof(payload) - 2)
		length = sizeof(payload) - 2;
	while (length > 0 && reason[length] && (reason[length] & 0xc0) == 0x80)
		length--;
	write_number(payload, 2, (uint64_t)code);
	if (length > 0)
		memcpy(payload + 2, reason, length);
	return websocket_frame(WEBSOCKET_CLOSE, payload, 2 + length);
}
