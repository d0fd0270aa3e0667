/*
 * An order's payment by card as its customer sees it: what the bank wants from him and by
 * when, another card where one was declined, and afterwards what was paid and given back.
 */
import { ApiError } from "./api.js";
import { describeCard } from "./cards.js";
import { explain, notify } from "./feedback.js";
import { attempt, quietForm, valuesOf } from "./form.js";
import { html } from "./html.js";
import { formatMoney } from "./money.js";
import { challengeOf, describeAttempt, stageOf } from "./payment-view.js";
import { formatCountdown, formatDay } from "./time.js";

export const initialPayments = {
	/* `id`: the order that a card is being tried for, or was last. */
	payForm: { ...quietForm, id: null },
	/* The order whose customer has come back from his bank. */
	returned: null,
	now: Date.now(),
};

/* ---- what is shown ---- */

const deadlineView = ({ payment: { expires_at: deadline } }, now) => deadline && html`
	<p class="hint">Your order is kept for <strong class="countdown">${formatCountdown(Date.parse(deadline) - now)}</strong> more.
		Then it is cancelled, and you pay nothing.</p>`;

const payFormView = (order, { cards, payForm }) => {
	const isOurs = payForm.id === order.id;
	if (cards.length === 0)
		return html`<p><a href="account.html?as=customer#cards">Add another card</a> to pay with it.</p>`;
	return html`
		<form class="pay-form row" data-action="payAgain" data-id=${order.id}>
			<label class="field"><span>Pay with</span>
				<select name="payment_method_id" data-focus=${`pay-with ${order.id}`}>${cards.map((card) => html`<option value=${card.id} data-key=${card.id}>${describeCard(card)}</option>`)}</select>
			</label>
			<button class="button" data-look="primary" disabled=${isOurs && payForm.isBusy}>
				${isOurs && payForm.isBusy ? "Asking the bank…" : `Pay ${formatMoney(order.total, order.currency)}`}
			</button>
		</form>
		<p class="hint"><a href="account.html?as=customer#cards">Add another card</a>. To pay in cash, cancel this order and order anew.</p>`;
};

const toTheBank = (order, look, words) => {
	const url = challengeOf(order);
	return url && html`<p><a class="button" data-look=${look} href=${url}>${words}</a></p>`;
};

const anotherCard = (order, state) => html`
	<details class="another-card">
		<summary>Pay with another card</summary>
		${payFormView(order, state)}
	</details>`;

/* By stage of the payment. To add a stage: a row, and when it is that in payment-view.js. */
const stages = {
	waiting: {
		title: "Asking your bank",
		body: () => html`<p>It takes its time. The kitchen hears of your order as soon as the bank says yes, and so do you, here.</p>`,
	},
	challenge: {
		title: "Your bank wants to hear from you",
		body: (order, state) => html`
			<p>Say yes to ${formatMoney(order.total, order.currency)} on your bank’s page. It brings you back here.</p>
			${toTheBank(order, "primary", "Go to your bank")}
			${anotherCard(order, state)}`,
	},
	returned: {
		title: "Waiting for your bank’s word",
		body: (order, state) => html`
			<p>Welcome back. As soon as your bank has told us, it shows here.</p>
			${toTheBank(order, "quiet", "Go to your bank again")}
			${anotherCard(order, state)}`,
	},
	declined: {
		title: "Your card was declined",
		body: (order, state) => payFormView(order, state),
	},
};

const problemOf = (order, { payForm }) => {
	if (payForm.id === order.id && payForm.error)
		return explain(payForm.error);
	return order.payment.detail ?? null;
};

/** What is to be done about the payment of an order that waits for it. */
export const paymentPanel = (order, state) => {
	const stage = stageOf(order, state.returned);
	if (!stage)
		return null;
	const { title, body } = stages[stage];
	const problem = problemOf(order, state);
	return html`
		<section class="pay-panel" data-key="pay-panel" data-stage=${stage} aria-labelledby=${`pay-${order.id}`}>
			<h3 id=${`pay-${order.id}`}>${title}</h3>
			<div class="form-error" role="alert">${problem && html`<p>${problem}</p>`}</div>
			${body(order, state)}
			${deadlineView(order, state.now)}
		</section>`;
};

/** The invoice, which prints: a page of its own. */
export const invoiceLink = ({ id, status, number }) => status === "delivered" && html`
	<a class="invoice" href=${`/api/v1/orders/${id}/invoice?as=customer`} target="_blank" rel="noopener" aria-label=${`Invoice of order ${number}`}>Invoice</a>`;

const entryView = (currency) => (entry) => html`
	<li data-key=${entry.id} data-kind=${entry.kind} data-status=${entry.status}>
		${describeAttempt(entry, formatMoney(entry.amount, currency))}
		<time class="muted" datetime=${entry.created_at}>${formatDay(entry.created_at)}</time>
	</li>`;

/** What was tried, paid and given back. */
export const receiptView = (payments) => payments?.items.length > 0 && html`
	<ul class="receipt" aria-label="Payments and refunds" data-key="receipt">${payments.items.map(entryView(payments.currency))}</ul>`;

/* ---- what can be done ---- */

export class Payments {
	#api;
	#store;
	#learn;
	#read;

	/** `learn(order)` takes what is new of an order; `read(id)` asks for it. */
	constructor({ api, store, learn, read }) {
		this.#api = api;
		this.#store = store;
		this.#learn = learn;
		this.#read = read;
	}

	actions = {
		payAgain: (form) => this.#pay(form.dataset.id, valuesOf(form)),
	};

	async #pay(id, body) {
		this.#store.update({ payForm: { ...initialPayments.payForm, id }, returned: null });
		const paid = await attempt(this.#store, "payForm", async () => {
			const { body: order } = await this.#api.post(`/orders/${id}/payment`, body);
			this.#learn(order);
			if (order.status === "placed")
				notify(`Order ${order.number} is placed.`, "good");
		});
		if (!paid)
			await this.#read(id).catch((error) => {
				if (!(error instanceof ApiError))
					throw error;
			});
	}
}
