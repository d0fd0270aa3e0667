/* The basket, where it goes, and sending it: once, however often it has to be tried. */
import { addressFormView, addressFrom, describeAddress } from "./address-form.js";
import { ApiError, isPassing, newIdempotencyKey } from "./api.js";
import {
	addDish, again, complaintsByDish, countDishes, emptied, emptyBasket, isOtherRestaurant, priceBasket, setAddress, setNote, setQuantity, setTip, toOrder,
	unpaidOrder, withKey, withoutUnpaid, withUnpaid,
} from "./basket.js";
import { declineView, initialPurse, paymentChoice, Purse } from "./customer-purse.js";
import { announce, ask, explain } from "./feedback.js";
import { html } from "./html.js";
import { formatMoney } from "./money.js";
import { onPreferenceChange, readPreference, writePreference } from "./preferences.js";

const TIPS = [0, 100, 200, 400];

export const initialCheckout = {
	basket: emptyBasket,
	addresses: [],
	addressForm: { isOpen: false, error: null },
	ordering: { isBusy: false, attempt: 0, error: null },
	...initialPurse,
};

/* ---- what is shown ---- */

const quantityButton = (line, by, sign, word) => html`
	<button class="button button-round" type="button" data-action="changeQuantity" data-id=${line.id} data-quantity=${line.quantity + by}
		data-focus=${`${word} ${line.id}`} aria-label=${`${word} ${line.name}`}>${sign}</button>`;

const lineView = (line, currency, complaint) => html`
	<li class="basket-line" data-key=${line.id}>
		<div class="row row-apart">
			<span>${line.name}</span>
			<span class="price">${formatMoney(line.price * line.quantity, currency)}</span>
		</div>
		<div class="row">
			${quantityButton(line, -1, "−", line.quantity === 1 ? "Remove" : "One less")}
			<span class="quantity">${line.quantity}</span>
			${quantityButton(line, +1, "+", "One more")}
			<label class="note">
				<span class="visually-hidden">Note for ${line.name}</span>
				<input value=${line.note} maxlength="200" placeholder="Note for the kitchen" data-action="noteDish" data-id=${line.id}>
			</label>
		</div>
		${complaint && html`<p class="field-error">${complaint}</p>`}
	</li>`;

const tipChoice = (amount, { tip, restaurant }) => html`
	<button class="chip" type="button" data-action="chooseTip" data-amount=${amount} data-focus=${`tip ${amount}`}
		aria-pressed=${String(amount === tip)}>${amount ? formatMoney(amount, restaurant.currency) : "No tip"}</button>`;

const addressView = ({ addresses, basket, addressForm, cities }) => html`
	<fieldset class="addresses">
		<legend>Deliver to</legend>
		${addresses.map((address) => html`
			<label class="choice" data-key=${address.id}>
				<input type="radio" name="address" value=${address.id} data-action="chooseAddress" data-focus=${`address ${address.id}`}
					checked=${address.id === basket.addressId}>
				<span>${describeAddress(address)}</span>
			</label>`)}
		${addressForm.isOpen
			? addressFormView(addressForm, cities)
			: html`<button class="link" type="button" data-action="openAddressForm" data-focus="new-address">Another address</button>`}
	</fieldset>`;

const sumsView = (basket) => {
	const { subtotal, deliveryFee, tip, total } = priceBasket(basket);
	const money = (minor) => formatMoney(minor, basket.restaurant.currency);
	return html`
		<dl class="sums">
			<div><dt>Dishes</dt><dd>${money(subtotal)}</dd></div>
			<div><dt>Delivery</dt><dd>${deliveryFee ? money(deliveryFee) : "free"}</dd></div>
			${tip > 0 && html`<div><dt>Tip</dt><dd>${money(tip)}</dd></div>`}
			<div class="sum-total"><dt>Total</dt><dd>${money(total)}</dd></div>
		</dl>`;
};

const orderButtonText = ({ isBusy, attempt }, total) => {
	if (!isBusy)
		return `Order for ${total}`;
	return attempt > 0 ? `Trying again (${attempt})…` : "Sending your order…";
};

const orderErrorView = ({ error }) => error && html`
	<p>${explain(error)}</p>
	${isPassing(error) && html`<p>Your basket is kept. Order again: the same basket is never ordered twice.</p>`}`;

const isDeclined = (error) => error?.code === "payment_declined";

