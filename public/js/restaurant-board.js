/* The kitchen's board as it is seen: columns by status, a card an order, and the alarm above. Pure. */
import { columns, finishedOrders, ordersIn, urgencyOf, waitingOrders } from "./board.js";
import { html } from "./html.js";
import { formatMoney } from "./money.js";
import { canCancel, describePayment, describeStatus, nextSteps } from "./order-view.js";
import { formatClock, formatElapsed, minutesBetween } from "./time.js";

const itemView = ({ quantity, name, note }) => html`
	<li><span class="item-quantity">${quantity}×</span> <span>${name}${note && html`<em class="item-note">${note}</em>`}</span></li>`;

const stepButton = ({ to, label }, order, isBusy) => html`
	<button class="button" data-look="primary" data-action="moveOrder" data-id=${order.id} data-to=${to} data-focus=${`next ${order.id} ${to}`}
		disabled=${isBusy} aria-label=${`${label}: order ${order.number}`}>${label}</button>`;

const acknowledgeButton = (order, isBusy) => order.status === "placed" && !order.acknowledged_at && html`
	<button class="button" data-look="alarm" data-action="acknowledge" data-id=${order.id} data-focus=${`acknowledge ${order.id}`}
		disabled=${isBusy} aria-label=${`Seen: order ${order.number}`}>Seen</button>`;

const cancelButton = (order, isBusy) => canCancel(order) && html`
	<button class="button" data-look="danger-quiet" data-action="cancelOrder" data-id=${order.id} data-focus=${`cancel ${order.id}`}
		disabled=${isBusy} aria-label=${`Cancel order ${order.number}`}>Cancel</button>`;

const elapsedView = (order, now) => html`
	<span class="elapsed" data-urgency=${urgencyOf(order, minutesBetween(order.placed_at, now))}>
		<time datetime=${order.placed_at}>${formatElapsed(order.placed_at, now)}</time>
	</span>`;

const moneyView = ({ total, currency, payment }) => html`
	<span>${formatMoney(total, currency)}</span>
	<span class="muted">${describePayment(payment)}</span>`;

const cardView = (order, { now, busy }) => html`
	<li class="ticket" data-key=${order.id} data-order=${order.id} data-status=${order.status}
		data-waiting=${String(order.status === "placed" && !order.acknowledged_at)}>
		<header class="row row-apart">
			<h3>${order.number}</h3>
			${elapsedView(order, now)}
		</header>
		${order.customer && html`<p class="ticket-customer">${order.customer.name}</p>`}
		<ul class="ticket-items">${order.items.map(itemView)}</ul>
		<p class="row row-apart ticket-money">${moneyView(order)}</p>
		<div class="ticket-buttons">
			${acknowledgeButton(order, busy.has(order.id))}
			${nextSteps(order).map((step) => stepButton(step, order, busy.has(order.id)))}
			${cancelButton(order, busy.has(order.id))}
		</div>
	</li>`;

const columnView = ({ status, title }, state) => {
	const orders = ordersIn(state.board, status);
	return html`
		<section class="column" data-key=${status} data-column=${status} data-empty=${String(orders.length === 0)} aria-labelledby=${`column-${status}`}>
			<h2 id=${`column-${status}`}>${title} <span class="count">${orders.length}</span></h2>
			<ul class="tickets">${orders.map((order) => cardView(order, state))}</ul>
		</section>`;
};

const finishedView = (order) => html`
	<li class="past" data-key=${order.id} data-order=${order.id} data-status=${order.status}>
		<span><strong>${order.number}</strong> ${order.customer?.name}
			<span class="badge" data-look=${order.status === "delivered" ? "good" : "quiet"}>${describeStatus(order.status).label}</span>
			${order.reason && html`<span class="muted">${order.reason}</span>`}</span>
		<span class="muted"><time datetime=${order.updated_at}>${formatClock(order.updated_at)}</time> · ${formatMoney(order.total, order.currency)}</span>
	</li>`;

const soundHint = ({ alarm }) => !alarm.isUnlocked && html`
	<button class="button" data-look="primary" data-action="toggleSound">Turn the sound on</button>`;

/** The bar that stays until every new order was acknowledged, here or on another screen. */
export const alarmView = (state) => {
	const waiting = waitingOrders(state.board);
	return waiting.length > 0 && html`
		<div class="alarm" data-key="alarm" role="alert">
			<span class="alarm-bell" aria-hidden="true"></span>
			<strong>${waiting.length === 1 ? "A new order is waiting" : `${waiting.length} new orders are waiting`}</strong>
			${soundHint(state)}
			<button class="button" data-action="acknowledgeAll" data-focus="acknowledge-all">${waiting.length === 1 ? "Seen" : "All seen"}</button>
		</div>`;
};

export const boardView = (state) => {
	const finished = finishedOrders(state.board);
	return html`
		<div class="board" data-key="board" aria-busy=${String(state.isLoading)}>${columns.map((column) => columnView(column, state))}</div>
		<details class="finished card" data-key="finished">
			<summary>Finished <span class="count">${finished.length}</span></summary>
			${finished.length === 0 && html`<p class="empty">None yet.</p>`}
			<ul class="past-orders">${finished.map(finishedView)}</ul>
		</details>`;
};
