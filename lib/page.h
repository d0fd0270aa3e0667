/*
 * The parameters of every list: ?limit= (1-100, default 20) and ?page=TOKEN. The
 * token is SQL's own (page_encode, page_decode); C passes it on.
 */
#ifndef PAGE_H
#define PAGE_H

#include "field.h"

#define PAGE_LIMIT_MAX 100
#define PAGE_TOKEN_MAX 1024

/* Two rows for a struct with `const char *limit, *page`. */
#define PAGE_FIELDS(type)                                                          \
	FIELD(type, limit, INT, .optional = true, .min = 1, .max = PAGE_LIMIT_MAX, \
	    .otherwise = "20"),                                                    \
	    FIELD(type, page, STRING, .optional = true, .min = 1, .max = PAGE_TOKEN_MAX)

/* The table of a list that takes nothing else. */
struct page {
	const char *limit, *page;
};

extern const struct field page_fields[2];

#endif
