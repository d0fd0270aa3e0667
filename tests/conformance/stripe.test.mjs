/* The sandbox gateway as Stripe's own client library for Node finds it, unmodified. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, afterEach, test } from "node:test";
import Stripe from "stripe";
import { until } from "../e2e/lib/wait.mjs";
import { OwnSandbox } from "./lib/sandbox.mjs";

const sandbox = await OwnSandbox.start();
const clientWith = (key, options) => new Stripe(key, { host: "127.0.0.1", port: sandbox.port, protocol: "http", maxNetworkRetries: 0, telemetry: false, ...options });
const stripe = clientWith(sandbox.key);

afterEach(() => sandbox.control("DELETE", "faults"));

let lastKey = 0;
const freshKey = () => `key-${process.pid}-${++lastKey}`;

/* A customer with the test card TOKEN. */
async function cardholder(token = "pm_card_visa") {
	const customer = await stripe.customers.create({ name: "Ada", metadata: { user_id: "7" } });
	const method = await stripe.paymentMethods.attach(token, { customer: customer.id });
	return { customer, method };
}

/* Creates and confirms a payment of 12.00 to be captured later. */
function pay({ customer, method }, changes = {}, ...options) {
	return stripe.paymentIntents.create({ amount: 1200, currency: "eur", customer: customer.id, payment_method: method.id,
		confirm: true, capture_method: "manual", metadata: { order_id: freshKey() }, ...changes }, ...options);
}

const fault = (what) => sandbox.control("POST", "faults", what);

/* Rejects with an error of TYPE whose members are EXPECTED. */
const fails = (promise, type, expected = {}) => assert.rejects(promise, (error) => {
	assert.ok(error instanceof Stripe.errors[type], `${error.constructor.name} instead of ${type}: ${error.message}`);
	assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, error[name]])), expected);
	return true;
});

/* Events that were delivered about the object ID, verified. */
const deliveredOf = (id) => sandbox.receiver.deliveries
	.map(({ body, signature }) => stripe.webhooks.constructEvent(body, signature, sandbox.webhookSecret))
	.filter((event) => event.data.object.id === id);

test("PY-01 a payment is held, captured and given back", async () => {
	const ada = await cardholder();
	const held = await pay(ada);
	assert.deepEqual([held.status, held.amount_capturable, held.amount_received], ["requires_capture", 1200, 0]);
	const captured = await stripe.paymentIntents.capture(held.id);
	assert.deepEqual([captured.status, captured.amount_capturable, captured.amount_received], ["succeeded", 0, 1200]);
	const refund = await stripe.refunds.create({ payment_intent: held.id, amount: 500, reason: "requested_by_customer" });
	assert.deepEqual([refund.status, refund.amount, refund.payment_intent], ["succeeded", 500, held.id]);
	assert.equal((await stripe.refunds.retrieve(refund.id)).amount, 500);
	const charge = await stripe.charges.retrieve(captured.latest_charge);
	assert.deepEqual([charge.amount_captured, charge.amount_refunded, charge.refunded], [1200, 500, false]);
	assert.equal((await stripe.refunds.create({ payment_intent: held.id })).amount, 700, "the rest");
	await fails(stripe.refunds.create({ payment_intent: held.id }), "StripeInvalidRequestError", { code: "charge_already_refunded" });
});

test("PY-01 less than what is held can be captured, and no more", async () => {
	const held = await pay(await cardholder());
	await fails(stripe.paymentIntents.capture(held.id, { amount_to_capture: 1201 }), "StripeInvalidRequestError", { code: "amount_too_large" });
	assert.equal((await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1000 })).amount_received, 1000);
	await fails(stripe.refunds.create({ payment_intent: held.id, amount: 1001 }), "StripeInvalidRequestError", { param: "amount" });
});

test("PY-01 a payment is created first, confirmed later", async () => {
	const { customer, method } = await cardholder("pm_card_mastercard");
	const made = await stripe.paymentIntents.create({ amount: 900, currency: "eur", customer: customer.id });
	assert.equal(made.status, "requires_payment_method");
	await fails(stripe.paymentIntents.confirm(made.id), "StripeInvalidRequestError", { code: "payment_intent_unexpected_state" });
	const paid = await stripe.paymentIntents.confirm(made.id, { payment_method: method.id });
	assert.deepEqual([paid.status, paid.amount_received], ["succeeded", 900], "captured at once where nothing else was said");
});

