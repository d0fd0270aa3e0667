/*
 * The queue is one small array, allocated while something waits in it: an idle
 * connection costs nothing, and one with an event a single allocation.
 */
#include "output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "memory.h"

enum { PIECES_MIN = 2 };

struct output_piece {
	struct buffer *buffer; /* null: a literal */
	const char *start;
	size_t size_bytes;
};

/* A slow reader's queue is sent from its front while it grows at its end: the front's room is used again. */
static void
output_shift(struct output *output)
{
	output->end -= output->first;
	memmove(
	    output->pieces, output->pieces + output->first, output->end * sizeof(*output->pieces));
	output->first = 0;
}

static struct output_piece *
piece_new(struct output *output)
{
	if (output->end == output->room && output->first > output->room / 2)
		output_shift(output);
	if (output->end == output->room) {
		output->room = output->room ? output->room * 2 : PIECES_MIN;
		output->pieces = memory_resize(
		    output->pieces, output->room * sizeof(*output->pieces));
	}
	return &output->pieces[output->end++];
}

static void
piece_add(struct output *output, struct buffer *buffer, const char *start, size_t size_bytes)
{
	*piece_new(output) = (struct output_piece){ buffer, start, size_bytes };
	output->size_bytes += (uint32_t)size_bytes;
}

void
output_share(struct output *output, struct buffer *buffer, size_t offset, size_t size_bytes)
{
	piece_add(output, buffer_hold(buffer), buffer->bytes + offset, size_bytes);
}

void
output_give(struct output *output, struct buffer *buffer)
{
	piece_add(output, buffer, buffer->bytes, buffer->size_bytes);
}

void
output_literal(struct output *output, const char *text)
{
	piece_add(output, NULL, text, strlen(text));
}

size_t
output_vector(const struct output *output, struct iovec *vector, size_t most)
{
	size_t count = output->end - output->first;

	if (count > most)
		count = most;
	for (size_t i = 0; i < count; i++) {
		const struct output_piece *piece = &output->pieces[output->first + i];

		/* iovec has no const; sending does not write. */
		vector[i].iov_base = (void *)(uintptr_t)piece->start;
		vector[i].iov_len = piece->size_bytes;
	}
	return count;
}

void
output_sent(struct output *output, size_t size_bytes)
{
	output->size_bytes -= (uint32_t)size_bytes;
	while (output->first < output->end) {
		struct output_piece *piece = &output->pieces[output->first];

		if (size_bytes < piece->size_bytes) {
			piece->start += size_bytes;
			piece->size_bytes -= size_bytes;
			return;
		}
		size_bytes -= piece->size_bytes;
		buffer_release(&piece->buffer);
		output->first++;
	}
	output_clear(output);
}

void
output_clear(struct output *output)
{
	for (; output->first < output->end; output->first++)
		buffer_release(&output->pieces[output->first].buffer);
	free(output->pieces);
	*output = (struct output){ 0 };
}
