/*
 * The basket: one restaurant's dishes, where they go, how they are paid, and the
 * idempotency key under which they are ordered. Pure: every function gives a new basket.
 *
 * The key is made when the order is first sent, and kept until the basket changes: the
 * same basket sent again, after a lost answer or a reload, is the same order. One whose
 * card was declined is an order already, which waits for a better card: `unpaid`.
 */

export const MAX_QUANTITY = 99;

const CASH = { method: "cash" };

export const emptyBasket = {
	restaurant: null, lines: [], tip: 0, addressId: null, payment: CASH, key: null, isAgain: false, unpaid: null,
};

const changed = (basket, change) => ({ ...basket, ...change, key: null, isAgain: false });

/** `dish`: {id, name, price}; `restaurant`: {id, name, currency, delivery_fee, min_order}. */
export const addDish = (basket, restaurant, dish) => {
	const kept = basket.restaurant?.id === restaurant.id ? basket.lines : [];
	const line = kept.find(({ id }) => id === dish.id);

	if (line)
		return setQuantity({ ...basket, restaurant }, dish.id, line.quantity + 1);
	const added = { id: dish.id, name: dish.name, price: dish.price, quantity: 1, note: "" };
	return changed(basket, { restaurant, lines: [...kept, added] });
};

export const setQuantity = (basket, id, quantity) => {
	const wanted = Math.min(quantity, MAX_QUANTITY);
	const lines = basket.lines
		.map((line) => (line.id === id ? { ...line, quantity: wanted } : line))
		.filter((line) => line.quantity > 0);
	return changed(basket, { lines });
};

export const setNote = (basket, id, note) =>
	changed(basket, { lines: basket.lines.map((line) => (line.id === id ? { ...line, note } : line)) });

export const setTip = (basket, tip) => changed(basket, { tip });
export const setAddress = (basket, addressId) => changed(basket, { addressId });
export const payInCash = (basket) => changed(basket, { payment: CASH });
export const payByCard = (basket, id) => changed(basket, { payment: { method: "card", payment_method_id: id } });

export const withKey = (basket, newKey) => (basket.key ? basket : { ...basket, key: newKey() });

/** The same basket, meant as one more order. */
export const again = (basket, newKey) => ({ ...basket, key: newKey(), isAgain: true });

export const isOtherRestaurant = (basket, restaurant) =>
	basket.lines.length > 0 && basket.restaurant.id !== restaurant.id;

export const countDishes = ({ lines }) => lines.reduce((sum, { quantity }) => sum + quantity, 0);

/** {subtotal, deliveryFee, tip, total, missing}; `missing` is what the minimum order still lacks. */
export const priceBasket = ({ restaurant, lines, tip }) => {
	const subtotal = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
	const deliveryFee = restaurant?.delivery_fee ?? 0;
	return {
		subtotal,
		deliveryFee,
		tip,
		total: subtotal + deliveryFee + tip,
		missing: Math.max(0, (restaurant?.min_order ?? 0) - subtotal),
	};
};

/** An empty one, for the next order: it goes to the same place and is paid the same way. */
export const emptied = ({ addressId, payment }) => ({ ...emptyBasket, addressId, payment });

/** The body of POST /orders. */
export const toOrder = ({ restaurant, lines, tip, addressId, payment, isAgain }) => ({
	restaurant_id: restaurant.id,
	items: lines.map(({ id, quantity, note }) => ({
		menu_item_id: id,
		quantity,
		...(note.trim() ? { note: note.trim() } : {}),
	})),
	address_id: addressId,
	payment,
	...(tip > 0 ? { tip } : {}),
	...(isAgain ? { again: true } : {}),
});

/* What the kitchen and the driver would get: everything but how it is paid. */
const contentOf = (basket) => JSON.stringify({ ...toOrder(basket), payment: null, again: null });

/** The basket whose order `id` is there, but not paid. */
export const withUnpaid = (basket, id) => ({ ...basket, key: null, unpaid: { id, content: contentOf(basket) } });

/** It was ordered and paid after all, or cancelled. */
export const withoutUnpaid = (basket) => ({ ...basket, key: null, unpaid: null });

/** {id, fits} of the order that waits for a card, or null; `fits`: another card is all that it needs. */
export const unpaidOrder = (basket) => basket.unpaid && {
	id: basket.unpaid.id,
	fits: basket.payment.method === "card" && basket.unpaid.content === contentOf(basket),
};

/** The ids of the dishes that an error's pointers ('/items/2/…') complain of, with what they say. */
export const complaintsByDish = ({ lines }, errors) => {
	const complaints = new Map();
	for (const { pointer, detail } of errors) {
		const line = lines[/^\/items\/(\d+)/.exec(pointer)?.[1]];
		if (line)
			complaints.set(line.id, detail);
	}
	return complaints;
};
