/* What holds for every route: how JSON is read, how refusals look, what the headers say. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { isId, ok, pointsAt, problem } from "./lib/assert.mjs";
import { addCard } from "./lib/cards.mjs";
import { API, Client } from "./lib/client.mjs";
import { speak } from "./lib/http.mjs";
import { here } from "./lib/instance.mjs";
import { place } from "./lib/orders.mjs";
import { newKitchen } from "./lib/kitchens.mjs";
import { addressInAmsterdam, customer, demo, freshEmail, logIn } from "./lib/people.mjs";
import { inParallel, until } from "./lib/wait.mjs";

const NOBODYS_ID = "0190a000-0000-7000-8000-000000000000";

/* Every route of the contract's first parts, with a method that it does not know. */
const WRONG_METHODS = [
	["PUT", "/auth/register", "POST"],
	["GET", "/auth/login", "POST"],
	["DELETE", "/auth/refresh", "POST"],
	["GET", "/auth/logout", "POST"],
	["PATCH", "/auth/logout-all", "POST"],
	["POST", "/me", "GET"],
	["PUT", "/me/addresses", "GET"],
	["POST", `/me/addresses/${NOBODYS_ID}`, "PATCH"],
	["GET", "/stream-tickets", "POST"],
	["POST", "/cities", "GET"],
	["DELETE", "/restaurants", "GET"],
	["POST", `/restaurants/${NOBODYS_ID}`, "GET"],
	["PUT", `/restaurants/${NOBODYS_ID}/menu`, "GET"],
	["GET", `/restaurants/${NOBODYS_ID}/hours`, "PUT"],
	["GET", `/restaurants/${NOBODYS_ID}/menu-items`, "POST"],
	["POST", `/menu-items/${NOBODYS_ID}`, "PATCH"],
	["PATCH", "/orders", "GET"],
	["DELETE", `/orders/${NOBODYS_ID}`, "GET"],
	["POST", `/orders/${NOBODYS_ID}/events`, "GET"],
	["GET", `/orders/${NOBODYS_ID}/transitions`, "POST"],
	["GET", `/orders/${NOBODYS_ID}/acknowledge`, "POST"],
	["POST", `/orders/${NOBODYS_ID}/status`, "GET"],
];

test("GW-05 RL-11 each route knows its methods, and another gets 405 with Allow", async () => {
	const ana = await customer();
	for (const [method, path, known] of WRONG_METHODS) {
		const reply = await ana.send(method, path, method === "GET" ? undefined : {});
		problem(reply, 405, "method_not_allowed");
		assert.ok(reply.headers.allow.split(/,\s*/).includes(known), `${path}: ${reply.headers.allow}`);
	}
});

test("GW-05 OPTIONS tells the methods of each route, without a sign-in", async () => {
	const nobody = new Client();
	for (const [, path, known] of WRONG_METHODS) {
		const reply = await nobody.send("OPTIONS", path);
		ok(reply, 204);
		const allowed = reply.headers.allow.split(/,\s*/);
		assert.ok(allowed.includes(known) && allowed.includes("OPTIONS"), `${path}: ${reply.headers.allow}`);
		assert.equal(allowed.includes("HEAD"), allowed.includes("GET"), path);
	}
});

test("GW-05 HEAD answers as GET does, without the body", async () => {
	const ana = await customer();
	const kitchen = await newKitchen();
	const order = await place(ana, kitchen);
	for (const path of ["/me", "/me/addresses", "/cities", `/restaurants/${kitchen.id}`, `/restaurants/${kitchen.id}/menu`, "/orders", `/orders/${order.id}`]) {
		const get = await ana.get(path);
		const head = await ana.send("HEAD", path);
		assert.equal(head.status, get.status, path);
		assert.equal(head.text, "", path);
		assert.equal(head.headers.etag, get.headers.etag, path);
		assert.equal(head.headers["content-type"], get.headers["content-type"], path);
	}
});

