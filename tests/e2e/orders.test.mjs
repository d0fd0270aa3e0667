/* Orders over REST: placing, their life, who may do what, races, prices, history. */
import assert from "node:assert/strict";
import test from "node:test";
import { isId, isMoney, isTime, ok, pointsAt, problem } from "./lib/assert.mjs";
import { here } from "./lib/instance.mjs";
import { appointed, newId, newKitchen, staffAt } from "./lib/kitchens.mjs";
import { assertAsLogged, logged } from "./lib/log.mjs";
import { LIFE, basketOf, cancel, drive, move, moveReply, orderBySomeone, place, placeReply } from "./lib/orders.mjs";
import { addressInAmsterdam, customer, driver } from "./lib/people.mjs";
import { poll, stream } from "./lib/stream.mjs";
import { inParallel } from "./lib/wait.mjs";

const FINAL = ["delivered", "cancelled"];

test("OT-01 placing an order gives 201, the order, where it is, and the database's own prices", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const reply = await placeReply(ana, kitchen, { tip: 150, items: [
		{ menu_item_id: kitchen.items[0].id, quantity: 2, note: "no salt" },
		{ menu_item_id: kitchen.items[2].id, quantity: 1 },
	] });
	const order = ok(reply, 201);
	isId(order.id);
	assert.equal(reply.headers.location, `/api/v1/orders/${order.id}`);
	assert.equal(order.status, "placed");
	assert.match(order.number, /\S/);
	assert.deepEqual(order.restaurant, { id: kitchen.id, name: kitchen.name });
	assert.deepEqual(order.customer, { id: ana.user.id, name: ana.user.name });
	assert.deepEqual(order.items.map(({ menu_item_id, name, quantity, unit_price, total, note }) => [menu_item_id, name, quantity, unit_price, total, note]), [
		[kitchen.items[0].id, "Soup", 2, 650, 1300, "no salt"],
		[kitchen.items[2].id, "Stew", 1, 1475, 1475, undefined],
	]);
	assert.deepEqual([order.subtotal, order.delivery_fee, order.tip, order.total, order.currency], [2775, kitchen.deliveryFee, 150, 3175, "EUR"]);
	for (const amount of [order.subtotal, order.delivery_fee, order.tip, order.total])
		isMoney(amount);
	assert.equal(order.address.line1, addressInAmsterdam().line1);
	assert.deepEqual([order.payment.method, order.payment.status], ["cash", "due"]);
	assert.equal(order.driver, null);
	assert.equal(order.acknowledged_at, null);
	isTime(order.placed_at);
	isTime(order.updated_at);
	assert.deepEqual(order.allowed_transitions, ["cancelled"]);
	const read = ok(await ana.get(`/orders/${order.id}`));
	assert.deepEqual(read, order);
});

test("OT-01 an order may name an address of the book", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const { id } = ok(await ana.post("/me/addresses", addressInAmsterdam({ line1: "Keizersgracht 1" })), 201);
	const order = await place(ana, kitchen, { address: undefined, address_id: id });
	assert.equal(order.address.line1, "Keizersgracht 1");
	ok(await ana.patch(`/me/addresses/${id}`, { line1: "Moved" }));
	assert.equal(ok(await ana.get(`/orders/${order.id}`)).address.line1, "Keizersgracht 1", "an order keeps its own");
	problem(await placeReply(await customer(), kitchen, { address: undefined, address_id: id }), 422);
	problem(await placeReply(ana, kitchen, { address_id: id, again: true }), 422);
	problem(await placeReply(ana, kitchen, { address: undefined, again: true }), 422);
});

test("OT-01 prices are those of the moment and stay with the order", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	ok(await kitchen.owner.patch(`/menu-items/${kitchen.items[0].id}`, { price: 999, name: "Soup deluxe" }));
	assert.deepEqual(ok(await ana.get(`/orders/${order.id}`)), order);
	const later = await place(ana, kitchen, { again: true });
	assert.equal(later.items[0].unit_price, 999);
	problem(await placeReply(ana, kitchen, { items: [{ menu_item_id: kitchen.items[0].id, quantity: 1, unit_price: 1 }] }), 422, "unknown_field");
	problem(await placeReply(ana, kitchen, { total: 1 }), 422, "unknown_field");
});

