/*
 * zlib behind websocket_deflate.h, and the offers of clients, read by a table of what
 * permessage-deflate may ask for. What we don't know makes an offer one to decline.
 */
#include "websocket_deflate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "buffer.h"
#include "log.h"
#include "memory.h"
#include "websocket_frame.h"

enum {
	LEVEL = 6,
	ZLIB_WINDOW_MIN = 9, /* looks back 250 bytes at most: fit for a window of 8 bits too */
	MEMORY_BELOW = 7,    /* its memory level is so far below the window's bits */
	ROOM_MIN = 1024,
	EXPANSION = 4, /* what a first guess of the decompressed size assumes */
	WORD_SIZE = 32,
};

/* RFC 9110, 5.6.2. */
static const char token_bytes[] = "!#$%&'*+-.^_`|~0123456789"
				  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* What ends every message, and so is not sent (7.2.1). */
static const char tail[] = { 0, 0, (char)0xff, (char)0xff };

struct websocket_deflate {
	z_stream *inflater;
	z_stream *deflaters[WEBSOCKET_WINDOW_MAX + 1]; /* by window bits */
};

struct websocket_deflate *
websocket_deflate_open(void)
{
	return memory_new(sizeof(struct websocket_deflate));
}

void
websocket_deflate_close(struct websocket_deflate **shared)
{
	struct websocket_deflate *closed = *shared;

	*shared = NULL;
	if (!closed)
		return;
	if (closed->inflater)
		inflateEnd(closed->inflater);
	free(closed->inflater);
	for (int i = 0; i <= WEBSOCKET_WINDOW_MAX; i++) {
		if (closed->deflaters[i])
			deflateEnd(closed->deflaters[i]);
		free(closed->deflaters[i]);
	}
	free(closed);
}

/* zlib fails at these only without memory, or by our own mistake. */
static void
must(int status, const char *what)
{
	if (status == Z_OK)
		return;
	log_error("zlib failed", LOG_TEXT("call", what), LOG_INT("status", status));
	abort();
}

/* A compressor that begins anew. */
static z_stream *
deflater(struct websocket_deflate *shared, unsigned window_bits)
{
	int bits = window_bits < ZLIB_WINDOW_MIN ? ZLIB_WINDOW_MIN : (int)window_bits;
	z_stream *stream = shared->deflaters[bits];

	assert(bits <= WEBSOCKET_WINDOW_MAX);
	if (stream) {
		must(deflateReset(stream), "deflateReset");
		return stream;
	}
	stream = shared->deflaters[bits] = memory_new(sizeof(*stream));
	must(
	    deflateInit2(stream, LEVEL, Z_DEFLATED, -bits, bits - MEMORY_BELOW, Z_DEFAULT_STRATEGY),
	    "deflateInit2");
	return stream;
}

/* A pointer that zlib reads from; it has no const there. */
static Bytef *
source(const char *bytes)
{
	return (Bytef *)(uintptr_t)bytes;
}

/* Compressed behind room for a head; that room is closed when the head's size is known. */
struct buffer *
websocket_deflate_frame(struct websocket_deflate *shared, unsigned window_bits, int opcode,
    const char *bytes, size_t size_bytes)
{
	z_stream *stream = deflater(shared, window_bits);
	size_t bound = deflateBound(stream, size_bytes) + 2 * sizeof(tail), payload, head_bytes;
	struct buffer *frame = buffer_new(WEBSOCKET_HEAD_MAX + bound);
	char *start = frame->bytes + WEBSOCKET_HEAD_MAX, head[WEBSOCKET_HEAD_MAX];

	stream->next_in = source(bytes);
	stream->avail_in = (uInt)size_bytes;
	stream->next_out = (Bytef *)start;
	stream->avail_out = (uInt)bound;
	must(deflate(stream, Z_SYNC_FLUSH), "deflate");
	assert(stream->avail_in == 0 && stream->avail_out > 0);
	payload = bound - stream->avail_out - sizeof(tail);
	head_bytes = websocket_frame_head(head, opcode, true, payload);
	memcpy(frame->bytes, head, head_bytes);
	memmove(frame->bytes + head_bytes, start, payload);
	frame->size_bytes = (uint32_t)(head_bytes + payload);
	return memory_resize(frame, sizeof(*frame) + frame->size_bytes);
}

/* A decompressed message as it grows. */
struct inflation {
	z_stream *stream;
	struct buffer *whole;
	size_t room_bytes, most_bytes;
	bool has_ended; /* its last block was marked as the stream's last */
};

