/* Registering, logging in, profiles and addresses. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import test from "node:test";
import { isId, isTime, ok, pointsAt, problem } from "./lib/assert.mjs";
import { API, Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { appointed, newKitchen, staffAt } from "./lib/kitchens.mjs";
import { place } from "./lib/orders.mjs";
import { PASSWORD, addressInAmsterdam, customer, demo, driver, freshEmail, logIn } from "./lib/people.mjs";
import { stream } from "./lib/stream.mjs";
import { A_SECOND_MS } from "./lib/wait.mjs";

test("AC-01 registering gives 201, the person and both tokens; the same e-mail again is 409", async () => {
	const client = new Client();
	const email = freshEmail();
	const reply = await client.post("/auth/register", { email, password: PASSWORD, name: "Ana", phone: "+31612345678" });
	const body = ok(reply, 201);
	isId(body.user.id);
	isTime(body.user.created_at);
	isTime(body.user.updated_at);
	assert.deepEqual({ email: body.user.email, name: body.user.name, phone: body.user.phone, role: body.user.role },
		{ email, name: "Ana", phone: "+31612345678", role: "customer" });
	assert.equal(body.token_type, "Bearer");
	assert.ok(body.expires_in > 0 && body.expires_in <= 900);
	assert.ok(!("password" in body.user) && !("password_hash" in body.user));
	for (const again of [email, email.toUpperCase(), `  ${email}`.trim()])
		problem(await client.post("/auth/register", { email: again, password: PASSWORD, name: "Eve" }), 409, "email_taken");
	client.token = body.access_token;
	assert.deepEqual(ok(await client.get("/me")), body.user);
});

test("AC-01 what a registration must hold is checked, field by field", async () => {
	const form = { email: freshEmail(), password: PASSWORD, name: "Ana" };
	const wrong = {
		email: ["", "ana", "ana@", "@example.com", "ana@example", "a b@example.com", `${"x".repeat(300)}@example.com`, 7, null],
		password: ["", "short", "x".repeat(5000), 12345678, null],
		name: ["", "   ", "x".repeat(101), 7, null],
		phone: ["", "12", "0612345678", "+0123", "+316 123", 31612345678],
		role: ["", "king", "restaurant", "agent", "admin", 1],
		cookie: ["yes", 1],
	};
	for (const [field, values] of Object.entries(wrong))
		for (const value of values) {
			const told = problem(await new Client().post("/auth/register", { ...form, [field]: value }), 422);
			pointsAt(told, `/${field}`);
		}
	for (const field of ["email", "password", "name"])
		pointsAt(problem(await new Client().post("/auth/register", { ...form, [field]: undefined }), 422), `/${field}`);
	ok(await new Client().post("/auth/register", form), 201);
});

test("AC-01 RL-11 an e-mail address holds nothing that cannot be seen", async () => {
	for (const hidden of ["\u0085", "\u00a0", "\u2003", "\u200b", "\u2028", "\u3000", "\ufeff"]) {
		const form = { email: `a${hidden}${freshEmail()}`, password: PASSWORD, name: "Ana" };
		pointsAt(problem(await new Client().post("/auth/register", form), 422), "/email");
	}
	ok(await new Client().post("/auth/register", { email: `ana.müller${freshEmail()}`, password: PASSWORD, name: "Ana" }), 201);
});

test("AC-01 AC-22 drivers register themselves; agents, admins and restaurants do not", async () => {
	assert.equal((await driver()).user.role, "driver");
	for (const role of ["restaurant", "agent", "admin"])
		problem(await new Client().post("/auth/register", { email: freshEmail(), password: PASSWORD, name: "Eve", role }), 422);
});

test("AC-01 a password may hold any characters, and counts them as people do", async () => {
	const password = "pässwörd 🍜 мир";
	const email = freshEmail();
	await customer({ email, password });
	await logIn({ email, password });
	problem(await new Client().post("/auth/login", { email, password: `${password} ` }), 401, "invalid_credentials");
});

test("AC-01 twenty registrations of one e-mail at once make one account", async () => {
	const email = freshEmail();
	const replies = await Promise.all(Array.from({ length: 20 }, () =>
		new Client().post("/auth/register", { email, password: PASSWORD, name: "Ana" })));
	assert.equal(replies.filter(({ status }) => status === 201).length, 1);
	for (const reply of replies.filter(({ status }) => status !== 201))
		assert.ok(problem(reply, reply.status).code === "email_taken" || reply.status === 503, reply.text);
	assert.equal(await here.value(`select count(*) from account.users where email = '${email}'`), "1");
});

test("AC-02 AC-16 logging in answers at once, by one request on a connection that may close", async () => {
	const { email } = await customer();
	const body = JSON.stringify({ email: email.toUpperCase(), password: PASSWORD, device: "Ana's phone" });
	const socket = net.connect(here.port, "127.0.0.1");
	await once(socket, "connect");
	socket.end(`POST ${API}/auth/login HTTP/1.1\r\nHost: ${here.url.host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
	const chunks = [];
	socket.on("data", (chunk) => chunks.push(chunk));
	await once(socket, "close");
	const answer = Buffer.concat(chunks).toString();
	assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
	const session = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4).replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, ""));
	const client = new Client({ token: session.access_token });
	assert.equal(ok(await client.get("/me")).email, email);
});

test("AC-16 a wrong password and an unknown e-mail get the same answer, to the byte", async () => {
	const { email } = await customer();
	const wrong = await new Client().post("/auth/login", { email, password: "not it at all" });
	const unknown = await new Client().post("/auth/login", { email: freshEmail(), password: "not it at all" });
	problem(wrong, 401, "invalid_credentials");
	assert.equal(unknown.text, wrong.text);
	const without = ({ headers }) => Object.keys(headers).filter((name) => name !== "x-request-id").sort();
	assert.deepEqual(without(unknown), without(wrong));
	const suspended = await customer();
	await here.psql(`update account.users set is_suspended = true where user_id = '${suspended.user.id}'`);
	problem(await new Client().post("/auth/login", { email: suspended.email, password: "not it at all" }), 401, "invalid_credentials");
	assert.ok((await new Client().post("/auth/login", { email: suspended.email, password: PASSWORD })).status >= 400);
});

test("AC-16 and in the same time", async () => {
	const known = [await customer(), await customer(), await customer()].map(({ email }) => email);
	const measure = async (email) => {
		const started = performance.now();
		problem(await new Client().post("/auth/login", { email, password: "not it at all" }), 401, "invalid_credentials");
		return performance.now() - started;
	};
	const times = { known: [], unknown: [] };
	for (let round = 0; round < 15; round++) {
		times.known.push(await measure(known[round % known.length]));
		times.unknown.push(await measure(freshEmail()));
	}
	const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
	const ratio = median(times.unknown) / median(times.known);
	assert.ok(ratio > 0.5 && ratio < 2, `an unknown e-mail takes ${ratio.toFixed(2)} times as long as a known one`);
});

test("AC-16 wrong credentials, no credentials, a dead token and a bad form are distinct problems", async () => {
	const ana = await customer();
	const codes = [
		problem(await new Client().post("/auth/login", { email: ana.email, password: "not it at all" }), 401).code,
		problem(await new Client().get("/me"), 401).code,
		problem(await new Client({ token: "x.y.z" }).get("/me"), 401).code,
		problem(await new Client().post("/auth/login", { email: ana.email }), 422).code,
	];
	assert.deepEqual(codes, ["invalid_credentials", "unauthenticated", "token_invalid", "invalid_fields"]);
});

test("AC-03 a profile change shows in the very next read; what is not sent stays", async () => {
	const ana = await customer({ phone: "+31612345678" });
	for (let round = 0; round < 5; round++) {
		const changed = ok(await ana.patch("/me", { name: `Ana ${round}` }));
		assert.equal(changed.phone, "+31612345678");
		assert.deepEqual(ok(await ana.get("/me")), changed);
	}
	assert.equal(ok(await ana.patch("/me", { phone: "+4915112345678" })).name, "Ana 4");
	ok(await ana.patch("/me", { phone: null }));
	assert.equal(ok(await ana.get("/me")).phone ?? null, null);
});

test("AC-03 nobody changes what is not his to change", async () => {
	const ana = await customer();
	for (const field of ["email", "role", "id", "created_at", "memberships", "password"])
		problem(await ana.patch("/me", { [field]: "admin" }), 422, "unknown_field");
	assert.deepEqual(ok(await ana.get("/me")), ana.user);
});

test("AC-03 names of every script are kept as they came", async () => {
	const ana = await customer();
	for (const name of ["Łukasz Żółć", "محمد", "山田 太郎", "O'Brien <b>&\"\\", "🍜".repeat(50), "e\u0301"])
		assert.equal(ok(await ana.patch("/me", { name })).name, name);
});

test("AC-03 addresses: make, list, change, choose the default, remove", async () => {
	const ana = await customer();
	assert.deepEqual(ok(await ana.get("/me/addresses")), { items: [], next: null });
	const home = ok(await ana.post("/me/addresses", addressInAmsterdam()), 201);
	isId(home.id);
	assert.equal(home.default, true, "the only one");
	const work = ok(await ana.post("/me/addresses", addressInAmsterdam({ label: "Work", line2: "3rd floor", default: true })), 201);
	const list = async () => ok(await ana.get("/me/addresses")).items;
	assert.deepEqual((await list()).filter((address) => address.default).map(({ id }) => id), [work.id]);
	const moved = ok(await ana.patch(`/me/addresses/${home.id}`, { line1: "Damrak 2", lat: 52.37, default: true }));
	assert.deepEqual([moved.line1, moved.lat, moved.city, moved.default], ["Damrak 2", 52.37, "Amsterdam", true]);
	assert.deepEqual((await list()).filter((address) => address.default).map(({ id }) => id), [home.id]);
	ok(await ana.delete(`/me/addresses/${home.id}`), 204);
	problem(await ana.delete(`/me/addresses/${home.id}`), 404);
	assert.deepEqual((await list()).map(({ id }) => id), [work.id]);
});

test("AC-03 an address is checked, and nobody else's", async () => {
	const ana = await customer();
	const wrong = { lat: [91, -91, "52", null], lng: [181, -181, true], label: ["", 7], line1: ["", null], city: ["", 7], default: ["yes"] };
	for (const [field, values] of Object.entries(wrong))
		for (const value of values)
			pointsAt(problem(await ana.post("/me/addresses", addressInAmsterdam({ [field]: value })), 422), `/${field}`);
	const { id } = ok(await ana.post("/me/addresses", addressInAmsterdam()), 201);
	const eve = await customer();
	problem(await eve.patch(`/me/addresses/${id}`, { label: "Mine" }), 404);
	problem(await eve.delete(`/me/addresses/${id}`), 404);
	assert.equal(ok(await ana.get("/me/addresses")).items[0].label, "Home");
});

test("AC-03 RL-11 an address without a label is called by its first line, as much of it as a label holds", async () => {
	const ana = await customer();
	const label = async (line1) => ok(await ana.post("/me/addresses", addressInAmsterdam({ label: undefined, line1 })), 201).label;
	assert.equal(await label("Prinsengracht 263"), "Prinsengracht 263");
	assert.equal(await label("x".repeat(200)), "x".repeat(50));
	assert.equal(await label(`${"\u3000".repeat(60)}Quay`), "Quay");
});

test("AC-04 a change on one device reaches the other as an event, and its next read agrees", async (t) => {
	const phone = await customer();
	const desk = await logIn({ email: phone.email });
	const screen = await stream(t, desk, `user:${phone.user.id}`);
	ok(await phone.patch("/me", { name: "Ana Changed" }));
	const event = await screen.event("user.updated", {}, { within: A_SECOND_MS });
	assert.deepEqual(event.data.fields, ["name"]);
	assert.ok(!JSON.stringify(event).includes("Ana Changed"), "events hold no personal data");
	assert.equal(ok(await desk.get("/me")).name, "Ana Changed");
});

test("AC-04 so do addresses and cards, each time; and no event tells what they are", async (t) => {
	const phone = await customer();
	const desk = await logIn({ email: phone.email });
	const screen = await stream(t, desk, `user:${phone.user.id}`);
	let told = 0;
	const reaches = async (field, listed, reply, status) => {
		ok(reply, status);
		await screen.until(() => screen.events.length > told, { within: A_SECOND_MS, what: `${field} of ${reply.text}` });
		assert.deepEqual(screen.events[told].data, { fields: [field] });
		told = screen.events.length;
		assert.equal(ok(await desk.get(`/me/${listed}`)).items.length, ok(await phone.get(`/me/${listed}`)).items.length);
	};
	const home = await phone.post("/me/addresses", addressInAmsterdam());
	await reaches("addresses", "addresses", home, 201);
	await reaches("addresses", "addresses", await phone.patch(`/me/addresses/${home.body.id}`, { label: "Work" }), 200);
	await reaches("addresses", "addresses", await phone.delete(`/me/addresses/${home.body.id}`), 204);
	const card = await phone.post("/me/payment-methods", { token: "pm_card_visa" });
	await reaches("payment_methods", "payment-methods", card, 201);
	await reaches("payment_methods", "payment-methods", await phone.delete(`/me/payment-methods/${card.body.id}`), 204);
});

test("AC-21 the profile has an ETag: 304 while it holds, 200 after a change", async () => {
	const ana = await customer();
	const first = await ana.get("/me");
	const { etag } = first.headers;
	assert.match(etag, /^(W\/)?"[^"]+"$/);
	for (const match of [etag, `"other", ${etag}`, "*", `W/${etag.replace(/^W\//, "")}`]) {
		const same = await ana.get("/me", { "If-None-Match": match });
		ok(same, 304);
		assert.equal(same.text, "");
		assert.equal(same.headers.etag, etag);
	}
	ok(await ana.patch("/me", { name: "Changed" }));
	const changed = await ana.get("/me", { "If-None-Match": etag });
	assert.equal(ok(changed).name, "Changed");
	assert.notEqual(changed.headers.etag, etag);
});

test("AC-21 If-Match guards a change against a change in between", async () => {
	const ana = await customer();
	const { etag } = (await ana.get("/me")).headers;
	ok(await ana.patch("/me", { name: "First" }, { "If-Match": etag }));
	problem(await ana.patch("/me", { name: "Second" }, { "If-Match": etag }), 412, "precondition_failed");
	assert.equal(ok(await ana.get("/me")).name, "First");
	ok(await ana.patch("/me", { name: "Third" }, { "If-Match": "*" }));
});

test("AC-22 staff see their memberships, others have none", async () => {
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen, "manager");
	assert.deepEqual(ok(await staff.get("/me")).memberships, [{ restaurant: { id: kitchen.id, name: kitchen.name }, role: "manager" }]);
	assert.equal(ok(await (await customer()).get("/me")).memberships, undefined);
});

test("AC-22 a role that is taken away counts at once", async () => {
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen, "owner");
	ok(await staff.patch(`/restaurants/${kitchen.id}`, { accepting_orders: true }));
	await here.psql(`delete from catalogue.membership where user_id = '${staff.user.id}'`);
	const refused = await staff.patch(`/restaurants/${kitchen.id}`, { accepting_orders: false });
	assert.ok([403, 404].includes(refused.status), refused.text);
	problem(refused, refused.status);
});

test("AC-24 an account on several devices: ending one session leaves the others", async () => {
	const phone = await customer();
	const desk = await logIn({ email: phone.email, device: "Desk" });
	ok(await phone.post("/auth/logout"), 204);
	problem(await phone.get("/me"), 401, "session_ended");
	ok(await desk.get("/me"));
	assert.deepEqual(ok(await desk.get("/me/sessions")).items.map(({ device, current }) => [device, current]), [["Desk", true]]);
});

test("AC-03 AC-21 If-Match guards a change of an address against one in between", async () => {
	const ana = await customer();
	const made = await ana.post("/me/addresses", addressInAmsterdam());
	const path = `/me/addresses/${ok(made, 201).id}`;
	const changed = await ana.patch(path, { label: "Work" }, { "If-Match": made.headers.etag });
	ok(changed);
	problem(await ana.patch(path, { label: "Quay" }, { "If-Match": made.headers.etag }), 412, "precondition_failed");
	assert.equal(ok(await ana.get("/me/addresses")).items[0].label, "Work");
	ok(await ana.patch(path, { label: "Quay" }, { "If-Match": changed.headers.etag }));
});

test("AC-21 the export is not sent again to who has it, until something changes", async () => {
	const ana = await customer();
	const { etag } = (await ana.get("/me/export")).headers;
	ok(await ana.get("/me/export", { "If-None-Match": etag }), 304);
	ok(await ana.patch("/me", { name: "Changed" }));
	assert.equal(ok(await ana.get("/me/export", { "If-None-Match": etag })).user.name, "Changed");
});

test("AC-24 the devices are listed, and one is signed out from another", async () => {
	const phone = await customer();
	const desk = await logIn({ email: phone.email, device: "Desk" });
	const [mine, other, ...rest] = ok(await phone.get("/me/sessions")).items;
	assert.deepEqual(Object.keys(mine), ["id", "device", "ip", "created_at", "last_used_at", "current"]);
	assert.deepEqual([mine.current, other.current, other.device, rest.length], [true, false, "Desk", 0]);
	assert.equal(mine.ip, phone.address);

	const stranger = await customer();
	problem(await stranger.delete(`/me/sessions/${other.id}`), 404, "not_found");
	ok(await desk.get("/me"));
	ok(await phone.delete(`/me/sessions/${other.id}`), 204);
	problem(await desk.get("/me"), 401, "session_ended");
	problem(await phone.delete(`/me/sessions/${other.id}`), 404, "not_found");
	ok(await phone.get("/me"));
});

test("AC-23 a password is kept as argon2id, and refresh tokens only as hashes", async () => {
	const ana = await customer();
	const [[hash]] = await here.psql(`select password_hash from account.users where user_id = '${ana.user.id}'`);
	assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
	const dump = await here.psql("select to_jsonb(token) from account.refresh_token token union all select to_jsonb(answer) from api.idempotent_answer answer");
	assert.ok(!dump.flat().join("\n").includes(ana.refreshToken));
});

test("AC-25 the demo people sign in with one request each, two roles side by side", async () => {
	const [ana, olga] = [await demo("customer"), await demo("restaurant")];
	const me = ok(await olga.get("/me"));
	assert.ok(me.memberships.length >= 1);
	assert.equal(ok(await ana.get("/me")).role, "customer");
	assert.ok(ok(await ana.get("/me/addresses")).items.length >= 1);
	for (const name of ["customer2", "restaurant2", "driver", "driver2", "agent", "agent2", "admin"])
		assert.equal((await demo(name)).user.role, name.replace(/\d/, ""));
});

test("AC-20 one session serves every program of the site, in any order", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const { id } = await place(ana, kitchen);
	for (let round = 0; round < 5; round++) {
		ok(await ana.get("/me"));
		ok(await ana.get(`/orders/${id}`));
		ok(await ana.get(`/orders/${id}/status`));
		ok(await ana.get("/restaurants?limit=1"));
	}
});
