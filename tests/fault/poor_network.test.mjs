/*
 * A poor network: 800 ms each way, and every fifth connection cut, in each phase in turn. A client that goes on trying gets its
 * answer, the same as ever, and every effect is there once.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import test, { after, before } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { Client } from "../e2e/lib/client.mjs";
import { newKitchen } from "../e2e/lib/kitchens.mjs";
import { logged } from "../e2e/lib/log.mjs";
import { basketOf } from "../e2e/lib/orders.mjs";
import { PASSWORD, addressInAmsterdam, customer, freshEmail } from "../e2e/lib/people.mjs";
import { inParallel, until } from "../e2e/lib/wait.mjs";
import { Chance } from "./lib/chance.mjs";
import { Proxy } from "./lib/proxy.mjs";
import { Site } from "./lib/site.mjs";

const DELAY_MS = 800;
const ONE_IN = 5;
const PATIENCE_MS = 60_000;

/* Where a connection is cut, as the line's conditions say it (lib/proxy.mjs). */
const PHASES = {
	"before the request": () => ({ requestBytes: 0 }),
	"within the request": (dice) => ({ requestBytes: Math.floor(dice.between(1, 350)) }),
	"behind the request, before any answer": () => ({ answerBytes: 0 }),
	"within the answer": (dice) => ({ answerBytes: Math.floor(dice.between(1, 400)) }),
};
const phases = Object.values(PHASES);

const site = await Site.create();
let kitchen;
before(async () => {
	await site.up();
	kitchen = await newKitchen({ instance: site });
});
after(() => site.forget());

/* A line of the site's that is as bad as said above; it ends with test T. */
async function badLine(t, chance) {
	const dice = chance.of("cuts");
	const line = await Proxy.start(site.url, (number) =>
		({ delayMs: DELAY_MS, ...(number % ONE_IN === 0 ? phases[number / ONE_IN % phases.length](dice) : {}) }));
	t.after(() => line.stop());
	return line;
}

/* Sends until there is an answer that is no "try again", always the same request; LOST counts those that had none. */
async function insist(client, method, path, body, { headers = { "Idempotency-Key": randomUUID() }, lost = [] } = {}) {
	const deadline = performance.now() + PATIENCE_MS;
	for (;;) {
		const reply = await client.send(method, path, body, headers).catch(({ message }) => ({ status: 0, text: message }));
		if (reply.status !== 0 && reply.status !== 503 && reply.body?.code !== "idempotency_in_progress")
			return reply;
		lost.push(reply);
		assert.ok(performance.now() < deadline, `no answer to ${method} ${path}, the last: ${reply.status} ${reply.text}`);
		await pause(50);
	}
}

/* One person's life, each step of it over the line; resolves with what has to be there afterwards. */
async function live(line, lost) {
	const near = new Client({ instance: site });
	const person = near.through(line.url);
	const ask = (method, path, body, options = {}) => insist(person, method, path, body, { lost, ...options });
	const email = freshEmail();
	const registered = ok(await ask("POST", "/auth/register", { email, password: PASSWORD, name: "Ana" }), 201);
	const session = ok(await ask("POST", "/auth/login", { email, password: PASSWORD, device: "A phone in a tunnel" }));
	assert.equal(session.user.id, registered.user.id);
	const renewed = ok(await ask("POST", "/auth/refresh", { refresh_token: session.refresh_token }, { headers: {} }));
	person.token = near.token = renewed.access_token;
	assert.equal(ok(await ask("PATCH", "/me", { name: "Ana Changed", phone: "+31612345678" })).name, "Ana Changed");
	const address = ok(await ask("POST", "/me/addresses", addressInAmsterdam()), 201);
	const order = ok(await ask("POST", "/orders", basketOf(kitchen, { address: undefined, address_id: address.id })), 201);
	ok(await ask("POST", `/orders/${order.id}/transitions`, { to: "cancelled", reason: "a test" }));
	ok(await ask("PUT", "/me/password", { current: PASSWORD, new: `${PASSWORD} 2` }), 204);
	return { near, email, user: registered.user, address, order, refreshToken: renewed.refresh_token };
}

/* Every effect of LIFE is there, and once. */
async function assertLivedOnce({ near, email, user, address, order, refreshToken }) {
	assert.equal(await site.value(`select count(*) from account.users where email = '${email}'`), "1");
	assert.equal(await site.value(`select count(*) from account.session where user_id = '${user.id}'`), "2", "one of the registration, one of the login");
	assert.equal(await site.value(`select count(*) from account.session where user_id = '${user.id}' and ended_at is null`), "1", "and of them the password left one");
	assert.deepEqual(ok(await near.get("/me/addresses")).items, [address]);
	assert.deepEqual(ok(await near.get("/orders")).items.map(({ id, status }) => [id, status]), [[order.id, "cancelled"]]);
	const mine = (await logged(`user:${user.id}`, { instance: site })).map((text) => JSON.parse(text));
	assert.deepEqual(mine.map(({ type, data }) => data.fields?.join() ?? type), ["name,phone", "addresses", "order.placed", "password"], "each change was told once");
	ok(await new Client({ instance: site }).post("/auth/refresh", { refresh_token: refreshToken }), 200);
}