const one = (kitchen, changes) => ({ items: [{ menu_item_id: kitchen.items[0].id, quantity: 1, ...changes }] });

const BAD_ORDERS = {
	"no items": [() => ({ items: [] }), "/items"],
	"items that are no list": [() => ({ items: "soup" }), "/items"],
	"fifty-one lines": [(kitchen) => ({ items: Array.from({ length: 51 }, () => ({ menu_item_id: kitchen.items[0].id, quantity: 1 })) }), "/items"],
	"a quantity of none": [(kitchen) => one(kitchen, { quantity: 0 }), "/items/0/quantity"],
	"a negative quantity": [(kitchen) => one(kitchen, { quantity: -3 }), "/items/0/quantity"],
	"a huge quantity": [(kitchen) => one(kitchen, { quantity: 2 ** 53 }), "/items/0/quantity"],
	"a quantity beyond all numbers": [(kitchen) => JSON.stringify(basketOf(kitchen)).replace('"quantity":2', '"quantity":99999999999999999999999'), "/items/0/quantity"],
	"half a quantity": [(kitchen) => one(kitchen, { quantity: 0.5 }), "/items/0/quantity"],
	"a quantity in words": [(kitchen) => one(kitchen, { quantity: "2" }), "/items/0/quantity"],
	"a quantity of true": [(kitchen) => one(kitchen, { quantity: true }), "/items/0/quantity"],
	"no quantity": [(kitchen) => one(kitchen, { quantity: undefined }), "/items/0/quantity"],
	"an item that is none": [(kitchen) => one(kitchen, { menu_item_id: "soup" }), "/items/0/menu_item_id"],
	"an unknown item": [(kitchen) => one(kitchen, { menu_item_id: newId() }), "/items/0/menu_item_id"],
	"an endless note": [(kitchen) => one(kitchen, { note: "x".repeat(5000) }), "/items/0/note"],
	"an unknown field in an item": [(kitchen) => one(kitchen, { colour: "green" }), "/items/0/colour"],
	"a negative tip": [() => ({ tip: -1 }), "/tip"],
	"a tip in cents of cents": [() => ({ tip: 1.5 }), "/tip"],
	"a tip beyond reason": [() => ({ tip: 2 ** 52 }), "/tip"],
	"a tip that no sum has room for": [() => ({ tip: 100_000_000 }), "/items"],
	"a latitude with sixteen thousand zeros": [(kitchen) => JSON.stringify(basketOf(kitchen)).replace(/"lat":[\d.]+/, '"lat":1e-16000'), "/address/lat"],
	"no payment": [() => ({ payment: undefined }), "/payment"],
	"a payment of no kind": [() => ({ payment: { method: "shells" } }), "/payment/method"],
	"an address without a place": [() => ({ address: addressInAmsterdam({ label: undefined, lat: undefined }) }), "/address/lat"],
	"an unknown restaurant": [() => ({ restaurant_id: newId() }), "/restaurant_id"],
	"again in words": [() => ({ again: "yes" }), "/again"],
};

for (const [name, [changes, pointer]] of Object.entries(BAD_ORDERS))
	test(`OT-01 RL-11 an order is refused with the place of its fault: ${name}`, async () => {
		const kitchen = await theKitchen();
		const ana = await theCustomer();
		const change = changes(kitchen);
		const body = typeof change === "string" ? change : basketOf(kitchen, change);
		pointsAt(problem(await ana.post("/orders", body), 422), pointer);
		assert.deepEqual(ok(await ana.get("/orders")).items, []);
	});

let kitchenOfAll, customerOfAll;
const theKitchen = () => (kitchenOfAll ??= newKitchen());
const theCustomer = () => (customerOfAll ??= customer());

