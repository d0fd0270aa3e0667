/* Cards, card orders, refunds, invoices and webhooks over REST, by the gateway's test tokens. What breaks is in tests/fault. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { isId, isTime, ok, pointsAt, problem } from "./lib/assert.mjs";
import { addCard, byCard, cardholder, orderByCard, orderOf, paidOrder, payAgain, paymentsOf, refundReply } from "./lib/cards.mjs";
import { Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { appointed, newId, newKitchen } from "./lib/kitchens.mjs";
import { logged } from "./lib/log.mjs";
import { basketOf, cancel, drive, move, placeReply } from "./lib/orders.mjs";
import { customer, logIn } from "./lib/people.mjs";
import { TRANSPORTS } from "./lib/reader.mjs";
import { Sandbox } from "./lib/sandbox.mjs";
import { refusedStream, stream } from "./lib/stream.mjs";
import { inParallel, until } from "./lib/wait.mjs";
import { Watcher } from "./lib/watcher.mjs";
import { sendWebhook, signatureOf } from "./lib/webhooks.mjs";

const CARD_NUMBER = "4242 4242 4242 4242";

const sandbox = new Sandbox();
const kitchen = await newKitchen();
const agent = await appointed("agent");

/* The order of PERSON once its payment is STATUS. */
const paid = (person, order, status) => until(async () => {
	const now = await orderOf(person, order);
	return now.payment.status === status && now;
}, { what: `payment of ${order.id} ${status}` });

/* What the gateway keeps of an order: [captured, refunded], and how many authorisations it still holds. */
async function chargedFor(order) {
	const charges = await sandbox.charges(order.id);
	const sum = (member) => charges.reduce((total, charge) => total + charge[member], 0);
	return { captured: sum("captured"), refunded: sum("refunded"), held: charges.filter(({ status }) => status === "requires_capture").length, attempts: charges.length };
}

/* The balance of our own books for an order: what is at the gateway. */
const booked = async (order) => Number(await here.value(`select coalesce(sum(amount), 0) from payment.ledger_entry join payment.ledger_transaction using (transaction_id)
	where order_id = '${order.id}' and account = 'gateway'`));

test("PY-01 PY-07 a card by its token: kept without its number, listed, made the default, removed", async () => {
	const ana = await customer();
	const visa = await addCard(ana);
	isId(visa.id);
	assert.deepEqual([visa.brand, visa.last4, visa.default], ["visa", "4242", true]);
	assert.ok(visa.exp_month >= 1 && visa.exp_month <= 12 && visa.exp_year > 2025);
	const master = await addCard(ana, "pm_card_mastercard");
	assert.deepEqual([master.brand, master.default], ["mastercard", false]);
	assert.deepEqual(ok(await ana.patch(`/me/payment-methods/${master.id}`, { default: true })), { ...master, default: true });
	assert.deepEqual(ok(await ana.get("/me/payment-methods")).items.map(({ id, default: isDefault }) => [id, isDefault]).sort(), [[visa.id, false], [master.id, true]].sort());
	assert.equal((await ana.delete(`/me/payment-methods/${master.id}`)).status, 204);
	assert.deepEqual(ok(await ana.get("/me/payment-methods")).items.map(({ id }) => id), [visa.id]);
	problem(await ana.delete(`/me/payment-methods/${master.id}`), 404);
	const eve = await customer();
	problem(await eve.patch(`/me/payment-methods/${visa.id}`, { default: true }), 404);
	problem(await eve.delete(`/me/payment-methods/${visa.id}`), 404);
	problem(await orderByCard(eve, kitchen, visa), 422);
});

