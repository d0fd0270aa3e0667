/*
 * Signed tokens. A token's header is one that we write, to the letter, for one of our keys:
 * so nothing in it is ever parsed, and no other algorithm can be asked for. Its claims are
 * looked at when the signature was found to be ours, and every one is required and checked.
 */
#include "access_token.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "crypto.h"
#include "log.h"

#define KEYS_MAX 16
#define KEY_ID_SIZE 33
#define KEY_BYTES_MAX 64
#define HEX_LENGTH(bytes) ((size_t)2 * (bytes))
#define HEADER_SIZE 96 /* of base64url, the dot behind it included */
#define SIGNATURE_LENGTH (CRYPTO_BASE64URL_SIZE(CRYPTO_HASH_BYTES) - 1)
#define CLAIM_DIGITS_MAX 18 /* fit an int64_t */
#define RELOAD_MS 1000

struct key {
	char header[HEADER_SIZE]; /* of the tokens that it signs: `HEADER.` */
	size_t header_length;
	unsigned char secret[KEY_BYTES_MAX];
	size_t secret_bytes;
};

struct key_ring {
	size_t count;
	struct key keys[KEYS_MAX]; /* the first signs */
};

struct access_token_keys {
	char *path;
	const char *const *roles;
	pthread_rwlock_t lock; /* guards ring */
	struct key_ring ring;
	pthread_mutex_t reload_lock; /* guards what follows */
	int64_t next_look_ms;
	struct stat seen;
};

static const char *const use_names[] = {
	[ACCESS_TOKEN_BEARER] = "access",
	[ACCESS_TOKEN_COOKIE] = "cookie",
};

struct claim {
	const char *value;
	size_t length;
	bool is_text; /* else a number */
};

enum claim_name {
	CLAIM_USE,
	CLAIM_SUB,
	CLAIM_SID,
	CLAIM_ROLE,
	CLAIM_IAT,
	CLAIM_EXP,
	CLAIM_NBF,
	CLAIMS
};

static const char *const claim_names[CLAIMS] = { "use", "sub", "sid", "role", "iat", "exp", "nbf" };

static const struct {
	const char *code, *detail;
} results[] = {
	[ACCESS_TOKEN_VALID] = { "", "" },
	[ACCESS_TOKEN_INVALID] = { "token_invalid", "The access token is not one of ours." },
	[ACCESS_TOKEN_EXPIRED] = { "token_expired", "The access token has expired; refresh it." },
};

static void
header_make(struct key *key, const char *id, size_t id_length)
{
	char json[HEADER_SIZE];
	int length = snprintf(json, sizeof(json),
	    "{\"alg\":\"HS256\",\"kid\":\"%.*s\",\"typ\":\"JWT\"}", (int)id_length, id);

	key->header_length = crypto_base64url_write(json, (size_t)length, key->header);
	key->header[key->header_length++] = '.';
}

/* Reads `KID HEX`, a line without its newline. */
static bool
key_parse(const char *line, struct key *key)
{
	size_t id_length = strcspn(line, " ");
	const char *hex = line + id_length + 1;
	size_t hex_length;

	if (id_length == 0 || id_length >= KEY_ID_SIZE || line[id_length] == '\0' ||
	    strcspn(line, "\"\\") < id_length)
		return false;
	hex_length = strlen(hex);
	if (hex_length < HEX_LENGTH(CRYPTO_KEY_BYTES) || hex_length > HEX_LENGTH(KEY_BYTES_MAX))
		return false;
	header_make(key, line, id_length);
	key->secret_bytes = hex_length / 2;
	return crypto_hex_read(hex, hex_length, key->secret, key->secret_bytes);
}

static bool
ring_read_file(FILE *file, struct key_ring *ring)
{
	char line[KEY_ID_SIZE + CRYPTO_HEX_SIZE(KEY_BYTES_MAX) + 2];

	ring->count = 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0')
			continue;
		if (ring->count == KEYS_MAX || !key_parse(line, &ring->keys[ring->count]))
			return false;
		ring->count++;
	}
	crypto_wipe(line, sizeof(line));
	return ring->count > 0;
}

/* A file that can't be read as a whole changes nothing. */
static bool
ring_read(const char *path, struct key_ring *ring)
{
	FILE *file = fopen(path, "re");
	bool is_read = false;

	if (file != NULL) {
		is_read = ring_read_file(file, ring);
		fclose(file);
	}
	if (!is_read)
		log_error("no usable keys: each line must be KID HEX, with 32 to 64 bytes",
		    LOG_TEXT("file", path));
	return is_read;
}