test("OT-01 foreign, removed and unavailable items, and closed or paused kitchens, are refused", async () => {
	const [kitchen, other] = [await newKitchen(), await newKitchen()];
	const ana = await customer();
	const [soup, bread] = kitchen.items;
	pointsAt(problem(await placeReply(ana, kitchen, { items: [{ menu_item_id: soup.id, quantity: 1 }, { menu_item_id: other.items[0].id, quantity: 1 }] }), 422), "/items/1/menu_item_id");
	ok(await kitchen.owner.delete(`/menu-items/${bread.id}`), 204);
	pointsAt(problem(await placeReply(ana, kitchen), 422), "/items/1/menu_item_id");
	const codes = new Set();
	ok(await other.owner.patch(`/restaurants/${other.id}`, { accepting_orders: false }));
	codes.add(problem(await placeReply(ana, other), 422).code);
	const small = await newKitchen({ minOrder: 5000 });
	codes.add(problem(await placeReply(ana, small), 422).code);
	assert.equal(codes.size, 2, "distinct codes for distinct reasons");
	await place(ana, small, { items: [{ menu_item_id: small.items[2].id, quantity: 4 }] });
});

test("OT-01 a change of a kitchen and an order at once: the order counts what it saw, never half", async () => {
	const kitchen = await newKitchen();
	const people = await Promise.all(Array.from({ length: 10 }, () => customer()));
	const [pause, ...replies] = await Promise.all([
		kitchen.owner.patch(`/restaurants/${kitchen.id}`, { accepting_orders: false }),
		...people.map((person) => placeReply(person, kitchen)),
	]);
	ok(pause);
	for (const reply of replies)
		if (reply.status !== 201)
			problem(reply, 422);
	problem(await placeReply(people[0], kitchen, { again: true }), 422);
});

test("OT-01 the same basket again within a minute is a slip of the finger unless said otherwise", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	await place(ana, kitchen);
	problem(await placeReply(ana, kitchen), 409, "duplicate_order");
	problem(await placeReply(ana, kitchen, { items: basketOf(kitchen).items.reverse() }), 409, "duplicate_order");
	await place(ana, kitchen, { again: true });
	await place(ana, kitchen, one(kitchen));
	await place(await customer(), kitchen);
	const bob = await customer();
	const { id } = await place(bob, kitchen);
	const old = newId(Date.now() - 61_000);
	await here.psql(`begin; delete from ordering.order_item where order_id = '${id}';
		update ordering.orders set order_id = '${old}' where order_id = '${id}'; commit`);
	await place(bob, kitchen);
	await here.psql(`delete from ordering.orders where order_id = '${old}'`);
});

test("OT-01 ten identical baskets at once are one order", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const replies = await Promise.all(Array.from({ length: 10 }, () => placeReply(ana, kitchen)));
	assert.equal(replies.filter(({ status }) => status === 201).length, 1);
	for (const reply of replies.filter(({ status }) => status !== 201))
		problem(reply, 409, "duplicate_order");
});

test("OT-02 OT-23 an order's whole life, each step told in the order, by whom and what may follow", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const may = { placed: ["confirmed", "cancelled"], confirmed: ["preparing", "cancelled"], preparing: ["ready", "cancelled"], ready: ["picked_up", "cancelled"], picked_up: ["delivered"], delivered: [] };
	let current = ok(await kitchen.owner.get(`/orders/${order.id}`));
	for (const next of LIFE) {
		assert.deepEqual([...current.allowed_transitions].sort(), [...may[current.status]].sort());
		const moved = await move(kitchen.owner, order, next);
		assert.equal(moved.status, next);
		assert.ok(moved.updated_at > current.updated_at);
		current = ok(await kitchen.owner.get(`/orders/${order.id}`));
		assert.deepEqual(current, moved);
		assert.equal(ok(await ana.get(`/orders/${order.id}`)).status, next);
	}
	assert.equal(ok(await ana.get(`/orders/${order.id}`)).payment.status, "collected");
});