test("AC-05 AC-21 If-Match guards a change of a card against one in between", async () => {
	const ana = await customer();
	await addCard(ana);
	const made = await ana.post("/me/payment-methods", { token: "pm_card_mastercard" });
	const path = `/me/payment-methods/${ok(made, 201).id}`;
	const changed = await ana.patch(path, { default: true }, { "If-Match": made.headers.etag });
	ok(changed);
	problem(await ana.patch(path, { default: true }, { "If-Match": made.headers.etag }), 412, "precondition_failed");
	const again = await ana.patch(path, { default: true }, { "If-Match": changed.headers.etag });
	assert.equal(ok(again).default, true);
	assert.equal(again.headers.etag, changed.headers.etag, "nothing changed");
});

test("PY-04 AC-21 what was paid is not sent again to who has it", async () => {
	const { ana, order } = await paidOrder(kitchen);
	await paid(ana, order, "authorized");
	const { etag } = (await ana.get(`/orders/${order.id}/payments`)).headers;
	ok(await ana.get(`/orders/${order.id}/payments`, { "If-None-Match": etag }), 304);
	ok(await ana.get(`/orders/${order.id}/payments`, { "If-None-Match": '"other"' }));
});

test("PY-05 RL-12 a card number is refused wherever it may be sent, and kept nowhere", async () => {
	const { ana, card, order } = await paidOrder(kitchen);
	const attempts = [
		["/token", () => ana.post("/me/payment-methods", { token: CARD_NUMBER })],
		["/token", () => ana.post("/me/payment-methods", { token: CARD_NUMBER.replaceAll(" ", "") })],
		["/token", () => ana.post("/me/payment-methods", { token: `pm_${CARD_NUMBER.replaceAll(" ", "_")}` })],
		["/token", () => ana.post("/me/payment-methods", `{"token":"pm_\\u0034${CARD_NUMBER.replaceAll(" ", "").slice(1)}"}`, { "Content-Type": "application/json" })],
		["/number", () => ana.post("/me/payment-methods", { number: CARD_NUMBER, exp_month: 1, exp_year: 2030, cvc: "123" })],
		["/card/number", () => ana.post("/me/payment-methods", { card: { number: 4242424242424242 } })],
		["/cvc", () => ana.post("/me/payment-methods", { token: "pm_card_visa", cvc: "123" })],
		["/payment/payment_method_id", () => placeReply(ana, kitchen, { payment: { method: "card", payment_method_id: CARD_NUMBER } })],
		["/payment/cvc", () => placeReply(ana, kitchen, { payment: { method: "card", payment_method_id: card.id, cvc: "123" } })],
		["/payment_method_id", () => ana.post(`/orders/${order.id}/payment`, { payment_method_id: CARD_NUMBER })],
		["/reason", () => agent.post(`/orders/${order.id}/refunds`, { amount: 1, reason: `back to ${CARD_NUMBER}` })],
	];
	for (const [pointer, attempt] of attempts)
		pointsAt(problem(await attempt(), 422, "raw_card_data"), pointer);
	for (const table of ["payment.method", "payment.step", "payment.refund", "ordering.orders", "api.idempotent_answer"])
		assert.equal(await here.value(`select count(*) from ${table} as t where t::text ~ '4242[ _]?4242[ _]?4242'`), "0", table);
});