/* Has the file changed since it was last looked at? Asked of the disk once a second. */
static bool
keys_have_changed(struct access_token_keys *keys)
{
	int64_t now_ms = clock_monotonic_ms();
	struct stat current;
	bool has_changed = false;

	pthread_mutex_lock(&keys->reload_lock);
	if (now_ms >= keys->next_look_ms) {
		keys->next_look_ms = now_ms + RELOAD_MS;
		if (stat(keys->path, &current) == 0) {
			has_changed = current.st_ino != keys->seen.st_ino ||
			    current.st_size != keys->seen.st_size ||
			    current.st_mtim.tv_sec != keys->seen.st_mtim.tv_sec ||
			    current.st_mtim.tv_nsec != keys->seen.st_mtim.tv_nsec;
			keys->seen = current;
		}
	}
	pthread_mutex_unlock(&keys->reload_lock);
	return has_changed;
}

static void
keys_reload(struct access_token_keys *keys)
{
	struct key_ring ring;

	if (!keys_have_changed(keys) || !ring_read(keys->path, &ring))
		return;
	pthread_rwlock_wrlock(&keys->lock);
	keys->ring = ring;
	pthread_rwlock_unlock(&keys->lock);
	crypto_wipe(&ring, sizeof(ring));
	log_info("token keys read anew", LOG_TEXT("file", keys->path));
}

struct access_token_keys *
access_token_keys_open(const char *path, const char *const *roles)
{
	struct access_token_keys *keys = calloc(1, sizeof(*keys));

	if (keys == NULL)
		return NULL;
	keys->roles = roles;
	pthread_rwlock_init(&keys->lock, NULL);
	pthread_mutex_init(&keys->reload_lock, NULL);
	keys->path = strdup(path);
	if (keys->path == NULL || !ring_read(path, &keys->ring) || stat(path, &keys->seen) < 0) {
		access_token_keys_close(&keys);
		return NULL;
	}
	keys->next_look_ms = clock_monotonic_ms() + RELOAD_MS;
	return keys;
}

void
access_token_keys_close(struct access_token_keys **keys)
{
	if (*keys == NULL)
		return;
	pthread_rwlock_destroy(&(*keys)->lock);
	pthread_mutex_destroy(&(*keys)->reload_lock);
	crypto_wipe(&(*keys)->ring, sizeof((*keys)->ring));
	free((*keys)->path);
	free(*keys);
	*keys = NULL;
}

static bool
role_is_known(const struct access_token_keys *keys, const char *role)
{
	for (const char *const *known = keys->roles; *known != NULL; known++)
		if (strcmp(*known, role) == 0)
			return true;
	return false;
}

/* Signs the SIZE bytes of TEXT, `HEADER.CLAIMS`, into SIGNATURE, which ends in a NUL. */
static void
token_signature(
    const struct key *key, const char *text, size_t size, char signature[SIGNATURE_LENGTH + 1])
{
	unsigned char hash[CRYPTO_HASH_BYTES];

	crypto_hmac_by(key->secret, key->secret_bytes, text, size, hash);
	crypto_base64url_write(hash, sizeof(hash), signature);
}

/* Writes TOKEN signed with KEY. None of its claims needs escaping: they were checked. */
static bool
token_encode(const struct access_token *token, const struct key *key, char text[ACCESS_TOKEN_MAX])
{
	char claims[ACCESS_TOKEN_MAX / 2];
	size_t at = key->header_length;
	int length = snprintf(claims, sizeof(claims),
	    "{\"exp\":%" PRId64 ",\"iat\":%" PRId64
	    ",\"role\":\"%s\",\"sid\":\"%s\",\"sub\":\"%s\",\"use\":\"%s\"}",
	    token->expires_at_s, token->issued_at_s, token->role, token->session_id, token->user_id,
	    use_names[token->use]);

	if (length < 0 || length >= (int)sizeof(claims))
		return false;
	memcpy(text, key->header, at);
	at += crypto_base64url_write(claims, (size_t)length, text + at);
	token_signature(key, text, at, text + at + 1);
	text[at] = '.';
	return true;
}

bool
access_token_sign(
    struct access_token_keys *keys, const struct access_token *token, char text[ACCESS_TOKEN_MAX])
{
	bool is_signed = false;

	keys_reload(keys);
	if (uuid_is_valid(token->user_id) && uuid_is_valid(token->session_id) &&
	    role_is_known(keys, token->role)) {
		pthread_rwlock_rdlock(&keys->lock);
		is_signed = token_encode(token, &keys->ring.keys[0], text);
		pthread_rwlock_unlock(&keys->lock);
	}
	if (!is_signed)
		log_error("token not signed", LOG_TEXT("role", token->role));
	return is_signed;
}

/* How long `HEADER.CLAIMS` is in TEXT, which has one of our headers; and is followed by the signature of that key. */
static bool
signature_is_ours(const struct key *key, const char *text, size_t length, size_t *signed_length)
{
	char signature[SIGNATURE_LENGTH + 1];

	if (length < key->header_length + 1 + SIGNATURE_LENGTH ||
	    memcmp(text, key->header, key->header_length) != 0)
		return false;
	*signed_length = length - SIGNATURE_LENGTH - 1;
	token_signature(key, text, *signed_length, signature);
	return text[*signed_length] == '.' &&
	    crypto_is_equal(signature, text + *signed_length + 1, SIGNATURE_LENGTH);
}

