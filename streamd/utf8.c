/*
 * Two small tables: what a byte is, and where it leads from a state. ASCII, which is most
 * of what comes, is passed over eight bytes at a time.
 */
#include "utf8.h"

#include <string.h>

/* What must come next. */
enum state {
	WRONG,
	WHOLE = UTF8_WHOLE, /* a character's first byte */
	TAIL_1,		    /* one more of 80…BF */
	TAIL_2,		    /* two */
	TAIL_3,
	AFTER_E0, /* A0…BF, then one: else it were overlong */
	AFTER_ED, /* 80…9F, then one: else it were a surrogate */
	AFTER_F0, /* 90…BF, then two: else it were overlong */
	AFTER_F4, /* 80…8F, then two: else it were above U+10FFFF */
	STATES,
};

enum class {
	ASCII,
	TAIL_LOW,    /* 80…8F */
	TAIL_MIDDLE, /* 90…9F */
	TAIL_HIGH,   /* A0…BF */
	LEAD_2,
	LEAD_3,
	LEAD_4,
	LEAD_E0,
	LEAD_ED,
	LEAD_F0,
	LEAD_F4,
	NEVER,
	CLASSES,
};

static const uint8_t classes[256] = {
	[0x00 ... 0x7f] = ASCII,
	[0x80 ... 0x8f] = TAIL_LOW,
	[0x90 ... 0x9f] = TAIL_MIDDLE,
	[0xa0 ... 0xbf] = TAIL_HIGH,
	[0xc0 ... 0xc1] = NEVER,
	[0xc2 ... 0xdf] = LEAD_2,
	[0xe0] = LEAD_E0,
	[0xe1 ... 0xec] = LEAD_3,
	[0xed] = LEAD_ED,
	[0xee ... 0xef] = LEAD_3,
	[0xf0] = LEAD_F0,
	[0xf1 ... 0xf3] = LEAD_4,
	[0xf4] = LEAD_F4,
	[0xf5 ... 0xff] = NEVER,
};

/* What a row does not name is wrong. */
static const uint8_t next[STATES][CLASSES] = {
	[WHOLE] = { [ASCII] = WHOLE,
	    [LEAD_2] = TAIL_1,
	    [LEAD_3] = TAIL_2,
	    [LEAD_4] = TAIL_3,
	    [LEAD_E0] = AFTER_E0,
	    [LEAD_ED] = AFTER_ED,
	    [LEAD_F0] = AFTER_F0,
	    [LEAD_F4] = AFTER_F4 },
	[TAIL_1] = { [TAIL_LOW... TAIL_HIGH] = WHOLE },
	[TAIL_2] = { [TAIL_LOW... TAIL_HIGH] = TAIL_1 },
	[TAIL_3] = { [TAIL_LOW... TAIL_HIGH] = TAIL_2 },
	[AFTER_E0] = { [TAIL_HIGH] = TAIL_1 },
	[AFTER_ED] = { [TAIL_LOW... TAIL_MIDDLE] = TAIL_1 },
	[AFTER_F0] = { [TAIL_MIDDLE... TAIL_HIGH] = TAIL_2 },
	[AFTER_F4] = { [TAIL_LOW] = TAIL_2 },
};

/* How many of the bytes are ASCII before one is not, in steps of eight. */
static size_t
ascii_span(const char *bytes, size_t size_bytes)
{
	size_t at = 0;
	uint64_t word;

	for (; at + sizeof(word) <= size_bytes; at += sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
	}
	return at;
}

bool
utf8_continue(uint8_t *state, const char *bytes, size_t size_bytes)
{
	uint8_t now = *state;
	size_t at = 0;

	while (at < size_bytes && now != WRONG) {
		if (now == WHOLE)
			at += ascii_span(bytes + at, size_bytes - at);
		for (size_t end = at + 8; at < size_bytes && at < end && now != WRONG; at++)
			now = next[now][classes[(unsigned char)bytes[at]]];
	}
	*state = now;
	return now != WRONG;
}

bool
utf8_is_valid(const char *bytes, size_t size_bytes)
{
	uint8_t state = UTF8_WHOLE;

	return utf8_continue(&state, bytes, size_bytes) && state == UTF8_WHOLE;
}