const placeOrderView = ({ basket, ordering }) => {
	const { total, missing } = priceBasket(basket);
	const { currency } = basket.restaurant;
	return html`
		<div class="form-error" role="alert">${!isDeclined(ordering.error) && orderErrorView(ordering)}</div>
		${missing > 0 && html`<p class="hint">${formatMoney(missing, currency)} more for the minimum order.</p>`}
		<button class="button button-wide" data-look="primary" data-action="placeOrder" data-focus="place-order"
			disabled=${missing > 0 || !basket.addressId} aria-busy=${String(ordering.isBusy)}>
			${orderButtonText(ordering, formatMoney(total, currency))}
		</button>
		<p class="hint">${basket.payment.method === "cash" ? "You pay in cash at the door." : "Your card is charged when the restaurant accepts the order."}</p>`;
};

/* On a phone the basket is a view of its own. */
const titleView = ({ route }) => (route.name === "basket"
	? html`<h1 class="basket-title" tabindex="-1">Your basket</h1>`
	: html`<h2 class="basket-title">Your basket</h2>`);

export const basketView = (state) => {
	const { basket, ordering } = state;
	if (basket.lines.length === 0)
		return html`
			${titleView(state)}
			<p class="empty">Nothing in it yet.</p>`;

	const complaints = complaintsByDish(basket, ordering.error?.errors ?? []);
	return html`
		${titleView(state)}
		<p class="muted">from <a href=${`#/restaurant/${basket.restaurant.id}`}>${basket.restaurant.name}</a></p>
		<ul class="basket-lines">${basket.lines.map((line) => lineView(line, basket.restaurant.currency, complaints.get(line.id)))}</ul>
		${addressView(state)}
		<div class="chips" role="group" aria-label="Tip for the driver">${TIPS.map((amount) => tipChoice(amount, basket))}</div>
		${paymentChoice(state, isDeclined(ordering.error) && declineView(ordering.error))}
		${sumsView(basket)}
		${placeOrderView(state)}`;
};

/** The bar at the foot of a phone. */
export const basketBarView = ({ basket }) => countDishes(basket) > 0 && html`
	<a class="basket-bar" href="#/basket">
		<span>${countDishes(basket)} ${countDishes(basket) === 1 ? "dish" : "dishes"}</span>
		<strong>See basket</strong>
		<span>${formatMoney(priceBasket(basket).total, basket.restaurant.currency)}</span>
	</a>`;

/* ---- what can be done ---- */

export class Checkout {
	#api;
	#store;
	#placed;
	#declined;
	#purse;

	/** `placed(order)` takes over when there is an order; `declined(id)` hears of one that waits for another card. */
	constructor({ api, store, placed, declined }) {
		this.#api = api;
		this.#store = store;
		this.#placed = placed;
		this.#declined = declined;
		this.#purse = new Purse({ api, store, choose: (by, ...how) => this.#change(by, ...how) });
		Object.assign(this.actions, this.#purse.actions);
	}

	actions = {
		changeQuantity: ({ dataset }) => this.#change(setQuantity, dataset.id, Number(dataset.quantity)),
		noteDish: ({ dataset, value }) => this.#change(setNote, dataset.id, value),
		chooseTip: ({ dataset }) => this.#change(setTip, Number(dataset.amount)),
		chooseAddress: ({ value }) => this.#change(setAddress, value),
		openAddressForm: () => this.#setAddressForm({ isOpen: true }),
		closeAddressForm: () => this.#setAddressForm({}),
		saveAddress: (form) => this.#saveAddress(form),
		placeOrder: () => this.#placeOrder(),
	};

	/** Brings back the basket as this person left it, and follows it in other tabs. */
	open() {
		const show = (basket) => this.#store.update({ basket: { ...emptyBasket, ...basket } });
		show(readPreference(this.#nameOfBasket, {}));
		onPreferenceChange(this.#nameOfBasket, show);
		return Promise.all([this.#loadAddresses().catch((error) => this.#setOrdering({ error })), this.#purse.load()]);
	}

	/** The order `id` is paid: if it is what the basket was kept for, that is empty now. */
	paid(id) {
		const { basket } = this.#store.state;
		if (basket.unpaid?.id === id)
			this.#setBasket(emptied(basket));
	}

	async addToBasket(restaurant, dish) {
		const { basket } = this.#store.state;
		const question = {
			title: "Start a new basket?",
			text: `Your basket has dishes from ${basket.restaurant?.name}. An order comes from one kitchen.`,
			confirm: "Start a new one",
		};
		if (isOtherRestaurant(basket, restaurant) && (await ask(question)) === null)
			return;
		this.#change(addDish, restaurant, dish);
		announce(`${dish.name} added. ${countDishes(this.#store.state.basket)} in the basket.`);
	}

	get #nameOfBasket() {
		return `basket.${this.#store.state.session.user.id}`;
	}

	#setBasket(basket) {
		this.#store.update({ basket });
		writePreference(this.#nameOfBasket, basket);
	}

	/* What is being sent stays as it is until there is an answer. */
	#change(by, ...how) {
		if (this.#store.state.ordering.isBusy)
			return;
		this.#setBasket(by(this.#store.state.basket, ...how));
		this.#setOrdering({});
	}

	#setOrdering(ordering) {
		this.#store.update({ ordering: { ...initialCheckout.ordering, ...ordering } });
	}

	#setAddressForm(addressForm) {
		this.#store.update({ addressForm: { ...initialCheckout.addressForm, ...addressForm } });
	}

	async #loadAddresses() {
		const { items: addresses } = (await this.#api.get("/me/addresses?limit=100")).body;
		const usual = addresses.find((address) => address.default) ?? addresses[0];
		const { basket } = this.#store.state;

		this.#store.update({ addresses });
		if (!addresses.some(({ id }) => id === basket.addressId))
			this.#setBasket(setAddress(basket, usual?.id ?? null));
		this.#setAddressForm({ isOpen: addresses.length === 0 });
	}

	async #saveAddress(form) {
		try {
			const { body } = await this.#api.post("/me/addresses", addressFrom(form, this.#store.state.cities));
			this.#store.update(({ addresses }) => ({ addresses: [...addresses, body] }));
			this.#setAddressForm({});
			this.#change(setAddress, body.id);
		} catch (error) {
			this.#setAddressForm({ isOpen: true, error });
		}
	}

	async #placeOrder() {
		if (this.#store.state.ordering.isBusy)
			return;
		this.#setBasket(withKey(this.#store.state.basket, newIdempotencyKey));
		this.#setOrdering({ isBusy: true });
		try {
			const order = await this.#order();
			this.#setOrdering({});
			if (order)
				this.#finish(order);
		} catch (error) {
			if (!(error instanceof ApiError))
				throw error;
			this.#fail(error);
		}
	}

	#finish(order) {
		this.#setBasket(emptied(this.#store.state.basket));
		this.#placed(order);
	}

	#fail(error) {
		this.#setOrdering({ error });
		if (isDeclined(error))
			this.#keepUnpaid(error.members.order_id);
	}

	/* A declined card leaves an order behind that waits for a better one. */
	#keepUnpaid(id) {
		this.#setBasket(withUnpaid(this.#store.state.basket, id));
		this.#declined(id);
		queueMicrotask(() => queueMicrotask(() => document.querySelector(".payments")?.scrollIntoView({ block: "nearest" })));
	}

	/* The order, or null when the person thought better of it. */
	async #order() {
		const unpaid = unpaidOrder(this.#store.state.basket);
		if (!unpaid)
			return this.#sendOnce();
		return unpaid.fits ? this.#payUnpaid(unpaid.id) : this.#orderInstead(unpaid.id);
	}

	/* The same order by another card; where it waits no longer, as a new order. */
	async #payUnpaid(id) {
		const { payment: { payment_method_id }, key } = this.#store.state.basket;
		try {
			return (await this.#api.post(`/orders/${id}/payment`, { payment_method_id }, { key, onRetry: this.#onRetry })).body;
		} catch (error) {
			if (!["not_awaiting_payment", "too_many_attempts"].includes(error.code))
				throw error;
			return this.#orderInstead(id);
		}
	}

	async #orderInstead(id) {
		return await this.#giveUp(id) ?? this.#sendOnce();
	}

	/* Cancels the order that nobody paid; null. If it was paid meanwhile, it is the one. */
	async #giveUp(id) {
		const { body: order } = await this.#api.get(`/orders/${id}`);
		if (order.status === "awaiting_payment")
			await this.#api.post(`/orders/${id}/transitions`, { to: "cancelled" });
		else if (order.status !== "cancelled")
			return order;
		this.#setBasket(withKey(withoutUnpaid(this.#store.state.basket), newIdempotencyKey));
		return null;
	}

	async #sendOnce() {
		try {
			return await this.#send();
		} catch (error) {
			if (error.code === "duplicate_order")
				return this.#sendAgain();
			throw error;
		}
	}

	/* The same basket within a minute: a slip of the finger, or a second helping? */
	async #sendAgain() {
		const answer = await ask({
			title: "Order the same again?",
			text: "You ordered exactly this less than a minute ago.",
			confirm: "Order it again",
			dismiss: "No, once is enough",
		});
		if (answer === null)
			return null;
		this.#setBasket(again(this.#store.state.basket, newIdempotencyKey));
		return this.#send();
	}

	#onRetry = (attempt) => this.#setOrdering({ isBusy: true, attempt });

	async #send() {
		const { basket } = this.#store.state;
		return (await this.#api.post("/orders", toOrder(basket), { key: basket.key, onRetry: this.#onRetry })).body;
	}
}
