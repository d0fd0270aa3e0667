/* What admins decide about people: who is in, who is what, who works where. */
import assert from "node:assert/strict";
import test from "node:test";
import { ok, pointsAt, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { appointed, newId, newKitchen, staffAt } from "./lib/kitchens.mjs";
import { orderBySomeone } from "./lib/orders.mjs";
import { PASSWORD, customer, demo, driver, logIn } from "./lib/people.mjs";
import { heldPoll, stream } from "./lib/stream.mjs";
import { A_SECOND_MS, within } from "./lib/wait.mjs";

const admin = await demo("admin");
const change = (person, changes, headers) => admin.patch(`/users/${person.user.id}`, changes, headers);

test("AC-22 admins find people: by name, e-mail, role and suspension, a page at a time", async () => {
	const name = `Zora ${newId()}`;
	const people = [await customer({ name }), await driver({ name }), await customer({ name })];
	const find = async (query) => ok(await admin.get(`/users?${new URLSearchParams({ q: name.toUpperCase(), ...query })}`));
	assert.deepEqual((await find({})).items.map(({ id }) => id), people.map(({ user }) => user.id).reverse());
	assert.deepEqual((await find({ role: "driver" })).items.map(({ id }) => id), [people[1].user.id]);
	assert.deepEqual((await find({ q: people[2].email })).items.map(({ id }) => id), [people[2].user.id]);
	const first = await find({ limit: 2 });
	const second = await find({ limit: 2, page: first.next });
	assert.deepEqual([...first.items, ...second.items].map(({ id }) => id), people.map(({ user }) => user.id).reverse());
	assert.equal(second.next, null);
	ok(await change(people[0], { suspended: true }));
	assert.deepEqual((await find({ suspended: true })).items.map(({ id }) => id), [people[0].user.id]);
	assert.deepEqual((await find({ suspended: false })).items.length, 2);
	assert.deepEqual((await find({ q: "%" })).items, []);
	for (const wrong of ["role=king", "suspended=perhaps", "limit=0", "page=x", "colour=green"])
		problem(await admin.get(`/users?${wrong}`), 400);
});

test("AC-22 one person is shown as he sees himself, and whether he is suspended", async () => {
	const ana = await customer({ phone: "+31612345678" });
	const reply = await admin.get(`/users/${ana.user.id}`);
	assert.deepEqual(ok(reply), { ...ana.user, suspended: false, erased: false });
	ok(await admin.get(`/users/${ana.user.id}`, { "If-None-Match": reply.headers.etag }), 304);
	problem(await admin.get(`/users/${newId()}`), 404, "not_found");
	problem(await admin.get("/users/nobody"), 404);
});

test("AC-13 AC-23 a suspension ends every session and stream within a second, in every program; and can be taken back", async (t) => {
	const ana = await customer();
	const desk = await logIn({ email: ana.email });
	const reader = await stream(t, ana, `user:${ana.user.id}`);
	const poll = await heldPoll(t, desk, `user:${ana.user.id}`);
	assert.equal(ok(await change(ana, { suspended: true })).suspended, true);
	await reader.closed({ within: A_SECOND_MS });
	await within(A_SECOND_MS, poll.body.catch(() => {}), "end of the poll");
	for (const person of [ana, desk]) {
		for (const path of ["/me", "/orders"])
			problem(await person.get(path), 401, "session_ended");
		problem(await person.fetch(`/poll?channels=user:${ana.user.id}&wait=0`), 401, "session_ended");
	}
	problem(await ana.post("/auth/refresh", { refresh_token: ana.refreshToken }), 401);
	problem(await new Client().post("/auth/login", { email: ana.email, password: PASSWORD }), 403, "account_suspended");
	ok(await change(ana, { suspended: false }));
	problem(await ana.get("/me"), 401, "session_ended");
	ok(await (await logIn({ email: ana.email })).get("/me"));
});

test("AC-22 another role ends the sessions, and is his from the next sign-in on, in every program", async (t) => {
	const kitchen = await newKitchen();
	const { order } = await orderBySomeone(kitchen);
	const rosa = await customer();
	const reader = await stream(t, rosa, `user:${rosa.user.id}`);
	const body = ok(await change(rosa, { role: "restaurant", memberships: [{ restaurant_id: kitchen.id, role: "manager" }] }));
	assert.deepEqual(body.memberships, [{ restaurant: { id: kitchen.id, name: kitchen.name }, role: "manager" }]);
	await reader.closed({ within: A_SECOND_MS });
	problem(await rosa.get("/me"), 401, "session_ended");
	const staff = await logIn({ email: rosa.email });
	assert.equal(staff.user.role, "restaurant");
	ok(await staff.patch(`/restaurants/${kitchen.id}`, { accepting_orders: true }));
	ok(await staff.post(`/orders/${order.id}/acknowledge`));
	await stream(t, staff, `restaurant:${kitchen.id}`);
});

test("AC-22 a membership counts at once: in requests, and in streams that are open", async (t) => {
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen);
	const other = await newKitchen();
	const board = await stream(t, staff, [`restaurant:${kitchen.id}`, `user:${staff.user.id}`]);
	ok(await change(staff, { memberships: [{ restaurant_id: other.id, role: "owner" }] }));
	const [denied] = await board.until(() => board.signals("stream.denied").length > 0 && board.signals("stream.denied"), { within: A_SECOND_MS });
	assert.equal(denied.channel, `restaurant:${kitchen.id}`);
	assert.deepEqual((await board.event("user.updated", {}, { within: A_SECOND_MS })).data.fields, ["memberships"]);
	assert.equal(board.isClosed, false);
	ok(await staff.patch(`/restaurants/${other.id}`, { accepting_orders: true }));
	problem(await staff.patch(`/restaurants/${kitchen.id}`, { accepting_orders: true }), 403);
	assert.deepEqual(ok(await staff.get("/me")).memberships.map(({ restaurant }) => restaurant.id), [other.id]);
	await stream(t, staff, `restaurant:${other.id}`);
});

