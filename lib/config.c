/*
 * The table of settings, and the reading of it from the environment.
 *
 * To add a setting: a field in config.h, a row here.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define VARIABLE_PREFIX "FOODFAST_"

enum kind { TEXT, NUMBER, LEVEL, CHOICE };

struct setting {
	const char *variable; /* what follows the prefix */
	enum kind kind;
	size_t offset; /* of the field in struct config */
	const char *fallback;
	int64_t min, max;	    /* of a number */
	const char *unit;	    /* of a number, or null: a count */
	const char *const *choices; /* of a CHOICE */
	const char *meaning;
};

static const char *const faults[] = { "lose-hints", "die-after-commit", "die-at-point", NULL };

#define FIELD_OF(field) .offset = offsetof(struct config, field)
#define DAY_S 86400

/* clang-format off */
static const struct setting settings[] = {
	{ "PORT", NUMBER, FIELD_OF(port), "8080", 1, 65535,
	    .meaning = "TCP port of the site; part of its cookies' names" },
	{ "TLS_PORT", NUMBER, FIELD_OF(tls_port), "0", 0, 65535,
	    .meaning = "TCP port of its HTTPS, and then it is reached by nothing else; 0: plain HTTP" },
	{ "RUN_DIR", TEXT, FIELD_OF(run_dir), "var",
	    .meaning = "folder of everything that this instance writes" },
	{ "DATABASE", TEXT, FIELD_OF(database), "dbname=foodfast",
	    .meaning = "PostgreSQL, as a libpq connection string" },
	{ "REDIS", TEXT, FIELD_OF(redis), "var/sockets/redis",
	    .meaning = "unix socket of Redis" },
	{ "SECRETS_DIR", TEXT, FIELD_OF(secrets_dir), "var/secrets",
	    .meaning = "folder of the files with keys" },
	{ "LOG_LEVEL", LEVEL, FIELD_OF(log_level), "info",
	    .meaning = "lowest level written: debug, info, warning or error" },
	{ "FAULT", CHOICE, FIELD_OF(fault), "", .choices = faults,
	    .meaning = "for tests: lose-hints, die-after-commit or die-at-point" },

	{ "THREADS", NUMBER, FIELD_OF(threads), "8", 1, 256,
	    .meaning = "requests answered at once, each by a thread" },
	{ "DATABASE_CONNECTIONS", NUMBER, FIELD_OF(database_connections), "8", 1, 256,
	    .meaning = "connections to PostgreSQL, which the threads share" },
	{ "BODY_MAX_BYTES", NUMBER, FIELD_OF(body_max_bytes), "65536", 1024, 16 << 20, "bytes",
	    .meaning = "largest JSON body" },
	{ "HASH_CONCURRENCY", NUMBER, FIELD_OF(hash_concurrency), "0", 0, 64,
	    .meaning = "passwords hashed at once by a program; 0: by half of the processors" },
	{ "HASH_QUEUE", NUMBER, FIELD_OF(hash_queue), "32", 0, 256,
	    .meaning = "passwords that may wait for that; beyond it 503" },
	{ "HASH_NICE", NUMBER, FIELD_OF(hash_nice), "10", 0, 19,
	    .meaning = "how far that stands back behind all other work" },
	{ "HASH_MEMORY_KIB", NUMBER, FIELD_OF(hash_memory_kib), "19456", 8192, 1 << 20, "KiB",
	    .meaning = "memory of one argon2id hash" },
	{ "HASH_PASSES", NUMBER, FIELD_OF(hash_passes), "2", 1, 16,
	    .meaning = "passes of one argon2id hash" },

	{ "DATABASE_CONNECT_S", NUMBER, FIELD_OF(database_connect_s), "2", 1, 60, "s",
	    .meaning = "patience for a connection to PostgreSQL" },
	{ "DATABASE_STATEMENT_MS", NUMBER, FIELD_OF(database_statement_ms), "5000", 100, 600000, "ms",
	    .meaning = "longest statement" },
	{ "DATABASE_LOCK_MS", NUMBER, FIELD_OF(database_lock_ms), "3000", 10, 600000, "ms",
	    .meaning = "longest wait for a lock" },
	{ "DATABASE_ATTEMPTS", NUMBER, FIELD_OF(database_attempts), "4", 1, 20,
	    .meaning = "tries of a statement that a deadlock or a conflict rolls back" },

	{ "ACCESS_TOKEN_S", NUMBER, FIELD_OF(access_token_s), "900", 1, DAY_S, "s",
	    .meaning = "life of an access token" },

	{ "LIMIT_REGISTER", NUMBER, FIELD_OF(limit_register), "600", 1, INT32_MAX,
	    .meaning = "registrations by address" },
	{ "LIMIT_REGISTER_S", NUMBER, FIELD_OF(limit_register_s), "60", 1, DAY_S, "s",
	    .meaning = "window of that" },
	{ "LIMIT_LOGIN_ACCOUNT", NUMBER, FIELD_OF(limit_login_account), "10", 1, INT32_MAX,
	    .meaning = "failed logins by account" },
	{ "LIMIT_LOGIN_ACCOUNT_S", NUMBER, FIELD_OF(limit_login_account_s), "300", 1, DAY_S, "s",
	    .meaning = "window of that" },
	{ "LIMIT_LOGIN_ADDRESS", NUMBER, FIELD_OF(limit_login_address), "300", 1, INT32_MAX,
	    .meaning = "failed logins by address" },
	{ "LIMIT_LOGIN_ADDRESS_S", NUMBER, FIELD_OF(limit_login_address_s), "300", 1, DAY_S, "s",
	    .meaning = "window of that" },
	{ "LIMIT_RECOVERY", NUMBER, FIELD_OF(limit_recovery), "60", 1, INT32_MAX,
	    .meaning = "mails asked for and tokens of mails shown, by address" },
	{ "LIMIT_RECOVERY_S", NUMBER, FIELD_OF(limit_recovery_s), "60", 1, DAY_S, "s",
	    .meaning = "window of that" },
	{ "LIMIT_ORDERS", NUMBER, FIELD_OF(limit_orders), "6000", 1, INT32_MAX,
	    .meaning = "orders placed by user, for each process" },
	{ "LIMIT_ORDERS_S", NUMBER, FIELD_OF(limit_orders_s), "60", 1, DAY_S, "s",
	    .meaning = "window of that" },
	{ "LIMIT_CARDS", NUMBER, FIELD_OF(limit_cards), "60", 1, INT32_MAX,
	    .meaning = "cards added by user" },
	{ "LIMIT_CARDS_S", NUMBER, FIELD_OF(limit_cards_s), "300", 1, DAY_S, "s",
	    .meaning = "window of that" },
	{ "LIMIT_REQUESTS", NUMBER, FIELD_OF(limit_requests), "12000", 1, INT32_MAX,
	    .meaning = "requests by user, for each process" },
	{ "LIMIT_REQUESTS_S", NUMBER, FIELD_OF(limit_requests_s), "60", 1, DAY_S, "s",
	    .meaning = "window of that" },

	{ "GATEWAY_URL", TEXT, FIELD_OF(gateway_url), "http://127.0.0.1:18080",
	    .meaning = "payment gateway that speaks Stripe's API, without its /v1" },
	{ "GATEWAY_TIMEOUT_MS", NUMBER, FIELD_OF(gateway_timeout_ms), "10000", 50, 120000, "ms",
	    .meaning = "longest call of the gateway" },
	{ "GATEWAY_WAIT_MS", NUMBER, FIELD_OF(gateway_wait_ms), "5000", 0, 60000, "ms",
	    .meaning = "how long a request waits for the gateway" },
	{ "GATEWAY_LEASE_MS", NUMBER, FIELD_OF(gateway_lease_ms), "15000", 50, 600000, "ms",
	    .meaning = "how long a step belongs to the program that took it; longer than a call" },
	{ "GATEWAY_WAITERS", NUMBER, FIELD_OF(gateway_waiters), "12", 0, 256,
	    .meaning = "requests of a program that may wait for the gateway at once" },
	{ "RECONCILE_HOUR", NUMBER, FIELD_OF(reconcile_hour), "3", 0, 23,
	    .meaning = "hour of the day (UTC) from which yesterday's books are held against the gateway's" },
	{ "WEBHOOK_TOLERANCE_S", NUMBER, FIELD_OF(webhook_tolerance_s), "300", 1, DAY_S, "s",
	    .meaning = "age at which a webhook's signature is refused" },

	{ "STREAMD", NUMBER, FIELD_OF(streamd), "1", 1, 9999,
	    .meaning = "which streamd this is, of several side by side" },
	{ "SOCKET_DIR", TEXT, FIELD_OF(socket_dir), "var/sockets",
	    .meaning = "folder of the sockets by which streamds hand over connections" },
	{ "STREAM_CONNECTIONS", NUMBER, FIELD_OF(stream_connections), "100000", 1, INT32_MAX,
	    .meaning = "connections that streamd holds at once" },
	{ "STREAM_PER_USER", NUMBER, FIELD_OF(stream_per_user), "20000", 1, INT32_MAX,
	    .meaning = "streams of one user" },
	{ "STREAM_PER_ADDRESS", NUMBER, FIELD_OF(stream_per_address), "100000", 1, INT32_MAX,
	    .meaning = "streams from one address" },
	{ "STREAM_CHANNELS", NUMBER, FIELD_OF(stream_channels), "50", 1, 1000,
	    .meaning = "channels of one stream" },
	{ "STREAM_BUFFER_BYTES", NUMBER, FIELD_OF(stream_buffer_bytes), "262144", 4096, 64 << 20, "bytes",
	    .meaning = "unsent bytes at which a slow reader is cut" },
	{ "STREAM_MEMORY_BYTES", NUMBER, FIELD_OF(stream_memory_bytes), "1073741824", 1 << 20, INT64_MAX, "bytes",
	    .meaning = "resident memory of streamd beyond which newcomers are refused" },
	{ "STREAM_POLLS", NUMBER, FIELD_OF(stream_polls), "20000", 1, INT32_MAX,
	    .meaning = "long polls held at once; beyond it 503" },
	{ "STREAM_SOCKET_CHANNELS", NUMBER, FIELD_OF(stream_socket_channels), "200", 1, 1000,
	    .meaning = "channels of one WebSocket or Socket.IO client" },
	{ "STREAM_MESSAGE_BYTES", NUMBER, FIELD_OF(stream_message_bytes), "65536", 1024, 16 << 20, "bytes",
	    .meaning = "largest message of such a client" },
	{ "STREAM_FRAMES_S", NUMBER, FIELD_OF(stream_frames_s), "50", 1, 1000000,
	    .meaning = "messages a second of such a client; twice as many at once" },
	{ "STREAM_BYTES_S", NUMBER, FIELD_OF(stream_bytes_s), "131072", 1024, 1 << 30, "bytes",
	    .meaning = "bytes a second of its messages; twice as many at once" },
	{ "STREAM_SWEEP_MS", NUMBER, FIELD_OF(stream_sweep_ms), "1000", 10, 60000, "ms",
	    .meaning = "how often the log is asked for what its hints missed" },
	{ "STREAM_SWEEP_ALONE_MS", NUMBER, FIELD_OF(stream_sweep_alone_ms), "250", 10, 60000, "ms",
	    .meaning = "the same while Redis is away" },
	{ "STREAM_GAP_MS", NUMBER, FIELD_OF(stream_gap_ms), "5", 0, 1000, "ms",
	    .meaning = "how long a gap waits for its hint before the log is read" },

	{ "SANDBOX_PORT", NUMBER, FIELD_OF(sandbox_port), "18080", 1, 65535,
	    .meaning = "TCP port of the sandbox gateway, on 127.0.0.1" },
	{ "SANDBOX_WEBHOOK_URL", TEXT, FIELD_OF(sandbox_webhook_url), "",
	    .meaning = "where it sends its events" },
	{ "SANDBOX_WEBHOOK_CA", TEXT, FIELD_OF(sandbox_webhook_ca), "",
	    .meaning = "file of the authority of that URL's certificate" },

	{ "MAINTENANCE_S", NUMBER, FIELD_OF(maintenance_s), "60", 1, DAY_S, "s",
	    .meaning = "how often old rows are cleared and new partitions made" },
	{ "MAIL_LEASE_MS", NUMBER, FIELD_OF(mail_lease_ms), "10000", 100, 600000, "ms",
	    .meaning = "how long a mail belongs to the sender that took it" },
	{ "MAIL_POLL_MS", NUMBER, FIELD_OF(mail_poll_ms), "500", 10, 60000, "ms",
	    .meaning = "how often the outbox of mails is looked at" },
	{ "MAIL_FROM", TEXT, FIELD_OF(mail_from), "FoodFast <no-reply@foodfast.example>",
	    .meaning = "who mails come from" },
	{ "SITE_URL", TEXT, FIELD_OF(site_url), "http://127.0.0.1:8080",
	    .meaning = "the site as people reach it; leads the links in mails" },
};
/* clang-format on */

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static bool
number_read(const struct setting *setting, const char *text, int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *number >= setting->min &&
	    *number <= setting->max;
}

