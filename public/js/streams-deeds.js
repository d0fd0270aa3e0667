/*
 * Making something happen, so that there is something to see: each deed is the same REST
 * call (or the same message over a socket) that the pages and curl use. A deed resolves to
 * what it did in words, and throws ApiError.
 */
import { getAll, withQuery } from "./api.js";

const RENAMED = " (renamed)";

const cooking = ["placed", "confirmed", "preparing", "ready", "picked_up"];
const cancellable = ["awaiting_payment", "placed", "confirmed"];

export class Deeds {
	#apis;
	/* The restaurant that a customer orders from, chosen once. */
	#place = null;

	/** `apis`: role → that session's calls. */
	constructor(apis) {
		this.#apis = apis;
	}

	/** Changes one's name there and back. */
	async rename(role) {
		const { body: { name } } = await this.#apis[role].get("/me");
		const next = name.endsWith(RENAMED) ? name.slice(0, -RENAMED.length) : name + RENAMED;
		await this.#apis[role].patch("/me", { name: next });
		return `The name is now ${next}.`;
	}

	/** Orders something from the restaurant `preferred` (an id), or from any that is open. Resolves to the order. */
	async order(preferred) {
		const api = this.#apis.customer;
		this.#place = preferred ?? this.#place ?? await this.#openRestaurant();
		const { restaurant, dish } = await this.#dishAt(this.#place);
		const quantity = Math.min(99, Math.max(1, Math.ceil((restaurant.min_order ?? 0) / dish.price)));
		const { body } = await api.post("/orders", {
			restaurant_id: restaurant.id,
			items: [{ menu_item_id: dish.id, quantity }],
			address: { line1: "Teststraat 1", city: restaurant.city?.name ?? restaurant.city, lat: restaurant.lat, lng: restaurant.lng },
			payment: { method: "cash" },
			again: true,
		});
		return body;
	}

	/** Cancels the customer's latest order that still can be. */
	async cancel() {
		const { body: { items: [order] } } = await this.#apis.customer.get(withQuery("/orders", { status: cancellable.join(","), limit: 1 }));
		if (!order)
			return "No order can be cancelled any more.";
		await this.#apis.customer.post(`/orders/${order.id}/transitions`, { to: "cancelled" });
		return `Order ${order.number} is cancelled.`;
	}

	/** The message that acknowledges the oldest order nobody has seen, or null. */
	async acknowledgement() {
		const order = (await this.#kitchen()).find(({ acknowledged_at: seen }) => !seen);
		return order ? { channel: `restaurant:${order.restaurant.id}`, type: "order.acknowledged", data: { order_id: order.id } } : null;
	}

	/** Acknowledges it by REST. */
	async acknowledge() {
		const message = await this.acknowledgement();
		if (!message)
			return "Every order has been seen.";
		await this.#apis.restaurant.post(`/orders/${message.data.order_id}/acknowledge`);
		return "The oldest new order is acknowledged.";
	}

	/** Moves the oldest order one step on. */
	async advance() {
		const [order] = await this.#kitchen();
		if (!order)
			return "Nothing is cooking. Place an order first.";
		const { body } = await this.#apis.restaurant.get(`/orders/${order.id}`);
		const to = body.allowed_transitions.find((status) => status !== "cancelled");
		await this.#apis.restaurant.post(`/orders/${order.id}/transitions`, { to });
		return `Order ${order.number} is ${to.replace("_", " ")}.`;
	}

	/** What a person may watch: [{channel, label}]. */
	async channels(role) {
		const { body: me } = await this.#apis[role].get("/me");
		const mine = [{ channel: `user:${me.id}`, label: "yourself" }];
		const kitchens = (me.memberships ?? []).map(({ restaurant: { id, name } }) => ({ channel: `restaurant:${id}`, label: name }));
		const more = { driver: [{ channel: `driver:${me.id}`, label: "your rides" }], admin: [{ channel: "ops", label: "operations" }] };
		const orders = ["customer", "restaurant"].includes(role) ? await this.#orders(role) : [];
		return [...mine, ...kitchens, ...(more[role] ?? []), ...orders, { channel: "announcements", label: "announcements" }];
	}

	async #orders(role) {
		const { body: { items } } = await this.#apis[role].get(withQuery("/orders", { status: cooking.join(","), limit: 4 }));
		return items.map(({ id, number }) => ({ channel: `order:${id}`, label: `order ${number}` }));
	}

	/* The kitchen's open orders, oldest first. */
	async #kitchen() {
		const { items } = await getAll(this.#apis.restaurant, "/orders", { status: cooking.join(",") });
		return items.reverse();
	}

	async #openRestaurant() {
		const { body: { items } } = await this.#apis.customer.get("/restaurants?open_now=true&limit=100");
		return items.find((restaurant) => restaurant.accepting_orders).id;
	}

	async #dishAt(id) {
		const [{ body: restaurant }, { body: menu }] = await Promise.all([
			this.#apis.customer.get(`/restaurants/${id}`),
			this.#apis.customer.get(`/restaurants/${id}/menu`),
		]);
		const dish = menu.sections.flatMap(({ items }) => items).find(({ available }) => available);
		return { restaurant, dish };
	}
}
