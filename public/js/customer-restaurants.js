/* The customer's way to a dish: cities, restaurants by name and cuisine, and a menu by sections. */
import { getAll, withQuery } from "./api.js";
import { restaurantArt, dishArt } from "./art-view.js";
import { explain } from "./feedback.js";
import { html } from "./html.js";
import { formatMoney } from "./money.js";
import { readPreference, writePreference } from "./preferences.js";

const PAGE = 24;
const TYPING_MS = 250;

export const initialRestaurants = {
	cities: [],
	filter: { city: readPreference("city", ""), q: "", cuisine: "", openOnly: false },
	cuisines: [],
	list: { items: [], next: null, isLoading: true, error: null },
	place: { id: null, restaurant: null, menu: null, error: null },
};

/* ---- what is shown ---- */

const cityChoice = ({ cities, filter }) => html`
	<label class="field field-inline">
		<span>City</span>
		<select data-action="chooseCity" data-focus="city">
			${cities.map(({ id, name }) => html`<option value=${id} selected=${id === filter.city}>${name}</option>`)}
		</select>
	</label>`;

const cuisineChip = (name, { cuisine }) => html`
	<button class="chip" type="button" data-action="chooseCuisine" data-cuisine=${name} data-focus=${`cuisine ${name}`}
		aria-pressed=${String(name === cuisine)}>${name || "Everything"}</button>`;

const filterView = (state) => html`
	<form class="filters" role="search" data-action="search">
		<label class="field field-search">
			<span class="visually-hidden">Search restaurants</span>
			<input type="search" name="q" placeholder="Search for a restaurant" data-action="search" data-on="input" data-focus="search">
		</label>
		${cityChoice(state)}
		<label class="choice">
			<input type="checkbox" data-action="openOnly" checked=${state.filter.openOnly} data-focus="open-only">
			<span>Open now</span>
		</label>
		<div class="chips" role="group" aria-label="Cuisine">
			${["", ...state.cuisines].map((name) => cuisineChip(name, state.filter))}
		</div>
	</form>`;

const openBadge = ({ open, accepting_orders }) => {
	if (!open)
		return html`<span class="badge" data-look="quiet">Closed</span>`;
	if (!accepting_orders)
		return html`<span class="badge" data-look="warn">Paused</span>`;
	return html`<span class="badge" data-look="good">Open</span>`;
};

const ratingView = ({ rating }) => rating && html`
	<span class="rating"><span aria-hidden="true">★</span><span class="visually-hidden">Rated</span> ${Number(rating).toFixed(1)}</span>`;

