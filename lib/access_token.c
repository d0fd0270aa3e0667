/*
 * Signed tokens. Those in the form that we write are read here, by OpenSSL's HMAC; libjwt reads all others. What it leaves open is
 * closed here: the algorithm is pinned, no key is ever missing or short, every claim is required and checked.
 */
#include "access_token.h"

#include <jwt.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "crypto.h"
#include "log.h"
#include "token_memory.h"

#define KEYS_MAX 16
#define KEY_ID_SIZE 33
#define KEY_BYTES_MAX 64
#define KEY_HEAD_SIZE 128
#define CLAIMS_SIZE 256
#define USE_SIZE 8	    /* "access" and "cookie" fit */
#define SIGNATURE_LENGTH 43 /* of 32 bytes, as base64url */
#define HEX_LENGTH(bytes) ((size_t)2 * (bytes))
#define RELOAD_MS 1000

struct key {
	char id[KEY_ID_SIZE];
	char head[KEY_HEAD_SIZE]; /* a token's first part, and its dot */
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
	_Atomic uint64_t generation; /* how often the ring was read anew */
	struct token_memory *memory; /* null: none */
	pthread_mutex_t reload_lock; /* guards what follows */
	int64_t next_look_ms;
	struct stat seen;
};

static const char *const use_names[] = {
	[ACCESS_TOKEN_BEARER] = "access",
	[ACCESS_TOKEN_COOKIE] = "cookie",
};

static const struct {
	const char *code, *detail;
} results[] = {
	[ACCESS_TOKEN_VALID] = { "", "" },
	[ACCESS_TOKEN_INVALID] = { "token_invalid", "The access token is not one of ours." },
	[ACCESS_TOKEN_EXPIRED] = { "token_expired", "The access token has expired; refresh it." },
};

/* Its id stands in JSON as it is: nothing in it may need an escape. */
static bool
key_head_write(struct key *key)
{
	char json[KEY_ID_SIZE + sizeof("{\"alg\":\"HS256\",\"kid\":\"\",\"typ\":\"JWT\"}")];
	size_t length;

	for (const char *c = key->id; *c != '\0'; c++)
		if (*c < '!' || *c > '~' || *c == '"' || *c == '\\')
			return false;
	length = (size_t)snprintf(
	    json, sizeof(json), "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", key->id);
	length = crypto_base64url_write(json, length, key->head);
	memcpy(key->head + length, ".", sizeof("."));
	return true;
}

