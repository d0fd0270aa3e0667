#include "page.h"

const struct field page_fields[2] = { PAGE_FIELDS(struct page) };