test("OT-02 every illegal jump gets 409 with what is allowed, and changes nothing", async () => {
	const kitchen = await newKitchen();
	const statuses = ["awaiting_payment", "placed", ...LIFE];
	const may = { placed: ["confirmed"], confirmed: ["preparing"], preparing: ["ready"], ready: ["picked_up"], picked_up: ["delivered"], delivered: [] };
	const { ana, order } = await orderBySomeone(kitchen);
	let current = order;
	for (;;) {
		const illegal = statuses.filter((to) => !may[current.status].includes(to));
		for (const to of illegal)
			for (const person of [kitchen.owner, ana]) {
				const told = problem(await moveReply(person, order, to), 409, "illegal_transition");
				assert.ok(Array.isArray(told.allowed) && !told.allowed.includes(to), `${current.status} → ${to}: ${JSON.stringify(told)}`);
			}
		for (const to of may[current.status])
			problem(await moveReply(ana, order, to), 409, "illegal_transition");
		assert.equal(ok(await ana.get(`/orders/${order.id}`)).status, current.status);
		if (current.status === "delivered")
			break;
		current = await move(kitchen.owner, order, may[current.status][0]);
	}
	assert.equal((await logged(`order:${order.id}`)).length, (await poll(ana, `order:${order.id}`, { after: 0 })).events.length);
	problem(await moveReply(kitchen.owner, order, "eaten"), 422);
	problem(await kitchen.owner.post(`/orders/${order.id}/transitions`, {}), 422);
});

test("OT-03 cancelling, from every status, by everyone who may and by nobody else", async () => {
	const kitchen = await newKitchen();
	const agent = await appointed("agent");
	const admin = await appointed("admin");
	const may = {
		placed: ["customer", "restaurant", "agent", "admin"], confirmed: ["customer", "restaurant", "agent", "admin"],
		preparing: ["restaurant", "agent", "admin"], ready: ["restaurant", "agent", "admin"],
		picked_up: ["agent", "admin"], delivered: [],
	};
	for (const [status, allowed] of Object.entries(may))
		for (const who of ["customer", "restaurant", "agent", "admin"]) {
			const { ana, order } = await orderBySomeone(kitchen);
			await drive(kitchen.owner, order, status);
			const person = { customer: ana, restaurant: kitchen.owner, agent, admin }[who];
			const reply = await cancel(person, order);
			if (!allowed.includes(who)) {
				problem(reply, 409, "illegal_transition");
				continue;
			}
			assert.equal(ok(reply).status, "cancelled", `${who} from ${status}`);
			assert.deepEqual(reply.body.allowed_transitions, []);
			assert.equal(reply.body.payment.status, "voided");
			const { data } = JSON.parse((await logged(`order:${order.id}`)).find((event) => event.includes('"cancelled"')));
			assert.equal(data.reason, status === "picked_up" ? "undeliverable" : "changed my mind");
		}
});

test("OT-03 nothing follows a final status, and a restaurant says why it cancels", async () => {
	const kitchen = await newKitchen();
	const agent = await appointed("agent");
	for (const end of FINAL) {
		const { ana, order } = await orderBySomeone(kitchen);
		if (end === "delivered")
			await drive(kitchen.owner, order);
		else {
			problem(await moveReply(kitchen.owner, order, "cancelled"), 422);
			ok(await cancel(kitchen.owner, order, "out of flour"));
		}
		for (const person of [ana, kitchen.owner, agent])
			for (const to of ["placed", ...LIFE, "cancelled"])
				assert.deepEqual(problem(await moveReply(person, order, to, "again"), 409, "illegal_transition").allowed, []);
		assert.equal(ok(await ana.get(`/orders/${order.id}`)).status, end);
	}
});

test("OT-04 RN-03 from placing to the door, with three people's streams open", async (t) => {
	const kitchen = await newKitchen();
	const agent = await appointed("agent");
	const board = await stream(t, kitchen.owner, `restaurant:${kitchen.id}`);
	const { ana, order } = await orderBySomeone(kitchen);
	const tracking = await stream(t, ana, `order:${order.id}`, { after: 0 });
	const support = await stream(t, agent, [`order:${order.id}`, `restaurant:${kitchen.id}`], { after: 0 });
	await drive(kitchen.owner, order);
	const story = [["order.placed", "placed"], ...LIFE.map((status) => ["order.status", status])];
	const statuses = (reader, channel) => reader.events.filter((event) => event.channel.startsWith(channel) && /^order\.(placed|status)$/.test(event.type)).map(({ type, data }) => [type, data.status]);
	for (const [reader, channel] of [[tracking, "order:"], [board, "restaurant:"], [support, "order:"], [support, "restaurant:"]]) {
		await reader.until(() => statuses(reader, channel).length === story.length, { what: `the story on ${channel}` });
		assert.deepEqual(statuses(reader, channel), story);
	}
	await tracking.closed();
	await assertAsLogged(tracking.events, `order:${order.id}`);
	await assertAsLogged(board.events, `restaurant:${kitchen.id}`);
});