/* The claims of a token that we signed, as JSON, which ends in a NUL and has none within. */
static bool
token_decode(struct access_token_keys *keys, const char *text, char claims[ACCESS_TOKEN_MAX])
{
	size_t length = strlen(text), signed_length, size = SIZE_MAX;

	if (length >= ACCESS_TOKEN_MAX)
		return false;
	pthread_rwlock_rdlock(&keys->lock);
	for (size_t i = 0; i < keys->ring.count && size == SIZE_MAX; i++) {
		const struct key *key = &keys->ring.keys[i];
		size_t from = key->header_length;

		if (signature_is_ours(key, text, length, &signed_length))
			size = crypto_base64url_read(text + from, signed_length - from, claims);
	}
	pthread_rwlock_unlock(&keys->lock);
	if (size == SIZE_MAX)
		return false;
	claims[size] = '\0';
	return strlen(claims) == size;
}

/* Where NAME belongs; one that is not ours goes nowhere. */
static struct claim *
claim_place(struct claim claims[CLAIMS], const char *name, size_t length)
{
	for (size_t i = 0; i < CLAIMS; i++) {
		if (strlen(claim_names[i]) == length && memcmp(claim_names[i], name, length) == 0)
			return &claims[i];
	}
	return NULL;
}

/* `"text"`, without its quotes, or a number of digits. Null: something else, which we never write. */
static const char *
value_read(const char *at, struct claim *value)
{
	value->is_text = *at == '"';
	value->value = at + value->is_text;
	value->length = value->is_text ? strcspn(value->value, "\"\\")
				       : strspn(value->value, "0123456789");
	at = value->value + value->length;
	if (value->is_text ? *at != '"' : value->length == 0 || value->length > CLAIM_DIGITS_MAX)
		return NULL;
	return at + value->is_text;
}

/*
 * Takes TEXT apart as far as we write JSON: an object of texts without escapes and of numbers, without spaces. It
 * bears our signature, so whatever is written otherwise is no token of ours.
 */
static bool
claims_read(const char *text, struct claim claims[CLAIMS])
{
	char before = '{';

	while (*text == before) {
		struct claim name, value, *place;

		text = value_read(text + 1, &name);
		if (!text || !name.is_text || *text != ':')
			return false;
		text = value_read(text + 1, &value);
		place = claim_place(claims, name.value, name.length);
		if (!text || (place && place->value))
			return false;
		if (place)
			*place = value;
		before = ',';
	}
	return text[0] == '}' && text[1] == '\0' && before == ',';
}

static bool
text_take(const struct claim *claim, char *text, size_t size)
{
	if (!claim->value || !claim->is_text || claim->length >= size)
		return false;
	memcpy(text, claim->value, claim->length);
	text[claim->length] = '\0';
	return true;
}

/* An absent one reads as 0. */
static bool
number_take(const struct claim *claim, int64_t *number)
{
	*number = claim->value ? strtoll(claim->value, NULL, 10) : 0;
	return !claim->is_text;
}

static bool
claims_take(const struct access_token_keys *keys, const struct claim claims[CLAIMS],
    struct access_token *token, int64_t *valid_from_s)
{
	char use[ACCESS_TOKEN_ROLE_SIZE];

	return text_take(&claims[CLAIM_USE], use, sizeof(use)) &&
	    strcmp(use, use_names[token->use]) == 0 &&
	    text_take(&claims[CLAIM_SUB], token->user_id, sizeof(token->user_id)) &&
	    uuid_is_valid(token->user_id) &&
	    text_take(&claims[CLAIM_SID], token->session_id, sizeof(token->session_id)) &&
	    uuid_is_valid(token->session_id) &&
	    text_take(&claims[CLAIM_ROLE], token->role, sizeof(token->role)) &&
	    role_is_known(keys, token->role) &&
	    number_take(&claims[CLAIM_IAT], &token->issued_at_s) &&
	    number_take(&claims[CLAIM_EXP], &token->expires_at_s) && token->expires_at_s > 0 &&
	    number_take(&claims[CLAIM_NBF], valid_from_s);
}

enum access_token_result
access_token_verify(struct access_token_keys *keys, const char *text, enum access_token_use use,
    struct access_token *token)
{
	struct claim claims[CLAIMS] = { 0 };
	char json[ACCESS_TOKEN_MAX];
	int64_t now_s = clock_wall_s(), valid_from_s;

	keys_reload(keys);
	token->use = use;
	if (!token_decode(keys, text, json) || !claims_read(json, claims) ||
	    !claims_take(keys, claims, token, &valid_from_s) || valid_from_s > now_s)
		return ACCESS_TOKEN_INVALID;
	return now_s < token->expires_at_s ? ACCESS_TOKEN_VALID : ACCESS_TOKEN_EXPIRED;
}

const char *
access_token_code(enum access_token_result result)
{
	return results[result].code;
}

const char *
access_token_detail(enum access_token_result result)
{
	return results[result].detail;
}
