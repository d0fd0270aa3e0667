/* The customer's orders: those on their way, followed live, and those that are history. */
import { ApiError, getAll, withQuery } from "./api.js";
import { initialPayments, invoiceLink, paymentPanel, Payments, receiptView } from "./customer-payment.js";
import { announce, ask, explain, notify } from "./feedback.js";
import { html } from "./html.js";
import { formatMoney } from "./money.js";
import {
	activeStatuses, applyEvent, canCancel, describePayment, describeStatus, finalStatuses, isFinal, mergeEvents, mergeOrder, reasonOf, summarise, timelineOf,
} from "./order-view.js";
import { onPreferenceChange, writePreference } from "./preferences.js";
import { formatClock, formatDay } from "./time.js";

const HISTORY_PAGE = 10;
const TICK_MS = 1000;

export const initialOrders = {
	/* Map(id → {order, events, payments}), in the order they were made, the latest first; `payments` of those by card. */
	tracked: new Map(),
	history: { items: [], next: null, isLoading: false, error: null },
	...initialPayments,
};

/* ---- what is shown ---- */

const stepView = ({ status, label, at, by, state }) => html`
	<li class="step" data-key=${status} data-state=${state} data-status=${status} aria-current=${state === "current" ? "step" : null}>
		<span class="step-mark" aria-hidden="true"></span>
		<span class="step-words">
			<span class="step-label">${label}</span>
			${at && html`<time class="step-time" datetime=${at}>${formatClock(at)}</time>`}
			${at && by && html`<span class="step-by">by ${by}</span>`}
		</span>
	</li>`;

const addressLine = (address) => address && [address.line1, address.line2, address.city].filter(Boolean).join(", ");

const factsView = (order) => html`
	<dl class="order-facts">
		<div><dt>What</dt><dd>${summarise(order.items)}</dd></div>
		${order.address && html`<div><dt>Where to</dt><dd>${addressLine(order.address)}</dd></div>`}
		${order.eta && html`<div><dt>Expected</dt><dd>about <time datetime=${order.eta}>${formatClock(order.eta)}</time></dd></div>`}
		${order.driver && html`<div><dt>Driver</dt><dd>${order.driver.name}</dd></div>`}
		<div><dt>Total</dt><dd>${formatMoney(order.total, order.currency)}, ${describePayment(order.payment)}</dd></div>
	</dl>`;

const reasonView = (reason) => reason && html`<p class="callout">${reason}</p>`;

const trackerView = (state) => ({ order, events, payments }) => html`
	<article class="tracker card" data-key=${order.id} data-order=${order.id} data-status=${order.status} aria-labelledby=${`order-${order.id}`}>
		<header class="tracker-head">
			<div>
				<p class="muted">${order.restaurant.name} · order ${order.number}</p>
				<h2 id=${`order-${order.id}`}>${describeStatus(order.status).label}</h2>
				<p>${describeStatus(order.status).progress}${order.acknowledged_at && order.status === "placed" ? ". It has seen your order." : ""}</p>
			</div>
			${isFinal(order)
				? html`<button class="button" data-action="dismissOrder" data-id=${order.id}>Done</button>`
				: canCancel(order) && html`<button class="button" data-look="danger-quiet" data-action="cancelOrder" data-id=${order.id} data-focus=${`cancel ${order.id}`}>Cancel order</button>`}
		</header>
		<ol class="steps" data-cancelled=${String(order.status === "cancelled")}>${timelineOf(order, events).map(stepView)}</ol>
		${reasonView(reasonOf(events))}
		${paymentPanel(order, state)}
		${factsView(order)}
		${receiptView(payments)}
		${invoiceLink(order)}
	</article>`;

/** One line an order, for the other views. */
export const trackedStrip = ({ tracked }) => html`
	${[...tracked.values()].filter(({ order }) => !isFinal(order)).map(({ order }) => html`
		<a class="strip" href="#/orders" data-key=${order.id} data-status=${order.status}>
			<span class="strip-pulse" aria-hidden="true"></span>
			<strong>${describeStatus(order.status).label}</strong>
			<span>${order.restaurant.name}</span>
			<span class="strip-more">Follow it</span>
		</a>`)}`;

/* One that was never paid was never placed either. */
const timeOf = ({ placed_at: placed, updated_at: updated }) => placed ?? updated;

