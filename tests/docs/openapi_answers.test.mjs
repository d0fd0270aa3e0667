/*
 * Every operation of openapi.yaml is called on the running site until it has given each answer that the document
 * promises, and each is held against the document: status, headers, body.
 * To add an operation: a row in `calls` that succeeds; `refusals` holds what only some can be brought to.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addCard, byCard, cardholder, paidOrder } from "../e2e/lib/cards.mjs";
import { Client } from "../e2e/lib/client.mjs";
import { here } from "../e2e/lib/instance.mjs";
import { appointed, newId, newKitchen } from "../e2e/lib/kitchens.mjs";
import { tokenFor } from "../e2e/lib/mail.mjs";
import { basketOf, drive, orderBySomeone, place } from "../e2e/lib/orders.mjs";
import { addressInAmsterdam, customer, freshEmail, PASSWORD } from "../e2e/lib/people.mjs";
import { Sandbox } from "../e2e/lib/sandbox.mjs";
import { signatureOf } from "../e2e/lib/webhooks.mjs";
import { conforms, describes, operations, resolved } from "./lib/openapi.mjs";
import { violations } from "./lib/violations.mjs";
import { until } from "../e2e/lib/wait.mjs";

const kitchen = await newKitchen();
const { owner } = kitchen;
const ana = await customer();
const shift = { day: 1, opens: "11:00", closes: "23:00" };

const addressOf = async (person) => (await person.post("/me/addresses", addressInAmsterdam())).body.id;
const resetTokenOf = async (person) => {
	await person.post("/auth/forgot-password", { email: person.email });
	return tokenFor(person.email, "reset");
};
const otherSessionOf = async (person) => {
	await new Client().post("/auth/login", { email: person.email, password: PASSWORD });
	const { body } = await person.get("/me/sessions");
	return body.items.find(({ current }) => !current).id;
};
const order = await place(ana, kitchen);
const restaurant = { restaurant_id: kitchen.id };

const agent = await appointed("agent");
const admin = await appointed("admin");
const anasCard = await addCard(ana);

/* A delivered order: nothing more can happen to it but that money goes back. */
async function deliveredOrder() {
	const paid = await paidOrder(kitchen);
	await drive(owner, paid.order);
	await until(async () => (await paid.ana.get(`/orders/${paid.order.id}`)).body.payment.status === "captured");
	return paid;
}

/* An order whose card was declined. */
async function declinedOrder() {
	const { ana: person, card } = await cardholder(here, "pm_card_chargeDeclined");
	const { body } = await person.post("/orders", basketOf(kitchen, byCard(card)));
	return { person, card, id: body.order_id };
}

async function attempt() {
	const { person, id } = await declinedOrder();
	return { as: person, ids: { order_id: id }, body: { payment_method_id: (await addCard(person)).id } };
}

const webhook = { id: `evt_${newId()}`, type: "invoice.created", data: { object: { id: "in_1", object: "invoice" } } };

