/*
 * The clock, and the one form in which the contract writes times.
 */
#include "clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Where a test stopped the clocks, in ms; negative: they run. */
static _Atomic int64_t frozen_ms = -1;

static int64_t
microseconds(clockid_t clock)
{
	struct timespec now;

	if (frozen_ms >= 0)
		return frozen_ms * 1000;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_wall_ms(void)
{
	return microseconds(CLOCK_REALTIME) / 1000;
}

int64_t
clock_wall_s(void)
{
	return clock_wall_ms() / 1000;
}

int64_t
clock_monotonic_us(void)
{
	return microseconds(CLOCK_MONOTONIC);
}

int64_t
clock_monotonic_ms(void)
{
	return clock_monotonic_us() / 1000;
}

void
clock_format(int64_t wall_ms, char text[CLOCK_TEXT_SIZE])
{
	static _Thread_local char newest[CLOCK_TEXT_SIZE];
	static _Thread_local time_t newest_s = -1;
	time_t seconds = wall_ms / 1000;
	unsigned ms = (unsigned)(wall_ms % 1000) % 1000;
	struct tm utc;

	/* Most times that are written are of the same second as the one before. */
	if (seconds != newest_s) {
		gmtime_r(&seconds, &utc);
		strftime(newest, sizeof(newest), "%Y-%m-%dT%H:%M:%S.000Z", &utc);
		newest_s = seconds;
	}
	memcpy(text, newest, CLOCK_TEXT_SIZE);
	text[20] = (char)('0' + ms / 100);
	text[21] = (char)('0' + ms / 10 % 10);
	text[22] = (char)('0' + ms % 10);
}

/* Reads what follows the second: a fraction, of which ms are kept. */
static int64_t
fraction_read(const char **text)
{
	int64_t ms = 0;
	int64_t unit = 100;

	if (**text != '.')
		return 0;
	for ((*text)++; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
		ms += (**text - '0') * unit;
	return ms;
}

/* Reads the offset at a time's end: Z, or ±hh:mm. */
static bool
offset_read(const char *text, int64_t *offset_s)
{
	unsigned hours, minutes;
	int end = 0;

	*offset_s = 0;
	if ((text[0] == 'Z' || text[0] == 'z') && text[1] == '\0')
		return true;
	if (text[0] != '+' && text[0] != '-')
		return false;
	/* NOLINTNEXTLINE(cert-err34-c): two digits cannot overflow */
	if (sscanf(text + 1, "%2u:%2u%n", &hours, &minutes, &end) != 2 || end != 5 ||
	    text[6] != '\0')
		return false;
	*offset_s = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	if (text[0] == '-')
		*offset_s = -*offset_s;
	return true;
}

bool
clock_parse(const char *text, int64_t *wall_ms)
{
	struct tm utc = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
	int64_t ms, offset_s;

	if (rest == NULL)
		return false;
	ms = fraction_read(&rest);
	if (!offset_read(rest, &offset_s))
		return false;
	*wall_ms = ((int64_t)timegm(&utc) - offset_s) * 1000 + ms;
	return true;
}

void
clock_freeze(int64_t wall_ms)
{
	frozen_ms = wall_ms;
}

void
clock_advance(int64_t ms)
{
	frozen_ms += ms;
}

void
clock_thaw(void)
{
	frozen_ms = -1;
}