test("OT-03 OT-18 two cancel at once: one wins, the other gets its 409, fifty times", async () => {
	const kitchen = await newKitchen();
	const people = await inParallel(10, 4, () => customer());
	await inParallel(50, 5, async (round) => {
		const ana = people[round % people.length];
		const order = await place(ana, kitchen, { again: true });
		const replies = await Promise.all([cancel(ana, order), cancel(kitchen.owner, order, "out of flour")]);
		assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 409]);
		problem(replies.find(({ status }) => status === 409), 409, "illegal_transition");
		const events = (await poll(ana, `order:${order.id}`, { after: 0 })).events.filter(({ type }) => type === "order.status");
		assert.deepEqual(events.map(({ data }) => data.status), ["cancelled"]);
	});
});

test("RN-04 OT-18 cancel against confirm at once: the log and the order tell one story, fifty times", async () => {
	const kitchen = await newKitchen();
	const people = await inParallel(10, 4, () => customer());
	await inParallel(50, 5, async (round) => {
		const ana = people[round % people.length];
		const order = await place(ana, kitchen, { again: true });
		const [cancelled, confirmed] = await Promise.all([cancel(ana, order), moveReply(kitchen.owner, order, "confirmed")]);
		const story = (await poll(ana, `order:${order.id}`, { after: 0 })).events.filter(({ type }) => type === "order.status").map(({ data }) => data.status);
		ok(cancelled);
		if (confirmed.status === 200)
			assert.deepEqual(story, ["confirmed", "cancelled"], "a confirmed order may still be cancelled");
		else {
			problem(confirmed, 409, "illegal_transition");
			assert.deepEqual(story, ["cancelled"]);
		}
		assert.equal(ok(await ana.get(`/orders/${order.id}`)).status, "cancelled");
	});
});

test("RN-04 two staff confirm at once: the second is told who was first", async () => {
	const kitchen = await newKitchen();
	const colleague = await staffAt(kitchen);
	const { order } = await orderBySomeone(kitchen);
	const replies = await Promise.all([moveReply(kitchen.owner, order, "confirmed"), moveReply(colleague, order, "confirmed")]);
	assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 409]);
	const winner = replies[0].status === 200 ? kitchen.owner : colleague;
	const told = problem(replies.find(({ status }) => status === 409), 409, "illegal_transition");
	assert.ok(JSON.stringify(told).includes(winner.user.id) || told.detail.includes(winner.user.name), JSON.stringify(told));
});

test("RN-05 RN-04 acknowledging: once, by anyone on the staff, and every screen learns it", async (t) => {
	const kitchen = await newKitchen();
	const colleague = await staffAt(kitchen);
	const screen = await stream(t, colleague, `restaurant:${kitchen.id}`);
	const { ana, order } = await orderBySomeone(kitchen);
	assert.equal(order.acknowledged_at, null);
	const seen = ok(await kitchen.owner.post(`/orders/${order.id}/acknowledge`));
	isTime(seen.acknowledged_at);
	const again = ok(await colleague.post(`/orders/${order.id}/acknowledge`));
	assert.equal(again.acknowledged_at, seen.acknowledged_at, "once");
	const event = await screen.event("order.acknowledged", { order_id: order.id });
	assert.ok(JSON.stringify(event.data.by).includes(kitchen.owner.user.id));
	assert.equal((await logged(`order:${order.id}`)).filter((text) => text.includes("order.acknowledged")).length, 1);
	problem(await ana.post(`/orders/${order.id}/acknowledge`), 403);
	problem(await (await staffAt(await newKitchen())).post(`/orders/${order.id}/acknowledge`), 404);
});