test("PY-01 PY-03 a card order: authorised, captured when confirmed, settled when delivered; gateway, books and order agree", async (t) => {
	const { ana, card } = await cardholder();
	const order = ok(await orderByCard(ana, kitchen, card, { tip: 150 }), 201);
	assert.deepEqual([order.status, order.payment.status, order.payment.method], ["placed", "authorized", "card"]);
	isTime(order.placed_at);
	const watcher = new Watcher(t, ana, `order:${order.id}`);
	assert.deepEqual(await chargedFor(order), { captured: 0, refunded: 0, held: 1, attempts: 1 });
	await move(kitchen.owner, order, "confirmed");
	const captured = await paid(ana, order, "captured");
	assert.deepEqual(await chargedFor(order), { captured: order.total, refunded: 0, held: 0, attempts: 1 });
	assert.equal(Math.abs(await booked(order)), order.total);
	await drive(kitchen.owner, captured);
	const { items, ...sums } = await paymentsOf(ana, order);
	assert.deepEqual(sums, { next: null, captured: order.total, refunded: 0, currency: "EUR" });
	items.forEach(({ id }) => isId(id));
	assert.deepEqual(items.map(({ kind, amount, status, method }) => [kind, amount, status, method]), [["payment", order.total, "captured", { brand: "visa", last4: "4242" }]]);
	await watcher.running;
	const told = watcher.events.map(({ type, data }) => [type, data.status]);
	const at = (type, status) => told.findIndex((event) => event[0] === type && event[1] === status);
	assert.ok(at("payment.status", "authorized") >= 0 && at("order.placed", "placed") >= 0, JSON.stringify(told));
	assert.ok(at("order.placed", "placed") < at("order.status", "confirmed") && at("order.status", "confirmed") < at("payment.status", "captured"), JSON.stringify(told));
});

/* token → how its sentence should speak */
const DECLINES = {
	pm_card_chargeDeclined: /declined|refused/i,
	pm_card_visa_chargeDeclinedInsufficientFunds: /funds|money|balance/i,
	pm_card_chargeDeclinedExpiredCard: /expired/i,
	pm_card_chargeDeclinedIncorrectCvc: /code/i,
	pm_card_chargeDeclinedProcessingError: /again/i,
	pm_card_visa_chargeDeclinedLostCard: /declined|refused/i,
	pm_card_visa_chargeDeclinedStolenCard: /declined|refused/i,
	pm_card_chargeCustomerFail: /declined|refused/i,
};

for (const [token, sentence] of Object.entries(DECLINES))
	test(`PY-05 ${token}: 402 with words for a person, nothing for the kitchen, and another card pays`, async () => {
		const { ana, card } = await cardholder(here, token);
		const declined = problem(await orderByCard(ana, kitchen, card), 402, "payment_declined");
		isId(declined.order_id);
		assert.match(declined.detail, sentence);
		assert.match(declined.reason, /^[a-z_]+$/);
		if (/lost|stolen/i.test(token))
			assert.doesNotMatch(declined.detail + declined.reason, /lost|stolen/i, "not for the one who may hold it");
		const order = await orderOf(ana, { id: declined.order_id });
		assert.deepEqual([order.status, order.placed_at], ["awaiting_payment", null]);
		problem(await kitchen.owner.get(`/orders/${order.id}`), 404);
		assert.deepEqual(await logged(`restaurant:${kitchen.id}`).then((events) => events.filter((text) => text.includes(order.id))), []);
		problem(await payAgain(ana, order, card), 402, "payment_declined");
		const again = ok(await payAgain(ana, order, await addCard(ana)));
		assert.deepEqual([again.id, again.status, again.payment.status], [order.id, "placed", "authorized"]);
		assert.deepEqual(await chargedFor(order).then(({ held, captured }) => [held, captured]), [1, 0]);
		problem(await payAgain(ana, order, await addCard(ana)), 409);
	});

test("PY-03 PY-05 the bank asks: the order waits, approved it is placed, refused it can be paid by another card", async (t) => {
	for (const isApproved of [true, false]) {
		const { ana, card } = await cardholder(here, "pm_card_authenticationRequired");
		const order = ok(await orderByCard(ana, kitchen, card), 201);
		assert.deepEqual([order.status, order.payment.status], ["awaiting_payment", "requires_action"]);
		const watcher = new Watcher(t, ana, `order:${order.id}`);
		const page = new URL(order.payment.next_action.redirect_to_url.url);
		const challenge = await new Client({ origin: page }).fetch(page.pathname, { headers: { Accept: "text/html" } });
		assert.match(challenge.text, /Approve/);
		await sandbox.challenge(order.payment.next_action, isApproved);
		if (isApproved) {
			await paid(ana, order, "authorized");
			await until(() => watcher.of(`order:${order.id}`).some(({ type }) => type === "order.placed"));
			assert.equal((await orderOf(ana, order)).status, "placed");
		} else {
			await paid(ana, order, "failed");
			assert.equal((await orderOf(ana, order)).status, "awaiting_payment");
			assert.equal(ok(await payAgain(ana, order, await addCard(ana))).status, "placed");
		}
		assert.equal((await chargedFor(order)).held, 1);
	}
});

