/* Problems as clients get them. */
#include "problem.h"

#include "arena.h"
#include "test.h"

static void
test_plain(struct arena *arena)
{
	struct problem why;

	ok(!problem_set(&why, 404, "not_found", "There is nothing here."),
	    "setting one returns false");
	is_string(problem_render(&why, arena),
	    "{\"type\":\"/problems/not_found\",\"title\":\"Not Found\",\"status\":404,"
	    "\"detail\":\"There is nothing here.\",\"code\":\"not_found\"}",
	    "a plain one");
	problem_set(&why, 418, "teapot", NULL);
	is_string(problem_render(&why, arena),
	    "{\"type\":\"/problems/teapot\",\"title\":\"Error\",\"status\":418,\"code\":\"teapot\"}",
	    "without a detail, of an unknown status");
}

static void
test_errors(struct arena *arena)
{
	struct problem why;

	problem_set(&why, 422, "invalid_fields", "Say \"no\".");
	problem_add_pointer(&why, arena, "/items/0/quantity", "must be more");
	problem_add_parameter(&why, arena, "limit", "must be less");
	is_string(problem_render(&why, arena),
	    "{\"type\":\"/problems/invalid_fields\",\"title\":\"Unprocessable Content\",\"status\":422,"
	    "\"detail\":\"Say \\\"no\\\".\",\"code\":\"invalid_fields\",\"errors\":["
	    "{\"pointer\":\"/items/0/quantity\",\"detail\":\"must be more\"},"
	    "{\"parameter\":\"limit\",\"detail\":\"must be less\"}]}",
	    "bad fields, in the order they were found");
}

static void
test_members(struct arena *arena)
{
	struct problem why;

	problem_set(&why, 409, "illegal_transition", NULL);
	why.members = " { \"allowed\": [\"ready\", {}] } ";
	is_string(problem_render(&why, arena),
	    "{\"type\":\"/problems/illegal_transition\",\"title\":\"Conflict\",\"status\":409,"
	    "\"code\":\"illegal_transition\",\"allowed\": [\"ready\", {}] }",
	    "further members");
	why.members = "{ }";
	is_string(problem_render(&why, arena),
	    "{\"type\":\"/problems/illegal_transition\",\"title\":\"Conflict\",\"status\":409,"
	    "\"code\":\"illegal_transition\"}",
	    "no members in an empty object");
}

int
main(void)
{
	struct arena *arena = arena_open();

	test_plain(arena);
	test_errors(arena);
	test_members(arena);
	arena_close(&arena);
	return done();
}