test("AC-07 AC-17 over 800 ms and 20 % loss, cut in every phase: each effect once, and an answer in the end", async (t) => {
	const chance = new Chance("a poor network");
	const line = await badLine(t, chance);
	const lost = [];
	const lives = await inParallel(10, 10, () => live(line, lost));
	for (const life of lives)
		await assertLivedOnce(life);
	assert.ok(line.cutCount >= line.connections / ONE_IN * 0.8, `${line.cutCount} of ${line.connections} connections were cut`);
	assert.ok(lost.length > 0 && lost.every(({ status }) => status === 0 || status === 409), `a lost line is all that was met: ${lost.map(({ status }) => status)}`);
});

test("AC-07 AC-23 leaving over such a line: gone once, and who asks again is told that it is over", async (t) => {
	const line = await badLine(t, new Chance("leaving"));
	await inParallel(8, 4, async () => {
		const ana = await customer({ instance: site });
		const reply = await insist(ana.through(line.url), "DELETE", "/me", { password: PASSWORD });
		assert.ok(reply.status === 204 || reply.body.code === "session_ended", reply.text);
		assert.equal(await site.value(`select count(*) from account.users where user_id = '${ana.user.id}' and erased_at is not null`), "1");
		assert.equal(await site.value(`select count(*) from account.erasure where user_id = '${ana.user.id}'`), "1");
	});
});

/* The same request fifty times under one key, while the line is cut after ever more of the request or of its answer. */
async function fiftyTimes(t, client, path, body) {
	const line = await Proxy.start(site.url, (number) => [{ requestBytes: 12 * number }, { answerBytes: 14 * number }, {}][number % 3]);
	t.after(() => line.stop());
	const headers = { "Idempotency-Key": randomUUID() };
	const replies = await inParallel(50, 10, () => client.through(line.url).post(path, body, headers).catch(() => null));
	const last = await insist(client, "POST", path, body, { headers });
	assert.ok(line.cutCount > 10, `${line.cutCount} were cut`);
	const answered = replies.filter((reply) => reply !== null && reply.body?.code !== "idempotency_in_progress");
	for (const reply of answered)
		assert.equal(reply.status, last.status, reply.text);
	return [...answered, last];
}

const ROUTES = {
	"a new address": { path: "/me/addresses", body: addressInAmsterdam(), count: (id) => `select count(*) from account.address where user_id = '${id}'` },
	"an order": { path: "/orders", body: () => basketOf(kitchen), count: (id) => `select count(*) from ordering.orders where user_id = '${id}'` },
	"a card's token": { path: "/me/payment-methods", body: { token: "pm_card_visa" }, count: (id) => `select count(*) from payment.method where user_id = '${id}'` },
};

for (const [name, { path, body, count }] of Object.entries(ROUTES))
	test(`AC-17 ${name}, fifty times under one key while its client dies in mid-flight: one effect, one answer`, async (t) => {
		const ana = await customer({ instance: site });
		const replies = await fiftyTimes(t, ana, path, typeof body === "function" ? body() : body);
		assert.equal(new Set(replies.map(({ text }) => text)).size, 1);
		ok(replies[0], 201);
		assert.equal(await site.value(count(ana.user.id)), "1");
	});

test("AC-17 a registration, fifty times under one key while its client dies in mid-flight: one account, one session, and each answer opens it", async (t) => {
	const email = freshEmail();
	const replies = await fiftyTimes(t, new Client({ instance: site }), "/auth/register", { email, password: PASSWORD, name: "Ana" });
	assert.equal(new Set(replies.map((reply) => ok(reply, 201).user.id)).size, 1);
	const id = replies[0].body.user.id;
	assert.equal(await site.value(`select count(*) from account.session where user_id = '${id}'`), "1");
	assert.equal(await site.value(`select count(*) from account.email where user_id = '${id}'`), "1");
	for (const { body } of replies.slice(-3))
		assert.equal(ok(await new Client({ instance: site, token: body.access_token }).get("/me")).id, id);
});

test("AC-07 AC-16 a line that is dead says so in the client's own time, and changes nothing", async (t) => {
	const ana = await customer({ instance: site });
	const line = await Proxy.start(site.url, () => ({ requestBytes: 0 }));
	t.after(() => line.stop());
	await assert.rejects(ana.through(line.url).patch("/me", { name: "Never" }));
	assert.deepEqual(ok(await ana.get("/me")), ana.user);
	await until(async () => await site.value("select count(*) from pg_stat_activity where state = 'idle in transaction'") === "0", { what: "no transaction to be left" });
});