test("PY-03 PY-05 an order whose card was declined and that ends so is voided, and told to be over", async (t) => {
	for (const end of [(ana, order) => cancel(ana, order), (ana, order) => cancel(agent, order, "no card"),
		(ana, order) => here.psql(`update payment.payment set deadline_at = now() where order_id = '${order.id}'`)]) {
		const { ana, card } = await cardholder(here, "pm_card_chargeDeclined");
		const { order_id: id } = problem(await orderByCard(ana, kitchen, card), 402, "payment_declined");
		const watcher = new Watcher(t, ana, `order:${id}`);
		await end(ana, { id });
		assert.equal((await paid(ana, { id }, "voided")).status, "cancelled");
		await watcher.running;
		assert.deepEqual(watcher.events.map(({ type, data }) => [type, data.status]).slice(-3),
			[["payment.status", "failed"], ["order.status", "cancelled"], ["payment.status", "voided"]]);
		await until(async () => (await sandbox.charges(id)).every(({ status }) => status === "canceled"), { what: "the gateway to be told" });
		assert.deepEqual((await paymentsOf(ana, { id })).items.map(({ status, reason }) => [status, reason]), [["failed", "generic_decline"]], "why is not forgotten");
	}
});

test("PY-03 cancelled before it is confirmed: voided, and the authorisation is given back", async () => {
	const { ana, order } = await paidOrder(kitchen);
	ok(await cancel(ana, order));
	await paid(ana, order, "voided");
	assert.deepEqual(await chargedFor(order), { captured: 0, refunded: 0, held: 0, attempts: 1 });
	assert.equal(await booked(order), 0);
});

test("PY-02 PY-03 cancelled after it was captured: all is paid back", async () => {
	const { ana, order } = await paidOrder(kitchen);
	await move(kitchen.owner, order, "confirmed");
	await paid(ana, order, "captured");
	ok(await cancel(ana, order));
	await paid(ana, order, "refunded");
	assert.deepEqual(await chargedFor(order), { captured: order.total, refunded: order.total, held: 0, attempts: 1 });
	assert.equal(await booked(order), 0);
	assert.deepEqual((await paymentsOf(ana, order)).items.map(({ kind, amount }) => [kind, amount]), [["payment", order.total], ["refund", order.total]]);
});

test("PY-02 CH-14 refunds by agents and admins: in parts, never above what was captured, and nobody else's to give", async () => {
	const { ana, order } = await paidOrder(kitchen);
	problem(await refundReply(agent, order, 100), 409, "not_refundable");
	await drive(kitchen.owner, order);
	await paid(ana, order, "captured");
	for (const person of [ana, kitchen.owner])
		problem(await refundReply(person, order, 100), 403);
	const key = { "Idempotency-Key": randomUUID() };
	const refund = ok(await refundReply(agent, order, 200, "soup spilt", key), 201);
	assert.deepEqual([refund.order_id, refund.amount, refund.currency, refund.reason, refund.status], [order.id, 200, "EUR", "soup spilt", "succeeded"]);
	const again = await refundReply(agent, order, 200, "soup spilt", key);
	assert.deepEqual([ok(again, 201).id, again.headers["idempotent-replayed"]], [refund.id, "true"]);
	assert.equal((await orderOf(ana, order)).payment.status, "partially_refunded");
	problem(await refundReply(agent, order, order.total - 199), 422, "refund_too_large");
	problem(await refundReply(agent, order, 0), 422, "invalid_fields");
	const rest = ok(await agent.post(`/orders/${order.id}/refunds`, { reason: "all of it" }), 201);
	assert.equal(rest.amount, order.total - 200);
	assert.equal((await paid(ana, order, "refunded")).status, "delivered");
	problem(await refundReply(agent, order, 1), 409, "not_refundable");
	assert.deepEqual(await chargedFor(order).then(({ captured, refunded }) => [captured, refunded]), [order.total, order.total]);
	assert.equal(await booked(order), 0);
	const { items, refunded } = await paymentsOf(agent, order);
	assert.equal(refunded, order.total);
	assert.deepEqual(items.filter(({ kind }) => kind === "refund").map(({ reason }) => reason), ["soup spilt", "all of it"]);
});