const BAD_JSON = {
	"nothing": "",
	"a word": "hello",
	"an unfinished object": '{"name": "Ana"',
	"something after the end": '{"name": "Ana"} {}',
	"a trailing comma": '{"name": "Ana",}',
	"single quotes": "{'name': 'Ana'}",
	"a comment": '{"name": "Ana" /* hm */}',
	"NaN": '{"name": NaN}',
	"null": "null",
	"a list": '[{"name": "Ana"}]',
	"a text": '"Ana"',
	"a key twice": '{"name": "Ana", "name": "Eve"}',
	"a key twice, once escaped": '{"name": "Ana", "n\\u0061me": "Eve"}',
	"a raw control character": '{"name": "A\tna"}',
	"a raw NUL": '{"name": "A\0na"}',
	"invalid UTF-8": Buffer.concat([Buffer.from('{"name": "'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
	"an overlong slash": Buffer.concat([Buffer.from('{"name": "'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
	"a surrogate in UTF-8": Buffer.concat([Buffer.from('{"name": "'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
	"a lone surrogate": '{"name": "\\ud800"}',
	"a byte-order mark": '\ufeff{"name": "Ana"}',
	"a deep list": `{"name": ${"[".repeat(30)}${"]".repeat(30)}}`,
	"a leading zero": '{"name": 012}',
	"an unknown escape": '{"name": "\\x41"}',
};

for (const [name, body] of Object.entries(BAD_JSON))
	test(`RL-11 malformed JSON is refused: ${name}`, async () => {
		const ana = await demoCustomer();
		const reply = await ana.patch("/me", body);
		assert.ok([400, 422].includes(reply.status), `${reply.status} ${reply.text}`);
		problem(reply, reply.status);
	});

/* Somebody whose name nothing here succeeds in changing. */
let someone;
const demoCustomer = () => (someone ??= customer());

const WELL_FORMED_BUT_WRONG = {
	"a number for a text": [{ name: 12 }, "/name"],
	"a list for a text": [{ name: ["Ana"] }, "/name"],
	"an empty name": [{ name: "" }, "/name"],
	"an endless name": [{ name: "x".repeat(5000) }, "/name"],
	"null where nothing may be": [{ name: null }, "/name"],
	"NUL in a text": ['{"name": "A\\u0000na"}', undefined],
	"a phone that is none": [{ phone: "call me" }, "/phone"],
	"a national phone number": [{ phone: "0201234567" }, "/phone"],
};

for (const [name, [body, pointer]] of Object.entries(WELL_FORMED_BUT_WRONG))
	test(`RL-11 a wrong value is refused with its place: ${name}`, async () => {
		const ana = await demoCustomer();
		const reply = await ana.patch("/me", body);
		const told = problem(reply, pointer === undefined ? reply.status : 422);
		assert.ok([400, 422].includes(reply.status));
		if (pointer !== undefined)
			pointsAt(told, pointer);
	});

test("RL-11 an unknown field is an error that names it, on every route that takes a body", async () => {
	const ana = await customer();
	const owner = (await newKitchen()).owner;
	const id = NOBODYS_ID;
	const routes = [
		[ana, "POST", "/auth/register"], [ana, "POST", "/auth/login"], [ana, "POST", "/auth/refresh"],
		[ana, "PATCH", "/me"], [ana, "POST", "/me/addresses"], [ana, "PATCH", `/me/addresses/${id}`],
		[ana, "POST", "/orders"], [ana, "POST", `/orders/${id}/transitions`],
		[owner, "PATCH", `/restaurants/${id}`], [owner, "POST", `/restaurants/${id}/menu-items`], [owner, "PATCH", `/menu-items/${id}`],
	];
	for (const [person, method, path] of routes) {
		const told = problem(await person.send(method, path, { colour: "green" }), 422, "unknown_field");
		pointsAt(told, "/colour");
	}
});

test("RL-11 a call that wants no body takes an empty object, and refuses one that says something", async () => {
	const ana = await customer();
	for (const [method, path] of [["POST", "/auth/logout"], ["POST", "/auth/logout-all"], ["POST", "/stream-tickets"], ["POST", "/me/email-confirmation"],
		["DELETE", `/me/sessions/${NOBODYS_ID}`], ["DELETE", `/me/addresses/${NOBODYS_ID}`], ["DELETE", `/me/payment-methods/${NOBODYS_ID}`]])
		pointsAt(problem(await ana.send(method, path, { surprise: 1 }), 422, "unknown_field"), "/surprise");
	ok(await ana.post("/stream-tickets", {}), 201);
	ok(await ana.post("/auth/logout", {}), 204);
});

test("RL-11 all bad fields are told at once", async () => {
	const reply = await new Client().post("/auth/register", { email: "not an address", password: "x", name: 7 });
	const told = problem(reply, 422);
	for (const pointer of ["/email", "/name"])
		pointsAt(told, pointer);
});

test("RL-11 ten megabytes of nested JSON are refused, and the program lives", async () => {
	const ana = await customer();
	const bomb = `{"name": ${"[".repeat(5 << 20)}${"]".repeat(5 << 20)}}`;
	problem(await ana.patch("/me", bomb), 413);
	ok(await ana.get("/me"));
});

test("RL-11 a body just over the limit gets 413 from whoever notices", async () => {
	const ana = await customer();
	for (const size of [66_000, 200_000, 2_000_000])
		problem(await ana.patch("/me", JSON.stringify({ name: "x".repeat(size) })), 413);
});

for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "application/json; charset=iso-8859-1", undefined])
	test(`RL-11 a body of type ${type} gets 415`, async () => {
		const ana = await customer();
		problem(await ana.patch("/me", '{"name": "Eve"}', { "Content-Type": type ?? "" }), 415, "unsupported_media_type");
		assert.equal(ok(await ana.get("/me")).name, "Ana Test");
	});

test("RL-11 a body that is encoded gets 415", async () => {
	const ana = await customer();
	problem(await ana.patch("/me", '{"name": "Eve"}', { "Content-Type": "application/json", "Content-Encoding": "gzip" }), 415, "unsupported_media_type");
});

for (const type of ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=UTF-8"])
	test(`RL-11 a body of type ${type} is taken`, async () => {
		const ana = await customer();
		assert.equal(ok(await ana.patch("/me", '{"name": "Eve"}', { "Content-Type": type })).name, "Eve");
	});

const ACCEPTS = {
	"*/*": 200, "application/*": 200, "application/json": 200, "text/html, application/json;q=0.1": 200,
	"application/problem+json, application/json": 200, "text/html": 406, "application/json;q=0": 406, "image/png, text/*": 406,
};

for (const [accept, status] of Object.entries(ACCEPTS))
	test(`RL-11 Accept: ${accept} gets ${status}`, async () => {
		const reply = await new Client().get("/cities", { Accept: accept });
		if (status === 200)
			ok(reply);
		else
			problem(reply, 406, "not_acceptable");
	});

test("RL-11 what is not there is a problem, whoever answers", async () => {
	const ana = await customer();
	for (const path of ["/nothing", "/me/nothing", "/orders/not-an-id", `/orders/${NOBODYS_ID}`, `/restaurants/${NOBODYS_ID}`, "/ordersXYZ", "/me/addresses/1",
		`/restaurants/${NOBODYS_ID}/menu`, `/orders/${NOBODYS_ID}/events`, `/orders/${NOBODYS_ID}/status`, "/"])
		problem(await ana.get(path), 404);
	for (const path of ["/nothing", "/nothing/at/all.html", "/media/nothing.jpg", "/api", "/api/v2/me"])
		problem(await ana.fetch(path), 404);
});

test("RL-11 GW-05 a page has one address, and nothing below it", async () => {
	problem(await new Client().fetch("/index.html/below"), 403);
});

test("RL-11 malformed requests are refused by lighttpd as problems too", async () => {
	for (const bytes of ["NONSENSE\r\n\r\n", "GET /api/v1/cities HTTP/1.1\r\n\r\n", "GET /api/v1/cities HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"]) {
		const answer = await speak(here.url, bytes);
		assert.match(answer, /^HTTP\/1\.[01] 400 /, bytes);
		assert.match(answer, /^content-type: application\/problem\+json/im, bytes);
		assert.equal(JSON.parse(answer.split("\r\n\r\n")[1]).status, 400);
	}
});

test("RL-11 odd paths and queries are answered, never with a 5xx", async () => {
	const ana = await customer();
	for (const path of ["/me?x=%00", "/me?x=%ff", "/restaurants?q=%00", "/restaurants?q=%ff%fe", "/restaurants?limit=99999999999999999999",
		"/restaurants?lat=NaN&lng=0", "/restaurants?lat=1e999&lng=0", "/orders/..%2f..%2fetc", "/orders?status=%27%3B--", `/orders?page=${"a".repeat(4000)}`,
		"/orders?page=%7B%7D", "/orders?page=bnVsbA", "/restaurants?page=W10", "/restaurants/%00", "//me", "/me/", "/me?", "/me%3f"]) {
		const reply = await ana.get(path);
		assert.ok(reply.status < 500, `${path}: ${reply.status} ${reply.text}`);
		if (reply.status >= 400)
			problem(reply, reply.status);
	}
});

test("RL-11 list parameters are checked", async () => {
	const ana = await customer();
	for (const path of ["/orders", "/restaurants", "/cities", "/me/addresses", "/me/sessions", "/me/payment-methods"]) {
		for (const limit of ["0", "101", "-1", "x", "1.5", ""])
			problem(await ana.get(`${path}?limit=${limit}`), 400, "invalid_parameter");
		for (const page of ["garbage", "e30", "bnVsbA", "W10", "%00"])
			problem(await ana.get(`${path}?page=${page}`), 400);
		problem(await ana.get(`${path}?colour=green`), 400, "invalid_parameter");
		problem(await ana.get(`${path}?limit=1&limit=2`), 400, "invalid_parameter");
	}
});

test("RL-11 a page token of another list is refused, and so is one that nobody gave", async () => {
	const ana = await customer();
	const { next } = ok(await ana.get("/restaurants?limit=1"));
	const made = [0, -1, 1.5, 2 ** 53].map((seq) => Buffer.from(JSON.stringify({ seq })).toString("base64url"));
	for (const path of ["/cities", "/me/addresses", "/me/sessions", "/me/payment-methods"])
		for (const page of [next, ...made])
			problem(await ana.get(`${path}?page=${page}`), 400, "invalid_page");
});

/* What fills the short lists of a person who is signed in: three of each. */
const SHORT_LISTS = {
	"/cities": async () => {},
	"/me/addresses": (ana) => inParallel(3, 1, () => ana.post("/me/addresses", addressInAmsterdam())),
	"/me/sessions": (ana) => inParallel(2, 1, () => logIn({ email: ana.email })),
	"/me/payment-methods": (ana) => inParallel(3, 1, (n) => addCard(ana, ["pm_card_visa", "pm_card_mastercard", "pm_card_amex"][n])),
};

for (const [path, fill] of Object.entries(SHORT_LISTS))
	test(`RL-11 AC-05 AC-24 ${path} comes page by page, and is not sent again to who has it`, async () => {
		const ana = await customer();
		await fill(ana);
		const whole = await ana.get(`${path}?limit=100`);
		const { items, next } = ok(whole);
		assert.equal(next, null);
		assert.ok(items.length >= 3, `${items.length} items`);
		const gathered = [];
		let page = "";
		do {
			const part = ok(await ana.get(`${path}?limit=2${page}`));
			assert.ok(part.items.length <= 2);
			gathered.push(...part.items);
			page = part.next && `&page=${encodeURIComponent(part.next)}`;
		} while (page !== null);
		assert.deepEqual(gathered, items);
		const same = await ana.get(`${path}?limit=100`, { "If-None-Match": whole.headers.etag });
		ok(same, 304);
		assert.equal(same.text, "");
		ok(await ana.get(`${path}?limit=2`, { "If-None-Match": whole.headers.etag }));
	});

test("RL-11 X-Request-Id is taken, or made, returned and logged; a hostile one is not", async () => {
	const ana = await customer();
	const mine = `trace-${Date.now()}`;
	const taken = await ana.get("/me", { "X-Request-Id": mine });
	assert.equal(taken.headers["x-request-id"], mine);
	const made = await ana.get("/me");
	assert.ok(made.headers["x-request-id"]?.length >= 16);
	assert.notEqual(made.headers["x-request-id"], (await ana.get("/me")).headers["x-request-id"]);
	for (const hostile of ["x".repeat(1000), 'a" status=200 user="root'])
		assert.notEqual((await ana.get("/me", { "X-Request-Id": hostile })).headers["x-request-id"], hostile);
	await until(() => here.log("accounts").includes(mine), { what: `${mine} in the log` });
});

test("RL-11 what lighttpd refuses by itself has its X-Request-Id too", async () => {
	const client = new Client();
	assert.match((await client.get("/nowhere")).headers["x-request-id"], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
	assert.equal((await client.get("/nowhere", { "X-Request-Id": "trace-1" })).headers["x-request-id"], "trace-1");
	assert.notEqual((await client.get("/nowhere", { "X-Request-Id": 'a" status=200' })).headers["x-request-id"], 'a" status=200');
});

test("RL-11 AC-23 the logs hold no password, no token, no e-mail and no query", async () => {
	const email = freshEmail("secretive");
	const ana = await customer({ email });
	const mark = `trace-${ana.user.id}`;
	await ana.get("/restaurants?q=veryprivate");
	await ana.get("/me", { "X-Request-Id": mark });
	await until(() => here.log("accounts").includes(mark), { what: "the log to be current" });
	const log = readdirSync(`${here.runDir}/log`).map((name) => readFileSync(`${here.runDir}/log/${name}`, "utf8")).join("");
	for (const secret of [email, ana.token, ana.refreshToken, "veryprivate", "correct horse"])
		assert.ok(!log.includes(secret), `${secret} is in the logs`);
});

test("RL-11 limits are told in headers, and a 429 says when to come back", async () => {
	const email = freshEmail();
	await customer({ email });
	const guesser = new Client();
	const replies = [];
	while (replies.at(-1)?.status !== 429 && replies.length < 60)
		replies.push(await guesser.post("/auth/login", { email, password: "a wrong guess" }));
	const first = replies[0];
	assert.match(first.headers["ratelimit-policy"], /^"[a-z-]+";q=\d+;w=\d+/);
	assert.match(first.headers.ratelimit, /^"[a-z-]+";r=\d+;t=\d+/);
	problem(first, 401, "invalid_credentials");
	problem(replies.at(-1), 429);
	problem(await new Client().post("/auth/login", { email, password: "correct horse battery" }), 429);
});

test("RL-12 AC-16 many guesses at once are told no more than one by one", async () => {
	const { email } = await customer();
	const guess = () => new Client().post("/auth/login", { email, password: "a wrong guess" });
	const replies = await Promise.all(Array.from({ length: 15 }, guess));
	const quota = Number(/;q=(\d+)/.exec(replies[0].headers["ratelimit-policy"])[1]);
	const told = replies.filter(({ status }) => status === 401).length;
	assert.ok(told <= quota, `${told} of 15 guesses were told wrong; ${quota} may be`);
	for (const reply of replies.filter(({ status }) => status !== 401))
		assert.ok([429, 503].includes(reply.status));
});

test("RL-12 AC-16 how an e-mail is spelt tells nobody whether it is known: attempts count by person", async () => {
	const left = async (email) => {
		const reply = await new Client().post("/auth/login", { email, password: "a wrong guess" });
		return Number(/;r=(\d+)/.exec(reply.headers.ratelimit)[1]);
	};
	for (const email of [(await customer()).email, freshEmail()]) {
		const first = await left(email);
		assert.equal(await left(email.toUpperCase()), first - 1);
		assert.equal(await left(` ${email} `), first - 2);
	}
});

test("RL-11 ids, times and request ids have the contract's form", async () => {
	const ana = await demo("customer");
	const me = ok(await ana.get("/me"));
	isId((await customer()).user.id);
	assert.equal(me.email, "customer@foodfast.example");
	assert.equal((await ana.get("/me")).headers["content-type"].split(";")[0], "application/json");
});

test("RL-11 answers are not to be sniffed, and private ones not to be kept", async () => {
	const ana = await customer();
	const reply = await ana.get("/me");
	assert.equal(reply.headers["x-content-type-options"], "nosniff");
	assert.match(reply.headers["cache-control"] ?? "", /no-store|private|no-cache/);
	assert.ok(reply.headers.server === undefined || !/\d/.test(reply.headers.server), "no version numbers of servers");
});

test("GW-05 the site's programs answer below their own paths", async () => {
	const ana = await customer();
	ok(await ana.fetch("/healthz"));
	ok(await ana.fetch("/readyz"));
	assert.match((await ana.fetch("/metrics")).text, /^# (HELP|TYPE) /m);
	problem(await new Client().fetch(`${API}/me`), 401, "unauthenticated");
});