/* A call that succeeds: who asks, the ids in the path, the query, the body. Made anew for each use. */
const calls = {
	register: async () => ({ as: new Client(), body: { email: freshEmail(), password: PASSWORD, name: "Ana", phone: "+31201234567" } }),
	login: async () => ({ as: new Client(), body: { email: ana.email, password: PASSWORD, device: "a test" } }),
	refresh: async () => ({ as: new Client(), body: { refresh_token: (await customer()).refreshToken } }),
	logout: async () => ({ as: await customer() }),
	logoutAll: async () => ({ as: await customer() }),
	getMe: async () => ({ as: owner }),
	patchMe: async () => ({ as: ana, body: { name: "Ana Lovelace", phone: null } }),
	eraseMe: async () => ({ as: await customer(), body: { password: PASSWORD } }),
	changePassword: async () => ({ as: await customer(), body: { current: PASSWORD, new: `${PASSWORD} 2` } }),
	exportMe: async () => ({ as: ana }),
	confirmAgain: async () => ({ as: await customer() }),
	confirmEmail: async () => ({ as: new Client(), body: { token: await tokenFor((await customer()).email, "confirm") } }),
	forgotPassword: async () => ({ as: new Client(), body: { email: ana.email } }),
	resetPassword: async () => ({ as: new Client(), body: { token: await resetTokenOf(await customer()), password: `${PASSWORD} 2` } }),
	listUsers: async () => ({ as: admin, query: { q: "ana", role: "customer", suspended: false, limit: 2 } }),
	getUser: async () => ({ as: admin, ids: { user_id: owner.user.id } }),
	patchUser: async () => ({ as: admin, ids: { user_id: (await customer()).user.id }, body: { suspended: true, role: "restaurant", memberships: [{ restaurant_id: kitchen.id, role: "staff" }] } }),
	listSessions: async () => ({ as: ana }),
	endSession: async () => ({ as: ana, ids: { session_id: await otherSessionOf(ana) } }),
	listAddresses: async () => ({ as: ana }),
	createAddress: async () => ({ as: await customer(), body: addressInAmsterdam({ line2: "2nd floor" }) }),
	patchAddress: async () => ({ as: ana, ids: { address_id: await addressOf(ana) }, body: { label: "Work" } }),
	deleteAddress: async () => ({ as: ana, ids: { address_id: await addressOf(ana) } }),
	createStreamTicket: async () => ({ as: ana }),
	listCities: async () => ({ as: new Client() }),
	listRestaurants: async () => ({ as: new Client(), query: { lat: 52.37, lng: 4.89, radius_m: 20000, open_now: true, sort: "rating", limit: 2 } }),
	getRestaurant: async () => ({ as: new Client(), ids: restaurant }),
	patchRestaurant: async () => ({ as: owner, ids: restaurant, body: { description: "Soups.", accepting_orders: true } }),
	putHours: async () => ({ as: owner, ids: { restaurant_id: (await newKitchen()).id }, body: { hours: [shift] } }),
	getMenu: async () => ({ as: new Client(), ids: restaurant }),
	createMenuItem: async () => ({ as: owner, ids: restaurant, body: { section_id: kitchen.sectionId, name: "Pie", price: 450 } }),
	patchMenuItem: async () => ({ as: owner, ids: { menu_item_id: kitchen.items[2].id }, body: { price: 1500 } }),
	deleteMenuItem: async () => ({ as: owner, ids: { menu_item_id: (await newKitchen()).items[0].id } }),
	placeOrder: async () => ({ as: await customer(), body: basketOf(kitchen, { tip: 100 }) }),
	listOrders: async () => ({ as: owner, query: { restaurant_id: kitchen.id, status: "placed,confirmed", limit: 1 } }),
	getOrder: async () => ({ as: ana, ids: { order_id: order.id } }),
	listOrderEvents: async () => ({ as: ana, ids: { order_id: order.id }, query: { limit: 1 } }),
	moveOrder: async () => ({ as: owner, ids: { order_id: (await orderBySomeone(kitchen)).order.id }, body: { to: "confirmed" } }),
	acknowledgeOrder: async () => ({ as: owner, ids: { order_id: order.id } }),
	listPaymentMethods: async () => ({ as: ana }),
	createPaymentMethod: async () => ({ as: await customer(), body: { token: "pm_card_visa" } }),
	patchPaymentMethod: async () => ({ as: ana, ids: { payment_method_id: anasCard.id }, body: { default: true } }),
	deletePaymentMethod: async () => ({ as: ana, ids: { payment_method_id: (await addCard(ana)).id } }),
	payOrder: attempt,
	listPayments: async () => ({ as: ana, ids: { order_id: order.id } }),
	refundOrder: async () => ({ as: agent, ids: { order_id: (await deliveredOrder()).order.id }, body: { amount: 1, reason: "cold" } }),
	getInvoice: async () => deliveredOrder().then(({ ana: person, order: { id } }) => ({ as: person, ids: { order_id: id } })),
	receivePaymentWebhook: async () => ({ as: new Client(), body: webhook, headers: { "Stripe-Signature": signatureOf(JSON.stringify(webhook)) } }),
	waitForStatus: async () => ({ as: ana, ids: { order_id: order.id }, query: { last: "ready", wait: 1 } }),
	getHealth: async () => ({ as: new Client() }),
	getReadiness: async () => ({ as: new Client() }),
	getMetrics: async () => ({ as: new Client() }),
};