test("PY-02 ten agents refund at once: together no more than was captured", async () => {
	const { ana, order } = await paidOrder(kitchen);
	await move(kitchen.owner, order, "confirmed");
	await paid(ana, order, "captured");
	const part = Math.floor(order.total * 0.3);
	const replies = await inParallel(10, 10, () => refundReply(agent, order, part));
	assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 201, 201, ...Array(7).fill(422)]);
	await until(async () => (await chargedFor(order)).refunded === 3 * part);
	assert.equal(Math.abs(await booked(order)), order.total - 3 * part);
	assert.equal((await paymentsOf(agent, order)).refunded, 3 * part);
});

test("PY-02 PY-05 a refund that the bank sends back is told as failed, and the money stays counted", async () => {
	const { ana, card } = await cardholder(here, "pm_card_refundFail");
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	await move(kitchen.owner, order, "confirmed");
	await paid(ana, order, "captured");
	assert.equal(ok(await refundReply(agent, order, 100), 201).status, "succeeded");
	await sandbox.settleRefunds();
	await until(async () => (await paymentsOf(agent, order)).items.some(({ kind, status }) => kind === "refund" && status === "failed"));
	assert.equal((await paid(ana, order, "captured")).payment.status, "captured");
	assert.equal(Math.abs(await booked(order)), order.total);
	assert.equal((await paymentsOf(agent, order)).refunded, 0);
});

test("PY-02 PY-05 a refund that takes days is told as pending, and its end when it comes", async () => {
	for (const [token, status] of [["pm_card_pendingRefund", "succeeded"], ["pm_card_pendingRefundFail", "failed"]]) {
		const { ana, card } = await cardholder(here, token);
		const order = ok(await orderByCard(ana, kitchen, card), 201);
		await move(kitchen.owner, order, "confirmed");
		await paid(ana, order, "captured");
		assert.equal(ok(await refundReply(agent, order, order.total), 201).status, "pending");
		problem(await refundReply(agent, order, 1), 409, "not_refundable");
		await sandbox.settleRefunds();
		await until(async () => (await paymentsOf(agent, order)).items.some((item) => item.kind === "refund" && item.status === status));
		await paid(ana, order, status === "succeeded" ? "refunded" : "captured");
		assert.equal(Math.abs(await booked(order)), status === "succeeded" ? 0 : order.total);
	}
});

test("PY-03 PY-05 a capture that finally fails cancels the order before it is cooked", async () => {
	const { ana, card } = await cardholder(here, "pm_card_captureFail");
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	await move(kitchen.owner, order, "confirmed");
	await until(async () => {
		const { status, payment } = await orderOf(ana, order);
		return status === "cancelled" && ["failed", "voided"].includes(payment.status);
	}, { within: 15_000 });
	assert.deepEqual(await chargedFor(order).then(({ captured, held }) => [captured, held]), [0, 0]);
	const { data } = JSON.parse((await logged(`restaurant:${kitchen.id}`)).find((text) => text.includes(order.id) && text.includes('"cancelled"')));
	assert.equal(data.by.role, "system");
	assert.match(data.reason, /\w/);
});