test("PY-01 a payment that is held can be cancelled, once, and not captured then", async () => {
	const held = await pay(await cardholder());
	const ended = await stripe.paymentIntents.cancel(held.id, { cancellation_reason: "abandoned" });
	assert.deepEqual([ended.status, ended.cancellation_reason, ended.amount_capturable], ["canceled", "abandoned", 0]);
	for (const again of [stripe.paymentIntents.cancel(held.id), stripe.paymentIntents.capture(held.id)])
		await fails(again, "StripeInvalidRequestError", { code: "payment_intent_unexpected_state" });
	await fails(stripe.refunds.create({ payment_intent: held.id }), "StripeInvalidRequestError", { code: "charge_not_captured" });
});

test("PY-05 each test card that is declined says why", async () => {
	for (const [token, code, decline_code] of [
		["pm_card_chargeDeclined", "card_declined", "generic_decline"],
		["pm_card_visa_chargeDeclined", "card_declined", "generic_decline"],
		["pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
		["pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"],
		["pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card"],
		["pm_card_chargeCustomerFail", "card_declined", "do_not_honor"],
		["pm_card_chargeDeclinedExpiredCard", "expired_card", undefined],
		["pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", undefined],
		["pm_card_chargeDeclinedProcessingError", "processing_error", undefined],
	]) {
		const error = await pay(await cardholder(token)).then(() => assert.fail(`${token} pays`), (reason) => reason);
		assert.deepEqual([error.constructor, error.statusCode, error.code, error.decline_code],
			[Stripe.errors.StripeCardError, 402, code, decline_code], token);
		const left = await stripe.paymentIntents.retrieve(error.payment_intent.id);
		assert.deepEqual([left.status, left.last_payment_error.code, left.payment_method], ["requires_payment_method", code, null]);
	}
});

test("PY-05 after a decline the same payment takes another card", async () => {
	const { customer, method } = await cardholder("pm_card_chargeDeclined");
	const { payment_intent } = await pay({ customer, method }).catch((error) => error);
	const other = await stripe.paymentMethods.attach("pm_card_amex", { customer: customer.id });
	const held = await stripe.paymentIntents.confirm(payment_intent.id, { payment_method: other.id });
	assert.deepEqual([held.status, held.last_payment_error], ["requires_capture", null]);
	assert.equal((await stripe.charges.list({ payment_intent: held.id })).data.length, 2, "one attempt failed, one did not");
});

test("PY-05 a bank that asks its customer sends him to a page and back", async () => {
	for (const [outcome, status, code] of [["approve", "requires_capture", undefined], ["refuse", "requires_payment_method", "payment_intent_authentication_failure"]]) {
		const asked = await pay(await cardholder("pm_card_authenticationRequired"), { return_url: "http://127.0.0.1:9/back?order=1#there" });
		assert.deepEqual([asked.status, asked.next_action.type], ["requires_action", "redirect_to_url"]);
		const { url } = asked.next_action.redirect_to_url;
		const page = await fetch(url);
		assert.match(page.headers.get("content-type"), /^text\/html/);
		const text = await page.text();
		for (const shown of ["12.00 EUR", "Approve", "Refuse", "Sandbox", 'lang="en"'])
			assert.ok(text.includes(shown), shown);
		const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ outcome }), redirect: "manual" });
		assert.equal(answer.status, 303);
		const back = new URL(answer.headers.get("location"));
		assert.deepEqual([back.pathname, back.hash, back.searchParams.get("order"), back.searchParams.get("payment_intent"), back.searchParams.get("redirect_status")],
			["/back", "#there", "1", asked.id, outcome === "approve" ? "succeeded" : "failed"]);
		const after = await stripe.paymentIntents.retrieve(asked.id);
		assert.deepEqual([after.status, after.last_payment_error?.code, after.next_action], [status, code, null]);
	}
});

test("PY-05 a card that asks cannot be charged while its customer is away", async () => {
	const ada = await cardholder("pm_card_authenticationRequired");
	await fails(pay(ada, { off_session: true }), "StripeCardError", { code: "authentication_required" });
});

