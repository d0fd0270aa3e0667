/*
 * What the kitchen's page does with its orders: loads the board, follows the
 * restaurant's channel after what it loaded, and moves orders along.
 */
import { ApiError, getAll, withQuery } from "./api.js";
import { emptyBoard, needsReading, waitingOrders, withEvent, withOrders } from "./board.js";
import { announce, ask, explain, notify } from "./feedback.js";
import { activeStatuses, describeStatus, finalStatuses, summarise } from "./order-view.js";

const FINISHED_LOADED = 20;

export const initialOrders = {
	restaurantId: null,
	board: emptyBoard,
	isLoading: true,
	/* The ids of orders that a request of ours is about. */
	busy: new Set(),
};

const showError = (error) => {
	if (!(error instanceof ApiError))
		throw error;
	notify(explain(error), "bad");
};

const say = ({ type, data }, { number }) => {
	if (type === "order.placed")
		announce(`New order ${number}: ${summarise(data.items)}`);
	if (type === "order.status")
		announce(`Order ${number ?? ""}: ${describeStatus(data.status).label}`);
};

export class Orders {
	#api;
	#store;
	#stream;
	/* Map(order id → whether it must be read once more): one read of an order at a time. */
	#reading = new Map();

	/** `stream()` gives the session's stream. */
	constructor({ api, store, stream }) {
		this.#api = api;
		this.#store = store;
		this.#stream = stream;
	}

	actions = {
		acknowledge: ({ dataset }) => this.#acknowledge(dataset.id),
		acknowledgeAll: () => waitingOrders(this.#store.state.board).forEach(({ id }) => this.#acknowledge(id)),
		moveOrder: ({ dataset }) => this.#change(dataset.id, "transitions", { to: dataset.to }),
		cancelOrder: ({ dataset }) => this.#cancel(dataset.id),
	};

	/** Shows the board of another restaurant. */
	async choose(restaurantId) {
		const before = this.#store.state.restaurantId;
		if (before)
			this.#stream().unwatch(`restaurant:${before}`);
		this.#store.update({ ...initialOrders, restaurantId });
		await this.#load(restaurantId).catch(showError);
	}

	async #load(restaurantId) {
		const of = (statuses) => ({ restaurant_id: restaurantId, status: statuses.join(",") });
		const [active, finished] = await Promise.all([
			getAll(this.#api, "/orders", of(activeStatuses)),
			this.#api.get(withQuery("/orders", { ...of(finalStatuses), limit: FINISHED_LOADED })),
		]);
		if (restaurantId !== this.#store.state.restaurantId)
			return;
		this.#setBoard(withOrders, [...active.items, ...finished.body.items]);
		this.#store.update({ isLoading: false });
		this.#follow(restaurantId, active.cursor);
	}

	/* Load, then stream after what was loaded: nothing is between. */
	#follow(restaurantId, cursor) {
		this.#stream().watch(`restaurant:${restaurantId}`, cursor, {
			onEvent: (event) => this.#onEvent(event),
			onStale: () => restaurantId === this.#store.state.restaurantId && this.#load(restaurantId).catch(showError),
			onDenied: () => notify("You no longer work at this restaurant, so its orders are not shown.", "bad"),
		});
	}

	/* Shown at once as the event tells it; what an event can't tell is read. */
	#onEvent(event) {
		const id = event.data?.order_id;
		this.#setBoard(withEvent, event);
		if (!id)
			return;
		say(event, this.#store.state.board.get(id));
		if (needsReading(this.#store.state.board.get(id)))
			this.#read(id).catch(showError);
	}

	#setBoard(by, ...how) {
		this.#store.update(({ board }) => ({ board: by(board, ...how) }));
	}

	/* An event that comes while an order is read asks for one more read. */
	async #read(id) {
		if (this.#reading.has(id)) {
			this.#reading.set(id, true);
			return;
		}
		this.#reading.set(id, false);
		try {
			this.#setBoard(withOrders, [(await this.#api.get(`/orders/${id}`)).body]);
		} finally {
			const isWantedAgain = this.#reading.get(id);
			this.#reading.delete(id);
			if (isWantedAgain)
				await this.#read(id);
		}
	}

	#acknowledge(id) {
		return this.#change(id, "acknowledge");
	}

	async #cancel(id) {
		const reason = await ask({
			title: `Cancel order ${this.#store.state.board.get(id).number}?`,
			text: "The customer is told at once, with your reason.",
			input: { label: "Reason", placeholder: "The oven is broken", required: true },
			confirm: "Cancel the order",
			dismiss: "Keep the order",
			danger: true,
		});
		if (reason !== null)
			await this.#change(id, "transitions", { to: "cancelled", reason });
	}

	/* Another screen may have been quicker: then the order as it is now is read. */
	async #change(id, path, body) {
		this.#setBusy(id, true);
		try {
			this.#setBoard(withOrders, [(await this.#api.post(`/orders/${id}/${path}`, body)).body]);
		} catch (error) {
			showError(error);
			this.#read(id).catch(() => {});
		} finally {
			this.#setBusy(id, false);
		}
	}

	#setBusy(id, isBusy) {
		this.#store.update(({ busy }) => {
			const next = new Set(busy);
			next[isBusy ? "add" : "delete"](id);
			return { busy: next };
		});
	}
}
