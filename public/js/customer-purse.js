/* How an order is paid, chosen in the basket: in cash, by a card kept from before, or by a new one. */
import { getAll } from "./api.js";
import { payByCard, payInCash } from "./basket.js";
import { cardFormView, describeCard, describeExpiry } from "./cards.js";
import { explain } from "./feedback.js";
import { attempt, quietForm, valuesOf } from "./form.js";
import { html } from "./html.js";

export const initialPurse = {
	cards: [],
	cardForm: { ...quietForm, isOpen: false },
};

/* ---- what is shown ---- */

const choice = (value, isChosen, words) => html`
	<label class="choice" data-key=${`pay ${value}`}>
		<input type="radio" name="payment" value=${value} data-action="choosePayment" data-focus=${`pay ${value}`} checked=${isChosen}>
		<span>${words}</span>
	</label>`;

const cardChoice = (card, payment) => choice(card.id, card.id === payment.payment_method_id,
	html`${describeCard(card)} <small>${describeExpiry(card)}</small>`);

/** Beside the choice: why it didn't work, and what would. */
export const declineView = (error) => html`
	<p>${explain(error)} Nothing was charged, and your basket is kept: choose another way to pay, or try again.</p>`;

/** `complaint`: what is wrong with what was chosen before, or nothing. The page's actions must have choosePayment. */
export const paymentChoice = ({ basket: { payment }, cards, cardForm }, complaint) => html`
	<fieldset class="payments">
		<legend>Pay</legend>
		<div class="form-error" role="alert">${complaint}</div>
		${choice("cash", payment.method === "cash", "In cash, at the door")}
		${cards.map((card) => cardChoice(card, payment))}
		${cardForm.isOpen
			? cardFormView(cardForm)
			: html`<button class="link" type="button" data-action="openCardForm" data-focus="new-card">${cards.length > 0 ? "Another card" : "By card"}</button>`}
	</fieldset>`;

/* ---- what can be done ---- */

export class Purse {
	#api;
	#store;
	#choose;

	/** `choose(by, …how)` changes the basket by one of basket.js's functions. */
	constructor({ api, store, choose }) {
		this.#api = api;
		this.#store = store;
		this.#choose = choose;
	}

	actions = {
		choosePayment: ({ value }) => (value === "cash" ? this.#choose(payInCash) : this.#choose(payByCard, value)),
		openCardForm: () => this.#open(true),
		closeCardForm: () => this.#open(false),
		saveCard: (form) => this.#save(form),
	};

	/** Without the list of cards there is still cash: so no error is shown for it. */
	async load() {
		const cards = await getAll(this.#api, "/me/payment-methods").then(({ items }) => items, () => []);
		const { payment } = this.#store.state.basket;

		this.#store.update({ cards });
		if (payment.method === "card" && !cards.some(({ id }) => id === payment.payment_method_id))
			this.#choose(payInCash);
	}

	#open(isOpen) {
		this.#store.update({ cardForm: { ...initialPurse.cardForm, isOpen } });
	}

	async #save(form) {
		let card;
		const saved = await attempt(this.#store, "cardForm", async () => {
			card = (await this.#api.post("/me/payment-methods", valuesOf(form))).body;
		});
		if (!saved)
			return;
		this.#store.update(({ cards }) => ({ cards: [...cards, card] }));
		this.#open(false);
		this.#choose(payByCard, card.id);
	}
}
