/*
 * Tokens that were verified a moment ago: a signature takes longer to check than all else
 * about a small request, and most people ask more than once while their token lives. What is
 * kept is a token's SHA-256 and its claims, never its text; a fixed table, so that no flood
 * of tokens makes it grow.
 */
#ifndef TOKEN_MEMORY_H
#define TOKEN_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "access_token.h"

struct token_memory;

/* Never null: without memory the process ends. Thread-safe from there on. */
struct token_memory *token_memory_open(void);
void token_memory_close(struct token_memory **memory);

/*
 * Fills TOKEN with the claims of TEXT, if it was kept under the same GENERATION of keys and
 * has not expired at NOW_S.
 */
bool token_memory_find(struct token_memory *memory, const char *text, uint64_t generation,
    int64_t now_s, struct access_token *token);

/* Keeps the claims of TEXT, which has just been verified by the keys of GENERATION. */
void token_memory_keep(struct token_memory *memory, const char *text, uint64_t generation,
    const struct access_token *token);

#endif