/* Reads `KID HEX`, a line without its newline. */
static bool
key_parse(const char *line, struct key *key)
{
	size_t id_length = strcspn(line, " ");
	const char *hex = line + id_length + 1;
	size_t hex_length;

	if (id_length == 0 || id_length >= sizeof(key->id) || line[id_length] == '\0')
		return false;
	hex_length = strlen(hex);
	if (hex_length < HEX_LENGTH(CRYPTO_KEY_BYTES) || hex_length > HEX_LENGTH(KEY_BYTES_MAX))
		return false;
	memcpy(key->id, line, id_length);
	key->id[id_length] = '\0';
	key->secret_bytes = hex_length / 2;
	return crypto_hex_read(hex, hex_length, key->secret, key->secret_bytes) &&
	    key_head_write(key);
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

/* Has the file changed since it was last looked at? Asked of the disk once a second, or when it IS_URGENT. */
static bool
keys_have_changed(struct access_token_keys *keys, bool is_urgent)
{
	int64_t now_ms = clock_monotonic_ms();
	struct stat current;
	bool has_changed = false;

	pthread_mutex_lock(&keys->reload_lock);
	if (is_urgent || now_ms >= keys->next_look_ms) {
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

/* True: there are others now. */
static bool
keys_reload(struct access_token_keys *keys, bool is_urgent)
{
	struct key_ring ring;

	if (!keys_have_changed(keys, is_urgent) || !ring_read(keys->path, &ring))
		return false;
	pthread_rwlock_wrlock(&keys->lock);
	keys->ring = ring;
	atomic_fetch_add(&keys->generation, 1);
	pthread_rwlock_unlock(&keys->lock);
	crypto_wipe(&ring, sizeof(ring));
	log_info("token keys read anew", LOG_TEXT("file", keys->path));
	return true;
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
access_token_keys_remember(struct access_token_keys *keys)
{
	keys->memory = token_memory_open();
}

void
access_token_keys_close(struct access_token_keys **keys)
{
	if (*keys == NULL)
		return;
	token_memory_close(&(*keys)->memory);
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

/*
 * Writes TOKEN signed with KEY (RFC 7515, section 3.1). By hand, for libjwt takes ten times as
 * long; what it reads afterwards, it checks. The claims were checked to need no escapes.
 */
static void
token_encode(const struct access_token *token, const struct key *key, char text[ACCESS_TOKEN_MAX])
{
	unsigned char signature[CRYPTO_HASH_BYTES];
	size_t length = strlen(key->head);
	char claims[CLAIMS_SIZE];
	int claims_length = snprintf(claims, sizeof(claims),
	    "{\"use\":\"%s\",\"sub\":\"%s\",\"sid\":\"%s\",\"role\":\"%s\","
	    "\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}",
	    use_names[token->use], token->user_id, token->session_id, token->role,
	    token->issued_at_s, token->expires_at_s);

	memcpy(text, key->head, length);
	length += crypto_base64url_write(claims, (size_t)claims_length, text + length);
	crypto_hmac_joined(
	    key->secret, key->secret_bytes, &(struct crypto_part){ text, length }, 1, signature);
	text[length++] = '.';
	crypto_base64url_write(signature, sizeof(signature), text + length);
}

bool
access_token_sign(
    struct access_token_keys *keys, const struct access_token *token, char text[ACCESS_TOKEN_MAX])
{
	keys_reload(keys, false);
	if (!uuid_is_valid(token->user_id) || !uuid_is_valid(token->session_id) ||
	    !role_is_known(keys, token->role)) {
		log_error("token not signed", LOG_TEXT("role", token->role));
		return false;
	}
	pthread_rwlock_rdlock(&keys->lock);
	token_encode(token, &keys->ring.keys[0], text);
	pthread_rwlock_unlock(&keys->lock);
	return true;
}

/*
 * The token, decoded with the key that it names; null when it was not signed so.
 * Every key is tried, rather than the named one looked up first: reading a kid
 * before the signature is checked would take libjwt's mode without a key.
 */
static jwt_t *
token_decode(struct access_token_keys *keys, const char *text)
{
	jwt_t *found = NULL;

	pthread_rwlock_rdlock(&keys->lock);
	for (size_t i = 0; i < keys->ring.count && found == NULL; i++) {
		const struct key *key = &keys->ring.keys[i];
		const char *id;
		jwt_t *jwt = NULL;

		if (jwt_decode(&jwt, text, key->secret, (int)key->secret_bytes) != 0)
			continue;
		id = jwt_get_header(jwt, "kid");
		if (jwt_get_alg(jwt) == JWT_ALG_HS256 && id != NULL && strcmp(id, key->id) == 0)
			found = jwt;
		else
			jwt_free(jwt);
	}
	pthread_rwlock_unlock(&keys->lock);
	return found;
}

static bool
text_claim(jwt_t *jwt, const char *name, char *text, size_t size)
{
	const char *value = jwt_get_grant(jwt, name);

	if (value == NULL || strlen(value) >= size)
		return false;
	memcpy(text, value, strlen(value) + 1);
	return true;
}

static bool
token_read_claims(jwt_t *jwt, struct access_token *token)
{
	const char *use = jwt_get_grant(jwt, "use");

	if (use == NULL || strcmp(use, use_names[token->use]) != 0)
		return false;
	token->issued_at_s = jwt_get_grant_int(jwt, "iat");
	token->expires_at_s = jwt_get_grant_int(jwt, "exp");
	return text_claim(jwt, "sub", token->user_id, sizeof(token->user_id)) &&
	    text_claim(jwt, "sid", token->session_id, sizeof(token->session_id)) &&
	    text_claim(jwt, "role", token->role, sizeof(token->role));
}

/* Whatever the form that JSON and its header have. */
static bool
token_read_any(
    struct access_token_keys *keys, const char *text, int64_t now_s, struct access_token *token)
{
	jwt_t *jwt = token_decode(keys, text);
	bool is_read;

	/* Another program may have signed it by a key that has just come. */
	if (jwt == NULL && keys_reload(keys, true))
		jwt = token_decode(keys, text);
	if (jwt == NULL)
		return false;
	/* An absent nbf reads as 0: valid since ever. */
	is_read = token_read_claims(jwt, token) && jwt_get_grant_int(jwt, "nbf") <= now_s;
	jwt_free(jwt);
	return is_read;
}

static bool
is_signed_by(const char *text, const char *dot, const struct key *key)
{
	unsigned char hash[CRYPTO_HASH_BYTES];
	char signature[SIGNATURE_LENGTH + 1];

	if (strncmp(text, key->head, strlen(key->head)) != 0 || strlen(dot + 1) != SIGNATURE_LENGTH)
		return false;
	crypto_hmac_joined(key->secret, key->secret_bytes,
	    &(struct crypto_part){ text, (size_t)(dot - text) }, 1, hash);
	crypto_base64url_write(hash, sizeof(hash), signature);
	return crypto_is_same(signature, dot + 1, SIGNATURE_LENGTH);
}

/* The claims in LENGTH digits of base64url, in the one order that token_encode() writes. */
static bool
claims_read(const char *digits, size_t length, struct access_token *token)
{
	char claims[CLAIMS_SIZE], use[USE_SIZE];
	size_t size_bytes = crypto_base64url_read(digits, length, claims, sizeof(claims) - 1);
	int end = 0;

	claims[size_bytes] = '\0';
	sscanf(claims,
	    "{\"use\":\"%7[a-z]\",\"sub\":\"%36[0-9a-f-]\",\"sid\":\"%36[0-9a-f-]\","
	    "\"role\":\"%15[a-z]\",\"iat\":%" SCNd64 ",\"exp\":%" SCNd64 "}%n",
	    use, token->user_id, token->session_id, token->role, &token->issued_at_s,
	    &token->expires_at_s, &end);
	return end > 0 && (size_t)end == size_bytes && strcmp(use, use_names[token->use]) == 0;
}

/*
 * Does TEXT look as token_encode() writes it, and is it signed so? Then TOKEN has its claims. This is a third of what a client's
 * connect costs by libjwt, which judges whatever looks otherwise or has another signature.
 */
static bool
token_read_own(struct access_token_keys *keys, const char *text, struct access_token *token)
{
	const char *first = strchr(text, '.'), *last = strrchr(text, '.');
	bool is_signed = false;

	if (first == last)
		return false;
	pthread_rwlock_rdlock(&keys->lock);
	for (size_t i = 0; i < keys->ring.count && !is_signed; i++)
		is_signed = is_signed_by(text, last, &keys->ring.keys[i]);
	pthread_rwlock_unlock(&keys->lock);
	return is_signed && claims_read(first + 1, (size_t)(last - first - 1), token);
}

/* Does all of it: the signature, the claims, the times. */
static enum access_token_result
token_verify(struct access_token_keys *keys, const char *text, enum access_token_use use,
    int64_t now_s, struct access_token *token)
{
	token->use = use;
	if (!token_read_own(keys, text, token) && !token_read_any(keys, text, now_s, token))
		return ACCESS_TOKEN_INVALID;
	if (!uuid_is_valid(token->user_id) || !uuid_is_valid(token->session_id) ||
	    !role_is_known(keys, token->role) || token->expires_at_s <= 0)
		return ACCESS_TOKEN_INVALID;
	return now_s < token->expires_at_s ? ACCESS_TOKEN_VALID : ACCESS_TOKEN_EXPIRED;
}

enum access_token_result
access_token_verify(struct access_token_keys *keys, const char *text, enum access_token_use use,
    struct access_token *token)
{
	int64_t now_s = clock_wall_s();
	enum access_token_result result;
	uint64_t generation;

	if (strlen(text) >= ACCESS_TOKEN_MAX)
		return ACCESS_TOKEN_INVALID;
	keys_reload(keys, false);
	/* Before the keys are used: what they verify is never kept as the verdict of later ones. */
	generation = atomic_load(&keys->generation);
	if (keys->memory != NULL &&
	    token_memory_find(keys->memory, text, generation, now_s, token) && token->use == use)
		return ACCESS_TOKEN_VALID;
	result = token_verify(keys, text, use, now_s, token);
	if (keys->memory != NULL && result == ACCESS_TOKEN_VALID)
		token_memory_keep(keys->memory, text, generation, token);
	return result;
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