static bool
choice_read(const struct setting *setting, const char *text)
{
	if (text[0] == '\0')
		return true;
	for (const char *const *choice = setting->choices; *choice != NULL; choice++)
		if (strcmp(*choice, text) == 0)
			return true;
	return false;
}

/* Puts TEXT into SETTING's field. */
static bool
setting_read(const struct setting *setting, const char *text, struct config *config)
{
	void *field = (char *)config + setting->offset;
	int level;

	switch (setting->kind) {
	case NUMBER:
		return number_read(setting, text, field);
	case LEVEL:
		level = log_level_parse(text);
		*(enum log_level *)field = level < 0 ? LOG_LEVEL_INFO : (enum log_level)level;
		return level >= 0;
	case CHOICE:
		*(const char **)field = text;
		return choice_read(setting, text);
	case TEXT:
		*(const char **)field = text;
		return true;
	}
	return false;
}

static void
refusal_write(const struct setting *setting, const char *text, char *reason, size_t size)
{
	if (setting->kind == NUMBER)
		snprintf(reason, size,
		    VARIABLE_PREFIX "%s is \"%.64s\", must be a whole number from %" PRId64
				    " to %" PRId64 " (%s)",
		    setting->variable, text, setting->min, setting->max, setting->meaning);
	else
		snprintf(reason, size, VARIABLE_PREFIX "%s is \"%.64s\", must be one of these: %s",
		    setting->variable, text, setting->meaning);
}

