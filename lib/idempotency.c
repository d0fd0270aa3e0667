/*
 * The C half of idempotency keys: the header, the fingerprint, the claim in front of the function.
 */
#include "idempotency.h"

#include <string.h>

#include "arena.h"
#include "crypto.h"
#include "db.h"
#include "problem.h"
#include "request.h"
#include "text.h"

#define KEY_LENGTH_MAX 255
#define STATUS_STORED 208 /* idempotency_claim raises FF208: there is an answer */

const char *
idempotency_key(const struct request *req)
{
	return req->method == POST ? request_header(req, "Idempotency-Key") : NULL;
}

/*
 * Keyed: a plain hash of a small body would let whoever reads the table guess what is in
 * it. As a bytea's text.
 */
static const char *
fingerprint(const struct request *req)
{
	const char *method = request_method_name(req->method);
	const struct crypto_part parts[] = {
		{ method, strlen(method) },
		{ req->path, strlen(req->path) },
		{ req->body, req->body_length },
	};
	unsigned char hash[CRYPTO_HASH_BYTES];
	char *text = arena_alloc(req->arena, 2 + CRYPTO_HEX_SIZE(sizeof(hash)));

	crypto_hmac_parts(req->site->hmac_key, parts, sizeof(parts) / sizeof(parts[0]), hash);
	memcpy(text, "\\x", 2);
	crypto_hex_write(hash, sizeof(hash), text + 2);
	return text;
}

static enum idempotency_outcome
run_plain(struct request *req, const struct db_statement *statement, struct db_rows *rows,
    struct problem *why)
{
	bool is_read = req->method == GET || req->method == HEAD;

	return db_run(
		   req->db, statement, 1, is_read ? DB_REPEATABLE : DB_ONCE, req->arena, rows, why)
	    ? IDEMPOTENCY_DONE
	    : IDEMPOTENCY_FAILED;
}

enum idempotency_outcome
idempotency_run(struct request *req, const char *scope, const struct db_statement *statement,
    struct db_rows *rows, struct problem *why)
{
	const char *key = idempotency_key(req);

	if (!key)
		return run_plain(req, statement, rows, why);
	if (!text_is_visible_ascii(key, 1, KEY_LENGTH_MAX)) {
		problem_set(why, 400, "invalid_idempotency_key",
		    "Idempotency-Key must be 1 to 255 visible ASCII characters.");
		return IDEMPOTENCY_FAILED;
	}
	const struct db_statement statements[] = {
		DB_STATEMENT("select idempotency_claim($1, $2, $3)", scope, key, fingerprint(req)),
		*statement,
	};

	if (db_run(req->db, statements, 2, DB_REPEATABLE, req->arena, rows, why))
		return IDEMPOTENCY_DONE;
	return why->status == STATUS_STORED ? IDEMPOTENCY_REPLAY : IDEMPOTENCY_FAILED;
}
