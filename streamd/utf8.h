/*
 * UTF-8 checked as it comes, in pieces cut anywhere (RFC 3629: no surrogates, no overlong
 * forms, nothing above U+10FFFF). What can't become valid is seen at its first wrong byte.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_WHOLE = 1 }; /* the state at first, and wherever no character is cut */

/* Goes on from *STATE. False: what came so far is the beginning of no valid text. */
bool utf8_continue(uint8_t *state, const char *bytes, size_t size_bytes);

/* Is all of it valid, to its end? */
bool utf8_is_valid(const char *bytes, size_t size_bytes);

#endif
