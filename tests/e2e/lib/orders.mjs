/* Kitchens of a test's own, and orders that are driven through their life. */
import { ok } from "./assert.mjs";
import { addressInAmsterdam, customer } from "./people.mjs";

/* What staff do with an order, in this order. */
export const LIFE = ["confirmed", "preparing", "ready", "picked_up", "delivered"];

/* The body of POST /orders: one of each of the kitchen's first items, paid cash at the door. */
export const basketOf = (kitchen, changes = {}) => ({
	restaurant_id: kitchen.id,
	items: [{ menu_item_id: kitchen.items[0].id, quantity: 2 }, { menu_item_id: kitchen.items[1].id, quantity: 1 }],
	address: addressInAmsterdam({ label: undefined }),
	payment: { method: "cash" },
	...changes,
});

export const placeReply = (person, kitchen, changes, headers) => person.post("/orders", basketOf(kitchen, changes), headers);

export const place = async (...args) => ok(await placeReply(...args), 201);

/* An order by somebody new: {ana, order}. */
export async function orderBySomeone(kitchen, changes) {
	const ana = await customer({ instance: kitchen.instance });
	return { ana, order: await place(ana, kitchen, changes) };
}

export const moveReply = (person, order, to, reason) => person.post(`/orders/${order.id}/transitions`, { to, reason });

export const move = async (...args) => ok(await moveReply(...args));

export const cancel = (person, order, reason = "changed my mind") => moveReply(person, order, "cancelled", reason);

/* Staff move the order along up to status TO; resolves with the last answer. */
export async function drive(person, order, to = "delivered") {
	let moved = order;
	for (const next of LIFE.slice(LIFE.indexOf(order.status) + 1, LIFE.indexOf(to) + 1))
		moved = await move(person, order, next);
	return moved;
}