const pastOrder = (order) => html`
	<li class="past" data-key=${order.id}>
		<div>
			<strong>${order.restaurant.name}</strong>
			<span class="badge" data-look=${order.status === "delivered" ? "good" : "quiet"}>${describeStatus(order.status).label}</span>
			<p class="muted">${summarise(order.items)}</p>
			<p class="muted"><time datetime=${timeOf(order)}>${formatDay(timeOf(order))}</time> · order ${order.number} · ${describePayment(order.payment)}</p>
		</div>
		<div class="past-end">
			<span class="price">${formatMoney(order.total, order.currency)}</span>
			${invoiceLink(order)}
		</div>
	</li>`;

const historyView = ({ items, next, isLoading, error }) => html`
	<section class="history" aria-labelledby="history-title">
		<h2 id="history-title">Past orders</h2>
		${error && html`<p role="alert">${explain(error)}</p>`}
		${!isLoading && !error && items.length === 0 && html`<p class="empty">None yet.</p>`}
		<ul class="past-orders" aria-busy=${String(isLoading)}>${items.map(pastOrder)}</ul>
		${next && html`<button class="button button-wide" data-action="moreHistory" disabled=${isLoading} data-focus="more-history">Show older orders</button>`}
	</section>`;

export const ordersView = (state) => {
	const { tracked, history } = state;
	return html`
		<section data-key="orders">
			<h1 tabindex="-1">Your orders</h1>
			${tracked.size === 0 && html`<p class="empty">Nothing is on its way. <a href="#/">Find something to eat</a></p>`}
			<div class="trackers">${[...tracked.values()].map(trackerView(state))}</div>
			${historyView({ ...history, items: history.items.filter(({ id }) => !tracked.has(id)) })}
		</section>`;
};

/* ---- what can be done ---- */

/* Ids are in the order of time. */
const latestFirst = ([a], [b]) => (a < b ? 1 : -1);

const say = ({ number, restaurant }, status) => {
	const { label, progress } = describeStatus(status);
	announce(`Order ${number} from ${restaurant.name}: ${label}. ${progress}`);
};

const costOf = ({ payment: { status } }) =>
	(["captured", "partially_refunded"].includes(status) ? "Your money goes back to your card." : "You pay nothing.");

const showError = (error) => {
	if (!(error instanceof ApiError))
		throw error;
	notify(explain(error), "bad");
};

const sorted = (tracked) => new Map([...tracked].sort(latestFirst));

/* What a payment becomes while the order itself stays as it is; all else is said by the order's own steps. */
const newsworthy = ["requires_action", "failed", "partially_refunded", "refunded"];

const isByCard = ({ payment }) => payment.method === "card";
const isAwaiting = ({ order }) => order.status === "awaiting_payment";

export class Orders {
	#api;
	#store;
	#stream;
	#paid;