test("PY-03 not paid in time: cancelled by the system, and a bank's late yes is given back", async () => {
	const { ana, card } = await cardholder(here, "pm_card_authenticationRequired");
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	await here.psql(`update payment.payment set deadline_at = now() where order_id = '${order.id}'`);
	const cancelled = await until(async () => {
		const now = await orderOf(ana, order);
		return now.status === "cancelled" && now;
	});
	await paid(ana, order, "voided");
	assert.deepEqual(cancelled.allowed_transitions, []);
	await sandbox.challenge(order.payment.next_action, true).catch(() => {});
	problem(await payAgain(ana, order, card), 409);
	await until(async () => (await chargedFor(order)).held === 0);
	assert.deepEqual(await logged(`restaurant:${kitchen.id}`).then((events) => events.filter((text) => text.includes(order.id))), []);
});

test("PY-03 a key makes one order and one charge, however often and from however many devices it is sent", async () => {
	const { ana, card } = await cardholder();
	const phone = await logIn({ email: ana.email });
	const key = { "Idempotency-Key": randomUUID() };
	const replies = await inParallel(10, 10, async (turn) => until(async () => {
		const reply = await orderByCard(turn % 2 ? ana : phone, kitchen, card, {}, key);
		return reply.body.code !== "idempotency_in_progress" && reply;
	}, { within: 15_000, what: "an answer" }));
	assert.equal(new Set(replies.map((reply) => ok(reply, 201).id)).size, 1);
	assert.deepEqual(new Set(replies.map((reply) => reply.body.status)), new Set(["placed"]));
	assert.equal(replies.filter(({ headers }) => headers["idempotent-replayed"] === "true").length, 9);
	const order = replies[0].body;
	assert.deepEqual(await chargedFor(order), { captured: 0, refunded: 0, held: 1, attempts: 1 });
	assert.equal(problem(await orderByCard(phone, kitchen, card), 409, "duplicate_order").order_id, order.id);
	assert.equal((await chargedFor(order)).attempts, 1);
});

test("PY-03 a second device that orders the same while the first one's payment waits gets duplicate_order", async () => {
	const { ana, card } = await cardholder(here, "pm_card_authenticationRequired");
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	const phone = await logIn({ email: ana.email });
	assert.equal(problem(await orderByCard(phone, kitchen, await addCard(phone)), 409, "duplicate_order").order_id, order.id);
	assert.equal(problem(await placeReply(phone, kitchen), 409, "duplicate_order").order_id, order.id);
});

test("PY-03 OT-01 the kitchen knows of no order that is not paid, over any transport and by REST", async (t) => {
	const quiet = await newKitchen();
	const channel = `restaurant:${quiet.id}`;
	const watchers = TRANSPORTS.map((transport) => new Watcher(t, quiet.owner, channel, { transport }));
	const { ana, card } = await cardholder(here, "pm_card_authenticationRequired");
	const waiting = ok(await orderByCard(ana, quiet, card), 201);
	problem(await orderByCard(ana, quiet, await addCard(ana, "pm_card_chargeDeclined"), { again: true }), 402);
	problem(await quiet.owner.get(`/orders/${waiting.id}`), 404);
	problem(await quiet.owner.get(`/orders/${waiting.id}/payments`), 404);
	problem(await refusedStream(quiet.owner, `order:${waiting.id}`), 403);
	assert.deepEqual(ok(await quiet.owner.get(`/orders?restaurant_id=${quiet.id}`)).items, []);
	const { order } = await paidOrder(quiet);
	await sandbox.challenge(waiting.payment.next_action, true);
	await paid(ana, waiting, "authorized");
	const events = (await logged(channel)).map((text) => JSON.parse(text));
	assert.deepEqual(events.filter(({ type }) => type === "order.placed").map(({ data }) => data.order_id), [order.id, waiting.id]);
	assert.equal(events[0].data.order_id, order.id, "nothing came before");
	for (const watcher of watchers) {
		await watcher.caughtUp(channel, events.length);
		assert.deepEqual(watcher.events.map(({ seq, type }) => [seq, type]), events.map(({ seq, type }) => [seq, type]), watcher.transport);
	}
});

