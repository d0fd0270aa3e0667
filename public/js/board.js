/*
 * The kitchen's board: the orders of one restaurant by status. Pure: a board is
 * Map(order id → order), and every function gives a new one.
 */
import { applyEvent, isFinal, mergeOrder, rankOf } from "./order-view.js";

/** The columns from left to right; `finished` is listed apart. */
export const columns = [
	{ status: "placed", title: "New" },
	{ status: "confirmed", title: "Accepted" },
	{ status: "preparing", title: "Preparing" },
	{ status: "ready", title: "Ready" },
	{ status: "picked_up", title: "On the way" },
];

const FINISHED_SHOWN = 20;

export const emptyBoard = new Map();

const oldestFirst = (a, b) => Date.parse(a.placed_at) - Date.parse(b.placed_at);
const latestFirst = (a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at);

const finishedOf = (board) => [...board.values()].filter((order) => order.items && isFinal(order)).sort(latestFirst);

/* A kitchen's screen is on for days: what is finished and no longer shown is let go. */
const trim = (board) => {
	for (const { id } of finishedOf(board).slice(FINISHED_SHOWN))
		board.delete(id);
	return board;
};

/** Orders as a GET gave them. */
export const withOrders = (board, orders) => {
	const next = new Map(board);
	for (const order of orders)
		next.set(order.id, mergeOrder(next.get(order.id), order));
	return trim(next);
};

/** The board after an event, known order or not. */
export const withEvent = (board, event) => {
	const id = event.data?.order_id;
	return id ? trim(new Map(board).set(id, applyEvent(board.get(id), event))) : board;
};

export const ordersIn = (board, status) =>
	[...board.values()].filter((order) => order.status === status && order.items).sort(oldestFirst);

export const finishedOrders = (board) => finishedOf(board).slice(0, FINISHED_SHOWN);

/** New orders that nobody has acknowledged: what the alarm is about. */
export const waitingOrders = (board) =>
	ordersIn(board, "placed").filter(({ acknowledged_at }) => !acknowledged_at);

/** Orders of which only events were seen, or whose next steps must be asked for. */
export const needsReading = (order) =>
	!order.items || (!isFinal(order) && !order.allowed_transitions) || !order.customer;

/** A word for how long an order has waited where it is: 'calm', 'soon' or 'late'. */
export const urgencyOf = (order, minutes) => {
	const [soon, late] = rankOf(order.status) === 0 ? [2, 5] : [20, 35];
	return minutes >= late ? "late" : minutes >= soon ? "soon" : "calm";
};
