/*
 * The saga of an order and its money, played by people who never give up, and the audit that follows: what the gateway
 * has charged, what our books say, what the order says and what everybody was told must be one and the same.
 * To add a scenario: a row of SCENARIOS.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { addCard, byCard } from "../../e2e/lib/cards.mjs";
import { appointed, newKitchen } from "../../e2e/lib/kitchens.mjs";
import { LIFE, basketOf } from "../../e2e/lib/orders.mjs";
import { customer, logIn } from "../../e2e/lib/people.mjs";
import { Sandbox } from "../../e2e/lib/sandbox.mjs";
import { Transaction } from "../../e2e/lib/transaction.mjs";
import { until } from "../../e2e/lib/wait.mjs";

const PATIENCE_MS = 30_000;
const LOOK_MS = 100;

/* What a client may meet while a program is away. 500 is lighttpd's word for one that was killed in mid-request. */
const NO_ANSWER = [0, 500, 502, 503, 504];

/* Sends until there is an answer, always under the same key; without one (KEY null) too, as somebody who taps again. */
export async function insist(person, path, body, { key = randomUUID(), method = "POST" } = {}) {
	const headers = key === null ? {} : { "Idempotency-Key": key };
	return until(async () => {
		const reply = await person.send(method, path, body, headers).catch((error) => ({ status: 0, text: error.message }));
		const isAnswer = !NO_ANSWER.includes(reply.status) && reply.body?.code !== "idempotency_in_progress";
		return isAnswer ? reply : pause(LOOK_MS / 2).then(() => false);
	}, { within: PATIENCE_MS, what: `an answer to ${method} ${path}` });
}

/* GETs until there is an answer. */
const look = async (person, path) => (await insist(person, path, undefined, { key: null, method: "GET" })).body;

/* The points at which programs can be made to die (lib/fault.h). */
export class Points {
	constructor(site) {
		this.file = `${site.runDir}/die-at`;
	}

	/* PROGRAM dies at its COUNTth point from now on. */
	arm(count, program = "") {
		writeFileSync(`${this.file}.new`, `${count} ${program}\n`);
		renameSync(`${this.file}.new`, this.file);
	}

	/* How many are left to be passed; 0: it has died. */
	left() {
		try {
			return Number.parseInt(readFileSync(this.file, "utf8"), 10);
		} catch {
			return 0;
		}
	}

	disarm() {
		rmSync(this.file, { force: true });
	}
}

/* A site, its gateway, and people with cards who play the scenarios, again and again. */
export class Saga {
	static async prepare(site) {
		const saga = Object.assign(new Saga(), { site, sandbox: new Sandbox(site), points: new Points(site), sql: new Transaction(site) });
		saga.kitchen = await newKitchen({ instance: site });
		saga.agent = await appointed("agent", { instance: site });
		saga.ana = await customer({ instance: site });
		saga.phone = await logIn({ instance: site, email: saga.ana.email });
		saga.cards = {};
		for (const [name, token] of [["pays", "pm_card_visa"], ["declines", "pm_card_chargeDeclined"], ["asks", "pm_card_authenticationRequired"], ["holds only", "pm_card_captureFail"]])
			saga.cards[name] = await addCard(saga.ana, token);
		return saga;
	}

	/* Runs one statement after the other, in a session that stays open. */
	run(sql) {
		const rows = (this.last ?? Promise.resolve()).then(() => this.sql.run(sql));
		this.last = rows.catch(() => {});
		return rows;
	}

	/* The first column of the first row. */
	async value(sql) {
		return (await this.run(sql))[0];
	}

	end() {
		this.points.disarm();
		this.sql.close();
	}

	/* Lets the time pass until whatever is planned for later is due. */
	hurry(id) {
		return this.run(`update payment.step set run_at = now() where subject = 'order:${id}' and state = 'open' and run_at > now() and tries < 6`);
	}