	/** `stream()` gives the session's stream; `paid(id)` hears of each order that waits for no payment any more. */
	constructor({ api, store, stream, paid }) {
		this.#api = api;
		this.#store = store;
		this.#stream = stream;
		this.#paid = paid;
		const payments = new Payments({ api, store, learn: (order) => this.#learn(order), read: (id) => this.#read(id) });
		Object.assign(this.actions, payments.actions);
	}

	actions = {
		cancelOrder: ({ dataset }) => this.#cancel(dataset.id),
		dismissOrder: ({ dataset }) => this.#dismiss(dataset.id),
		moreHistory: () => this.loadHistory(this.#store.state.history.next),
	};

	/** Orders placed in another tab are followed here too; those from another device when one looks. */
	open() {
		onPreferenceChange(this.#nameOfNews, (id) => id && this.follow(id));
		document.addEventListener("visibilitychange", () => {
			if (document.visibilityState === "visible")
				this.#loadActive();
		});
		setInterval(() => this.#tick(), TICK_MS);
		return Promise.all([this.#loadActive(), this.loadHistory()]);
	}

	/** Takes over an order that was made just now. */
	placed(order) {
		this.#learn(order);
		writePreference(this.#nameOfNews, order.id);
		if (order.status === "placed")
			notify(`Order ${order.number} is placed.`, "good");
		this.follow(order.id);
	}

	/** Shows an order that is somebody's already, and what becomes of it. */
	follow(id) {
		this.#follow(id).catch(showError);
	}

	async loadHistory(page = null) {
		this.#setHistory({ isLoading: true, error: null });
		try {
			const { body } = await this.#api.get(withQuery("/orders", { status: finalStatuses.join(","), limit: HISTORY_PAGE, page }));
			const kept = page ? this.#store.state.history.items : [];
			this.#setHistory({ items: [...kept, ...body.items], next: body.next, isLoading: false });
		} catch (error) {
			this.#setHistory({ isLoading: false, error });
		}
	}

	get #nameOfNews() {
		return `placed.${this.#store.state.session.user.id}`;
	}

	#setHistory(change) {
		this.#store.update(({ history }) => ({ history: { ...history, ...change } }));
	}

	#track(id, change) {
		this.#store.update(({ tracked }) => {
			const known = tracked.get(id) ?? { order: null, events: [] };
			return { tracked: sorted(new Map(tracked).set(id, { ...known, ...change(known) })) };
		});
		const { order } = this.#store.state.tracked.get(id);
		if (order && !["awaiting_payment", "cancelled"].includes(order.status))
			this.#paid(id);
	}

	#learn(order) {
		this.#track(order.id, (known) => ({ order: mergeOrder(known.order, order) }));
	}

	async #read(id) {
		const { body, cursor } = await this.#api.get(`/orders/${id}`);
		this.#learn(body);
		if (isByCard(body))
			this.#readPayments(id);
		return cursor;
	}

	/* They come by and by: what was shown before stays until there is something newer. */
	async #readPayments(id) {
		const { body: payments } = await this.#api.get(`/orders/${id}/payments`).catch(() => ({ body: null }));
		if (payments && this.#store.state.tracked.has(id))
			this.#track(id, () => ({ payments }));
	}

	/* The time that is left to pay. */
	#tick() {
		if ([...this.#store.state.tracked.values()].some(isAwaiting))
			this.#store.update({ now: Date.now() });
	}

	/* Load, then stream after what was loaded: nothing is between. */
	async #follow(id) {
		const [cursor, { items }] = await Promise.all([this.#read(id), getAll(this.#api, `/orders/${id}/events`)]);
		this.#track(id, ({ events }) => ({ events: mergeEvents(events, items) }));
		if (isFinal(this.#store.state.tracked.get(id).order))
			return;
		this.#stream().watch(`order:${id}`, cursor, {
			onEvent: (event) => this.#onEvent(event),
			onStale: () => this.#follow(id).catch(showError),
		});
	}

	#onEvent(event) {
		const id = event.data.order_id;
		const before = this.#store.state.tracked.get(id)?.order;
		if (!before)
			return;
		this.#track(id, ({ order, events }) => ({ order: applyEvent(order, event), events: mergeEvents(events, [event]) }));
		if (event.type === "order.status" || event.type === "order.placed")
			say(before, event.data.status);
		if (event.type === "payment.status" && newsworthy.includes(event.data.status))
			announce(`Order ${before.number}: ${describePayment({ ...before.payment, status: event.data.status })}.`);
		this.#read(id).catch(() => {});
	}

	async #loadActive() {
		try {
			const { items } = await getAll(this.#api, "/orders", { status: activeStatuses.join(",") });
			items.forEach((order) => this.#learn(order));
			const active = [...this.#store.state.tracked.values()].filter(({ order }) => !isFinal(order));
			await Promise.all(active.map(({ order }) => this.#follow(order.id)));
		} catch (error) {
			showError(error);
		}
	}

	async #cancel(id) {
		const { order } = this.#store.state.tracked.get(id);
		const answer = await ask({
			title: `Cancel order ${order.number}?`,
			text: `${isAwaiting({ order }) ? "The restaurant hasn’t heard of it." : `${order.restaurant.name} will be told at once.`} ${costOf(order)}`,
			confirm: "Cancel the order",
			dismiss: "Keep the order",
			danger: true,
		});
		if (answer === null)
			return;
		try {
			this.#learn((await this.#api.post(`/orders/${id}/transitions`, { to: "cancelled" })).body);
		} catch (error) {
			showError(error);
			this.#read(id).catch(() => {});
		}
	}

	#dismiss(id) {
		this.#stream().unwatch(`order:${id}`);
		this.#store.update(({ tracked }) => ({ tracked: new Map([...tracked].filter(([known]) => known !== id)) }));
		this.loadHistory();
	}
}
