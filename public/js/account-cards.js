/* The cards that one pays with. FoodFast keeps brand, last four digits and expiry; the card itself is the gateway's. */
import { getAll } from "./api.js";
import { cardFormView, describeCard, describeExpiry, isExpired } from "./cards.js";
import { ask, explain, notify } from "./feedback.js";
import { attempt, quietForm, valuesOf } from "./form.js";
import { html } from "./html.js";

export const initialCards = {
	/* Null until they are loaded. */
	cards: null,
	cardForm: { ...quietForm, isOpen: false },
};

/* ---- what is shown ---- */

const cardView = (card) => html`
	<li class="entry" data-key=${card.id} data-card=${card.id}>
		<div>
			<strong>${describeCard(card)}</strong> ${card.default && html`<span class="badge" data-look="good">usual</span>`}
			<p class="muted">${isExpired(card, new Date()) ? "expired" : "good until"} ${describeExpiry(card)}</p>
		</div>
		<div class="row">
			${!card.default && html`<button class="button" data-action="makeCardUsual" data-id=${card.id} data-focus=${`usual ${card.id}`}
				aria-label=${`Make ${describeCard(card)} the usual card`}>Make usual</button>`}
			<button class="button" data-look="danger-quiet" data-action="removeCard" data-id=${card.id} aria-label=${`Remove ${describeCard(card)}`}>Remove</button>
		</div>
	</li>`;

export const cardsView = ({ cards, cardForm }) => html`
	<section class="panel card" id="cards" data-key="cards" aria-labelledby="cards-title">
		<h2 id="cards-title" tabindex="-1">Cards</h2>
		${cards?.length === 0 && html`<p class="empty">None yet. You can always pay in cash at the door.</p>`}
		<ul class="entries" aria-busy=${String(cards === null)}>${(cards ?? []).map(cardView)}</ul>
		${cardForm.isOpen
			? cardFormView(cardForm)
			: html`<div><button class="button" data-action="openCardForm" data-focus="new-card">Add a card</button></div>`}
	</section>`;

/* ---- what can be done ---- */

export class Cards {
	#api;
	#store;

	constructor({ api, store }) {
		this.#api = api;
		this.#store = store;
	}

	actions = {
		openCardForm: () => this.#open(true),
		closeCardForm: () => this.#open(false),
		saveCard: (form) => this.#save(form),
		makeCardUsual: ({ dataset }) => this.#tell(() => this.#api.patch(`/me/payment-methods/${dataset.id}`, { default: true })),
		removeCard: ({ dataset }) => this.#remove(dataset.id),
	};

	async load() {
		this.#store.update({ cards: (await getAll(this.#api, "/me/payment-methods")).items });
	}

	#open(isOpen) {
		this.#store.update({ cardForm: { ...initialCards.cardForm, isOpen } });
	}

	async #save(form) {
		const saved = await attempt(this.#store, "cardForm", () => this.#api.post("/me/payment-methods", valuesOf(form)));
		if (!saved)
			return;
		this.#open(false);
		await this.load();
	}

	async #tell(job) {
		try {
			await job();
			await this.load();
		} catch (error) {
			notify(explain(error), "bad");
		}
	}

	async #remove(id) {
		const card = this.#store.state.cards.find((known) => known.id === id);
		const answer = await ask({
			title: `Remove ${describeCard(card)}?`,
			text: "What was paid with it stays paid, and a refund still reaches it.",
			confirm: "Remove the card",
			danger: true,
		});
		if (answer !== null)
			await this.#tell(() => this.#api.delete(`/me/payment-methods/${id}`));
	}
}