/* What is the same for all operations: how a call that succeeds is spoilt. */
const spoilt = {
	304: async (call, send) => ({ ...call, headers: { "If-None-Match": (await send(call)).headers.etag } }),
	400: async (call) => (call.body ? { ...call, body: "{" } : { ...call, query: { ...call.query, colour: "green" } }),
	401: async (call) => ({ ...call, as: new Client() }),
	403: async (call) => ({ ...call, as: ana }),
	404: async (call) => ({ ...call, ids: Object.fromEntries(Object.keys(call.ids).map((name) => [name, newId()])) }),
	412: async (call) => ({ ...call, headers: { "If-Match": '"of-another-time"' } }),
	415: async (call) => ({ ...call, headers: { "Content-Type": "text/plain" } }),
	422: async (call) => ({ ...call, body: { ...call.body, colour: "green" } }),
};

async function strangersFailures(call, send) {
	for (let attempt = 0; attempt < 10; attempt++)
		await send({ ...call, body: { email: call.body.email, password: "a wrong guess" } });
	return call;
}

/* As often as a limit lets it, by requests that do nothing. */
async function askedTooOften(call, send) {
	for (let attempt = 0; attempt < 60; attempt++)
		await send({ ...call, body: "{" });
	return call;
}

async function wrongGuesses(call, send, body) {
	for (let attempt = 0; attempt < 10; attempt++)
		await send({ ...call, body });
	return call;
}

/* Where that does not do: "OPERATION STATUS" → the call. */
const refusals = {
	"register 409": async (call) => ({ ...call, body: { ...call.body, email: ana.email } }),
	"login 401": async (call) => ({ ...call, body: { email: freshEmail(), password: PASSWORD } }),
	"login 429": async (call, send) => strangersFailures({ ...call, body: { email: freshEmail(), password: PASSWORD } }, send),
	"refresh 401": async (call) => ({ ...call, body: { refresh_token: "not-one-of-yours" } }),
	"eraseMe 403": async (call) => ({ ...call, body: { password: "a wrong guess" } }),
	"eraseMe 409": async (call) => ({ ...call, as: (await orderBySomeone(kitchen)).ana }),
	"eraseMe 429": async (call, send) => wrongGuesses(call, send, { password: "a wrong guess" }),
	"changePassword 403": async (call) => ({ ...call, body: { ...call.body, current: "a wrong guess" } }),
	"changePassword 429": async (call, send) => wrongGuesses(call, send, { current: "a wrong guess", new: "another one" }),
	"confirmAgain 409": async (call) => {
		await call.as.post("/auth/confirm-email", { token: await tokenFor(call.as.email, "confirm") });
		return call;
	},
	"confirmEmail 429": askedTooOften,
	"forgotPassword 429": askedTooOften,
	"resetPassword 429": askedTooOften,
	"patchUser 409": async (call) => ({ ...call, ids: { user_id: (await orderBySomeone(kitchen)).ana.user.id } }),
	"listOrders 400": async (call) => ({ ...call, query: { page: "not-a-page" } }),
	"listOrders 404": async (call) => ({ ...call, query: { restaurant_id: newId() } }),
	"placeOrder 403": async (call) => ({ ...call, as: owner }),
	"placeOrder 409": async (call, send) => (await send(call), call),
	"createPaymentMethod 402": async (call) => {
		await new Sandbox().fault({ method: "POST", path: "/v1/payment_methods", do: "error", status: 402, times: 1 });
		return call;
	},
	"createPaymentMethod 429": askedTooOften,
	"createPaymentMethod 403": async (call) => ({ ...call, as: owner }),
	"placeOrder 402": async (call) => ({ ...call, body: basketOf(kitchen, byCard(await addCard(call.as, "pm_card_chargeDeclined"))) }),
	"payOrder 402": async (call) => ({ ...call, body: { payment_method_id: (await addCard(call.as, "pm_card_chargeDeclined")).id } }),
	"payOrder 403": async (call) => ({ ...call, as: owner }),
	"payOrder 409": async (call, send) => (await send(call), call),
	"listPayments 403": async (call) => ({ ...call, as: owner }),
	"refundOrder 409": async (call) => ({ ...call, ids: { order_id: order.id } }),
	"getInvoice 404": async (call) => ({ ...call, as: ana }),
	"receivePaymentWebhook 400": async (call) => ({ ...call, headers: { "Stripe-Signature": "t=1,v1=00" } }),
	"receivePaymentWebhook 415": async (call) => ({ ...call, headers: { ...call.headers, "Content-Type": "text/plain" } }),
	"moveOrder 409": async (call) => ({ ...call, body: { to: "delivered" } }),
};