	/* The order as its customer sees it, once CONDITION holds. */
	orderWhen(id, condition, what) {
		return until(async () => {
			const order = await look(this.ana, `/orders/${id}`);
			if (condition(order))
				return order;
			await this.hurry(id);
			return pause(LOOK_MS).then(() => false);
		}, { within: PATIENCE_MS, what: `order ${id}: ${what}` });
	}

	/* Both of a customer's devices order the same, only one of them under a key: that is one order. Resolves with it, decided. */
	async order(card) {
		const note = `turn ${randomUUID()}`;
		const body = basketOf(this.kitchen, { ...byCard(this.cards[card] ?? card), items: [{ menu_item_id: this.kitchen.items[2].id, quantity: 1, note }] });
		const replies = await Promise.all([insist(this.ana, "/orders", body), insist(this.phone, "/orders", body, { key: null })]);
		for (const { status, text } of replies)
			assert.ok([201, 402, 409].includes(status), `${status} ${text}`);
		const ids = new Set(replies.map((reply) => reply.body.order_id ?? reply.body.id));
		assert.equal(ids.size, 1, `two devices, one order: ${replies.map(({ text }) => text).join("\n")}`);
		assert.equal(await this.value(`select count(*) from ordering.order_item where note = '${note}'`), "1");
		return this.decided([...ids][0]);
	}

	/* What the gateway has said of the last attempt is known. */
	decided(id) {
		return this.orderWhen(id, ({ payment }) => payment.status !== "pending", "decided");
	}

	async pay(order, card) {
		const reply = await insist(this.ana, `/orders/${order.id}/payment`, { payment_method_id: this.cards[card].id });
		assert.ok([200, 402].includes(reply.status), reply.text);
		return this.decided(order.id);
	}

	async move(person, order, to) {
		const reply = await insist(person, `/orders/${order.id}/transitions`, { to, reason: "so it goes" });
		assert.equal(reply.status, 200, reply.text);
		return reply.body;
	}

	/* Staff move the order along, from the status after FROM up to TO. */
	async drive(order, to = "delivered", from = "placed") {
		for (const next of LIFE.slice(LIFE.indexOf(from) + 1, LIFE.indexOf(to) + 1))
			await this.move(this.kitchen.owner, order, next);
	}

	cancel(order) {
		return this.move(this.ana, order, "cancelled");
	}

	captured(order) {
		return this.orderWhen(order.id, ({ payment }) => payment.status === "captured", "captured");
	}

	async refund(order, amount) {
		const reply = await insist(this.agent, `/orders/${order.id}/refunds`, { amount, reason: "cold" });
		assert.equal(reply.status, 201, reply.text);
	}

	/* The customer answers his bank. */
	async answerBank(order, approve) {
		await this.sandbox.challenge(order.payment.next_action, approve);
	}

	/* Fifteen minutes pass. */
	async expire(order) {
		await this.run(`update payment.payment set deadline_at = now() where order_id = '${order.id}'`);
		await this.orderWhen(order.id, ({ status }) => status === "cancelled", "cancelled");
	}
}