test("PY-03 one key has one effect, and one answer, even of a refusal", async () => {
	const ada = await cardholder(), key = freshKey(), order = { metadata: { order_id: key } };
	const [first, second] = await Promise.all([pay(ada, order, { idempotencyKey: key }), pay(ada, order, { idempotencyKey: key })]);
	assert.equal(first.id, second.id);
	assert.deepEqual([first, second].map((intent) => intent.lastResponse.headers["idempotent-replayed"]).sort(), ["true", undefined].sort());
	await fails(pay(ada, { ...order, amount: 1300 }, { idempotencyKey: key }), "StripeIdempotencyError");
	const poor = await cardholder("pm_card_chargeDeclined"), declined = freshKey(), again = { metadata: { order_id: declined } };
	const errors = await Promise.all([1, 2].map(() => pay(poor, again, { idempotencyKey: declined }).catch((error) => error)));
	assert.equal(errors[0].payment_intent.id, errors[1].payment_intent.id);
});

test("PY-03 what fails before it begins is not remembered by its key", async () => {
	const ada = await cardholder(), options = { idempotencyKey: freshKey() };
	await fails(pay(ada, { amount: 1 }, options), "StripeInvalidRequestError", { code: "amount_too_small" });
	assert.equal((await pay(ada, {}, options)).status, "requires_capture");
});

test("PY-03 keys are forgotten after 24 h", async () => {
	const ada = await cardholder(), key = freshKey(), order = { metadata: { order_id: key } };
	const { id } = await pay(ada, order, { idempotencyKey: key });
	await sandbox.control("POST", "clock", { advance_s: 23 * 3600 });
	assert.equal((await pay(ada, order, { idempotencyKey: key })).id, id);
	await sandbox.control("POST", "clock", { advance_s: 3601 });
	assert.notEqual((await pay(ada, order, { idempotencyKey: key })).id, id);
});

test("PY-03 what is held and not captured for seven days is let go", async () => {
	const held = await pay(await cardholder());
	await sandbox.control("POST", "clock", { advance_s: 7 * 86400 + 1 });
	const { status, cancellation_reason } = await stripe.paymentIntents.retrieve(held.id);
	assert.deepEqual([status, cancellation_reason], ["canceled", "automatic"]);
});

test("PY-01 payments are listed by pages and by time, and found by their metadata", async () => {
	const ada = await cardholder(), made = [];
	for (let i = 0; i < 5; i++)
		made.unshift((await pay(ada)).id);
	const listed = [];
	for await (const intent of stripe.paymentIntents.list({ customer: ada.customer.id, limit: 2 }))
		listed.push(intent.id);
	assert.deepEqual(listed, made, "the newest first, over three pages");
	const { created, metadata } = await stripe.paymentIntents.retrieve(made[0]);
	const ids = async (range) => (await stripe.paymentIntents.list({ customer: ada.customer.id, created: range })).data.map(({ id }) => id);
	assert.ok((await ids({ gte: created, lt: created + 1 })).includes(made[0]));
	assert.deepEqual(await ids({ gt: created }), []);
	const search = (query) => stripe.paymentIntents.search({ query });
	assert.deepEqual((await search(`metadata['order_id']:'${metadata.order_id}'`)).data.map(({ id }) => id), [made[0]]);
	assert.deepEqual((await search(`metadata['order_id']:'${metadata.order_id}' AND status:'canceled'`)).data, []);
	await fails(search("anything"), "StripeInvalidRequestError", { param: "query" });
});

test("PY-01 customers and their cards are kept, changed and taken away", async () => {
	const { customer, method } = await cardholder();
	assert.deepEqual([method.card.brand, method.card.last4, method.customer], ["visa", "4242", customer.id]);
	assert.equal((await stripe.customers.update(customer.id, { email: "ada@foodfast.example", metadata: { user_id: "" } })).email, "ada@foodfast.example");
	const { metadata } = await stripe.customers.retrieve(customer.id);
	assert.deepEqual(metadata, {});
	assert.deepEqual((await stripe.customers.listPaymentMethods(customer.id)).data.map(({ id }) => id), [method.id]);
	assert.equal((await stripe.paymentMethods.detach(method.id)).customer, null);
	await fails(pay({ customer, method }), "StripeInvalidRequestError", { param: "payment_method" });
	await fails(stripe.paymentMethods.attach(method.id, { customer: customer.id }), "StripeInvalidRequestError");
	assert.equal((await stripe.customers.del(customer.id)).deleted, true);
	assert.equal((await stripe.customers.retrieve(customer.id)).deleted, true);
	await fails(stripe.customers.update(customer.id, { name: "Eve" }), "StripeInvalidRequestError", { code: "resource_missing" });
});

