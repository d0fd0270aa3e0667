/*
 * gateway_webhook: signatures good, forged and stale; and what events are read for. The signatures
 * were made by openssl dgst, not by the code under test.
 */
#include "gateway_webhook.h"

#include "arena.h"
#include "test.h"

#define NOW_S 1793000000
#define TOLERANCE_S 300
#define SECRET "whsec_0123456789abcdef"
#define OTHER "whsec_of_somebody_else"
#define BODY "{\"id\": \"evt_1\", \"object\": \"event\"}"

#define V1 "v1=52045d39b76adf956e277c9783f52a8dc674926b4532ffbd1f1bd2e54e7ad3ef"
#define V1_OF_OTHER "v1=389f0d3704f621e23bcda76fd8e86d20d466fb373db131541a5e1c386fc02ef7"
#define ZEROS "v1=0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
	const char *name, *secrets, *header;
	enum gateway_webhook_result result;
} cases[] = {
	{ "signed", SECRET, "t=1793000000," V1, GATEWAY_WEBHOOK_GOOD },
	{ "the other order", SECRET, V1 ",t=1793000000", GATEWAY_WEBHOOK_GOOD },
	{ "beside elements of other names", SECRET,
	    "t=1793000000,v0=abc,v2," V1 ",x=", GATEWAY_WEBHOOK_GOOD },
	{ "capitals in hex", SECRET,
	    "t=1793000000,v1=52045D39B76ADF956E277C9783F52A8DC674926B4532FFBD1F1BD2E54E7AD3EF",
	    GATEWAY_WEBHOOK_GOOD },
	{ "the second v1", SECRET, "t=1793000000," ZEROS "," V1, GATEWAY_WEBHOOK_GOOD },
	{ "the first v1", SECRET, "t=1793000000," V1 "," ZEROS, GATEWAY_WEBHOOK_GOOD },
	{ "our new secret of two", SECRET "\n" OTHER, "t=1793000000," V1, GATEWAY_WEBHOOK_GOOD },
	{ "our old secret of two", OTHER "\n" SECRET "\n", "t=1793000000," V1,
	    GATEWAY_WEBHOOK_GOOD },
	{ "by both", OTHER "\n" SECRET, "t=1793000000," V1_OF_OTHER "," V1, GATEWAY_WEBHOOK_GOOD },
	{ "no header", SECRET, NULL, GATEWAY_WEBHOOK_FORGED },
	{ "an empty header", SECRET, "", GATEWAY_WEBHOOK_FORGED },
	{ "no v1", SECRET, "t=1793000000", GATEWAY_WEBHOOK_FORGED },
	{ "only a v0", SECRET,
	    "t=1793000000,v0=52045d39b76adf956e277c9783f52a8dc674926b4532ffbd1f1bd2e54e7ad3ef",
	    GATEWAY_WEBHOOK_FORGED },
	{ "no time", SECRET, V1, GATEWAY_WEBHOOK_FORGED },
	{ "two times", SECRET, "t=1793000000,t=1793000000," V1, GATEWAY_WEBHOOK_FORGED },
	{ "an empty time", SECRET, "t=," V1, GATEWAY_WEBHOOK_FORGED },
	{ "another time than was signed", SECRET, "t=1793000001," V1, GATEWAY_WEBHOOK_FORGED },
	{ "a wrong signature", SECRET, "t=1793000000," ZEROS, GATEWAY_WEBHOOK_FORGED },
	{ "a shortened one", SECRET, "t=1793000000,v1=52045d39", GATEWAY_WEBHOOK_FORGED },
	{ "an empty one", SECRET, "t=1793000000,v1=", GATEWAY_WEBHOOK_FORGED },
	{ "one too long", SECRET, "t=1793000000," V1 "00", GATEWAY_WEBHOOK_FORGED },
	{ "spaces", SECRET, "t=1793000000, " V1, GATEWAY_WEBHOOK_FORGED },
	{ "by another secret", SECRET, "t=1793000000," V1_OF_OTHER, GATEWAY_WEBHOOK_FORGED },
	{ "without a secret of ours", "", "t=1793000000," V1, GATEWAY_WEBHOOK_FORGED },
	{ "as old as may be", SECRET,
	    "t=1792999700,v1=8b64ba6b870bab861be597ab83bf83d53032b73d3ca694795a0f7a1122582068",
	    GATEWAY_WEBHOOK_GOOD },
	{ "a second older", SECRET,
	    "t=1792999699,v1=4f4bcc6e500370f22b322935becf8cb0c6060f85971220afa6493e20a86190a7",
	    GATEWAY_WEBHOOK_STALE },
	{ "as far ahead as may be", SECRET,
	    "t=1793000300,v1=7ccf4a2dbf05b504f9cd2a1b2949b7bae4a8f0adc8a5420bd6892f8a3fab325a",
	    GATEWAY_WEBHOOK_GOOD },
	{ "a second further", SECRET,
	    "t=1793000301,v1=432a63f903536254f3870051bab2830d331bb4f393a4ad2f9f1e956598bc2f5f",
	    GATEWAY_WEBHOOK_STALE },
	{ "a hexadecimal time", SECRET,
	    "t=0x6adef200,v1=1c3326a79df8bde6f37d014f44890bb7bf777c9cec3d973baad0200710764569",
	    GATEWAY_WEBHOOK_FORGED },
	{ "a time with a sign", SECRET,
	    "t=+1793000000,v1=3de5b31bca5b4f52839328bd2269d80183703c55ca7792380d92f22877e4151d",
	    GATEWAY_WEBHOOK_FORGED },
	{ "a time of 13 digits", SECRET,
	    "t=9999999999999,v1=8db8aee2e24de28a209ea67ef6d7e6c84682a553121c1fe2ab6664cb81c750ad",
	    GATEWAY_WEBHOOK_FORGED },
};

