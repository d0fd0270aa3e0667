/* Idempotency-Key: a request may be sent again until its answer arrives; its effect happens once. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import test from "node:test";
import { ok, problem } from "./lib/assert.mjs";
import { API, Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { newKitchen } from "./lib/kitchens.mjs";
import { logged } from "./lib/log.mjs";
import { basketOf, cancel, move, moveReply, place, placeReply } from "./lib/orders.mjs";
import { PASSWORD, addressInAmsterdam, customer, freshEmail } from "./lib/people.mjs";
import { BadNetwork } from "./lib/proxy.mjs";
import { Transaction } from "./lib/transaction.mjs";
import { inParallel, until } from "./lib/wait.mjs";

const keyed = () => ({ "Idempotency-Key": randomUUID() });

const ordersOf = async (person) => ok(await person.get("/orders?limit=100")).items;

test("AC-17 the same request fifty times in a row has one effect and one answer", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const key = keyed();
	const first = await placeReply(ana, kitchen, {}, key);
	ok(first, 201);
	assert.equal(first.headers["idempotent-replayed"], undefined);
	for (let again = 1; again < 50; again++) {
		const replay = await placeReply(ana, kitchen, {}, key);
		ok(replay, 201);
		assert.equal(replay.headers["idempotent-replayed"], "true");
		assert.equal(replay.text, first.text);
		assert.equal(replay.headers.location, first.headers.location);
	}
	assert.equal((await ordersOf(ana)).length, 1);
	assert.equal((await logged(`order:${first.body.id}`)).length, 1);
});

test("AC-17 the same request fifty times at once has one effect; who comes too early is told to wait", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const key = keyed();
	const replies = await inParallel(50, 50, () => placeReply(ana, kitchen, {}, key));
	const answered = replies.filter(({ status }) => status === 201);
	assert.ok(answered.length >= 1);
	assert.equal(new Set(answered.map(({ text }) => text)).size, 1);
	assert.equal(answered.filter(({ headers }) => headers["idempotent-replayed"] === undefined).length, 1);
	for (const reply of replies.filter(({ status }) => status !== 201))
		problem(reply, 409, "idempotency_in_progress");
	assert.equal((await ordersOf(ana)).length, 1);
	assert.equal((await placeReply(ana, kitchen, {}, key)).text, answered[0].text);
});

/* Writes a request and drops the connection after BYTES of it, or after its last when that is more. */
async function sendAndDie(person, path, body, headers, bytes) {
	const text = JSON.stringify(body);
	const lines = { Host: here.url.host, Authorization: `Bearer ${person.token}`, "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text), ...headers };
	const request = `POST ${API}${path} HTTP/1.1\r\n${Object.entries(lines).map((line) => line.join(": ")).join("\r\n")}\r\n\r\n${text}`;
	const socket = net.connect(here.port, "127.0.0.1");
	socket.on("error", () => {});
	await once(socket, "connect");
	socket.write(request.slice(0, bytes), () => socket.resetAndDestroy());
	await once(socket, "close");
	return request.length;
}

test("AC-17 a client that dies in mid-flight, anywhere, finds its effect done once", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const key = keyed();
	const length = await sendAndDie(ana, "/orders", basketOf(kitchen), key, 10);
	await inParallel(50, 10, (turn) => sendAndDie(ana, "/orders", basketOf(kitchen), key, turn % 2 ? length : Math.ceil(length * turn / 50)));
	const reply = await until(async () => {
		const last = await placeReply(ana, kitchen, {}, key);
		return last.status !== 409 && last;
	});
	ok(reply, 201);
	assert.deepEqual((await ordersOf(ana)).map(({ id }) => id), [reply.body.id]);
});

test("AC-17 RL-10 an answer that the network loses is had again, the effect is not", async (t) => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const network = await BadNetwork.start(t, here.url);
	const phone = ana.through(network.url);
	const key = keyed();
	network.cutAnswersAfter(0);
	for (let lost = 0; lost < 3; lost++)
		await assert.rejects(placeReply(phone, kitchen, {}, key));
	network.cutAnswersAfter(Infinity);
	const reply = await until(async () => {
		const last = await placeReply(phone, kitchen, {}, key);
		return last.status !== 409 && last;
	});
	ok(reply, 201);
	assert.equal(reply.headers["idempotent-replayed"], "true");
	assert.equal((await ordersOf(ana)).length, 1);
});

test("AC-17 another body, or another path, under the same key is a mismatch", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const key = keyed();
	const order = await place(ana, kitchen, {}, key);
	problem(await placeReply(ana, kitchen, { tip: 100 }, key), 422, "idempotency_mismatch");
	problem(await ana.post("/me/addresses", addressInAmsterdam(), key), 422, "idempotency_mismatch");
	problem(await ana.post(`/orders/${order.id}/transitions`, { to: "cancelled" }, key), 422, "idempotency_mismatch");
	assert.equal((await ordersOf(ana)).length, 1);
	assert.equal(ok(await ana.get(`/orders/${order.id}`)).status, "placed");
});

