/*
 * What can be set about a FoodFast program, from the environment alone: so that
 * the same variables mean the same in every program, and --help tells them all.
 *
 * To add a setting: a field here, a row in the table of config.c. Nothing else.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "log.h"

struct config {
	/* This instance. Texts live as long as the process. */
	int64_t port;	  /* the site's TCP port; part of cookie names */
	int64_t tls_port; /* where it is reached by HTTPS; 0: it is not */
	const char *run_dir;
	const char *database;	 /* libpq conninfo, with the user */
	const char *redis;	 /* path of its unix socket */
	const char *secrets_dir; /* holds jwt-keys and hmac-key */
	enum log_level log_level;
	const char *fault; /* tests only: "", or one of the faults in config.c */

	/* Programs that answer requests. */
	int64_t threads;
	int64_t database_connections;
	int64_t body_max_bytes;
	int64_t hash_concurrency; /* at once in a process; 0: half of the processors */
	int64_t hash_queue;	  /* how many may wait for that */
	int64_t hash_nice;	  /* how far hashing stands back */
	int64_t hash_memory_kib;  /* argon2id's m */
	int64_t hash_passes;	  /* argon2id's t */

	/* PostgreSQL. */
	int64_t database_connect_s;
	int64_t database_statement_ms;
	int64_t database_lock_ms;
	int64_t database_attempts; /* of one statement, after lost connections, deadlocks */

	/* Tokens. */
	int64_t access_token_s;

	/* Limits: a quota and its window. */
	int64_t limit_register, limit_register_s;	    /* by address */
	int64_t limit_login_account, limit_login_account_s; /* failures, by account */
	int64_t limit_login_address, limit_login_address_s; /* failures, by address */
	int64_t limit_recovery, limit_recovery_s;	    /* mails and their tokens, by address */
	int64_t limit_orders, limit_orders_s;	  /* by user, each process counts for itself */
	int64_t limit_cards, limit_cards_s;	  /* added, by user */
	int64_t limit_requests, limit_requests_s; /* by user, each process counts for itself */

	/* The payment gateway. */
	const char *gateway_url;    /* without the /v1 */
	int64_t gateway_timeout_ms; /* one call */
	int64_t gateway_wait_ms;    /* what a request waits for its steps */
	int64_t gateway_lease_ms;   /* how long a step belongs to who took it */
	int64_t gateway_waiters;    /* requests of a process that may wait at once */
	int64_t webhook_tolerance_s;
	int64_t reconcile_hour; /* UTC */

	/* streamd. */
	int64_t streamd; /* which one of those side by side */
	const char *socket_dir;
	int64_t stream_connections; /* at most, in all */
	int64_t stream_per_user;
	int64_t stream_per_address;
	int64_t stream_channels;	/* a connection may watch */
	int64_t stream_buffer_bytes;	/* unsent bytes at which a slow reader is cut */
	int64_t stream_memory_bytes;	/* at which newcomers are refused */
	int64_t stream_polls;		/* held at once; beyond it 503 */
	int64_t stream_socket_channels; /* a WebSocket or Socket.IO client may watch */
	int64_t stream_message_bytes;	/* of one message of theirs */
	int64_t stream_frames_s;	/* they may send */
	int64_t stream_bytes_s;
	int64_t stream_sweep_ms;
	int64_t stream_sweep_alone_ms; /* while Redis is away */
	int64_t stream_gap_ms;	       /* how long a gap waits for its hint */

	/* The sandbox of a gateway. */
	int64_t sandbox_port;
	const char *sandbox_webhook_url; /* "": events go nowhere */
	const char *sandbox_webhook_ca;	 /* "": the machine's own authorities */

	/* Workers. */
	int64_t maintenance_s;
	int64_t mail_lease_ms; /* how long a mail belongs to who took it */
	int64_t mail_poll_ms;  /* how often the outbox is looked at */
	const char *mail_from;
	const char *site_url; /* leads the links in mails */
};

/*
 * Fills CONFIG from the environment. On a bad value it returns -1 and writes a
 * line for a person into REASON. An empty variable counts as unset.
 */
int config_read(struct config *config, char *reason, size_t reason_size);

/* Prints PURPOSE and the table of settings to STREAM. */
void config_help(FILE *stream, const char *program, const char *purpose);

/*
 * How every main begins: answers --help (exit 0), refuses other arguments
 * (exit 2), ends the process with a clear line on a bad value (exit 78,
 * EX_CONFIG), else fills CONFIG and starts the log under PROGRAM's name.
 */
void config_start(
    struct config *config, int argc, char **argv, const char *program, const char *purpose);

#endif
