/* Paying while the gateway is slow, gone, or forgets; what is not ours found at night; and who pays cash feels nothing of it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test, { after, before } from "node:test";
import { ok, problem } from "../e2e/lib/assert.mjs";
import { addCard, cardholder, orderByCard, orderOf, paidOrder, payAgain } from "../e2e/lib/cards.mjs";
import { appointed, newKitchen } from "../e2e/lib/kitchens.mjs";
import { assertAsLogged } from "../e2e/lib/log.mjs";
import { cancel, move, place } from "../e2e/lib/orders.mjs";
import { TRANSPORTS } from "../e2e/lib/reader.mjs";
import { Sandbox } from "../e2e/lib/sandbox.mjs";
import { inParallel, until } from "../e2e/lib/wait.mjs";
import { Watcher } from "../e2e/lib/watcher.mjs";
import { crowd } from "./lib/rush.mjs";
import { Site } from "./lib/site.mjs";

const IS_LONG = process.env.FOODFAST_LONG === "1";

const site = await Site.create({ environment: { FOODFAST_RECONCILE_HOUR: "0" } });
let kitchen, sandbox;
before(async () => {
	await site.up();
	kitchen = await newKitchen({ instance: site });
	sandbox = new Sandbox(site);
});
after(() => site.forget());

const paid = (person, order, status, within = 30_000) => until(async () => {
	const now = await orderOf(person, order);
	return now.payment.status === status && now;
}, { within, what: `payment of ${order.id} ${status}` });

test("PY-03 PY-05 a gateway that takes longer than a request waits: awaiting_payment, and every stream tells the rest", async (t) => {
	const { ana, card } = await cardholder(site);
	await sandbox.fault({ method: "POST", path: "/v1/payment_intents", do: "delay", times: 1, delay_ms: 6000 });
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	assert.deepEqual([order.status, order.payment.status, order.payment.next_action], ["awaiting_payment", "pending", undefined]);
	const watchers = TRANSPORTS.map((transport) => new Watcher(t, ana, `order:${order.id}`, { transport }));
	const placed = await paid(ana, order, "authorized");
	assert.equal(placed.status, "placed");
	const head = Number(await site.value(`select head from log.channel where name = 'order:${order.id}'`));
	for (const watcher of watchers) {
		await watcher.caughtUp(`order:${order.id}`, head);
		await assertAsLogged(watcher.events, `order:${order.id}`, { instance: site });
		assert.deepEqual(watcher.events.map(({ type }) => type), ["payment.status", "payment.status", "order.placed"], watcher.transport);
	}
	assert.deepEqual((await sandbox.charges(order.id)).map(({ status }) => status), ["requires_capture"]);
});

test("PY-03 cancelled while the gateway is still at it: whatever comes of it is given back", async () => {
	const { ana, card } = await cardholder(site);
	await sandbox.fault({ method: "POST", path: "/v1/payment_intents", do: "delay", times: 1, delay_ms: 6000 });
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	assert.equal(order.status, "awaiting_payment");
	ok(await cancel(ana, order));
	await paid(ana, order, "voided");
	await until(async () => (await sandbox.charges(order.id)).every(({ status }) => status === "canceled"), { within: 15_000 });
});

test("PY-03 PY-05 the gateway is gone: cash orders go on, card orders wait and come to their end, each charged once", async () => {
	const people = await crowd(site, 6);
	const cards = await inParallel(people.length, 3, (turn) => addCard(people[turn]));
	const orders = [];
	await site.paused("sandbox", async () => {
		let waiting = 0;
		const byCard = inParallel(30, 30, async (turn) => {
			waiting++;
			const key = { "Idempotency-Key": randomUUID() };
			const reply = await orderByCard(people[turn % 6], kitchen, cards[turn % 6], { again: true }, key);
			waiting--;
			return ok(reply, 201);
		});
		await until(() => waiting === 30);
		for (let turn = 0; turn < 20; turn++)
			await place(people[turn % 6], kitchen, { again: true });
		assert.ok(waiting > 0, "cash was not held up by those who wait for the gateway");
		problem(await people[0].post("/me/payment-methods", { token: "pm_card_mastercard" }), 503, "gateway_unavailable");
		orders.push(...await byCard);
		if (IS_LONG)
			for (let turn = 0, until_ms = performance.now() + 60_000; performance.now() < until_ms; turn++)
				await place(people[turn % 6], kitchen, { again: true });	/* one alone would reach his limit */
	});
	assert.ok(orders.every(({ status, payment }) => status === "awaiting_payment" && payment.status === "pending"));
	for (const [turn, order] of orders.entries())
		assert.equal((await paid(people[turn % 6], order, "authorized", 120_000)).status, "placed");
	for (const order of orders)
		assert.deepEqual((await sandbox.charges(order.id)).map(({ status }) => status), ["requires_capture"]);
	await until(async () => ok(await people[0].get("/me/payment-methods")).items.some(({ brand }) => brand === "mastercard"), { within: 60_000, what: "the card that was added meanwhile" });
});