test("RN-05 ten screens acknowledge at once: one event", async () => {
	const kitchen = await newKitchen();
	const { order } = await orderBySomeone(kitchen);
	const replies = await Promise.all(Array.from({ length: 10 }, () => kitchen.owner.post(`/orders/${order.id}/acknowledge`)));
	assert.equal(new Set(replies.map((reply) => ok(reply).acknowledged_at)).size, 1);
	assert.equal((await logged(`restaurant:${kitchen.id}`)).filter((text) => text.includes("order.acknowledged")).length, 1);
});

test("AC-22 OT-01 an order is there for those whom it concerns, and for nobody else", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const insiders = [ana, kitchen.owner, await staffAt(kitchen), await appointed("agent"), await appointed("admin")];
	const outsiders = [await customer(), await driver(), await staffAt(await newKitchen(), "owner")];
	const paths = [`/orders/${order.id}`, `/orders/${order.id}/events`, `/orders/${order.id}/status`];
	for (const person of insiders)
		for (const path of paths)
			ok(await person.get(path));
	for (const person of outsiders) {
		for (const path of paths)
			problem(await person.get(path), 404);
		problem(await moveReply(person, order, "cancelled", "mine"), 404);
	}
});

test("OT-01 RN-08 lists hold one's own, by role, newest first, by status and restaurant", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const placed = [];
	for (let count = 0; count < 4; count++)
		placed.unshift(await place(ana, kitchen, { again: true }));
	await move(kitchen.owner, placed[0], "confirmed");
	ok(await cancel(ana, placed[1]));
	const ids = async (person, query = "") => ok(await person.get(`/orders?limit=100${query}`)).items.map(({ id }) => id);
	assert.deepEqual(await ids(ana), placed.map(({ id }) => id));
	assert.deepEqual(await ids(ana, "&status=confirmed,cancelled"), [placed[0].id, placed[1].id]);
	assert.deepEqual(await ids(ana, "&status=confirmed,confirmed"), [placed[0].id], "a status named twice counts once");
	assert.deepEqual(await ids(kitchen.owner, `&restaurant_id=${kitchen.id}`), placed.map(({ id }) => id));
	assert.deepEqual(await ids(kitchen.owner, `&restaurant_id=${kitchen.id}&status=placed`), [placed[2].id, placed[3].id]);
	assert.deepEqual(await ids(await customer()), []);
	assert.deepEqual(await ids(ana, `&restaurant_id=${(await newKitchen()).id}`), []);
	problem(await ana.get("/orders?status=eaten"), 400);
	problem(await ana.get("/orders?restaurant_id=x"), 400);
	const stranger = await staffAt(await newKitchen());
	const foreign = await stranger.get(`/orders?restaurant_id=${kitchen.id}`);
	assert.ok(foreign.status === 404 || foreign.status === 403 || ok(foreign).items.length === 0);
});

test("OT-01 an order's events are its log, page by page", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	await drive(kitchen.owner, order);
	const wanted = (await logged(`order:${order.id}`)).map((text) => JSON.parse(text));
	const events = [];
	let page = "";
	do {
		const body = ok(await ana.get(`/orders/${order.id}/events?limit=3${page}`));
		events.push(...body.items);
		page = body.next && `&page=${encodeURIComponent(body.next)}`;
	} while (page);
	assert.deepEqual(events, wanted);
});

test("OT-11 short polling: an order and a list that did not change answer 304", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	for (const path of [`/orders/${order.id}`, "/orders"]) {
		const first = await ana.get(path);
		for (let again = 0; again < 3; again++) {
			const same = await ana.get(path, { "If-None-Match": first.headers.etag });
			ok(same, 304);
			assert.equal(same.text, "");
		}
	}
	const before = (await ana.get(`/orders/${order.id}`)).headers.etag;
	const listed = (await ana.get("/orders")).headers.etag;
	await move(kitchen.owner, order, "confirmed");
	assert.equal(ok(await ana.get(`/orders/${order.id}`, { "If-None-Match": before })).status, "confirmed");
	assert.equal(ok(await ana.get("/orders", { "If-None-Match": listed })).items[0].status, "confirmed");
});

