/*
 * Counting refusals: a handful of codes, looked through.
 */
#include "refusals.h"

#include <string.h>

void
refusals_add(struct refusals *refusals, const char *code)
{
	size_t at = 0;

	while (at < refusals->count && strcmp(refusals->of[at].code, code) != 0)
		at++;
	if (at == REFUSALS_MAX || strlen(code) >= REFUSAL_CODE_SIZE)
		return;
	if (at == refusals->count)
		memcpy(refusals->of[refusals->count++].code, code, strlen(code) + 1);
	refusals->of[at].times++;
}