test("AC-22 what an admin may not do: change himself, what nobody is, and over another one's change", async () => {
	const boss = await appointed("admin");
	problem(await boss.patch(`/users/${boss.user.id}`, { role: "customer" }), 403, "own_account");
	problem(await boss.patch(`/users/${boss.user.id}`, { suspended: true }), 403, "own_account");
	const ana = await customer();
	problem(await admin.patch(`/users/${newId()}`, { suspended: true }), 404, "not_found");
	pointsAt(problem(await change(ana, { role: "king" }), 422), "/role");
	pointsAt(problem(await change(ana, { suspended: "yes" }), 422), "/suspended");
	problem(await change(ana, { email: "x@example.com" }), 422, "unknown_field");
	pointsAt(problem(await change(ana, { memberships: [{ restaurant_id: newId(), role: "staff" }] }), 422, "not_staff"), "/memberships");
	pointsAt(problem(await change(ana, { role: "restaurant", memberships: [{ restaurant_id: newId(), role: "staff" }] }), 422), "/memberships/0/restaurant_id");
	pointsAt(problem(await change(ana, { role: "restaurant", memberships: [{ restaurant_id: newId(), role: "king" }] }), 422), "/memberships/0/role");
	assert.deepEqual(ok(await ana.get("/me")), ana.user, "nothing of it happened");
	const { etag } = (await admin.get(`/users/${ana.user.id}`)).headers;
	ok(await boss.patch(`/users/${ana.user.id}`, { suspended: true }, { "If-Match": etag }));
	problem(await change(ana, { suspended: false }, { "If-Match": etag }), 412, "precondition_failed");
});

test("AC-22 two admins who throw each other out at once: one of them stays", async () => {
	for (let round = 0; round < 5; round++) {
		const [ada, bob] = [await appointed("admin"), await appointed("admin")];
		const out = (by, whom) => by.patch(`/users/${whom.user.id}`, { suspended: true });
		const replies = await Promise.all([out(ada, bob), out(bob, ada)]);
		assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 401]);
	}
});

test("AC-22 whose order still moves keeps his role until it is done", async () => {
	const { ana } = await orderBySomeone(await newKitchen());
	problem(await change(ana, { role: "driver" }), 409, "orders_open");
	ok(await ana.get("/me"));
});