const restaurantCard = (restaurant) => html`
	<li data-key=${restaurant.id}>
		<a class="restaurant-card card" href=${`#/restaurant/${restaurant.id}`} data-focus=${restaurant.id}>
			${restaurantArt(restaurant)}
			<span class="restaurant-words">
				<strong>${restaurant.name}</strong>
				<span class="muted">${restaurant.cuisines.join(" · ")}</span>
				<span class="row">${openBadge(restaurant)} ${ratingView(restaurant)}</span>
			</span>
		</a>
	</li>`;

const listView = ({ items, next, isLoading, error }) => html`
	${error && html`<p class="empty" role="alert">${explain(error)} <button class="link" data-action="reloadRestaurants">Try again</button></p>`}
	${!error && !isLoading && items.length === 0 && html`<p class="empty">No restaurant fits. Try another word, or see everything.</p>`}
	<ul class="restaurants" aria-busy=${String(isLoading)}>${items.map(restaurantCard)}</ul>
	${next && html`<button class="button button-wide" data-action="moreRestaurants" data-focus="more">Show more restaurants</button>`}`;

export const restaurantsView = (state) => html`
	<section data-key="restaurants">
		<h1 tabindex="-1">What would you like to eat?</h1>
		${filterView(state)}
		${listView(state.list)}
	</section>`;

const dishView = (dish, section, { currency, cuisines, isOrderable, quantity }) => html`
	<li class="dish" data-key=${dish.id} data-available=${String(dish.available)}>
		${dishArt(dish, section, ...cuisines)}
		<div class="dish-words">
			<h3>${dish.name}</h3>
			<p class="muted">${dish.description}</p>
			<p class="price">${formatMoney(dish.price, currency)}</p>
		</div>
		${dish.available
			? html`<button class="button button-add" data-look=${quantity ? "primary" : null} data-action="addDish" data-id=${dish.id} data-focus=${`add ${dish.id}`}
				disabled=${!isOrderable} aria-label=${`Add ${dish.name}${quantity ? `, ${quantity} in the basket` : ""}`}>
				<span aria-hidden="true">${quantity ? `${quantity} +` : "+"}</span></button>`
			: html`<span class="badge" data-look="quiet">Sold out</span>`}
	</li>`;

const sectionView = ({ id, name, items }, options, quantityOf) => html`
	<section class="menu-section" data-key=${id} aria-labelledby=${`section-${id}`}>
		<h2 id=${`section-${id}`}>${name}</h2>
		<ul class="dishes">${items.map((dish) => dishView(dish, name, { ...options, quantity: quantityOf(dish.id) }))}</ul>
	</section>`;

const factsView = ({ min_order, delivery_fee, address, phone }, currency) => html`
	<p class="facts muted">
		<span>Delivery ${delivery_fee ? formatMoney(delivery_fee, currency) : "free"}</span>
		${min_order > 0 && html`<span>Minimum ${formatMoney(min_order, currency)}</span>`}
		${address && html`<span>${typeof address === "string" ? address : [address.line1, address.city].filter(Boolean).join(", ")}</span>`}
		${phone && html`<a href=${`tel:${phone}`}>${phone}</a>`}
	</p>`;

const placeHead = ({ restaurant, menu }) => html`
	<header class="place-head">
		${restaurantArt(restaurant)}
		<div>
			<h1 tabindex="-1">${restaurant.name}</h1>
			<p class="row">${openBadge(restaurant)} ${ratingView(restaurant)} <span class="muted">${restaurant.cuisines.join(" · ")}</span></p>
			<p>${restaurant.description}</p>
			${factsView(restaurant, menu.currency)}
		</div>
	</header>`;

export const placeView = ({ place, basket }) => {
	const { restaurant, menu, error } = place;
	if (error)
		return html`<p class="empty" role="alert" data-key="place-error">${explain(error)} <a href="#/">All restaurants</a></p>`;
	if (!restaurant)
		return html`<p class="empty" data-key="place-loading">Fetching the menu…</p>`;

	const isOrderable = restaurant.open && restaurant.accepting_orders;
	const quantityOf = (id) => basket.lines.find((line) => line.id === id)?.quantity ?? 0;
	return html`
		<article data-key=${restaurant.id}>
			<a class="back" href="#/">← All restaurants</a>
			${placeHead(place)}
			${!isOrderable && html`<p class="callout">${restaurant.name} takes no orders at the moment.</p>`}
			${menu.sections.map((section) => sectionView(section, { currency: menu.currency, cuisines: restaurant.cuisines, isOrderable }, quantityOf))}
		</article>`;
};

/* ---- what can be done ---- */

const orderable = ({ restaurant, menu }) => ({
	id: restaurant.id,
	name: restaurant.name,
	currency: menu.currency,
	delivery_fee: restaurant.delivery_fee,
	min_order: restaurant.min_order,
});

const listQuery = ({ city, q, cuisine, openOnly }, page) =>
	withQuery("/restaurants", { city, q, cuisine, open_now: openOnly || null, sort: q ? null : "rating", limit: PAGE, page });

const findDish = ({ sections }, id) =>
	sections.flatMap(({ items }) => items).find((dish) => dish.id === id);

export class Restaurants {
	#api;
	#store;
	#addToBasket;
	#latest = 0;
	#typing = null;

	/** `addToBasket(restaurant, dish)` is the basket's business. */
	constructor({ api, store, addToBasket }) {
		this.#api = api;
		this.#store = store;
		this.#addToBasket = addToBasket;
	}

	actions = {
		chooseCity: ({ value }) => this.#chooseCity(value),
		chooseCuisine: ({ dataset }) => this.#refilter({ cuisine: dataset.cuisine }),
		openOnly: ({ checked }) => this.#refilter({ openOnly: checked }),
		search: (element) => this.#search((element.value ?? element.elements.q.value).trim()),
		reloadRestaurants: () => this.load(),
		moreRestaurants: () => this.#loadList(this.#store.state.list.next),
		addDish: ({ dataset }) => {
			const { place } = this.#store.state;
			this.#addToBasket(orderable(place), findDish(place.menu, dataset.id));
		},
	};

	async load() {
		try {
			const { items: cities } = (await this.#api.get("/cities?limit=100")).body;
			const { city } = this.#store.state.filter;
			this.#store.update({ cities });
			this.#chooseCity(cities.some(({ id }) => id === city) ? city : cities[0]?.id ?? "");
		} catch (error) {
			this.#setList({ isLoading: false, error });
		}
	}

	/** Shows a restaurant's menu. */
	async openPlace(id) {
		const set = (place) => this.#store.state.place.id === id && this.#store.update({ place: { id, ...place } });

		this.#store.update({ place: { ...initialRestaurants.place, id } });
		try {
			const [restaurant, menu] = await Promise.all(["", "/menu"].map((part) => this.#api.get(`/restaurants/${id}${part}`)));
			set({ restaurant: restaurant.body, menu: menu.body, error: null });
		} catch (error) {
			set({ restaurant: null, menu: null, error });
		}
	}

	#setList(change) {
		this.#store.update(({ list }) => ({ list: { ...list, ...change } }));
	}

	/* Only the answer to the latest question is shown, whatever order they come in. */
	async #loadList(page = null) {
		const mine = ++this.#latest;
		this.#setList({ isLoading: true, error: null });
		try {
			const { body } = await this.#api.get(listQuery(this.#store.state.filter, page));
			const kept = page ? this.#store.state.list.items : [];
			if (mine === this.#latest)
				this.#setList({ items: [...kept, ...body.items], next: body.next, isLoading: false });
		} catch (error) {
			if (mine === this.#latest)
				this.#setList({ isLoading: false, error });
		}
	}

	#refilter(change) {
		this.#store.update(({ filter }) => ({ filter: { ...filter, ...change } }));
		this.#loadList();
	}

	#search(q) {
		clearTimeout(this.#typing);
		this.#typing = setTimeout(() => this.#refilter({ q }), TYPING_MS);
	}

	#chooseCity(city) {
		writePreference("city", city);
		this.#refilter({ city, cuisine: "" });
		this.#loadCuisines(city).catch(() => {});
	}

	/* All that the city has, whatever is filtered for. Without them the list is still of use. */
	async #loadCuisines(city) {
		const { items } = await getAll(this.#api, "/restaurants", { city });
		this.#store.update({ cuisines: [...new Set(items.flatMap(({ cuisines }) => cuisines))].sort() });
	}
}
