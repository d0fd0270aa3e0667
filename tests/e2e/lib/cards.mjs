/* Cards by the gateway's test tokens, and orders that are paid by them. */
import { ok } from "./assert.mjs";
import { placeReply } from "./orders.mjs";
import { customer } from "./people.mjs";

/* A card of PERSON's. */
export const addCard = async (person, token = "pm_card_visa") => ok(await person.post("/me/payment-methods", { token }), 201);

/* Somebody new with a card: {ana, card}. */
export async function cardholder(instance, token) {
	const ana = await customer({ instance });
	return { ana, card: await addCard(ana, token) };
}

export const byCard = (card) => ({ payment: { method: "card", payment_method_id: card.id } });

export const orderByCard = (person, kitchen, card, changes, headers) => placeReply(person, kitchen, { ...byCard(card), ...changes }, headers);

/* Somebody new orders by a card that pays: {ana, card, order}. */
export async function paidOrder(kitchen, changes) {
	const { ana, card } = await cardholder(kitchen.instance);
	return { ana, card, order: ok(await orderByCard(ana, kitchen, card, changes), 201) };
}

export const payAgain = (person, order, card, headers) => person.post(`/orders/${order.id}/payment`, { payment_method_id: card.id }, headers);

export const refundReply = (agent, order, amount, reason = "cold on arrival", headers = undefined) =>
	agent.post(`/orders/${order.id}/refunds`, { amount, reason }, headers);

export const paymentsOf = async (person, order) => ok(await person.get(`/orders/${order.id}/payments`));

export const orderOf = async (person, order) => ok(await person.get(`/orders/${order.id}`));
