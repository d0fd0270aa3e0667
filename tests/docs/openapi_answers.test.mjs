/*
 * Every operation of openapi.yaml is called on the running site until it has given each answer that the document
 * promises, and each is held against the document: status, headers, body.
 * To add an operation: a row in `calls` that succeeds; `refusals` holds what only some can be brought to.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../e2e/lib/client.mjs";
import { newId, newKitchen } from "../e2e/lib/kitchens.mjs";
import { basketOf, orderBySomeone, place } from "../e2e/lib/orders.mjs";
import { addressInAmsterdam, customer, freshEmail, PASSWORD } from "../e2e/lib/people.mjs";
import { conforms, describes, operations, resolved } from "./lib/openapi.mjs";
import { violations } from "./lib/violations.mjs";

const kitchen = await newKitchen();
const { owner } = kitchen;
const ana = await customer();
const shift = { day: 1, opens: "11:00", closes: "23:00" };

const addressOf = async (person) => (await person.post("/me/addresses", addressInAmsterdam())).body.id;
const otherSessionOf = async (person) => {
	await new Client().post("/auth/login", { email: person.email, password: PASSWORD });
	const { body } = await person.get("/me/sessions");
	return body.items.find(({ current }) => !current).id;
};
const order = await place(ana, kitchen);
const restaurant = { restaurant_id: kitchen.id };

/* A call that succeeds: who asks, the ids in the path, the query, the body. Made anew for each use. */
const calls = {
	register: async () => ({ as: new Client(), body: { email: freshEmail(), password: PASSWORD, name: "Ana", phone: "+31201234567" } }),
	login: async () => ({ as: new Client(), body: { email: ana.email, password: PASSWORD, device: "a test" } }),
	refresh: async () => ({ as: new Client(), body: { refresh_token: (await customer()).refreshToken } }),
	logout: async () => ({ as: await customer() }),
	logoutAll: async () => ({ as: await customer() }),
	getMe: async () => ({ as: owner }),
	patchMe: async () => ({ as: ana, body: { name: "Ana Lovelace", phone: null } }),
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

/* Where that does not do: "OPERATION STATUS" → the call. */
const refusals = {
	"register 409": async (call) => ({ ...call, body: { ...call.body, email: ana.email } }),
	"login 401": async (call) => ({ ...call, body: { email: freshEmail(), password: PASSWORD } }),
	"login 429": async (call, send) => strangersFailures({ ...call, body: { email: freshEmail(), password: PASSWORD } }, send),
	"refresh 401": async (call) => ({ ...call, body: { refresh_token: "not-one-of-yours" } }),
	"listOrders 400": async (call) => ({ ...call, query: { page: "not-a-page" } }),
	"listOrders 404": async (call) => ({ ...call, query: { restaurant_id: newId() } }),
	"placeOrder 403": async (call) => ({ ...call, as: owner }),
	"placeOrder 409": async (call, send) => (await send(call), call),
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