test("PY-01 a customer's card is nobody else's", async () => {
	const ada = await cardholder(), eve = await cardholder();
	await fails(pay({ customer: eve.customer, method: ada.method }), "StripeInvalidRequestError", { param: "payment_method" });
	await fails(stripe.paymentMethods.attach(ada.method.id, { customer: eve.customer.id }), "StripeInvalidRequestError");
});

test("PY-01 what is wrong with a request is said as Stripe says it", async () => {
	const good = { amount: 1200, currency: "eur" };
	for (const [changes, expected] of [
		[{ amount: undefined }, { code: "parameter_missing", param: "amount" }],
		[{ amount: 12.5 }, { code: "parameter_invalid_integer", param: "amount" }],
		[{ amount: -5 }, { code: "parameter_invalid_integer", param: "amount" }],
		[{ currency: "euro" }, { param: "currency" }],
		[{ customer: "cus_none" }, { code: "resource_missing", param: "customer" }],
		[{ payment_method: "pm_none" }, { code: "resource_missing", param: "payment_method" }],
		[{ capture_method: "never" }, { param: "capture_method" }],
		[{ return_url: "javascript:alert(1)" }, { code: "url_invalid", param: "return_url" }],
		[{ colour: "red" }, { code: "parameter_unknown", param: "colour" }],
	])
		await fails(stripe.paymentIntents.create({ ...good, ...changes }), "StripeInvalidRequestError", { statusCode: 400, ...expected });
	await fails(stripe.paymentIntents.retrieve("pi_none"), "StripeInvalidRequestError", { statusCode: 404, code: "resource_missing" });
	await fails(stripe.balance.retrieve(), "StripeInvalidRequestError", { statusCode: 404 });
	await fails(clientWith("sk_test_wrong").customers.list(), "StripeAuthenticationError", { statusCode: 401 });
});

test("PY-01 forms are taken in every way of writing them, and refused where they are none", async () => {
	const post = async (body) => {
		const answer = await fetch(`http://127.0.0.1:${sandbox.port}/v1/payment_intents`, { method: "POST", body,
			headers: { Authorization: `Basic ${btoa(`${sandbox.key}:`)}`, "Content-Type": "application/x-www-form-urlencoded" } });
		return { status: answer.status, body: await answer.json() };
	};
	const good = "amount=1200&currency=EUR&confirm=true&payment_method=pm_card_visa";
	for (const [form, isRight] of [
		["expand[]=latest_charge", (intent) => intent.latest_charge.amount === 1200],
		["expand%5B0%5D=latest_charge", (intent) => intent.latest_charge.amount === 1200],
		["metadata[caf%C3%A9]=one+two%2B%26", (intent) => intent.metadata["café"] === "one two+&"],
		["metadata[a]=1&metadata[a]=2&&", (intent) => intent.metadata.a === "2"],
		["metadata[quote]=%22%5C%0A", (intent) => intent.metadata.quote === '"\\\n'],
	]) {
		const { status, body } = await post(`${good}&${form}`);
		assert.ok(status === 200 && isRight(body), `${form}: ${JSON.stringify(body)}`);
	}
	for (const form of ["metadata[a=1", "metadata[a]b=1", "=1", "metadata[a]=%zz", "metadata[a]=%FF", "metadata[a]=%00", "metadata=1&metadata[a]=1",
		`metadata${"[a]".repeat(9)}=1`, "metadata[a]=1&".repeat(1001), `metadata[a]=${"x".repeat(70_000)}`])
		assert.ok([400, 413].includes((await post(`${good}&${form}`)).status), form.slice(0, 60));
});

test("RL-12 a card's number is refused and kept nowhere", async () => {
	const card = { number: "4000056655665556", exp_month: 12, exp_year: 2040, cvc: "123" };
	await fails(stripe.paymentMethods.create({ type: "card", card }), "StripeInvalidRequestError", { statusCode: 402 });
	await fails(stripe.paymentIntents.create({ amount: 1200, currency: "eur", payment_method_data: { type: "card", card } }, { idempotencyKey: freshKey() }),
		"StripeInvalidRequestError", { statusCode: 402 });
	assert.ok(!(await sandbox.contents()).includes(card.number));
});

