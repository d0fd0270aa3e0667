import assert from "node:assert/strict";
import { test } from "node:test";
import {
	applyEvent, canCancel, describeActor, describePayment, describeStatus, isFinal, mergeEvents, mergeOrder, nextSteps, reasonOf, summarise, timelineOf,
} from "../../../public/js/order-view.js";

const order = { id: "o", status: "placed", placed_at: "2026-11-21T18:00:00.000Z", acknowledged_at: null, allowed_transitions: ["confirmed", "cancelled"], payment: { method: "cash", status: "due" } };
const moved = (seq, status, previous, more = {}) => ({
	channel: "order:o", seq, type: "order.status", at: `2026-11-21T18:0${seq}:00.000Z`,
	data: { order_id: "o", status, previous, by: { role: "restaurant", name: "Sanne" }, ...more },
});

test("OT-05 an event moves the order, and its next steps must be asked for", () => {
	const next = applyEvent(order, moved(2, "confirmed", "placed"));
	assert.deepEqual([next.status, next.allowed_transitions, next.updated_at], ["confirmed", null, "2026-11-21T18:02:00.000Z"]);
});

test("OT-15 an event that comes late or twice doesn't move an order back", () => {
	const ready = { ...order, status: "ready" };
	assert.equal(applyEvent(ready, moved(2, "confirmed", "placed")), ready);
	assert.equal(applyEvent(ready, moved(4, "ready", "preparing")), ready);
});

test("OT-15 of two pictures of an order the further one counts, whichever came last", () => {
	const ahead = { ...order, status: "preparing", allowed_transitions: ["ready"] };
	assert.equal(mergeOrder(order, ahead).status, "preparing");
	assert.deepEqual(mergeOrder(ahead, order).allowed_transitions, ["ready"]);
	assert.equal(mergeOrder({ ...order, acknowledged_at: "t" }, ahead).acknowledged_at, "t");
	assert.equal(mergeOrder(undefined, order), order);
});

test("RN-05 seen, driver and payment are learnt from their events", () => {
	const by = (type, data) => applyEvent(order, { type, at: "t", data: { order_id: "o", ...data } });
	assert.equal(by("order.acknowledged", {}).acknowledged_at, "t");
	assert.deepEqual(by("order.driver_assigned", { driver: { name: "Dirk" } }).driver, { name: "Dirk" });
	assert.deepEqual(by("payment.status", { status: "collected" }).payment, { method: "cash", status: "collected" });
	assert.equal(by("something.new", {}).status, "placed");
});

test("OT-20 OT-23 the bar: each step with time and who", () => {
	const events = [moved(2, "confirmed", "placed"), moved(3, "preparing", "confirmed")];
	const steps = timelineOf({ ...order, status: "preparing" }, events);
	assert.deepEqual(steps.map(({ state }) => state), ["done", "done", "current", "todo", "todo", "todo"]);
	assert.deepEqual(steps.map(({ at }) => at?.slice(14, 16) ?? null), ["00", "02", "03", null, null, null]);
	assert.deepEqual([steps[0].by, steps[2].by], [null, "Sanne"]);
});

test("OT-03 a cancelled order's bar shows how far it came, and then that", () => {
	const events = [moved(2, "confirmed", "placed"), moved(3, "cancelled", "confirmed", { reason: "oven" })];
	const steps = timelineOf({ ...order, status: "cancelled" }, events);
	assert.deepEqual(steps.map(({ status, state }) => [status, state]), [["placed", "done"], ["confirmed", "done"], ["cancelled", "current"]]);
});

test("OT-03 OT-20 why an order was cancelled, and what is to be paid, in words", () => {
	const cancelled = (reason) => [moved(2, "confirmed", "placed"), moved(3, "cancelled", "confirmed", { reason })];
	assert.equal(reasonOf(cancelled("The oven is broken")), "The oven is broken");
	assert.match(reasonOf(cancelled("undeliverable")), /could not be delivered/);
	assert.equal(reasonOf([moved(2, "confirmed", "placed")]), null);
	assert.deepEqual(["due", "collected", "voided"].map((status) => describePayment({ method: "cash", status })), ["cash at the door", "paid in cash", "nothing to pay"]);
});

test("OT-15 events that come twice are one, in the order of their numbers", () => {
	const [a, b, c] = [moved(1, "confirmed"), moved(2, "preparing"), moved(3, "ready")];
	assert.deepEqual(mergeEvents([c, a], [b, c]), [a, b, c]);
});

test("OT-02 buttons are the steps that the server allows, cancelling apart", () => {
	assert.deepEqual(nextSteps(order), [{ to: "confirmed", label: "Accept" }]);
	assert.equal(canCancel(order), true);
	assert.deepEqual(nextSteps({ allowed_transitions: null }), []);
	assert.equal(canCancel({ allowed_transitions: [] }), false);
});

test("OT-03 what is final, and words for what isn't known yet", () => {
	assert.deepEqual(["placed", "picked_up", "delivered", "cancelled"].map((status) => isFinal({ status })), [false, false, true, true]);
	assert.equal(describeStatus("teleported").label, "teleported");
	assert.equal(describeActor("customer"), "the customer");
	assert.equal(describeActor(undefined), null);
	assert.equal(summarise([{ quantity: 2, name: "Soup" }, { quantity: 1, name: "Bread" }]), "2 × Soup, 1 × Bread");
});

test("PY-03 an order that waits for its payment isn't placed, and one never paid never was", () => {
	const awaiting = { ...order, status: "awaiting_payment", placed_at: null, payment: { method: "card", status: "requires_action" } };
	assert.ok(timelineOf(awaiting, []).every(({ state, at }) => state === "todo" && at === null));

	const placed = applyEvent(awaiting, { type: "order.placed", at: "t", data: { order_id: "o", status: "placed", placed_at: "t", payment: { method: "card", status: "authorized" } } });
	assert.deepEqual([placed.status, placed.placed_at, placed.payment.status], ["placed", "t", "authorized"]);

	const late = moved(2, "cancelled", "awaiting_payment", { by: { role: "system", name: "FoodFast" }, reason: "late" });
	assert.deepEqual(timelineOf({ ...awaiting, status: "cancelled" }, [late]).map(({ status }) => status), ["cancelled"]);
	assert.match(reasonOf([late]), /within 15 minutes/);
	assert.equal(reasonOf([moved(2, "cancelled", "placed", { by: { role: "system" }, reason: "No money." })]), "No money.");
});

test("PY-05 every state of a payment by card is in words", () => {
	for (const status of ["pending", "requires_action", "failed", "authorized", "captured", "partially_refunded", "refunded", "voided"])
		assert.doesNotMatch(describePayment({ method: "card", status }), /_|,\s*(captured|voided)/);
	assert.equal(describePayment({ method: "card", status: "brand_new" }), "card, brand new");
});
