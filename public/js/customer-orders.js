/* The customer's orders: those on their way, followed live, and those that are history. */
import { ApiError, getAll, withQuery } from './api.js';
import { announce, ask, explain, notify } from './feedback.js';
import { html } from './html.js';
import { formatMoney } from './money.js';
import {
	activeStatuses, applyEvent, canCancel, describeStatus, finalStatuses, isFinal, mergeEvents, mergeOrder, summarise, timelineOf,
} from './order-view.js';
import { onPreferenceChange, writePreference } from './preferences.js';
import { formatClock, formatDay } from './time.js';

const HISTORY_PAGE = 10;

export const initialOrders = {
	/* Map(id → {order, events}), in the order they were placed, the latest first. */
	tracked: new Map(),
	history: { items: [], next: null, isLoading: false, error: null },
};

/* ---- what is shown ---- */

const stepView = ({ status, label, at, by, state }) => html`
	<li class="step" data-key=${status} data-state=${state} data-status=${status} aria-current=${state === 'current' ? 'step' : null}>
		<span class="step-mark" aria-hidden="true"></span>
		<span class="step-words">
			<span class="step-label">${label}</span>
			${at && html`<time class="step-time" datetime=${at}>${formatClock(at)}</time>`}
			${at && by && html`<span class="step-by">by ${by}</span>`}
		</span>
	</li>`;

const addressLine = (address) => address && [address.line1, address.line2, address.city].filter(Boolean).join(', ');

const factsView = (order) => html`
	<dl class="order-facts">
		<div><dt>What</dt><dd>${summarise(order.items)}</dd></div>
		${order.address && html`<div><dt>Where to</dt><dd>${addressLine(order.address)}</dd></div>`}
		${order.driver && html`<div><dt>Driver</dt><dd>${order.driver.name}</dd></div>`}
		${order.eta && html`<div><dt>Expected</dt><dd><time datetime=${order.eta}>${formatClock(order.eta)}</time></dd></div>`}
		<div><dt>Total</dt><dd>${formatMoney(order.total, order.currency)}, ${order.payment.status === 'collected' ? 'paid in cash' : 'cash at the door'}</dd></div>
	</dl>`;

const reasonView = ({ status, reason }) => status === 'cancelled' && reason && html`<p class="callout">${reason}</p>`;