test("OT-11 who may do what is part of what an order shows: its ETag is the reader's own", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const { etag } = (await ana.get(`/orders/${order.id}`)).headers;
	const other = await kitchen.owner.get(`/orders/${order.id}`, { "If-None-Match": etag });
	assert.ok(other.status === 200, "another reader's ETag must not match: allowed_transitions differ");
});

test("OT-20 events say what, by whom and when, and hold nothing of the customer's person", async () => {
	const kitchen = await newKitchen();
	const ana = await customer({ name: "Verity Unmistakable", phone: "+31687654321" });
	const order = await place(ana, kitchen);
	await move(kitchen.owner, order, "confirmed");
	ok(await cancel(ana, order));
	const texts = [...await logged(`order:${order.id}`), ...await logged(`restaurant:${kitchen.id}`), ...await logged(`user:${ana.user.id}`)];
	for (const text of texts) {
		const event = JSON.parse(text);
		isTime(event.at);
		assert.ok(event.data.order_id === order.id);
		for (const secret of ["+31687654321", "Prinsengracht", ana.email])
			assert.ok(!text.includes(secret), text);
	}
	const [, confirmed, cancelled] = (await logged(`order:${order.id}`)).map((text) => JSON.parse(text)).filter(({ type }) => type !== "payment.status");
	assert.deepEqual([confirmed.data.previous, confirmed.data.status], ["placed", "confirmed"]);
	assert.ok(confirmed.data.by && cancelled.data.by);
	assert.equal(cancelled.data.reason, "changed my mind");
	assert.ok(Date.parse(confirmed.data.eta) > Date.parse(confirmed.at), "when it should be at the door");
	assert.equal(confirmed.data.eta, order.eta, "confirmed at once, so nothing is late");
	assert.equal(cancelled.data.eta, undefined);
	assert.equal(ok(await ana.get(`/orders/${order.id}`)).eta, null);
});

test("OT-21 a customer pages through ten thousand past orders: each once, newest first", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	await drive(kitchen.owner, order);
	await here.psql(`insert into ordering.orders select (jsonb_populate_record(o, jsonb_build_object(
			'order_id', overlay(overlay(o.order_id::text placing lpad(to_hex((x'018000000000'::bigint + n) >> 16), 8, '0') from 1 for 8)
				placing lpad(to_hex((x'018000000000'::bigint + n) & 65535), 4, '0') from 10 for 4),
			'number', o.number || '-' || n))).*
		from ordering.orders o, generate_series(1, 9999) n where o.order_id = '${order.id}'`);
	const seen = [];
	let page = "";
	do {
		const body = ok(await ana.get(`/orders?limit=100${page}`));
		seen.push(...body.items.map(({ id }) => id));
		page = body.next && `&page=${encodeURIComponent(body.next)}`;
	} while (page);
	assert.equal(seen.length, 10_000);
	assert.deepEqual(seen, [...new Set(seen)].sort().reverse());
});

test("OT-22 the orders table has its fields", async () => {
	const columns = (await here.psql("select column_name from information_schema.columns where table_name = 'orders' and table_schema = 'ordering'")).flat();
	for (const column of ["order_id", "user_id", "restaurant_id", "status", "total_price", "created_at"])
		assert.ok(columns.includes(column), column);
	assert.equal(await here.value("select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) where i.indrelid = 'ordering.orders'::regclass and i.indisprimary"), "order_id");
});

test("OT-18 an order and its events are there together, for every order of this run", async () => {
	await orderBySomeone(await newKitchen());
	const torn = await here.psql(`select o.order_id, o.status from ordering.orders o
		where o.order_id >= '${newId(Date.now() - 3_600_000)}' and not exists (
			select from log.event e where e.channel = 'order:' || o.order_id
			   and (e.data ->> 'status' = o.status::text or o.status = 'awaiting_payment' and e.type = 'payment.status'))`);
	assert.deepEqual(torn, []);
});
