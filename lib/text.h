/*
 * Text: built up in an arena, and checked as it comes in. What passes the checks
 * is valid UTF-8 without NUL, so everything behind them may use C strings.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A text that grows. BYTES always ends with a NUL that LENGTH does not count. */
struct text {
	struct arena *arena;
	char *bytes;
	size_t length;
	size_t capacity;
};

void text_start(struct text *text, struct arena *arena);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* STRING as a JSON string, quotes included (RFC 8259, section 7). It must be UTF-8. */
void text_add_json(struct text *text, const char *string);

/* TOKEN as a step of a JSON pointer, its slash included (RFC 6901). */
void text_add_pointer(struct text *text, const char *token);

/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without a NUL? */
bool text_is_utf8(const char *bytes, size_t length);

/* Characters (code points) of valid UTF-8. */
size_t text_characters(const char *string);

/* Of visible ASCII alone (no space), MIN to MAX characters long? Null is not. */
bool text_is_visible_ascii(const char *string, size_t min, size_t max);

/*
 * Checkers for a field's `.check`. An e-mail address as forms take it: one @, a dot in
 * the domain, no space, at most 254 bytes. A phone number as E.164 writes it: + and 7 to 15 digits.
 */
bool text_is_email(const char *string);
bool text_is_phone(const char *string);

/*
 * Undoes percent-encoding (RFC 3986, 2.1) of LENGTH bytes into the arena. PLUS_IS_SPACE:
 * as in forms. Null: a broken escape, a NUL, or not UTF-8.
 */
const char *text_percent_decode(
    struct arena *arena, const char *bytes, size_t length, bool plus_is_space);

#endif