const trackerView = ({ order, events }) => html`
	<article class="tracker card" data-key=${order.id} data-order=${order.id} data-status=${order.status} aria-labelledby=${`order-${order.id}`}>
		<header class="tracker-head">
			<div>
				<p class="muted">${order.restaurant.name} · order ${order.number}</p>
				<h2 id=${`order-${order.id}`}>${describeStatus(order.status).label}</h2>
				<p>${describeStatus(order.status).progress}${order.acknowledged_at && order.status === 'placed' ? '. It has seen your order.' : ''}</p>
			</div>
			${isFinal(order)
				? html`<button class="button" data-action="dismissOrder" data-id=${order.id}>Done</button>`
				: canCancel(order) && html`<button class="button" data-look="danger-quiet" data-action="cancelOrder" data-id=${order.id} data-focus=${`cancel ${order.id}`}>Cancel order</button>`}
		</header>
		<ol class="steps" data-cancelled=${String(order.status === 'cancelled')}>${timelineOf(order, events).map(stepView)}</ol>
		${reasonView(order)}
		${factsView(order)}
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

const pastOrder = (order) => html`
	<li class="past" data-key=${order.id}>
		<div>
			<strong>${order.restaurant.name}</strong>
			<span class="badge" data-look=${order.status === 'delivered' ? 'good' : 'quiet'}>${describeStatus(order.status).label}</span>
			<p class="muted">${summarise(order.items)}</p>
			<p class="muted"><time datetime=${order.placed_at}>${formatDay(order.placed_at)}</time> · order ${order.number}</p>
		</div>
		<span class="price">${formatMoney(order.total, order.currency)}</span>
	</li>`;

const historyView = ({ items, next, isLoading, error }) => html`
	<section class="history" aria-labelledby="history-title">
		<h2 id="history-title">Past orders</h2>
		${error && html`<p role="alert">${explain(error)}</p>`}
		${!isLoading && !error && items.length === 0 && html`<p class="empty">None yet.</p>`}
		<ul class="past-orders" aria-busy=${String(isLoading)}>${items.map(pastOrder)}</ul>
		${next && html`<button class="button button-wide" data-action="moreHistory" disabled=${isLoading} data-focus="more-history">Show older orders</button>`}
	</section>`;

export const ordersView = ({ tracked, history }) => html`
	<section data-key="orders">
		<h1 tabindex="-1">Your orders</h1>
		${tracked.size === 0 && html`<p class="empty">Nothing is on its way. <a href="#/">Find something to eat</a></p>`}
		<div class="trackers">${[...tracked.values()].map(trackerView)}</div>
		${historyView({ ...history, items: history.items.filter(({ id }) => !tracked.has(id)) })}
	</section>`;

/* ---- what can be done ---- */

const latestFirst = (a, b) => Date.parse(b.order.placed_at) - Date.parse(a.order.placed_at);

const sorted = (tracked) => new Map([...tracked].sort(([, a], [, b]) => latestFirst(a, b)));

/** `stream()` is the session's stream. */
export const createOrders = ({ api, store, stream }) => {
	const nameOfNews = () => `placed.${store.state.session.user.id}`;

	const track = (id, change) => store.update(({ tracked }) => {
		const known = tracked.get(id) ?? { order: null, events: [] };
		return { tracked: sorted(new Map(tracked).set(id, { ...known, ...change(known) })) };
	});
	const setHistory = (change) => store.update(({ history }) => ({ history: { ...history, ...change } }));

	const learn = (order) => track(order.id, (known) => ({ order: mergeOrder(known.order, order) }));

	const read = async (id) => {
		const { body, cursor } = await api.get(`/orders/${id}`);
		learn(body);
		return cursor;
	};

	const readEvents = async (id) => {
		const { items } = await getAll(api, `/orders/${id}/events`);
		track(id, ({ events }) => ({ events: mergeEvents(events, items) }));
	};

	const say = ({ number, restaurant }, status) => {
		const { label, progress } = describeStatus(status);
		announce(`Order ${number} from ${restaurant.name}: ${label}. ${progress}`);
	};

	const onEvent = (event) => {
		const id = event.data.order_id;
		const before = store.state.tracked.get(id)?.order;
		if (!before)
			return;
		track(id, ({ order, events }) => ({ order: applyEvent(order, event), events: mergeEvents(events, [event]) }));
		if (event.type === 'order.status')
			say(before, event.data.status);
		read(id).catch(() => {});
	};

	/* Load, then stream after what was loaded: nothing is between. */
	const follow = async (id) => {
		const [cursor] = await Promise.all([read(id), readEvents(id)]);
		if (!isFinal(store.state.tracked.get(id).order))
			stream().watch(`order:${id}`, cursor, { onEvent, onStale: () => follow(id).catch(showError) });
	};

	const showError = (error) => {
		if (!(error instanceof ApiError))
			throw error;
		notify(explain(error), 'bad');
	};

	const loadActive = async () => {
		try {
			const { items } = await getAll(api, '/orders', { status: activeStatuses.join(',') });
			items.forEach(learn);
			await Promise.all([...store.state.tracked.values()].filter(({ order }) => !isFinal(order)).map(({ order }) => follow(order.id)));
		} catch (error) {
			showError(error);
		}
	};

	const loadHistory = async (page = null) => {
		setHistory({ isLoading: true, error: null });
		try {
			const { body } = await api.get(withQuery('/orders', { status: finalStatuses.join(','), limit: HISTORY_PAGE, page }));
			const kept = page ? store.state.history.items : [];
			setHistory({ items: [...kept, ...body.items], next: body.next, isLoading: false });
		} catch (error) {
			setHistory({ isLoading: false, error });
		}
	};

	const placed = (order) => {
		learn(order);
		writePreference(nameOfNews(), order.id);
		notify(`Order ${order.number} is placed.`, 'good');
		follow(order.id).catch(showError);
	};

	const cancel = async (id) => {
		const { order } = store.state.tracked.get(id);
		const answer = await ask({
			title: `Cancel order ${order.number}?`,
			text: `${order.restaurant.name} will be told at once. You pay nothing.`,
			confirm: 'Cancel the order',
			dismiss: 'Keep the order',
			danger: true,
		});
		if (answer === null)
			return;
		try {
			learn((await api.post(`/orders/${id}/transitions`, { to: 'cancelled' })).body);
		} catch (error) {
			showError(error);
			read(id).catch(() => {});
		}
	};

	const dismiss = (id) => {
		stream().unwatch(`order:${id}`);
		store.update(({ tracked }) => ({ tracked: new Map([...tracked].filter(([known]) => known !== id)) }));
		loadHistory();
	};

	/* Orders placed in another tab are followed here too; those from another device when one looks. */
	const open = () => {
		onPreferenceChange(nameOfNews(), (id) => id && follow(id).catch(showError));
		document.addEventListener('visibilitychange', () => {
			if (document.visibilityState === 'visible' && store.state.session)
				loadActive();
		});
		return Promise.all([loadActive(), loadHistory()]);
	};

	const actions = {
		cancelOrder: ({ dataset }) => cancel(dataset.id),
		dismissOrder: ({ dataset }) => dismiss(dataset.id),
		moreHistory: () => loadHistory(store.state.history.next),
	};
	return { open, placed, loadHistory, actions };
};
