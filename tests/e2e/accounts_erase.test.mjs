/* What is held of a person: the export of all of it, and its erasure from everywhere. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { ok, pointsAt, problem } from "./lib/assert.mjs";
import { addCard, orderByCard, paymentsOf } from "./lib/cards.mjs";
import { Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { appointed, newKitchen, staffAt } from "./lib/kitchens.mjs";
import { cancel, drive, moveReply, orderBySomeone, place } from "./lib/orders.mjs";
import { PASSWORD, addressInAmsterdam, customer, freshEmail, logIn, register } from "./lib/people.mjs";
import { poll, stream } from "./lib/stream.mjs";
import { A_SECOND_MS, until } from "./lib/wait.mjs";

const erase = (person, password = PASSWORD, headers) => person.send("DELETE", "/me", { password }, headers);

/* Everything that the instance holds: the database as a dump, Redis, the logs of all programs. */
async function everything() {
	const dump = await here.tool("psql", "-Xc", "\\! pg_dump --data-only");
	assert.match(dump, /^COPY account\.users /m);
	const keys = (await here.redis("--scan")).split("\n").filter(Boolean);
	const values = await Promise.all(keys.slice(0, 2000).map(async (key) => `${key} ${await here.redis("dump", key)}`));
	const logs = readdirSync(`${here.runDir}/log`).map((name) => [name, readFileSync(`${here.runDir}/log/${name}`, "utf8")]);
	return new Map([["the database", dump], ["Redis", values.join("\n")], ...logs]);
}

/* Where any of WORDS still stands. */
async function traces(words) {
	const found = [];
	for (const [place, text] of await everything())
		for (const word of words)
			if (text.toLowerCase().includes(word.toLowerCase()))
				found.push(`${word} in ${place}: …${text.slice(Math.max(0, text.toLowerCase().indexOf(word.toLowerCase()) - 200)).slice(0, 400)}…`);
	return found;
}

/* Somebody whose every word is his own, so that it can be looked for. */
function character() {
	const mark = randomUUID().slice(0, 8);
	return {
		mark, name: `Zacharias ${mark}`, email: `zacharias-${mark}@example.com`, street: `Bloedkoraalstraat ${mark}`,
		phone: `+3168${String(Math.floor(Math.random() * 1e8)).padStart(8, "0")}`, note: `ring twice ${mark}`, device: `Zacharias' toaster ${mark}`, reason: `my leg ${mark}`,
	};
}

const wordsOf = ({ mark, phone }) => [mark, phone];

test("AC-23 an erased person is gone from the database, Redis and every log; his orders and their sums stay", async () => {
	const who = character();
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen);
	const key = () => ({ "Idempotency-Key": randomUUID() });
	const zach = await register({ name: who.name, email: who.email, phone: who.phone });
	const form = { email: who.email, password: PASSWORD, device: who.device };
	ok(await new Client().post("/auth/login", form, key()));
	const home = ok(await zach.post("/me/addresses", addressInAmsterdam({ label: who.mark, line1: who.street }), key()), 201);
	const items = [{ menu_item_id: kitchen.items[0].id, quantity: 1, note: who.note }];
	const eaten = await place(zach, kitchen, { items, address: undefined, address_id: home.id }, key());
	const refused = await place(zach, kitchen, { items, again: true, address: addressInAmsterdam({ line1: who.street }) }, key());
	ok(await staff.post(`/orders/${eaten.id}/acknowledge`, undefined, key()));
	ok(await staff.post(`/orders/${eaten.id}/transitions`, { to: "confirmed" }, key()));
	await drive(staff, { ...eaten, status: "confirmed" });
	ok(await cancel(zach, refused, who.reason));
	ok(await zach.post("/auth/forgot-password", { email: who.email }, key()), 202);
	assert.notDeepEqual(await traces(wordsOf(who)), [], "the search finds what is there");
	const before = ok(await staff.get(`/orders/${eaten.id}`));

	ok(await erase(zach), 204);

	assert.deepEqual(await traces(wordsOf(who)), []);
	const after = ok(await staff.get(`/orders/${eaten.id}`));
	assert.equal(after.customer.name, "Erased");
	assert.equal(after.customer.id, before.customer.id, "under the same id as ever");
	assert.equal(after.address.city, "Amsterdam");
	for (const member of ["id", "number", "status", "subtotal", "tip", "total", "currency", "payment", "placed_at"])
		assert.deepEqual(after[member], before[member], member);
	assert.deepEqual(after.items.map(({ name, quantity, total }) => [name, quantity, total]), before.items.map(({ name, quantity, total }) => [name, quantity, total]));
	const events = ok(await staff.get(`/orders/${refused.id}/events`)).items;
	assert.equal(events.at(-1).data.by?.name ?? events.find(({ type, data }) => type === "order.status" && data.status === "cancelled").data.by.name, "Erased");
});

