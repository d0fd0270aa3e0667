import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyBoard, finishedOrders, needsReading, ordersIn, urgencyOf, waitingOrders, withEvent, withOrders } from "../../../public/js/board.js";

const order = (id, status, more = {}) => ({
	id, status, items: [], customer: { name: "Ana" }, allowed_transitions: [], acknowledged_at: null,
	placed_at: `2026-11-21T18:0${id}:00.000Z`, updated_at: `2026-11-21T18:0${id}:00.000Z`, ...more,
});
const event = (type, id, data = {}) => ({ type, seq: 9, at: "2026-11-21T19:00:00.000Z", data: { order_id: id, ...data } });

const board = withOrders(emptyBoard, [order("3", "placed"), order("1", "placed"), order("2", "delivered"), order("4", "cancelled")]);

test("RN-02 orders stand in their column, the oldest first; what is finished, the latest first", () => {
	assert.deepEqual(ordersIn(board, "placed").map(({ id }) => id), ["1", "3"]);
	assert.deepEqual(finishedOrders(board).map(({ id }) => id), ["4", "2"]);
});

test("RN-02 a new order shows as soon as its event is here, and is read for the rest", () => {
	const next = withEvent(board, event("order.placed", "5", { number: "F5", status: "placed", items: [], placed_at: "2026-11-21T19:00:00.000Z" }));
	assert.deepEqual(ordersIn(next, "placed").map(({ id }) => id), ["1", "3", "5"]);
	assert.equal(needsReading(next.get("5")), true);
	assert.equal(needsReading(next.get("1")), false);
	assert.equal(board.has("5"), false, "the board before is untouched");
});

test("RN-12 a screen that is on for days keeps every order that is under way, and the last of the finished", () => {
	const day = Array.from({ length: 500 }, (_, i) => order(String(i), i % 50 === 0 ? "preparing" : "delivered", {
		updated_at: new Date(Date.UTC(2026, 10, 21, 0, i)).toISOString(),
	}));
	const kept = day.reduce((known, one) => withOrders(known, [one]), emptyBoard);
	assert.equal(ordersIn(kept, "preparing").length, 10);
	assert.deepEqual([finishedOrders(kept).length, finishedOrders(kept)[0].id, kept.size], [20, "499", 30]);
});

test("RN-05 the alarm is about new orders that nobody has seen", () => {
	assert.equal(waitingOrders(board).length, 2);
	const seen = withEvent(board, event("order.acknowledged", "1"));
	assert.deepEqual(waitingOrders(seen).map(({ id }) => id), ["3"]);
	const accepted = withEvent(seen, event("order.status", "3", { status: "confirmed" }));
	assert.deepEqual(waitingOrders(accepted), []);
});

test("RN-04 an event about an order of which nothing is known waits, unseen, until it is read", () => {
	const next = withEvent(board, event("order.status", "7", { status: "ready" }));
	assert.deepEqual(ordersIn(next, "ready"), []);
	assert.equal(needsReading(next.get("7")), true);
	assert.deepEqual(ordersIn(withOrders(next, [order("7", "placed")]), "ready").map(({ id }) => id), ["7"]);
});

test("RN-02 waiting gets more urgent with time, soonest where nobody has accepted", () => {
	assert.deepEqual([0, 2, 5].map((minutes) => urgencyOf(order("1", "placed"), minutes)), ["calm", "soon", "late"]);
	assert.deepEqual([5, 20, 35].map((minutes) => urgencyOf(order("1", "preparing"), minutes)), ["calm", "soon", "late"]);
});