/* Answers that no test may bring a site to that others use too; tests/fault does on one of its own. */
const ELSEWHERE = new Set(["register 429", "getReadiness 503"]);

const sender = ({ method, path }) => ({ as, ids = {}, query, body, headers }) => {
	const filled = path.replace(/\{(\w+)\}/g, (_, name) => ids[name]);
	const search = query ? `?${new URLSearchParams(query)}` : "";
	const payload = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body), headers: { "Content-Type": "application/json" } };
	return as.fetch(filled + search, { method, ...payload, headers: { ...payload.headers, ...headers } });
};

async function provoked(operation, status) {
	const send = sender(operation);
	const call = await calls[operation.id]();
	const refusal = refusals[`${operation.id} ${status}`] ?? spoilt[status] ?? (() => call);
	return send(await refusal(call, send));
}

for (const operation of operations)
	test(`RL-11 GW-05 ${operation.id} answers as documented: ${operation.statuses.join(", ")}`, async () => {
		for (const status of operation.statuses.filter((one) => !ELSEWHERE.has(`${operation.id} ${one}`))) {
			const reply = await provoked(operation, Number(status));
			assert.equal(reply.status, Number(status), `${operation.id}: ${reply.text}`);
			describes(operation, reply);
		}
		if (operation.operation.tags[0] !== "status")
			describes(operation, await sender(operation)({ ...await calls[operation.id](), headers: { Accept: "image/png" } }));
	});

test("RL-11 what openapi.yaml says of requests is what the programs take", async () => {
	for (const operation of operations.filter(({ takesBody }) => takesBody)) {
		const { body } = await calls[operation.id]();
		conforms(body, ["paths", operation.path, operation.method.toLowerCase(), "requestBody", "content", "application/json", "schema"], operation.id);
	}
});

for (const operation of operations.filter(({ takesBody }) => takesBody))
	test(`RL-11 ${operation.id} refuses what openapi.yaml does not allow, field by field`, async () => {
		const schema = resolved(operation.operation.requestBody.content["application/json"].schema);
		const call = await calls[operation.id]();
		const refused = async (body, name, rule) => {
			const reply = await sender(operation)({ ...call, body });
			assert.equal(reply.status, 422, `${name}, ${rule}: ${reply.text}`);
			describes(operation, reply);
			assert.ok(reply.body.errors.some(({ pointer }) => pointer.startsWith(`/${name}`)), `${name}, ${rule}: ${reply.text}`);
		};
		for (const name of schema.required ?? [])
			await refused({ ...call.body, [name]: undefined }, name, "required");
		for (const [name, property] of Object.entries(schema.properties))
			for (const { rule, value } of violations(property))
				await refused({ ...call.body, [name]: value }, name, rule);
	});

test("AC-11 GW-05 a cookie's sign-in has no token in its body", async () => {
	const page = new Client();
	const login = operations.find(({ id }) => id === "login");
	const reply = await page.post("/auth/login", { email: ana.email, password: PASSWORD, cookie: true });
	describes(login, reply);
	assert.deepEqual(Object.keys(reply.body), ["user"]);
});
