/*
 * The mail: takes what waits in the outbox (table account.email), writes the letter, and
 * delivers it. Here that is a file of RUN_DIR/mail, named after the mail: one that is
 * written twice, because its sender was killed in between, is one file all the same.
 *
 * A letter's token is derived from the mail's id, as the program did that wrote the row
 * (lib/token.h); the row has its hash alone. No address and no token is logged.
 * To add a letter: a row of letters[]. To deliver otherwise: letter_deliver().
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "crypto.h"
#include "db.h"
#include "log.h"
#include "problem.h"
#include "text.h"
#include "token.h"

#define MS_PER_S 1000
#define NS_PER_MS 1000000

/* After a failure: the database may be back soon, the disk may have room again. */
#define RETRY_MS 2000

struct letter {
	const char *purpose; /* as the row has it; the word that its token is derived with */
	const char *subject;
	const char *fragment; /* before the token in the link; null: there is no link */
	const char *text;     /* above the link */
	const char *close;    /* below it */
};

static const struct letter letters[] = {
	{ "confirm", "Confirm your e-mail address", "confirm",
	    "please confirm that this e-mail address is yours, by this link. It is good for a "
	    "day:",
	    "If you have no account at FoodFast, somebody mistyped his address. Then you need "
	    "not do anything." },
	{ "reset", "A new password", "reset",
	    "somebody asked for a new password for your account. Choose it here, within an hour:",
	    "If that was not you, you need not do anything: your password stays as it is." },
	{ "password_changed", "Your password was changed", NULL,
	    "the password of your account was changed, and your other devices are signed out.",
	    "If that was not you, ask for a new password at once, where you sign in." },
};

/* A row of email_take(), and what else a letter is made of. */
struct mail {
	const char *id, *lease, *purpose, *address, *created_at;
};

struct sender {
	struct config config;
	unsigned char key[CRYPTO_KEY_BYTES];
	char folder[PATH_MAX];
	struct db *db;
	struct arena *arena;
};

static const struct letter *
letter_find(const char *purpose)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (strcmp(letters[i].purpose, purpose) == 0)
			return &letters[i];
	return NULL;
}

/* RFC 5322, 3.3; English names whatever the locale. In the arena. */
static const char *
date_write(struct arena *arena, const char *iso_time)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t wall_ms = 0;
	time_t seconds;
	struct tm at;

	clock_parse(iso_time, &wall_ms);
	seconds = (time_t)(wall_ms / MS_PER_S);
	gmtime_r(&seconds, &at);
	return arena_print(arena, "%s, %02d %s %d %02d:%02d:%02d +0000", days[at.tm_wday],
	    at.tm_mday, months[at.tm_mon], at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
}

/* The token stands in the link's fragment, which no browser sends and no server logs. */
static void
link_write(const struct sender *sender, const struct letter *letter, const struct mail *mail,
    struct text *text)
{
	char token[TOKEN_TEXT_SIZE];

	if (letter->fragment == NULL)
		return;
	token_derive(sender->key, letter->purpose, mail->id, token);
	text_print(text, "%s/account.html#%s=%s\r\n\r\n", sender->config.site_url, letter->fragment,
	    token);
	crypto_wipe(token, sizeof(token));
}

/*
 * The mail whole, as RFC 5322 has it; its characters are UTF-8 (RFC 6532). Nothing that a person typed is in
 * it but the address: who registers somebody else's must not get to write to him.
 */
static struct text
letter_write(const struct sender *sender, const struct letter *letter, const struct mail *mail)
{
	struct text text;

	text_start(&text, sender->arena);
	text_print(&text, "From: %s\r\nTo: %s\r\nSubject: %s\r\n", sender->config.mail_from,
	    mail->address, letter->subject);
	text_print(&text, "Date: %s\r\nMessage-ID: <%s@foodfast>\r\n",
	    date_write(sender->arena, mail->created_at), mail->id);
	text_add(&text,
	    "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
	text_print(&text, "Hello,\r\n\r\n%s\r\n\r\n", letter->text);
	link_write(sender, letter, mail, &text);
	text_print(&text, "%s\r\n", letter->close);
	return text;
}

/* Writes TEXT to PATH and sees it on disk. */
static bool
file_write(const char *path, const struct text *text)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
	size_t done = 0;
	ssize_t count = 0;
	bool is_written;

	if (file < 0)
		return false;
	while (done < text->length &&
	    (count = write(file, text->bytes + done, text->length - done)) > 0)
		done += (size_t)count;
	is_written = done == text->length && fsync(file) == 0;
	return close(file) == 0 && is_written;
}