static z_stream *
inflater(struct websocket_deflate *shared)
{
	if (shared->inflater) {
		must(inflateReset(shared->inflater), "inflateReset");
		return shared->inflater;
	}
	shared->inflater = memory_new(sizeof(*shared->inflater));
	must(inflateInit2(shared->inflater, -WEBSOCKET_WINDOW_MAX), "inflateInit2");
	return shared->inflater;
}

/* One byte more than is allowed tells that it is too much. False: it is. */
static bool
inflation_grow(struct inflation *inflation)
{
	struct buffer *whole = inflation->whole;
	size_t room = inflation->room_bytes * 2;

	if (whole->size_bytes > inflation->most_bytes)
		return false;
	if (room > inflation->most_bytes + 1)
		room = inflation->most_bytes + 1;
	inflation->whole = memory_resize(whole, sizeof(*whole) + room);
	inflation->room_bytes = room;
	return true;
}

/*
 * Takes all of the bytes. A block may be marked as the stream's last and be followed by more (7.2.3.4); what comes
 * behind it may look back beyond it, so zlib's state begins anew, but not its window. Returns 0 or a code.
 */
static int
inflation_add(struct inflation *inflation, const char *bytes, size_t size_bytes)
{
	z_stream *stream = inflation->stream;

	stream->next_in = source(bytes);
	stream->avail_in = (uInt)size_bytes;
	do {
		struct buffer *whole = inflation->whole;
		int status;

		if (inflation->has_ended)
			must(inflateResetKeep(stream), "inflateResetKeep");
		stream->next_out = (Bytef *)whole->bytes + whole->size_bytes;
		stream->avail_out = (uInt)(inflation->room_bytes - whole->size_bytes);
		status = inflate(stream, Z_SYNC_FLUSH);
		whole->size_bytes = (uint32_t)(inflation->room_bytes - stream->avail_out);
		inflation->has_ended = status == Z_STREAM_END;
		if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
			return WEBSOCKET_INVALID_DATA;
		if (stream->avail_out == 0 && !inflation_grow(inflation))
			return WEBSOCKET_TOO_BIG;
	} while (stream->avail_in > 0 || (stream->avail_out == 0 && !inflation->has_ended));
	return 0;
}

/* Whole only if a block has just ended: zlib then says so in a bit of data_type. */
static int
inflation_run(struct inflation *inflation, const char *bytes, size_t size_bytes)
{
	enum { BLOCK_HAS_ENDED = 128 };
	int code = inflation_add(inflation, bytes, size_bytes);

	if (code == 0 && !inflation->has_ended)
		code = inflation_add(inflation, tail, sizeof(tail));
	if (code == 0 && !inflation->has_ended && !(inflation->stream->data_type & BLOCK_HAS_ENDED))
		code = WEBSOCKET_INVALID_DATA;
	return code;
}

struct buffer *
websocket_inflate(struct websocket_deflate *shared, const char *bytes, size_t size_bytes,
    size_t most_bytes, int *code)
{
	struct inflation inflation = { .stream = inflater(shared), .most_bytes = most_bytes };

	/* Some send nothing at all for an empty message. */
	if (size_bytes == 0)
		return buffer_new(0);
	inflation.room_bytes = size_bytes * EXPANSION;
	if (inflation.room_bytes < ROOM_MIN)
		inflation.room_bytes = ROOM_MIN;
	if (inflation.room_bytes > most_bytes + 1)
		inflation.room_bytes = most_bytes + 1;
	inflation.whole = buffer_new(inflation.room_bytes);
	inflation.whole->size_bytes = 0;
	*code = inflation_run(&inflation, bytes, size_bytes);
	if (*code == 0 && inflation.whole->size_bytes > most_bytes)
		*code = WEBSOCKET_TOO_BIG;
	if (*code != 0)
		buffer_release(&inflation.whole);
	return inflation.whole;
}

/* What a client offers, and asks of us. */
struct offer {
	bool is_acceptable;
	unsigned seen; /* a bit for each row of the table */
	struct websocket_terms terms;
};

static bool
takes_no_value(struct offer *offer, const char *value)
{
	(void)offer;
	return !value;
}

/* 8 to 15, without leading zeros; 0: anything else. */
static unsigned
window_bits_of(const char *value)
{
	char *end;
	unsigned long bits = strtoul(value, &end, 10);

	if (value[0] < '1' || value[0] > '9' || *end != '\0' || bits < WEBSOCKET_WINDOW_MIN ||
	    bits > WEBSOCKET_WINDOW_MAX)
		return 0;
	return (unsigned)bits;
}

