/* Who may do what: each role at every route of the API, and what is in between. */
import assert from "node:assert/strict";
import test from "node:test";
import { problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { appointed, newId, newKitchen, staffAt } from "./lib/kitchens.mjs";
import { PASSWORD, addressInAmsterdam, customer, driver, freshEmail } from "./lib/people.mjs";
import { refusedStream, stream } from "./lib/stream.mjs";
import { operations } from "../docs/lib/openapi.mjs";

const everyone = ["customer", "restaurant", "driver", "agent", "admin"];
const staff = ["restaurant", "admin"];
const support = ["agent", "admin"];
const id = newId();
const order = { restaurant_id: id, items: [{ menu_item_id: id, quantity: 1 }], address: addressInAmsterdam({ label: undefined }), payment: { method: "cash" } };

/*
 * The smallest request that gets beyond the question who asks, for each route: the operation in docs/api/openapi.yaml,
 * its body, and the roles that it lets in (null: anybody, signed in or not). What ends the session of who asks comes last.
 */
const MATRIX = {
	getMe: [undefined, everyone],
	patchMe: [{}, everyone],
	listSessions: [undefined, everyone],
	endSession: [undefined, everyone],
	listAddresses: [undefined, everyone],
	createAddress: [addressInAmsterdam(), everyone],
	patchAddress: [{}, everyone],
	deleteAddress: [undefined, everyone],
	exportMe: [undefined, everyone],
	changePassword: [{ current: "a wrong guess", new: PASSWORD }, everyone],
	eraseMe: [{ password: "a wrong guess" }, everyone],
	confirmAgain: [undefined, everyone],
	createStreamTicket: [{}, everyone],
	listPaymentMethods: [undefined, everyone],
	createPaymentMethod: [{ token: "4242" }, ["customer"]],
	patchPaymentMethod: [{ default: true }, ["customer"]],
	deletePaymentMethod: [undefined, ["customer"]],
	listUsers: [undefined, ["admin"]],
	getUser: [undefined, ["admin"]],
	patchUser: [{}, ["admin"]],
	listOrders: [undefined, everyone],
	getOrder: [undefined, everyone],
	listOrderEvents: [undefined, everyone],
	waitForStatus: [undefined, everyone],
	moveOrder: [{ to: "confirmed" }, everyone],
	placeOrder: [order, ["customer"]],
	acknowledgeOrder: [{}, ["restaurant"]],
	payOrder: [{ payment_method_id: id }, ["customer"]],
	listPayments: [undefined, everyone],
	refundOrder: [{ reason: "cold" }, support],
	getInvoice: [undefined, everyone],
	patchRestaurant: [{ accepting_orders: true }, staff],
	putHours: [{ hours: [] }, staff],
	createMenuItem: [{ name: "Soup", price: 1, section_id: id }, staff],
	patchMenuItem: [{ available: true }, staff],
	deleteMenuItem: [undefined, staff],
	register: [{}, null],
	login: [{}, null],
	refresh: [{}, null],
	forgotPassword: [{}, null],
	resetPassword: [{}, null],
	confirmEmail: [{}, null],
	receivePaymentWebhook: [{}, null],
	listCities: [undefined, null],
	listRestaurants: [undefined, null],
	getRestaurant: [undefined, null],
	getMenu: [undefined, null],
	getHealth: [undefined, null],
	getReadiness: [undefined, null],
	getMetrics: [undefined, null],
	logout: [undefined, everyone],
	logoutAll: [undefined, everyone],
};

const people = {
	customer: await customer(),
	driver: await driver(),
	restaurant: await staffAt(await newKitchen()),
	agent: await appointed("agent"),
	admin: await appointed("admin"),
};

/* A request to OPERATION by whoever CLIENT is. */
function send(client, { method, path }, body) {
	const payload = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
	return client.fetch(path.replace(/\{\w+\}/g, id), { method, ...payload });
}

/* A new session of PERSON, so that one that ends takes nobody's with it. */
async function another(person) {
	const { body } = await new Client().post("/auth/login", { email: person.email, password: PASSWORD });
	return new Client({ token: body.access_token });
}

test("AC-22 the matrix has a row for every operation of the API, and no other", () => {
	assert.deepEqual(operations.map((operation) => operation.id).sort(), Object.keys(MATRIX).sort());
});

test("AC-22 routes for anybody ask nobody who he is", async () => {
	for (const operation of operations.filter((one) => MATRIX[one.id]?.[1] === null))
		assert.ok(![403, 405].includes((await send(new Client(), operation, MATRIX[operation.id][0])).status), operation.id);
});

test("AC-22 channels: each role sees its own, and no other", async (t) => {
	const kitchen = await newKitchen();
	const owner = kitchen.owner;
	const stranger = await staffAt(await newKitchen());
	const may = {
		[`user:${people.customer.user.id}`]: ["customer"],
		[`driver:${people.driver.user.id}`]: ["driver", "admin"],
		[`restaurant:${kitchen.id}`]: ["owner", "agent", "admin"],
		ops: ["admin"],
		announcements: [...everyone, "owner", "stranger"],
	};
	for (const [channel, roles] of Object.entries(may))
		for (const [role, person] of Object.entries({ ...people, owner, stranger })) {
			if (roles.includes(role))
				await stream(t, person, channel);
			else
				problem(await refusedStream(person, channel), 403);
		}
});

test("AC-22 nobody takes a role by asking for it: not at the registration, not in the profile", async () => {
	for (const role of ["restaurant", "agent", "admin"])
		problem(await new Client().post("/auth/register", { email: freshEmail(), password: PASSWORD, name: "Eve", role }), 422);
	for (const changes of [{ role: "admin" }, { memberships: [] }, { suspended: false }])
		problem(await people.customer.patch("/me", changes), 422, "unknown_field");
});

for (const [name, [body, roles]] of Object.entries(MATRIX).filter(([, row]) => row[1] !== null)) {
	const operation = operations.find((one) => one.id === name);
	test(`AC-22 ${operation.method} ${operation.path}: ${roles.length === everyone.length ? "everyone who is signed in" : roles.join(", ")}`, async () => {
		problem(await send(new Client(), operation, body), 401, "unauthenticated");
		for (const [role, person] of Object.entries(people)) {
			const reply = await send(name.startsWith("logout") ? await another(person) : person, operation, body);
			if (roles.includes(role))
				assert.ok(reply.body?.code === "wrong_password" || ![401, 403, 405].includes(reply.status), `${role}: ${reply.status} ${reply.text}`);
			else
				problem(reply, 403);
		}
	});
}