/* Each plays one order to its end, and says what that is: its status, and how much of the money stays. */
export const SCENARIOS = {
	"delivered": async (saga) => {
		const order = await saga.order("pays");
		await saga.drive(order);
		return { order, status: "delivered", kept: order.total };
	},
	"delivered, and refunded in part": async (saga) => {
		const order = await saga.order("pays");
		await saga.drive(order);
		await saga.captured(order);
		await saga.refund(order, 100);
		await saga.refund(order, 11);
		return { order, status: "delivered", kept: order.total - 111 };
	},
	"declined, then another card": async (saga) => {
		const order = await saga.order("declines");
		assert.deepEqual([order.status, order.payment.status], ["awaiting_payment", "failed"]);
		const placed = await saga.pay(order, "pays");
		assert.equal(placed.status, "placed");
		await saga.drive(order);
		return { order, status: "delivered", kept: order.total };
	},
	"cancelled at once": async (saga) => {
		const order = await saga.order("pays");
		await saga.cancel(order);
		return { order, status: "cancelled", kept: 0 };
	},
	"cancelled after it was confirmed": async (saga) => {
		const order = await saga.order("pays");
		await saga.drive(order, "confirmed");
		await saga.cancel(order);
		return { order, status: "cancelled", kept: 0 };
	},
	"cancelled after it was captured": async (saga) => {
		const order = await saga.order("pays");
		await saga.drive(order, "confirmed");
		await saga.captured(order);
		await saga.cancel(order);
		return { order, status: "cancelled", kept: 0 };
	},
	"the bank asks, yes": async (saga) => {
		const order = await saga.order("asks");
		assert.equal(order.payment.status, "requires_action");
		await saga.answerBank(order, true);
		await saga.orderWhen(order.id, ({ status }) => status === "placed", "placed");
		await saga.drive(order);
		return { order, status: "delivered", kept: order.total };
	},
	"the bank asks, no, then another card": async (saga) => {
		const order = await saga.order("asks");
		await saga.answerBank(order, false);
		await saga.orderWhen(order.id, ({ payment }) => payment.status === "failed", "failed");
		await saga.pay(order, "pays");
		await saga.drive(order);
		return { order, status: "delivered", kept: order.total };
	},
	"the bank asks in vain": async (saga) => {
		const order = await saga.order("asks");
		await saga.expire(order);
		return { order, status: "cancelled", kept: 0 };
	},
	"the bank's yes comes with the cancelling": async (saga) => {
		const order = await saga.order("asks");
		await Promise.all([saga.cancel(order), saga.answerBank(order, true).catch(() => {})]);
		return { order, status: "cancelled", kept: 0 };
	},
	"the bank's yes comes with the end of the time": async (saga) => {
		const order = await saga.order("asks");
		const late = saga.run(`update payment.payment set deadline_at = now() where order_id = '${order.id}'`);
		await Promise.all([late, saga.answerBank(order, true).catch(() => {})]);
		const { status } = await saga.orderWhen(order.id, (now) => now.status !== "awaiting_payment", "over");
		if (status === "placed")
			await saga.drive(order);
		return { order, status: status === "placed" ? "delivered" : "cancelled", kept: status === "placed" ? order.total : 0 };
	},
	"declined, then both devices pay at once": async (saga) => {
		const order = await saga.order("declines");
		const body = { payment_method_id: saga.cards.pays.id };
		const replies = await Promise.all([saga.ana, saga.phone].map((device) => insist(device, `/orders/${order.id}/payment`, body)));
		assert.ok(replies.every(({ status }) => [200, 409].includes(status)), replies.map(({ text }) => text).join("\n"));
		await saga.orderWhen(order.id, ({ status }) => status === "placed", "placed");
		await saga.drive(order);
		return { order, status: "delivered", kept: order.total };
	},
	"a refund comes with the cancelling": async (saga) => {
		const order = await saga.order("pays");
		await saga.drive(order, "confirmed");
		await saga.captured(order);
		const [reply] = await Promise.all([insist(saga.agent, `/orders/${order.id}/refunds`, { amount: 100, reason: "cold" }), saga.cancel(order)]);
		assert.ok([201, 409].includes(reply.status), reply.text);
		return { order, status: "cancelled", kept: 0 };
	},
	"the money is held and cannot be taken": async (saga) => {
		const order = await saga.order("holds only");
		await saga.move(saga.kitchen.owner, order, "confirmed");
		await saga.orderWhen(order.id, ({ status }) => status === "cancelled", "cancelled");
		return { order, status: "cancelled", kept: 0 };
	},
	"the gateway's answers are lost": async (saga) => {
		await saga.sandbox.fault({ method: "POST", path: "/v1/payment_intents", do: "cut_after", times: 1 });
		const order = await saga.order("pays");
		await saga.drive(order, "confirmed");
		await saga.sandbox.fault({ method: "POST", path: "/v1/payment_intents", do: "cut_after", times: 1 });
		await saga.captured(order);
		await saga.sandbox.calm();
		await saga.drive(order, "delivered", "confirmed");
		return { order, status: "delivered", kept: order.total };
	},
	"a new card pays, and is removed": async (saga) => {
		const reply = await insist(saga.ana, "/me/payment-methods", { token: "pm_card_mastercard" });
		assert.equal(reply.status, 201, reply.text);
		const order = await saga.order(reply.body);
		const removed = await insist(saga.ana, `/me/payment-methods/${reply.body.id}`, undefined, { key: null, method: "DELETE" });
		assert.ok([204, 404].includes(removed.status), removed.text); // 404: it was, and the answer was lost
		await saga.drive(order);
		return { order, status: "delivered", kept: order.total };
	},
	"declined, then given up": async (saga) => {
		const order = await saga.order("declines");
		await saga.cancel(order);
		return { order, status: "cancelled", kept: 0 };
	},
};