test("AC-23 AC-06 his cards go too, here and at the gateway; what was paid stays in the books", async () => {
	const who = character();
	const kitchen = await newKitchen();
	const zach = await register({ name: who.name, email: who.email });
	const card = await addCard(zach);
	const order = ok(await orderByCard(zach, kitchen, card, { address: addressInAmsterdam({ line1: who.street }) }), 201);
	await drive(kitchen.owner, order);
	const agent = await appointed("agent");
	await until(async () => (await paymentsOf(agent, order)).captured === order.total, { what: "the capture" });
	const paid = await paymentsOf(agent, order);
	ok(await erase(zach), 204);
	assert.equal(await here.value(`select count(*) from payment.method where user_id = '${zach.user.id}'`), "0");
	await until(async () => await here.value(`select count(*) from payment.step where subject = 'user:${zach.user.id}' and state = 'open'`) === "0",
		{ within: 10_000, what: "the gateway to be told" });
	assert.deepEqual(await traces(wordsOf(who)), [], "not in the database, which holds the sandbox too");
	const sums = ({ captured, refunded, items }) => ({ captured, refunded, amounts: items.map(({ kind, amount, status }) => [kind, amount, status]) });
	assert.deepEqual(sums(await paymentsOf(agent, order)), sums(paid));
});

test("AC-23 AC-13 erasing ends every session and stream, and the person is unknown from then on", async (t) => {
	const ana = await customer();
	const desk = await logIn({ email: ana.email });
	const readers = [await stream(t, ana, `user:${ana.user.id}`), await stream(t, desk, `user:${ana.user.id}`)];
	ok(await erase(ana), 204);
	for (const reader of readers)
		await reader.closed({ within: A_SECOND_MS });
	for (const person of [ana, desk]) {
		problem(await person.get("/me"), 401, "session_ended");
		problem(await person.post("/auth/refresh", { refresh_token: person.refreshToken }), 401);
	}
	problem(await new Client().post("/auth/login", { email: ana.email, password: PASSWORD }), 401, "invalid_credentials");
	problem(await erase(ana), 401, "session_ended");
	const anew = await register({ email: ana.email });
	assert.notEqual(anew.user.id, ana.user.id, "the e-mail is free, for somebody new");
	assert.deepEqual(ok(await anew.get("/orders")).items, []);
});

test("AC-23 erasing by cookie takes the cookie away too, and is no other site's to ask", async () => {
	const jar = new Client();
	const email = freshEmail();
	ok(await jar.post("/auth/register", { email, password: PASSWORD, name: "Ana", cookie: true }), 201);
	problem(await erase(jar, PASSWORD, { Origin: "https://evil.example" }), 403, "cross_site");
	ok(await erase(jar, PASSWORD, { Origin: here.url.origin }), 204);
	assert.equal(jar.cookies.size, 0);
});

test("AC-23 it takes the password, and no order under way", async () => {
	const { ana, order } = await orderBySomeone(await newKitchen());
	problem(await erase(ana, "not it at all"), 403, "wrong_password");
	pointsAt(problem(await erase(ana, 7), 422), "/password");
	problem(await erase(ana), 409, "orders_open");
	assert.equal(ok(await ana.get("/me")).name, "Ana Test");
	ok(await cancel(ana, order));
	ok(await erase(ana), 204);
});