test("PY-06 an invoice for what was delivered: printable, numbered, for those concerned alone", async () => {
	const ana = await customer({ name: "Ana <b>& Co</b>" });
	const order = ok(await orderByCard(ana, kitchen, await addCard(ana), { items: [{ menu_item_id: kitchen.items[0].id, quantity: 2, note: "<script>alert(1)</script>" }] }), 201);
	problem(await ana.get(`/orders/${order.id}/invoice`), 404);
	await drive(kitchen.owner, order);
	await paid(ana, order, "captured");
	const invoice = await ana.get(`/orders/${order.id}/invoice`, { Accept: "text/html" });
	assert.equal(invoice.status, 200, invoice.text);
	assert.match(invoice.headers["content-type"], /^text\/html/);
	assert.match(invoice.headers["content-security-policy"], /default-src 'none'/);
	assert.match(invoice.text, /^<!doctype html>/i);
	for (const part of [kitchen.name, "Soup", order.number, "Ana &lt;b&gt;&amp; Co&lt;/b&gt;", (order.total / 100).toFixed(2)])
		assert.ok(invoice.text.includes(part), part);
	assert.doesNotMatch(invoice.text, /<script|<b>&/);
	assert.equal((await ana.get(`/orders/${order.id}/invoice`)).text, invoice.text, "the same whenever it is asked for");
	assert.equal((await agent.get(`/orders/${order.id}/invoice`)).status, 200);
	problem(await (await customer()).get(`/orders/${order.id}/invoice`), 404);
	const cash = await placeReply(ana, kitchen, { again: true });
	await drive(kitchen.owner, ok(cash, 201));
	assert.equal((await ana.get(`/orders/${cash.body.id}/invoice`)).status, 200, "cash orders have theirs");
	const numbers = (await here.psql("select right(number, 6)::int from payment.invoice order by number")).flat().map(Number);
	assert.deepEqual(numbers, numbers.map((_, index) => numbers[0] + index), "without a hole");
});

const eventOf = (type, object, id = `evt_${randomUUID()}`) => JSON.stringify({ id, object: "event", type, api_version: "2024-06-20", unknown: { to: ["us"] }, data: { object } });

test("PY-05 RL-12 a webhook counts only when the gateway signed it, lately", async () => {
	const body = eventOf("payment_intent.succeeded", { id: "pi_unknown", object: "payment_intent", metadata: {} });
	const now = Math.floor(Date.now() / 1000);
	for (const header of [null, "", "nonsense", "t=1,v1=", `t=${now}`, signatureOf(body, { by: "whsec_other" }), signatureOf(`${body} `), signatureOf(body).replace("v1=", "v0=")])
		problem(await sendWebhook(body, header), 400, "invalid_signature");
	for (const at of [now - 400, now + 400])
		problem(await sendWebhook(body, signatureOf(body, { at })), 400, "stale_signature");
	problem(await sendWebhook("[]"), 400, "malformed_json");
	ok(await sendWebhook(body));
	ok(await sendWebhook(body), 200);
	ok(await sendWebhook(body, `${signatureOf(body, { by: "whsec_old" })},${signatureOf(body).split(",")[1]}`.replace(/^t=\d+/, signatureOf(body).split(",")[0])));
	ok(await sendWebhook(eventOf("invoice.created", { id: "in_1", object: "invoice" })), 200);
	ok(await sendWebhook(eventOf("charge.refunded", { id: "ch_1", object: "charge", metadata: { order_id: "not an id" } })), 200);
	ok(await sendWebhook(eventOf("payment_intent.succeeded", { id: "pi_x", object: "payment_intent", metadata: { order_id: newId() } })), 200);
});