const sumOf = (rows, member) => rows.reduce((sum, row) => sum + row[member], 0);

/* All that is open of order ID has come to its end. */
async function settle(saga, id) {
	await until(async () => {
		const open = await saga.value(`select count(*) from payment.step where subject = 'order:${id}' and state = 'open'`);
		if (open === "0")
			return true;
		await saga.hurry(id);
		return pause(LOOK_MS).then(() => false);
	}, { within: PATIENCE_MS, what: `the steps of ${id}` });
}

/* After the dust has settled: the gateway, the books, the order and the kitchen agree, and with what had to come out. */
export async function audit(saga, { order: { id, total }, status, kept }) {
	await settle(saga, id);
	const order = await look(saga.ana, `/orders/${id}`);
	const { items, captured, refunded } = await look(saga.agent, `/orders/${id}/payments`);
	const charges = await saga.sandbox.charges(id);
	const [balance, transactions, placed, placedAt] = (await saga.value(`select concat_ws(',',
		coalesce((select sum(e.amount) from payment.ledger_entry e join payment.ledger_transaction using (transaction_id) where order_id = '${id}' and account = 'gateway'), 0),
		(select count(*) from payment.ledger_transaction where order_id = '${id}'),
		(select count(*) from log.event where channel = 'restaurant:${saga.kitchen.id}' and type = 'order.placed' and data ->> 'order_id' = '${id}'),
		(select count(placed_at) from ordering.orders where order_id = '${id}'))`)).split(",").map(Number);
	const shown = JSON.stringify({ order, items, charges }, null, 1);
	assert.equal(order.status, status, shown);
	assert.equal(sumOf(charges, "captured") - sumOf(charges, "refunded"), kept, `at the gateway: ${shown}`);
	assert.ok(charges.filter((charge) => charge.captured > 0).length <= 1, `charged twice: ${shown}`);
	assert.ok(charges.every((charge) => !["requires_capture", "requires_action"].includes(charge.status)), `held for nothing: ${shown}`);
	assert.equal(captured - refunded, kept, `as the order's payments: ${shown}`);
	assert.equal(captured, sumOf(charges, "captured"), shown);
	assert.equal(Math.abs(balance), kept, `in the books: ${shown}`);
	assert.equal(transactions, (captured > 0 ? 1 : 0) + items.filter(({ kind, status: state }) => kind === "refund" && state === "succeeded").length, `booked once: ${shown}`);
	assert.deepEqual([placed, placed], [placedAt, Math.min(placedAt, 1)], `told the kitchen once, and only what is paid: ${shown}`);
	const wanted = kept === total ? "captured" : kept > 0 ? "partially_refunded" : captured > 0 ? "refunded" : "voided";
	assert.equal(order.payment.status, wanted, shown);
}

/* What can happen to webhooks, one after the other. */
export const WEBHOOKS = [
	{ mode: "on" },
	{ mode: "lose" },
	{ mode: "on", copies: 3, shuffle: true, delay_ms: 200 },
	{ mode: "hold" },
];
