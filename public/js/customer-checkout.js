/* The basket, where it goes, and sending it: once, however often it has to be tried. */
import { ApiError, isPassing, newIdempotencyKey } from "./api.js";
import {
	addDish, again, complaintsByDish, countDishes, emptyBasket, isOtherRestaurant, priceBasket, setAddress, setNote, setQuantity, setTip, toOrder, withKey,
} from "./basket.js";
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

const describeAddress = ({ label, line1, city }) => [label, line1, city].filter(Boolean).join(", ");

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

const addressFormView = ({ error }, cities) => html`
	<form class="stack address-form" data-key="address-form" data-action="saveAddress">
		<label class="field"><span>Name it</span><input name="label" placeholder="Home" maxlength="40" required data-focus="address-label"></label>
		<label class="field"><span>Street and number</span><input name="line1" autocomplete="address-line1" maxlength="200" required></label>
		<label class="field"><span>Flat, floor (optional)</span><input name="line2" autocomplete="address-line2" maxlength="200"></label>
		<label class="field"><span>Postal code</span><input name="postal_code" autocomplete="postal-code" maxlength="20" required></label>
		<label class="field"><span>City</span>
			<select name="city">${cities.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}</select>
		</label>
		${error && html`<p class="field-error" role="alert">${explain(error)}</p>`}
		<div class="row">
			<button class="button" data-look="primary">Save address</button>
			<button class="button" type="button" data-action="closeAddressForm">Cancel</button>
		</div>
	</form>`;

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

const placeOrderView = ({ basket, ordering }) => {
	const { total, missing } = priceBasket(basket);
	const { currency } = basket.restaurant;
	return html`
		<div class="form-error" role="alert">${orderErrorView(ordering)}</div>
		${missing > 0 && html`<p class="hint">${formatMoney(missing, currency)} more for the minimum order.</p>`}
		<button class="button button-wide" data-look="primary" data-action="placeOrder" data-focus="place-order"
			disabled=${missing > 0 || !basket.addressId} aria-busy=${String(ordering.isBusy)}>
			${orderButtonText(ordering, formatMoney(total, currency))}
		</button>
		<p class="hint">You pay in cash at the door.</p>`;
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

const addressFrom = (form, cities) => {
	const { city: cityId, line2, ...fields } = Object.fromEntries(new FormData(form));
	const { name, lat, lng } = cities.find(({ id }) => id === cityId);
	return { ...fields, ...(line2 ? { line2 } : {}), city: name, lat, lng };
};

export class Checkout {
	#api;
	#store;
	#placed;

	/** `placed(order)` takes over when there is an order. */
	constructor({ api, store, placed }) {
		this.#api = api;
		this.#store = store;
		this.#placed = placed;
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
		return this.#loadAddresses().catch((error) => this.#setOrdering({ error }));
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
		const { items: addresses } = (await this.#api.get("/me/addresses")).body;
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
			const answer = await this.#sendOnce();
			this.#setOrdering({});
			if (!answer)
				return;
			this.#setBasket({ ...emptyBasket, addressId: this.#store.state.basket.addressId });
			this.#placed(answer.body);
		} catch (error) {
			if (!(error instanceof ApiError))
				throw error;
			this.#setOrdering({ error });
		}
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

	#send() {
		const { basket } = this.#store.state;
		const onRetry = (attempt) => this.#setOrdering({ isBusy: true, attempt });
		return this.#api.post("/orders", toOrder(basket), { key: basket.key, onRetry });
	}
}