test("PY-01 what happens is delivered, and signed so that the library takes it for genuine", async () => {
	const held = await pay(await cardholder());
	await stripe.paymentIntents.capture(held.id);
	const events = await until(() => deliveredOf(held.id).length >= 3 && deliveredOf(held.id));
	assert.deepEqual(events.map(({ type }) => type).sort(), ["payment_intent.amount_capturable_updated", "payment_intent.created", "payment_intent.succeeded"]);
	const succeeded = events.find(({ type }) => type === "payment_intent.succeeded");
	assert.equal(succeeded.data.object.status, "succeeded");
	assert.equal((await stripe.events.retrieve(succeeded.id)).type, "payment_intent.succeeded");
	const { body, signature } = sandbox.receiver.deliveries.at(-1);
	assert.throws(() => stripe.webhooks.constructEvent(Buffer.concat([body, Buffer.from(" ")]), signature, sandbox.webhookSecret),
		Stripe.errors.StripeSignatureVerificationError);
});

test("PY-03 webhooks are lost, doubled and held on demand, for one customer or all", async () => {
	const ada = await cardholder(), way = (how) => sandbox.control("PUT", "webhooks", { customer: ada.customer.id, ...how });
	await way({ mode: "lose" });
	const lost = await pay(ada);
	await way({ copies: 3, shuffle: true });
	const tripled = await pay(ada);
	await until(() => deliveredOf(tripled.id).length === 6);
	assert.equal(new Set(deliveredOf(tripled.id).map(({ id }) => id)).size, 2);
	await way({ mode: "hold" });
	const kept = await pay(ada);
	assert.equal((await sandbox.control("GET", `webhooks?customer=${ada.customer.id}`)).held, 2);
	assert.equal(deliveredOf(kept.id).length, 0);
	assert.deepEqual(await sandbox.control("POST", "webhooks/release", { customer: ada.customer.id, reverse: true }), { released: 2 });
	await until(() => deliveredOf(kept.id).length === 2);
	assert.equal(deliveredOf(lost.id).length, 0);
	await sandbox.control("DELETE", "webhooks");
});

test("PY-03 a webhook that is not taken comes again, after a kill too", async () => {
	sandbox.receiver.answers.push(500);
	const made = await stripe.paymentIntents.create({ amount: 1200, currency: "eur" });
	await until(() => deliveredOf(made.id).length >= 1);
	await sandbox.stop("SIGKILL");
	await sandbox.run();
	await until(() => deliveredOf(made.id).length >= 2, { within: 30_000 });
});

test("PY-05 refunds fail or take their time with the cards that are for it", async () => {
	for (const [token, first, last, type] of [
		["pm_card_refundFail", "succeeded", "failed", "refund.failed"],
		["pm_card_pendingRefund", "pending", "succeeded", "refund.updated"],
		["pm_card_pendingRefundFail", "pending", "failed", "refund.failed"],
	]) {
		const { id } = await pay(await cardholder(token), { capture_method: "automatic" });
		const refund = await stripe.refunds.create({ payment_intent: id });
		assert.equal(refund.status, first, token);
		await sandbox.control("POST", "settle-refunds", {});
		assert.equal((await stripe.refunds.retrieve(refund.id)).status, last, token);
		await until(() => deliveredOf(refund.id).some((event) => event.type === type));
		const { latest_charge } = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
		assert.equal(latest_charge.amount_refunded, last === "failed" ? 0 : 1200, token);
	}
});

test("PY-05 a capture fails with the card that is for it, and the money stays held", async () => {
	const held = await pay(await cardholder("pm_card_captureFail"));
	await fails(stripe.paymentIntents.capture(held.id), "StripeCardError", { code: "card_declined" });
	assert.equal((await stripe.paymentIntents.cancel(held.id)).status, "canceled");
});