int
config_read(struct config *config, char *reason, size_t reason_size)
{
	char variable[64];
	const char *text;

	for (size_t i = 0; i < SETTINGS; i++) {
		snprintf(variable, sizeof(variable), VARIABLE_PREFIX "%s", settings[i].variable);
		text = getenv(variable);
		if (text == NULL || text[0] == '\0')
			text = settings[i].fallback;
		if (!setting_read(&settings[i], text, config)) {
			refusal_write(&settings[i], text, reason, reason_size);
			return -1;
		}
	}
	return 0;
}

void
config_help(FILE *stream, const char *program, const char *purpose)
{
	fprintf(stream, "%s: %s\n\nSet by environment variables:\n", program, purpose);
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *setting = &settings[i];

		fprintf(
		    stream, "  " VARIABLE_PREFIX "%-22s %s", setting->variable, setting->meaning);
		if (setting->kind == NUMBER)
			fprintf(stream, " (%" PRId64 " to %" PRId64 "%s%s)", setting->min,
			    setting->max, setting->unit ? " " : "",
			    setting->unit ? setting->unit : "");
		fprintf(
		    stream, " [%s]\n", setting->fallback[0] != '\0' ? setting->fallback : "none");
	}
}

void
config_start(struct config *config, int argc, char **argv, const char *program, const char *purpose)
{
	char reason[512];

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		config_help(stdout, program, purpose);
		exit(EXIT_SUCCESS);
	}
	if (argc > 1) {
		fprintf(stderr, "%s: takes no arguments but --help\n", program);
		exit(2);
	}
	if (config_read(config, reason, sizeof(reason)) < 0) {
		fprintf(stderr, "%s: %s\n", program, reason);
		exit(EX_CONFIG);
	}
	log_start(program, config->log_level);
}