static enum gateway_webhook_result
check(const char *secrets, const char *header, const char *body, size_t length)
{
	return gateway_webhook_check(secrets, header, body, length, NOW_S, TOLERANCE_S);
}

static void
test_headers(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(check(cases[i].secrets, cases[i].header, BODY, strlen(BODY)),
		    cases[i].result, "PY-05 %s", cases[i].name);
}

/* Every byte of body and header counts. */
static void
test_changed(void)
{
	static const char header[] = "t=1793000000," V1;
	char body[] = BODY, changed[sizeof(header)];
	int good = 0;

	for (size_t i = 0; i < strlen(BODY); i++) {
		body[i] ^= 1;
		good += check(SECRET, header, body, strlen(BODY)) == GATEWAY_WEBHOOK_GOOD;
		body[i] ^= 1;
	}
	is_int(good, 0, "PY-05 a body with one bit changed");
	for (size_t i = 0; i < strlen(header); i++) {
		memcpy(changed, header, sizeof(header));
		changed[i] ^= 1;
		good += check(SECRET, changed, BODY, strlen(BODY)) == GATEWAY_WEBHOOK_GOOD;
	}
	is_int(good, 0, "PY-05 a header with one bit changed");
	is_int(check(SECRET, header, BODY, strlen(BODY) - 1), GATEWAY_WEBHOOK_FORGED,
	    "PY-05 a body cut short");
	is_int(check(SECRET, header, BODY "\n", strlen(BODY) + 1), GATEWAY_WEBHOOK_FORGED,
	    "PY-05 a body with more behind it");
	is_int(
	    check(SECRET,
		"t=1793000000,v1=fe0dde563af174e004485adaa8541f3fcb21a1ec8c9a6f9bee0d7a875d4aee8a",
		"", 0),
	    GATEWAY_WEBHOOK_GOOD, "an empty body can be signed");
}

static void
test_events(struct arena *arena)
{
	static const char text[] =
	    "{\"id\": \"evt_1\", \"object\": \"event\", \"type\": \"payment_intent.succeeded\","
	    " \"data\": {\"object\": {\"id\": \"pi_1\", \"object\": \"payment_intent\","
	    " \"metadata\": {\"order_id\": \"7\"}, \"a\": [[[[[[[[[[\"deep\"]]]]]]]]]]}}}";
	static const char nothing[] = "{\"data\": {\"object\": null}, \"id\": null}";
	static const char list[] = "[]";
	struct gateway_event event;

	ok(gateway_webhook_read(arena, text, strlen(text), &event), "an event");
	is_string(event.id, "evt_1", "its id");
	is_string(event.type, "payment_intent.succeeded", "its type");
	is_string(event.object_id, "pi_1", "its object");
	is_string(event.object_type, "payment_intent", "what that is");
	is_string(event.order_id, "7", "and which order it is about");
	ok(gateway_webhook_read(arena, nothing, strlen(nothing), &event), "one that says nothing");
	ok(!event.id && !event.type && !event.object_id && !event.object_type && !event.order_id,
	    "gives nothing");
	ok(!gateway_webhook_read(arena, list, strlen(list), &event), "no object is no event");
	ok(!gateway_webhook_read(arena, text, strlen(text) - 1, &event), "nor is half of one");
}

int
main(void)
{
	struct arena *arena = arena_open();

	test_headers();
	test_changed();
	test_events(arena);
	arena_close(&arena);
	return done();
}