test("AC-23 the password may be left out only just after a sign-in", async () => {
	const ana = await customer();
	const desk = await logIn({ email: ana.email });
	await here.psql(`update account.session set created_at = now() - interval '11 minutes' where session_id = (select session_id from account.session where user_id = '${ana.user.id}' order by session_id limit 1)`);
	for (const body of [undefined, {}])
		problem(await ana.send("DELETE", "/me", body), 403, "password_needed");
	ok(await desk.delete("/me"), 204);
	problem(await ana.get("/me"), 401, "session_ended");
});

test("AC-23 staff who leave: their deeds stay, without their names", async () => {
	const kitchen = await newKitchen();
	const staff = await appointed("restaurant", { name: `Walter ${randomUUID().slice(0, 8)}` });
	await here.psql(`insert into catalogue.membership values ('${staff.user.id}', '${kitchen.id}', 'staff')`);
	const { order } = await orderBySomeone(kitchen);
	ok(await staff.post(`/orders/${order.id}/acknowledge`));
	ok(await moveReply(staff, order, "confirmed"));
	ok(await erase(staff), 204);
	assert.deepEqual(await traces([staff.user.name]), []);
	const told = await poll(kitchen.owner, `restaurant:${kitchen.id}`, { after: 0 });
	assert.deepEqual(told.events.filter(({ data }) => data.by).map(({ data }) => [data.by.id, data.by.name]), [[staff.user.id, "Erased"], [staff.user.id, "Erased"]]);
	problem(await moveReply(kitchen.owner, order, "confirmed"), 409, "illegal_transition");
});

test("AC-23 two who erase and order at once: either the order is there and the person stays, or neither", async () => {
	const kitchen = await newKitchen();
	for (let round = 0; round < 5; round++) {
		const ana = await customer();
		const [ordered, erased] = await Promise.all([
			ana.post("/orders", { restaurant_id: kitchen.id, items: [{ menu_item_id: kitchen.items[0].id, quantity: 1 }], address: addressInAmsterdam({ label: undefined }), payment: { method: "cash" } }),
			erase(ana)]);
		assert.ok([201, 401].includes(ordered.status), ordered.text);
		assert.ok([204, 409].includes(erased.status), erased.text);
		const isErased = await here.value(`select erased_at is not null from account.users where user_id = '${ana.user.id}'`);
		assert.equal(isErased, erased.status === 204 ? "t" : "f");
	}
});

test("AC-23 the export tells everything, as a file to keep", async () => {
	const who = character();
	const kitchen = await newKitchen();
	const zach = await register({ name: who.name, email: who.email, phone: who.phone });
	const home = ok(await zach.post("/me/addresses", addressInAmsterdam({ line1: who.street })), 201);
	const order = await place(zach, kitchen, { items: [{ menu_item_id: kitchen.items[0].id, quantity: 3, note: who.note }], address: undefined, address_id: home.id });
	await cancel(zach, order, who.reason);
	const reply = await zach.get("/me/export");
	const all = ok(reply);
	assert.match(reply.headers["content-disposition"], /^attachment; filename="[\w.-]+\.json"$/);
	assert.deepEqual(all.user, ok(await zach.get("/me")));
	assert.deepEqual(all.addresses, [home]);
	assert.deepEqual(all.sessions.map(({ ip }) => ip), [zach.address]);
	assert.deepEqual(all.orders.map(({ id, items }) => [id, items[0].note]), [[order.id, who.note]]);
	assert.deepEqual(all.events.map(({ type }) => type), ["user.updated", "order.placed"]);
	assert.ok(all.deeds.some(({ channel, type }) => channel === `order:${order.id}` && type === "order.status"));
	assert.deepEqual(all.mail.map(({ purpose }) => purpose), ["confirm"]);
	problem(await new Client().get("/me/export"), 401);
	const other = await customer();
	assert.ok(!(await other.get("/me/export")).text.includes(who.mark), "nobody else's");
	await until(async () => !(await traces([PASSWORD])).length, { what: "no password anywhere" });
});
