/*
 * What an order looks like to people: the words for its statuses, its way from placed
 * to delivered with times, and how an order known from two sources becomes one. Pure.
 */

/** The way of an order that nothing happens to. */
export const steps = [
	{ status: "placed", label: "Placed", progress: "Waiting for the restaurant" },
	{ status: "confirmed", label: "Confirmed", progress: "The restaurant has accepted" },
	{ status: "preparing", label: "Preparing", progress: "In the kitchen" },
	{ status: "ready", label: "Ready", progress: "Waiting to be picked up" },
	{ status: "picked_up", label: "On its way", progress: "Out for delivery" },
	{ status: "delivered", label: "Delivered", progress: "Enjoy your meal" },
];

const ranks = { awaiting_payment: -1, ...Object.fromEntries(steps.map(({ status }, i) => [status, i])), cancelled: steps.length };

const exceptions = {
	awaiting_payment: { label: "Awaiting payment", progress: "The kitchen hears of it once it is paid" },
	cancelled: { label: "Cancelled", progress: "This order was cancelled" },
};

export const activeStatuses = ["awaiting_payment", "placed", "confirmed", "preparing", "ready", "picked_up"];
export const finalStatuses = ["delivered", "cancelled"];

export const rankOf = (status) => ranks[status] ?? -1;
export const isFinal = ({ status }) => rankOf(status) >= rankOf("delivered");

/** {label, progress} of a status; one that this page doesn't know yet is shown as it is. */
export const describeStatus = (status) =>
	exceptions[status] ?? steps.find((step) => step.status === status) ?? { label: status, progress: "" };

/**
 * One order out of two pictures of it, whichever is newer. A status only moves
 * forward, so the further one is right, and its allowed_transitions with it.
 */
export const mergeOrder = (known, heard) => {
	if (!known)
		return heard;
	const [behind, ahead] = rankOf(heard.status) >= rankOf(known.status) ? [known, heard] : [heard, known];
	return { ...behind, ...ahead, acknowledged_at: known.acknowledged_at ?? heard.acknowledged_at ?? null };
};

/*
 * What an event says of an order. Its allowed_transitions are those of the status
 * before, so they are forgotten until the order is read again.
 */
const changes = {
	"order.placed": ({ data: { order_id, ...order } }) => ({ ...order, id: order_id }),
	"order.status": ({ data }) => ({ status: data.status, reason: data.reason, eta: data.eta ?? null, allowed_transitions: null }),
	"order.acknowledged": ({ at }) => ({ acknowledged_at: at }),
	"order.driver_assigned": ({ data }) => ({ driver: data.driver }),
	"payment.status": ({ data }) => ({ payment: { status: data.status } }),
};

/** The order after the event; a partial one if it wasn't known before. */
export const applyEvent = (order, event) => {
	const change = changes[event.type]?.(event) ?? {};
	const payment = { ...order?.payment, ...change.payment };

	if (change.status && order && rankOf(change.status) <= rankOf(order.status))
		return order;
	return { ...order, id: event.data.order_id, ...change, payment, updated_at: event.at };
};

/** Who did it, as an event's `by` names him: {role, name?} or a role. */
export const describeActor = (by) => {
	const role = typeof by === "string" ? by : by?.role;
	const words = { customer: "the customer", restaurant: "the restaurant", driver: "the driver", agent: "support", admin: "FoodFast", system: "FoodFast" };
	return by?.name ?? words[role] ?? null;
};

const statusEvents = (events) =>
	events.filter(({ type }) => type === "order.placed" || type === "order.status");

/* An order by card is placed when it is paid for, if ever. */
const wasPlaced = ({ status, placed_at: at }) => Boolean(at) && status !== "awaiting_payment";

/**
 * The tracking bar: every step with when and who, and whether it is done, current or
 * to come. A cancelled order shows how far it came, then that.
 */
export const timelineOf = (order, events) => {
	const reached = new Map(statusEvents(events).map((event) => [event.data.status, event]));
	if (wasPlaced(order))
		reached.set("placed", reached.get("placed") ?? { at: order.placed_at, data: {} });

	const step = ({ status, label }) => ({
		status,
		label,
		at: reached.get(status)?.at ?? null,
		by: describeActor(reached.get(status)?.data.by),
		state: order.status === status ? "current" : reached.has(status) || rankOf(status) < rankOf(order.status) ? "done" : "todo",
	});
	if (!exceptions[order.status] || order.status === "awaiting_payment")
		return steps.map(step);
	return [...steps.filter(({ status }) => reached.has(status)), { status: order.status, ...describeStatus(order.status) }].map(step);
};

const reasons = { undeliverable: "It could not be delivered." };

const TOO_LATE = "It wasn’t paid within 15 minutes, so the kitchen never heard of it, and you pay nothing. Still hungry? Just order again.";

const isOutOfTime = ({ previous, by }) => previous === "awaiting_payment" && by?.role === "system";

/** Why an order was cancelled, if somebody said so. */
export const reasonOf = (events) => {
	const { data } = events.find(({ type, data: { status } }) => type === "order.status" && status === "cancelled") ?? {};
	if (!data)
		return null;
	return isOutOfTime(data) ? TOO_LATE : reasons[data.reason] ?? data.reason ?? null;
};

const paymentWords = {
	cash: { due: "cash at the door", collected: "paid in cash", voided: "nothing to pay" },
	card: {
		pending: "by card, waiting for the bank",
		requires_action: "by card, waiting for you",
		failed: "by card, which was declined",
		authorized: "by card, charged when the restaurant accepts",
		captured: "paid by card",
		partially_refunded: "paid by card, partly refunded",
		refunded: "paid by card, all refunded",
		voided: "nothing was charged",
	},
};

/** How far the payment is: 'cash at the door'. One that this page doesn't know yet is said as it is. */
export const describePayment = ({ method, status }) =>
	paymentWords[method]?.[status] ?? `${method}, ${String(status).replaceAll("_", " ")}`;

/** Events of an order without doubles, oldest first. */
export const mergeEvents = (known, heard) => {
	const bySeq = new Map([...known, ...heard].map((event) => [event.seq, event]));
	return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
};

const staffWords = {
	confirmed: "Accept",
	preparing: "Start preparing",
	ready: "Ready",
	picked_up: "Handed over",
	delivered: "Delivered",
};

/** The next steps that the server allows, as buttons: {to, label}; cancelling is apart. */
export const nextSteps = ({ allowed_transitions: allowed }) =>
	(allowed ?? []).filter((to) => to !== "cancelled").map((to) => ({ to, label: staffWords[to] ?? describeStatus(to).label }));

export const canCancel = ({ allowed_transitions: allowed }) => (allowed ?? []).includes("cancelled");

/** '2 × Margherita, 1 × Tiramisù' */
export const summarise = (items) => items.map(({ quantity, name }) => `${quantity} × ${name}`).join(", ");
