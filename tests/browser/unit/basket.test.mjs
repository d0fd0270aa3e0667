import assert from "node:assert/strict";
import { test } from "node:test";
import {
	addDish, again, complaintsByDish, countDishes, emptied, emptyBasket, isOtherRestaurant, MAX_QUANTITY, payByCard, payInCash, priceBasket, setAddress, setNote,
	setQuantity, setTip, toOrder, unpaidOrder, withKey, withoutUnpaid, withUnpaid,
} from "../../../public/js/basket.js";

const luna = { id: "luna", name: "Luna", currency: "EUR", delivery_fee: 250, min_order: 1500 };
const senja = { id: "senja", name: "Senja", currency: "EUR", delivery_fee: 0, min_order: 0 };
const soup = { id: "soup", name: "Soup", price: 650 };
const bread = { id: "bread", name: "Bread", price: 300 };

const basket = addDish(addDish(addDish(emptyBasket, luna, soup), luna, soup), luna, bread);

test("OT-01 the same dish again is one more of it", () => {
	assert.deepEqual(basket.lines.map(({ id, quantity }) => [id, quantity]), [["soup", 2], ["bread", 1]]);
	assert.equal(countDishes(basket), 3);
});

test("OT-01 a dish of another restaurant starts a new basket, which can be asked about first", () => {
	assert.equal(isOtherRestaurant(basket, senja), true);
	assert.equal(isOtherRestaurant(basket, luna), false);
	assert.equal(isOtherRestaurant(emptyBasket, senja), false);
	assert.deepEqual(addDish(basket, senja, bread).lines.map(({ id }) => id), ["bread"]);
});

test("OT-01 none of a dish is no line; more than the limit is the limit", () => {
	assert.deepEqual(setQuantity(basket, "soup", 0).lines.map(({ id }) => id), ["bread"]);
	assert.equal(setQuantity(basket, "soup", 1000).lines[0].quantity, MAX_QUANTITY);
});

test("OT-01 the sums, and what the minimum still lacks", () => {
	assert.deepEqual(priceBasket(setTip(basket, 100)), { subtotal: 1600, deliveryFee: 250, tip: 100, total: 1950, missing: 0 });
	assert.equal(priceBasket(setQuantity(basket, "soup", 1)).missing, 550);
});

test("AC-17 a basket keeps its key until it changes", () => {
	let made = 0;
	const newKey = () => `key ${++made}`;
	const sent = withKey(basket, newKey);
	assert.equal(withKey(sent, newKey).key, "key 1");
	for (const changed of [setTip(sent, 1), setAddress(sent, "x"), setNote(sent, "soup", "hot"), setQuantity(sent, "soup", 3), addDish(sent, luna, bread)])
		assert.equal(changed.key, null);
	assert.equal(sent.key, "key 1");
});

test("OT-01 the order that is sent: notes and tip only where there are any", () => {
	const noted = setAddress(setNote(basket, "soup", "  no salt "), "home");
	assert.deepEqual(toOrder(noted), {
		restaurant_id: "luna",
		items: [{ menu_item_id: "soup", quantity: 2, note: "no salt" }, { menu_item_id: "bread", quantity: 1 }],
		address_id: "home",
		payment: { method: "cash" },
	});
	assert.equal(toOrder(setTip(noted, 200)).tip, 200);
});

test("AC-17 a second helping is another order, under a key of its own, until the basket changes", () => {
	const more = again({ ...basket, key: "first" }, () => "second");
	assert.deepEqual([more.key, toOrder(more).again], ["second", true]);
	assert.equal(toOrder(setTip(more, 100)).again, undefined);
});

test("AC-16 an error's pointers find their dish", () => {
	const errors = [{ pointer: "/items/1/menu_item_id", detail: "sold out" }, { pointer: "/address_id", detail: "?" }];
	assert.deepEqual([...complaintsByDish(basket, errors)], [["bread", "sold out"]]);
});

test("PY-05 AC-17 a card chosen goes along, and choosing makes it another request", () => {
	const byCard = payByCard({ ...basket, key: "first" }, "card-1");
	assert.equal(byCard.key, null);
	assert.deepEqual(toOrder(byCard).payment, { method: "card", payment_method_id: "card-1" });
	assert.deepEqual(toOrder(payInCash(byCard)).payment, { method: "cash" });
	assert.deepEqual(emptied(setAddress(byCard, "home")), { ...emptyBasket, addressId: "home", payment: byCard.payment });
});

test("PY-05 an order whose card was declined takes another card, until the basket is another one", () => {
	const unpaid = withUnpaid({ ...payByCard(basket, "card-1"), key: "first" }, "order-1");
	assert.equal(unpaid.key, null, "another try is another request");
	assert.deepEqual(unpaidOrder(unpaid), { id: "order-1", fits: true });
	assert.deepEqual(unpaidOrder(payByCard(unpaid, "card-2")), { id: "order-1", fits: true });
	assert.deepEqual(unpaidOrder(setTip(setTip(unpaid, 100), 0)), { id: "order-1", fits: true }, "back to what it was");
	for (const other of [payInCash(unpaid), setTip(unpaid, 100), setAddress(unpaid, "work"), setNote(unpaid, "soup", "hot"), addDish(unpaid, luna, bread)])
		assert.deepEqual(unpaidOrder(other), { id: "order-1", fits: false });
	assert.equal(unpaidOrder(withoutUnpaid(unpaid)), null);
	assert.equal(unpaidOrder(basket), null);
});