/* It appears whole, or not at all. */
static bool
letter_deliver(const struct sender *sender, const struct mail *mail, const struct text *text)
{
	const char *path = arena_print(sender->arena, "%s/%s.eml", sender->folder, mail->id);
	const char *draft = arena_print(sender->arena, "%s/%s.new", sender->folder, mail->id);

	if (file_write(draft, text) && rename(draft, path) == 0)
		return true;
	log_error("a mail could not be written", LOG_TEXT("email_id", mail->id),
	    LOG_TEXT("reason", strerror(errno)));
	return false;
}

static struct mail
mail_of(const struct db_rows *rows)
{
	return (struct mail){
		.id = db_value(rows, 0, "email_id"),
		.lease = db_value(rows, 0, "lease"),
		.purpose = db_value(rows, 0, "purpose"),
		.address = db_value(rows, 0, "address"),
		.created_at = db_value(rows, 0, "created_at"),
	};
}

/* Writes and settles one. What is not settled is taken again when its lease runs out. */
static bool
mail_send(const struct sender *sender, const struct mail *mail, struct problem *why)
{
	const struct letter *letter = letter_find(mail->purpose);
	struct text text;

	if (letter == NULL)
		return problem_set(why, 500, "unknown_purpose", mail->purpose);
	text = letter_write(sender, letter, mail);
	if (!letter_deliver(sender, mail, &text))
		return problem_set(why, 500, "not_delivered", NULL);
	if (!db_call(sender->db, sender->arena, DB_REPEATABLE, NULL, why,
		"select email_sent($1, $2)", mail->id, mail->lease))
		return false;
	log_info("mail sent", LOG_TEXT("email_id", mail->id), LOG_TEXT("purpose", mail->purpose));
	return true;
}

/* Sends the mail that is due first. Returns how many milliseconds to wait before the next one is looked for. */
static int64_t
outbox_take(const struct sender *sender)
{
	const char *lease_ms = arena_print(
	    sender->arena, "%lld", (long long)sender->config.mail_lease_ms);
	struct db_rows rows;
	struct problem why;
	struct mail mail;

	if (db_call(sender->db, sender->arena, DB_ONCE, &rows, &why, "select * from email_take($1)",
		lease_ms)) {
		if (rows.count == 0)
			return sender->config.mail_poll_ms;
		mail = mail_of(&rows);
		if (mail_send(sender, &mail, &why))
			return 0;
	}
	log_error("the mail has to wait", LOG_TEXT("code", why.code));
	return RETRY_MS;
}

/*
 * Sleeps. True: a signal asked to stop. Only here are signals held back, to be taken in
 * order; in the middle of the work they end the process at once, and the lease runs out.
 */
static bool
sleep_is_ended(int64_t wait_ms)
{
	struct timespec wait = { .tv_sec = wait_ms / MS_PER_S,
		.tv_nsec = wait_ms % MS_PER_S * NS_PER_MS };
	sigset_t stop, before;
	int received;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, &before);
	do
		received = sigtimedwait(&stop, NULL, &wait);
	while (received < 0 && errno == EINTR);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return received > 0;
}

static bool
sender_start(struct sender *sender)
{
	char key_path[PATH_MAX];

	snprintf(key_path, sizeof(key_path), "%s/hmac-key", sender->config.secrets_dir);
	snprintf(sender->folder, sizeof(sender->folder), "%s/mail", sender->config.run_dir);
	if (mkdir(sender->folder, S_IRWXU) != 0 && errno != EEXIST) {
		log_error("no folder for the mail", LOG_TEXT("reason", strerror(errno)));
		return false;
	}
	return crypto_key_read(key_path, sender->key);
}

int
main(int argc, char **argv)
{
	struct sender sender = { 0 };
	int64_t wait_ms;

	config_start(&sender.config, argc, argv, "mail", "writes the mail that waits to be sent");
	if (!sender_start(&sender))
		return EXIT_FAILURE;
	sender.arena = arena_open();
	sender.db = db_open(&sender.config, "mail", 1);
	do {
		wait_ms = outbox_take(&sender);
		arena_reset(sender.arena);
	} while (!sleep_is_ended(wait_ms));
	log_info("stopped");
	db_close(&sender.db);
	arena_close(&sender.arena);
	return EXIT_SUCCESS;
}