/* What can become of a call that makes something, and of the calls after it. */
const FAULTS = [{ do: "cut_after" }, { do: "cut_before" }, { do: "error", times: 2 }, { do: "rate_limit", times: 2 }, { do: "stored_error", effect: true }, { do: "stored_error", effect: false }];

for (const fault of FAULTS)
	test(`PY-05 an outcome that nobody knows (${JSON.stringify(fault)}) is resolved by asking: one charge, and no guess`, async () => {
		const { ana, card } = await cardholder(site);
		await sandbox.fault({ method: "POST", path: "/v1/payment_intents", times: 1, ...fault });
		const order = ok(await orderByCard(ana, kitchen, card, { again: true }), 201);
		await until(async () => {
			await site.psql(`update payment.step set run_at = now() where subject = 'order:${order.id}' and state = 'open' and lease is null`);
			return (await orderOf(ana, order)).status === "placed";
		}, { within: 30_000 });
		assert.deepEqual((await sandbox.charges(order.id)).map(({ status }) => status), ["requires_capture"]);
		await move(kitchen.owner, order, "confirmed");
		await paid(ana, order, "captured");
		await sandbox.calm();
	});

test("PY-05 a second attempt waits behind one that is undecided, and is not made when the first one holds", async () => {
	const { ana, card } = await cardholder(site);
	await sandbox.fault({ method: "POST", path: "/v1/payment_intents", do: "delay", times: 1, delay_ms: 7000 });
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	const reply = await payAgain(ana, order, card);
	assert.equal(ok(reply).id, order.id);
	const placed = await paid(ana, order, "authorized");
	assert.equal(placed.status, "placed");
	await until(async () => (await sandbox.charges(order.id)).filter(({ status }) => status === "requires_capture").length === 1);
	assert.equal((await sandbox.charges(order.id)).filter(({ status }) => status !== "canceled").length, 1);
});

/* The gateway by itself, as somebody with its key calls it. */
async function callGateway(path, form) {
	const key = await import("node:fs").then(({ readFileSync }) => readFileSync(`${site.runDir}/secrets/gateway-key`, "utf8").trim());
	const reply = await fetch(new URL(path, sandbox.origin), { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: new URLSearchParams(form) });
	assert.equal(reply.status, 200, await reply.clone().text());
	return reply.json();
}

test("PY-04 the reconciliation finds what the gateway has and we have not, releases it and tells the admins", async (t) => {
	const { ana, order } = await paidOrder(kitchen);
	assert.match(await site.tool("reconcile", "today"), / 0 differences/);
	const admin = await appointed("admin", { instance: site });
	const watcher = new Watcher(t, admin, "ops", { after: undefined });
	await until(() => watcher.connects > 0);
	await sandbox.webhooks({ mode: "lose" });
	const stray = await callGateway("/v1/payment_intents", {
		amount: 1234, currency: "eur", confirm: true, capture_method: "manual", payment_method: "pm_card_visa", "payment_method_types[]": "card",
		return_url: "http://127.0.0.1/", "metadata[order_id]": order.id, "metadata[attempt]": 7,
	});
	assert.equal(stray.status, "requires_capture");
	const told = await site.tool("reconcile", "today");
	assert.match(told, / 1 differences/);
	assert.ok(told.includes(`stray_intent ${order.id} ${stray.id}`), told);
	await until(() => watcher.events.some(({ type, data }) => type === "ops.escalation" && data.kind === "reconciliation" && data.order_id === order.id));
	await until(async () => (await sandbox.charges(order.id)).find(({ id }) => id === stray.id).status === "canceled");
	assert.equal((await orderOf(ana, order)).payment.status, "authorized", "the order's own is as it was");
	await sandbox.webhooks({ mode: "on" });
	assert.match(await site.tool("reconcile", "today"), / 0 differences/);
	problem(await ana.post(`/orders/${order.id}/refunds`, { reason: "no" }), 403);
});

test("RL-12 the reconciliation of a night begins by itself, once", async () => {
	await until(async () => await site.value("select count(*) from payment.reconciliation where day < current_date") === "1");
});
