/*
 * Compressed messages are gathered as they are and decompressed when all has come: half
 * of a message then holds no decompressor, which is larger than most messages.
 */
#include "websocket_message.h"

#include "utf8.h"
#include "websocket_deflate.h"
#include "websocket_frame.h"

static bool
message_broken(struct websocket_piece *piece, int code, const char *reason)
{
	*piece = (struct websocket_piece){
		.found = WEBSOCKET_BROKEN, .code = code, .reason = reason
	};
	return false;
}

static bool
message_is_text(struct websocket_message *message, const struct websocket_piece *piece)
{
	if (piece->is_first)
		message->utf8 = UTF8_WHOLE;
	return utf8_continue(&message->utf8, piece->bytes, piece->size_bytes) &&
	    (!piece->is_last || message->utf8 == UTF8_WHOLE);
}

/* From here on the message is what the compressed bytes stand for. */
static bool
message_inflate(struct websocket_message *message, struct websocket_piece *piece,
    struct websocket_deflate *shared, size_t most_bytes)
{
	struct buffer *whole;
	int code;

	whole = websocket_inflate(shared, piece->bytes, piece->size_bytes, most_bytes, &code);
	if (!whole)
		return message_broken(piece, code,
		    code == WEBSOCKET_TOO_BIG ? "a message is too big"
					      : "a message can't be decompressed");
	websocket_message_clear(message);
	message->writer.buffer = whole;
	piece->bytes = whole->bytes;
	piece->size_bytes = whole->size_bytes;
	if (piece->opcode == WEBSOCKET_TEXT && !utf8_is_valid(piece->bytes, piece->size_bytes))
		return message_broken(piece, WEBSOCKET_INVALID_DATA, "a text is not UTF-8");
	return true;
}

bool
websocket_message_add(struct websocket_message *message, struct websocket_piece *piece,
    struct websocket_deflate *shared, size_t most_bytes)
{
	if (!piece->is_compressed && piece->opcode == WEBSOCKET_TEXT &&
	    !message_is_text(message, piece))
		return message_broken(piece, WEBSOCKET_INVALID_DATA, "a text is not UTF-8");
	if (!piece->is_first || !piece->is_last)
		writer_bytes(&message->writer, piece->bytes, piece->size_bytes);
	if (!piece->is_last)
		return true;
	if (!piece->is_first) {
		piece->bytes = message->writer.buffer->bytes;
		piece->size_bytes = message->writer.buffer->size_bytes;
	}
	return !piece->is_compressed || message_inflate(message, piece, shared, most_bytes);
}

void
websocket_message_clear(struct websocket_message *message)
{
	buffer_release(&message->writer.buffer);
	message->writer.room_bytes = 0;
}
