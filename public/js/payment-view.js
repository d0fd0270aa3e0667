/* What an order's payment by card looks like to people: how far it is, and words for it. Pure. */
import { describeCard } from "./cards.js";

/** Where the bank wants its customer to go, or null. */
export const challengeOf = ({ payment }) => payment.next_action?.url ?? null;

/**
 * How far the payment of an order that waits for it is: 'waiting' for the bank,
 * 'challenge' (the customer is wanted there), 'returned' from there, or 'declined';
 * null for an order that waits for no payment. `returned`: the order whose customer has
 * come back from his bank.
 */
export const stageOf = (order, returned) => {
	if (order.status !== "awaiting_payment")
		return null;
	if (order.payment.status === "failed")
		return "declined";
	if (order.payment.status !== "requires_action" || !challengeOf(order))
		return "waiting";
	return order.id === returned ? "returned" : "challenge";
};

const attempts = {
	payment: {
		pending: (money, card) => `${money} asked for by ${card}`,
		requires_action: (money, card) => `${money} by ${card}: the bank waits for you`,
		failed: (money, card) => `${card} was declined`,
		authorized: (money, card) => `${money} set aside on ${card}`,
		captured: (money, card) => `${money} paid by ${card}`,
		voided: (money, card) => `${money} on ${card} let go, nothing was charged`,
	},
	refund: {
		pending: (money) => `${money} on its way back to you`,
		succeeded: (money) => `${money} given back`,
		failed: (money) => `${money} couldn’t be given back yet; we see to it`,
	},
};

/** One entry of an order's payments in words: '€12.50 paid by Visa ending in 4242'. */
export const describeAttempt = ({ kind, status, method, reason }, money) => {
	const say = attempts[kind]?.[status];
	const words = say ? say(money, method ? describeCard(method) : "card") : `${money}, ${kind} ${status.replaceAll("_", " ")}`;
	return reason && kind === "refund" ? `${words}: ${reason}` : words;
};