test("AC-17 while the first is at work, its twin gets 409 at once, and the answer afterwards", async (t) => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const order = await place(ana, kitchen);
	const lock = await Transaction.begin(t);
	await lock.run(`select 1 from ordering.orders where order_id = '${order.id}' for update`);
	const key = keyed();
	const send = () => ana.post(`/orders/${order.id}/transitions`, { to: "cancelled" }, key);
	const first = send();
	await until(() => here.value(`select count(*) from pg_locks where not granted`).then((waiting) => waiting > 0), { what: "the first to wait" });
	problem(await send(), 409, "idempotency_in_progress");
	await lock.commit();
	const { text } = await first;
	assert.equal(ok(await first).status, "cancelled");
	const replay = await send();
	assert.equal(ok(replay).status, "cancelled");
	assert.equal(replay.text, text);
	assert.equal(replay.headers["idempotent-replayed"], "true");
});

test("AC-17 a key is its user's own", async () => {
	const kitchen = await newKitchen();
	const [ana, bob] = [await customer(), await customer()];
	const key = keyed();
	const [first, second] = [await place(ana, kitchen, {}, key), await place(bob, kitchen, {}, key)];
	assert.notEqual(first.id, second.id);
});

test("AC-17 what was refused is not stored: corrected, the same key goes through", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const key = keyed();
	problem(await placeReply(ana, kitchen, { items: [] }, key), 422);
	problem(await placeReply(ana, kitchen, { items: [{ menu_item_id: (await newKitchen()).items[0].id, quantity: 1 }] }, key), 422);
	await place(ana, kitchen, {}, key);
});

test("AC-17 a transition and an acknowledgement are replayed, though they would be conflicts now", async () => {
	const kitchen = await newKitchen();
	const order = await place(await customer(), kitchen);
	const [moveKey, seenKey] = [keyed(), keyed()];
	const moved = await kitchen.owner.post(`/orders/${order.id}/transitions`, { to: "confirmed" }, moveKey);
	ok(moved);
	const seen = await kitchen.owner.post(`/orders/${order.id}/acknowledge`, {}, seenKey);
	ok(seen);
	await move(kitchen.owner, order, "preparing");
	const again = await kitchen.owner.post(`/orders/${order.id}/transitions`, { to: "confirmed" }, moveKey);
	assert.equal(again.text, moved.text);
	assert.equal((await kitchen.owner.post(`/orders/${order.id}/acknowledge`, {}, seenKey)).text, seen.text);
	problem(await moveReply(kitchen.owner, order, "confirmed"), 409, "illegal_transition");
	assert.equal((await cancel(kitchen.owner, order, "out of flour")).status, 200);
});

test("AC-17 a repeated registration makes one account and signs in anew; no token is ever stored", async () => {
	const key = keyed();
	const form = { email: freshEmail(), password: PASSWORD, name: "Ana" };
	const first = await new Client().post("/auth/register", form, key);
	const again = await new Client().post("/auth/register", form, key);
	assert.deepEqual(ok(again, 201).user, ok(first, 201).user);
	assert.equal(again.headers["idempotent-replayed"], "true");
	for (const { body } of [first, again])
		ok(await new Client({ token: body.access_token }).get("/me"));
	ok(await new Client().post("/auth/refresh", { refresh_token: again.body.refresh_token }));
	problem(await new Client().post("/auth/register", { ...form, name: "Eve" }, key), 422, "idempotency_mismatch");
	problem(await new Client().post("/auth/register", form, keyed()), 409, "email_taken");
	const stored = (await here.psql("select to_jsonb(answer) from api.idempotent_answer answer")).flat().join("\n");
	for (const { body } of [first, again])
		for (const secret of [body.access_token, body.refresh_token, PASSWORD])
			assert.ok(!stored.includes(secret));
});

test("AC-17 a repeated login makes one session", async () => {
	const { email, user } = await customer();
	const key = keyed();
	const login = () => new Client().post("/auth/login", { email, password: PASSWORD }, key);
	const replies = [await login(), await login(), await login()];
	for (const reply of replies)
		ok(await new Client({ token: ok(reply).access_token }).get("/me"));
	assert.equal(await here.value(`select count(*) from account.session where user_id = '${user.id}'`), "2");
	problem(await new Client().post("/auth/login", { email, password: PASSWORD, device: "another" }, key), 422, "idempotency_mismatch");
	problem(await new Client().post("/auth/login", { email, password: "not it at all" }, key), 401, "invalid_credentials");
});

test("AC-17 what is no key is refused", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	for (const key of ["a b", "x".repeat(256), "ключ".normalize(), "tab\there"])
		problem(await placeReply(ana, kitchen, {}, { "Idempotency-Key": Buffer.from(key).toString("latin1") }), 400);
	await place(ana, kitchen, {}, { "Idempotency-Key": "x".repeat(255) });
	await place(ana, kitchen, { again: true }, { "Idempotency-Key": "~" });
});

test("AC-17 AC-03 a saved address is saved once, however often it is sent", async () => {
	const ana = await customer();
	const key = keyed();
	const replies = await inParallel(50, 10, () => ana.post("/me/addresses", addressInAmsterdam(), key));
	assert.equal(new Set(replies.filter(({ status }) => status === 201).map(({ text }) => text)).size, 1);
	assert.equal(ok(await ana.get("/me/addresses")).items.length, 1);
});