test("PY-03 PY-05 a webhook is only a hint: what it claims is asked for, and what is not so changes nothing", async () => {
	const { ana, card } = await cardholder(here, "pm_card_authenticationRequired");
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	const [{ id }] = await sandbox.charges(order.id);
	const lies = ["payment_intent.succeeded", "payment_intent.amount_capturable_updated", "payment_intent.canceled", "payment_intent.payment_failed"];
	for (const type of lies)
		ok(await sendWebhook(eventOf(type, { id, object: "payment_intent", status: "succeeded", amount_received: 1, metadata: { order_id: order.id } })));
	await until(async () => await here.value(`select count(*) from payment.step where subject = 'order:${order.id}' and state = 'open' and run_at <= now()`) === "0");
	assert.deepEqual((await orderOf(ana, order)).payment, order.payment);
	await sandbox.challenge(order.payment.next_action, true);
	const placed = await paid(ana, order, "authorized");
	for (const type of [...lies, "charge.refunded"])
		ok(await sendWebhook(eventOf(type, { id, object: "payment_intent", status: "canceled", metadata: { order_id: order.id } })));
	await until(async () => await here.value(`select count(*) from payment.step where subject = 'order:${order.id}' and state = 'open' and run_at <= now()`) === "0");
	assert.deepEqual(await orderOf(ana, order), placed);
});

test("AC-04 a card that is added or removed is told to the owner's other devices", async (t) => {
	const ana = await customer();
	const reader = await stream(t, ana, `user:${ana.user.id}`);
	const card = await addCard(ana);
	const { data } = await reader.event("user.updated");
	assert.deepEqual(data.fields, ["payment_methods"]);
	assert.equal((await ana.delete(`/me/payment-methods/${card.id}`)).status, 204);
	await reader.until(({ events }) => events.length === 2);
});

test("RL-12 nobody tries out cards by the hundred", async () => {
	const ana = await customer();
	const replies = await inParallel(61, 4, () => ana.post("/me/payment-methods", { token: "nonsense" }));
	assert.deepEqual(replies.map(({ status }) => status).sort(), [...Array(60).fill(422), 429]);
	assert.ok(Number(replies.find(({ status }) => status === 429).headers["retry-after"]) > 0);
	await addCard(await customer());
});

test("PY-05 what a card order must say, and who may pay", async () => {
	const { ana, card } = await cardholder();
	problem(await placeReply(ana, kitchen, { payment: { method: "card" } }), 422, "invalid_fields");
	problem(await placeReply(ana, kitchen, { payment: { method: "card", payment_method_id: newId() } }), 422);
	problem(await ana.post(`/orders/${newId()}/payment`, { payment_method_id: card.id }), 404);
	problem(await kitchen.owner.post(`/orders/${newId()}/payment`, { payment_method_id: card.id }), 403);
	pointsAt(problem(await placeReply(ana, kitchen, { payment: { method: "cash", payment_method_id: card.id } }), 422, "invalid_fields"), "/payment/payment_method_id");
	pointsAt(problem(await ana.post("/me/payment-methods", { token: "pm_card_nonsense" }), 422, "unknown_token"), "/token");
	problem(await ana.post("/me/payment-methods", { token: "nonsense" }), 422, "invalid_fields");
	problem(await new Client().get("/me/payment-methods"), 401);
	problem(await ana.put("/me/payment-methods", {}), 405);
	const cash = ok(await placeReply(ana, kitchen), 201);
	problem(await payAgain(ana, cash, card), 409);
	const { items: [item], next, captured } = await paymentsOf(ana, cash);
	isId(item.id);
	assert.deepEqual([item.status, next, captured], ["due", null, 0]);
	assert.deepEqual(basketOf(kitchen, byCard(card)).payment, { method: "card", payment_method_id: card.id });
});