static bool
takes_our_window(struct offer *offer, const char *value)
{
	offer->terms.is_window_wanted = true;
	offer->terms.window_bits = value ? (uint8_t)window_bits_of(value) : 0;
	return offer->terms.window_bits > 0;
}

/* He says what he can; that we could make him use less is no use to us. */
static bool
takes_his_window(struct offer *offer, const char *value)
{
	(void)offer;
	return !value || window_bits_of(value) > 0;
}

/* 7.1: what an offer may ask. False: not so. */
static const struct {
	const char *name;
	bool (*read)(struct offer *offer, const char *value); /* VALUE null: none */
} parameters[] = {
	{ "server_no_context_takeover", takes_no_value },
	{ "client_no_context_takeover", takes_no_value },
	{ "server_max_window_bits", takes_our_window },
	{ "client_max_window_bits", takes_his_window },
};

/* A parameter that is unknown, comes twice, or has a value that it can't have makes the offer one to decline. */
static bool
parameter_read(struct offer *offer, const char *name, const char *value)
{
	for (unsigned i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		if (strcmp(parameters[i].name, name) != 0)
			continue;
		if (offer->seen & 1U << i)
			return false;
		offer->seen |= 1U << i;
		return parameters[i].read(offer, value);
	}
	return false;
}

/* A token or a value, cut where it is longer than anything that we know. */
struct word {
	char text[WORD_SIZE];
	size_t length;
};

static void
word_add(struct word *word, char byte)
{
	if (word->length < WORD_SIZE - 1)
		word->text[word->length++] = byte;
	word->text[word->length] = '\0';
}

static void
skip_space(const char **at)
{
	*at += strspn(*at, " \t");
}

static bool
skip_byte(const char **at, char byte)
{
	skip_space(at);
	if (**at != byte)
		return false;
	++*at;
	skip_space(at);
	return true;
}

static bool
token_read(const char **at, struct word *word)
{
	size_t length = strspn(*at, token_bytes);

	*word = (struct word){ 0 };
	for (const char *end = *at + length; *at < end; ++*at)
		word_add(word, **at);
	return length > 0;
}

/* What is quoted must be a token too (6455, 9.1). */
static bool
quoted_read(const char **at, struct word *word)
{
	*word = (struct word){ 0 };
	for (++*at; **at && **at != '"'; ++*at) {
		if (**at == '\\')
			++*at;
		if (!**at || !strchr(token_bytes, **at))
			return false;
		word_add(word, **at);
	}
	return *(*at)++ == '"' && word->length > 0;
}

/* Reads the parameters of an offer. False: malformed. */
static bool
offer_read(const char **at, struct offer *offer)
{
	struct word name, value;

	while (skip_byte(at, ';')) {
		bool has_value;

		if (!token_read(at, &name))
			return false;
		has_value = skip_byte(at, '=');
		if (has_value && !(**at == '"' ? quoted_read(at, &value) : token_read(at, &value)))
			return false;
		offer->is_acceptable = offer->is_acceptable &&
		    parameter_read(offer, name.text, has_value ? value.text : NULL);
	}
	return true;
}

bool
websocket_deflate_offer(const char *header, struct websocket_terms *terms)
{
	struct word name;

	for (const char *at = header;;) {
		struct offer offer = { .terms.window_bits = WEBSOCKET_WINDOW_MAX };

		while (skip_byte(&at, ','))
			;
		if (!*at)
			return true;
		if (!token_read(&at, &name))
			return false;
		offer.is_acceptable = strcmp(name.text, "permessage-deflate") == 0;
		if (!offer_read(&at, &offer) || (*at && *at != ','))
			return false;
		if (offer.is_acceptable && terms->window_bits == 0)
			*terms = offer.terms;
	}
}

void
websocket_deflate_answer(
    const struct websocket_terms *terms, char text[WEBSOCKET_DEFLATE_ANSWER_SIZE])
{
	int length = snprintf(text, WEBSOCKET_DEFLATE_ANSWER_SIZE,
	    "permessage-deflate; server_no_context_takeover; client_no_context_takeover");

	if (terms->is_window_wanted)
		snprintf(text + length, WEBSOCKET_DEFLATE_ANSWER_SIZE - (size_t)length,
		    "; server_max_window_bits=%u", terms->window_bits);
}
