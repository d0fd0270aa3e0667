/*
 * What FoodFast's REST programs share beyond plumbing: its roles, its base path, and the
 * fields that several of them read. The programs themselves never include one another.
 */
#ifndef SITE_H
#define SITE_H

#include <stdbool.h>

#include "rate_limit.h"
#include "text.h"

struct config;

/* In the order of site_roles. */
enum { CUSTOMER = 1 << 0, RESTAURANT = 1 << 1, DRIVER = 1 << 2, AGENT = 1 << 3, ADMIN = 1 << 4 };

extern const char *const site_roles[];

#define SITE_NAME "foodfast"
#define SITE_BASE "/api/v1"

/* What a signed-in user may ask in all, of each process. Its numbers come with site_limits_start(). */
extern struct rate_limit_policy site_requests_limit;

void site_limits_start(const struct config *config);

/* For a field's `.check`: a line that a person typed, with something to see in it and no control characters. */
bool site_is_line(const char *text);

/* An e-mail address, as text_is_email() has it, of characters that can be seen. */
bool site_is_email(const char *text);

/* Text of any lines, or none: no control characters but line breaks and tabs. */
bool site_is_prose(const char *text);

/* What a STRING is: a line of 1 to MOST characters, text of up to MOST, a phone number. */
#define LINE(most) .min = 1, .max = (most), .check = site_is_line, .be = "a line of text"
#define PROSE(most) .max = (most), .check = site_is_prose, .be = "text without control characters"
#define PHONE .check = text_is_phone, .be = "a phone number like +31205550123"

/* Money in minor units. */
#define MONEY_MAX 100000000

/* Where something is brought: the rows of its table, all of them OPTIONAL in a PATCH. */
/* clang-format off */
#define PLACE_MEMBERS(is_optional)						\
	MEMBER(label,       STRING, .optional = true, LINE(50)),			\
	MEMBER(line1,       STRING, .optional = (is_optional), LINE(200)),		\
	MEMBER(line2,       STRING, .optional = true, .nullable = true, LINE(200)),	\
	MEMBER(city,        STRING, .optional = (is_optional), LINE(100)),		\
	MEMBER(postal_code, STRING, .optional = true, .nullable = true, LINE(20)),	\
	MEMBER(lat,         NUMBER, .optional = (is_optional), .min = -90, .max = 90),	\
	MEMBER(lng,         NUMBER, .optional = (is_optional), .min = -180, .max = 180)
/* clang-format on */

#endif
