/*
 * Problems, filled and rendered.
 *
 * To add a status: a row in titles[].
 */
#include "problem.h"

#include <stddef.h>
#include <string.h>

#include "arena.h"
#include "text.h"

static const struct {
	int status;
	const char *title;
} titles[] = {
	{ 200, "OK" },
	{ 204, "No Content" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

const char *
problem_title(int status)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

bool
problem_set(struct problem *why, int status, const char *code, const char *detail)
{
	*why = (struct problem){ .status = status, .code = code, .detail = detail };
	return false;
}

bool
problem_set_retry(
    struct problem *why, int status, const char *code, const char *detail, int retry_after_s)
{
	problem_set(why, status, code, detail);
	why->retry_after_s = retry_after_s;
	return false;
}

static void
add_error(struct problem *why, struct arena *arena, const struct problem_error *error)
{
	struct problem_error **end = &why->errors;

	while (*end)
		end = &(*end)->next;
	*end = arena_alloc(arena, sizeof(**end));
	**end = *error;
}

void
problem_add_pointer(
    struct problem *why, struct arena *arena, const char *pointer, const char *detail)
{
	add_error(why, arena, &(struct problem_error){ .pointer = pointer, .detail = detail });
}

void
problem_add_parameter(
    struct problem *why, struct arena *arena, const char *parameter, const char *detail)
{
	add_error(why, arena, &(struct problem_error){ .parameter = parameter, .detail = detail });
}

/* ,"NAME":"VALUE" unless VALUE is null. */
static void
render_member(struct text *text, const char *name, const char *value)
{
	if (!value)
		return;
	if (text->bytes[text->length - 1] != '{')
		text_add(text, ",");
	text_print(text, "\"%s\":", name);
	text_add_json(text, value);
}

static void
render_errors(struct text *text, const struct problem_error *error)
{
	if (!error)
		return;
	text_add(text, ",\"errors\":[");
	for (; error; error = error->next) {
		text_add(text, "{");
		render_member(text, "pointer", error->pointer);
		render_member(text, "parameter", error->parameter);
		render_member(text, "detail", error->detail);
		text_add(text, error->next ? "}," : "}");
	}
	text_add(text, "]");
}

/* The members of a JSON object, as more members of the one that is open. */
static void
render_members(struct text *text, const char *object)
{
	const char *first, *end;

	if (!object || !(first = strchr(object, '{')) || !(end = strrchr(object, '}')))
		return;
	first++;
	first += strspn(first, " \t\r\n");
	if (first >= end)
		return;
	text_add(text, ",");
	text_add_bytes(text, first, (size_t)(end - first));
}

const char *
problem_render(const struct problem *problem, struct arena *arena)
{
	struct text text;

	text_start(&text, arena);
	text_add(&text, "{");
	render_member(&text, "type", arena_print(arena, "/problems/%s", problem->code));
	render_member(&text, "title", problem_title(problem->status));
	text_print(&text, ",\"status\":%d", problem->status);
	render_member(&text, "detail", problem->detail);
	render_member(&text, "code", problem->code);
	render_errors(&text, problem->errors);
	render_members(&text, problem->members);
	text_add(&text, "}");
	return text.bytes;
}
