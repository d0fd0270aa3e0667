/*
 * The only file that asks the clock, so that a test can set it.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_TEXT_SIZE sizeof("2026-11-21T13:50:00.123Z")

int64_t clock_wall_ms(void); /* since 1970, UTC */
int64_t clock_wall_s(void);
int64_t clock_monotonic_us(void); /* for durations and timers; never goes back */
int64_t clock_monotonic_ms(void);

/* RFC 3339 UTC with milliseconds, as the contract writes times. */
void clock_format(int64_t wall_ms, char text[CLOCK_TEXT_SIZE]);

/* Reads RFC 3339 (any offset, any fraction; cut to ms). False: not a time. */
bool clock_parse(const char *text, int64_t *wall_ms);

/* Tests: stop both clocks at WALL_MS (monotonic at the same number), move them on, let them run again. */
void clock_freeze(int64_t wall_ms);
void clock_advance(int64_t ms);
void clock_thaw(void);

#endif