test("PY-05 faults on demand: errors, too many requests, declines, a blind search", async () => {
	const ada = await cardholder(), customer = ada.customer.id;
	await fault({ do: "error", customer, times: 1, status: 503 });
	await fails(pay(ada), "StripeAPIError", { statusCode: 503 });
	await fault({ do: "rate_limit", customer, times: 1 });
	await fails(pay(ada), "StripeRateLimitError", { statusCode: 429 });
	await fault({ do: "decline", customer, times: 1, code: "insufficient_funds" });
	await fails(pay(ada), "StripeCardError", { decline_code: "insufficient_funds" });
	const held = await pay(ada), query = `metadata['order_id']:'${held.metadata.order_id}'`;
	await fault({ do: "blind", order_id: held.metadata.order_id, times: 1 });
	assert.equal((await stripe.paymentIntents.search({ query })).data.length, 0);
	assert.equal((await stripe.paymentIntents.search({ query })).data.length, 1);
});

test("PY-05 an error that the key remembers: with its effect, or without", async () => {
	const ada = await cardholder();
	for (const effect of [true, false]) {
		const key = freshKey(), order = { metadata: { order_id: key } };
		await fault({ do: "stored_error", customer: ada.customer.id, times: 1, effect });
		for (let i = 0; i < 2; i++)
			await fails(pay(ada, order, { idempotencyKey: key }), "StripeAPIError", { statusCode: 500 });
		assert.equal((await stripe.paymentIntents.search({ query: `metadata['order_id']:'${key}'` })).data.length, effect ? 1 : 0);
	}
});

test("PY-05 a connection that is cut, before or after the effect", async () => {
	const ada = await cardholder();
	for (const [what, made] of [["cut_before", 0], ["cut_after", 1]]) {
		const key = freshKey(), order = { metadata: { order_id: key } }, query = `metadata['order_id']:'${key}'`;
		await fault({ do: what, customer: ada.customer.id, times: 2 }); /* the library tries again once, whatever one says */
		await fails(pay(ada, order, { idempotencyKey: key }), "StripeConnectionError");
		assert.equal((await stripe.paymentIntents.search({ query })).data.length, made, what);
		await pay(ada, order, { idempotencyKey: key });
		assert.equal((await stripe.paymentIntents.search({ query })).data.length, 1, "once, with the same key");
	}
});

test("PY-05 an answer that is late, of an effect that came at once or late", async () => {
	const ada = await cardholder(), { port } = sandbox, hasty = clientWith(sandbox.key, { port, timeout: 200 });
	for (const what of ["delay", "delay_before"]) {
		const key = freshKey(), query = `metadata['order_id']:'${key}'`;
		const ask = () => hasty.paymentIntents.create({ amount: 1200, currency: "eur", customer: ada.customer.id, metadata: { order_id: key } });
		await fault({ do: what, customer: ada.customer.id, times: 1, delay_ms: 600 });
		await fails(ask(), "StripeConnectionError");
		if (what === "delay")
			assert.equal((await stripe.paymentIntents.search({ query })).data.length, 1, "it is there before the answer");
		await until(async () => (await stripe.paymentIntents.search({ query })).data.length === 1);
	}
});

test("PY-05 a gateway that is gone refuses connections, and is back", async () => {
	await fault({ do: "refuse", times: 1, delay_ms: 700, path: "/v1/charges" });
	await fails(stripe.charges.list(), "StripeConnectionError");
	const isRefused = () => new Promise((resolve) => {
		const socket = net.connect(sandbox.port, "127.0.0.1");
		socket.once("connect", () => resolve(socket.destroy() && false)).once("error", (error) => resolve(error.code === "ECONNREFUSED"));
	});
	await until(isRefused, { within: 600 });
	await until(async () => !await isRefused());
	assert.equal((await stripe.customers.list({ limit: 1 })).data.length, 1);
});

test("PY-05 other people's pages get nothing from it", async () => {
	const socket = net.connect(sandbox.port, "127.0.0.1");
	after(() => socket.destroy());
	socket.write("GET /sandbox/charges HTTP/1.1\r\nHost: evil.example\r\n\r\n");
	const [answer] = await once(socket, "data");
	assert.match(String(answer), /^HTTP\/1\.1 403 /);
	const posted = await fetch(`http://127.0.0.1:${sandbox.port}/sandbox/faults`, { method: "POST", body: '{"do": "error"}' });
	assert.equal(posted.status, 415, "a form of theirs could be sent without asking");
});
