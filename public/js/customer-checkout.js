/* The basket, where it goes, and sending it: once, however often it has to be tried. */
import { ApiError, isPassing, newIdempotencyKey } from './api.js';
import {
	addDish, complaintsByDish, countDishes, emptyBasket, isOtherRestaurant, priceBasket, setAddress, setNote, setQuantity, setTip, toOrder, withKey,
} from './basket.js';
import { announce, ask, explain } from './feedback.js';
import { html } from './html.js';
import { formatMoney } from './money.js';
import { onPreferenceChange, readPreference, writePreference } from './preferences.js';

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
			${quantityButton(line, -1, '−', line.quantity === 1 ? 'Remove' : 'One less')}
			<span class="quantity">${line.quantity}</span>
			${quantityButton(line, +1, '+', 'One more')}
			<label class="note">
				<span class="visually-hidden">Note for ${line.name}</span>
				<input value=${line.note} maxlength="200" placeholder="Note for the kitchen" data-action="noteDish" data-id=${line.id}>
			</label>
		</div>
		${complaint && html`<p class="field-error">${complaint}</p>`}
	</li>`;

const tipChoice = (amount, { tip, restaurant }) => html`
	<button class="chip" type="button" data-action="chooseTip" data-amount=${amount} data-focus=${`tip ${amount}`}
		aria-pressed=${String(amount === tip)}>${amount ? formatMoney(amount, restaurant.currency) : 'No tip'}</button>`;

const describeAddress = ({ label, line1, city }) => [label, line1, city].filter(Boolean).join(', ');

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
			<div><dt>Delivery</dt><dd>${deliveryFee ? money(deliveryFee) : 'free'}</dd></div>
			${tip > 0 && html`<div><dt>Tip</dt><dd>${money(tip)}</dd></div>`}
			<div class="sum-total"><dt>Total</dt><dd>${money(total)}</dd></div>
		</dl>`;
};

const orderButtonText = ({ isBusy, attempt }, total) => {
	if (!isBusy)
		return `Order for ${total}`;
	return attempt > 0 ? `Trying again (${attempt})…` : 'Sending your order…';
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
const titleView = ({ route }) => (route.name === 'basket'
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
		<span>${countDishes(basket)} ${countDishes(basket) === 1 ? 'dish' : 'dishes'}</span>
		<strong>See basket</strong>
		<span>${formatMoney(priceBasket(basket).total, basket.restaurant.currency)}</span>
	</a>`;

/* ---- what can be done ---- */

const addressFrom = (form, cities) => {
	const { city: cityId, line2, ...fields } = Object.fromEntries(new FormData(form));
	const { name, lat, lng } = cities.find(({ id }) => id === cityId);
	return { ...fields, ...(line2 ? { line2 } : {}), city: name, lat, lng };
};

/** `placed(order)` takes over when there is an order. */
export const createCheckout = ({ api, store, placed }) => {
	const nameOfBasket = () => `basket.${store.state.session.user.id}`;

	const setBasket = (basket) => {
		store.update({ basket });
		writePreference(nameOfBasket(), basket);
	};
	const change = (by, ...how) => {
		if (store.state.ordering.isBusy)
			return;
		setBasket(by(store.state.basket, ...how));
		store.update({ ordering: initialCheckout.ordering });
	};
	const setOrdering = (ordering) => store.update({ ordering: { ...initialCheckout.ordering, ...ordering } });
	const setAddressForm = (addressForm) => store.update({ addressForm: { ...initialCheckout.addressForm, ...addressForm } });

	const addToBasket = async (restaurant, dish) => {
		const { basket } = store.state;
		const isFresh = isOtherRestaurant(basket, restaurant);
		const question = {
			title: 'Start a new basket?',
			text: `Your basket has dishes from ${basket.restaurant?.name}. An order comes from one kitchen.`,
			confirm: 'Start a new one',
		};
		if (isFresh && (await ask(question)) === null)
			return;
		change(addDish, restaurant, dish);
		announce(`${dish.name} added. ${countDishes(store.state.basket)} in the basket.`);
	};

	const send = (more = {}) => {
		const { basket } = store.state;
		const onRetry = (attempt) => setOrdering({ isBusy: true, attempt });
		return api.post('/orders', { ...toOrder(basket), ...more }, { key: basket.key, onRetry });
	};

	/* The same basket within a minute: a slip of the finger, or a second helping? */
	const sendAgain = async () => {
		const answer = await ask({
			title: 'Order the same again?',
			text: 'You ordered exactly this less than a minute ago.',
			confirm: 'Order it again',
			dismiss: 'No, once is enough',
		});
		if (answer === null)
			return null;
		setBasket({ ...store.state.basket, key: newIdempotencyKey() });
		return send({ again: true });
	};

	const sendOnce = async () => {
		try {
			return await send();
		} catch (error) {
			if (error.code === 'duplicate_order')
				return sendAgain();
			throw error;
		}
	};

	const placeOrder = async () => {
		if (store.state.ordering.isBusy)
			return;
		setBasket(withKey(store.state.basket, newIdempotencyKey));
		setOrdering({ isBusy: true });
		try {
			const answer = await sendOnce();
			setOrdering({});
			if (!answer)
				return;
			setBasket({ ...emptyBasket, addressId: store.state.basket.addressId });
			placed(answer.body);
		} catch (error) {
			if (!(error instanceof ApiError))
				throw error;
			setOrdering({ error });
		}
	};

	const loadAddresses = async () => {
		const { body } = await api.get('/me/addresses');
		const addresses = body.items;
		const usual = addresses.find((address) => address.default) ?? addresses[0];
		const { basket } = store.state;

		store.update({ addresses });
		if (!addresses.some(({ id }) => id === basket.addressId))
			setBasket(setAddress(basket, usual?.id ?? null));
		setAddressForm({ isOpen: addresses.length === 0 });
	};

	const saveAddress = async (form) => {
		try {
			const { body } = await api.post('/me/addresses', addressFrom(form, store.state.cities));
			store.update(({ addresses }) => ({ addresses: [...addresses, body] }));
			setAddressForm({});
			change(setAddress, body.id);
		} catch (error) {
			setAddressForm({ isOpen: true, error });
		}
	};

	const open = () => {
		store.update({ basket: { ...emptyBasket, ...readPreference(nameOfBasket(), {}) } });
		onPreferenceChange(nameOfBasket(), (basket) => store.update({ basket: { ...emptyBasket, ...basket } }));
		return loadAddresses().catch((error) => setOrdering({ error }));
	};

	const actions = {
		changeQuantity: ({ dataset }) => change(setQuantity, dataset.id, Number(dataset.quantity)),
		noteDish: ({ dataset, value }) => change(setNote, dataset.id, value),
		chooseTip: ({ dataset }) => change(setTip, Number(dataset.amount)),
		chooseAddress: ({ value }) => change(setAddress, value),
		openAddressForm: () => setAddressForm({ isOpen: true }),
		closeAddressForm: () => setAddressForm({}),
		saveAddress,
		placeOrder,
	};
	return { open, addToBasket, actions };
};
