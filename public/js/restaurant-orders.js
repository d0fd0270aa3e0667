/*
 * What the kitchen's page does with its orders: loads the board, follows the
 * restaurant's channel after what it loaded, and moves orders along.
 */
import { ApiError, getAll, withQuery } from './api.js';
import { emptyBoard, needsReading, waitingOrders, withEvent, withOrders } from './board.js';
import { announce, ask, explain, notify } from './feedback.js';
import { activeStatuses, describeStatus, finalStatuses, summarise } from './order-view.js';

const FINISHED_LOADED = 20;

export const initialOrders = {
	restaurantId: null,
	board: emptyBoard,
	isLoading: true,
	/* The ids of orders that a request of ours is about. */
	busy: new Set(),
};

/** `stream()` is the session's stream. */
export const createOrders = ({ api, store, stream }) => {
	const reading = new Map();

	const setBoard = (by, ...how) => store.update(({ board }) => ({ board: by(board, ...how) }));

	const showError = (error) => {
		if (!(error instanceof ApiError))
			throw error;
		notify(explain(error), 'bad');
	};

	/* One read of an order at a time; an event that comes meanwhile asks for one more. */
	const read = async (id) => {
		if (reading.has(id)) {
			reading.set(id, true);
			return;
		}
		reading.set(id, false);
		try {
			const { body } = await api.get(`/orders/${id}`);
			setBoard(withOrders, [body]);
		} finally {
			const isWantedAgain = reading.get(id);
			reading.delete(id);
			if (isWantedAgain)
				await read(id);
		}
	};

	const say = ({ type, data }, order) => {
		if (type === 'order.placed')
			announce(`New order ${data.number}: ${summarise(data.items)}`);
		if (type === 'order.status')
			announce(`Order ${order.number ?? ''}: ${describeStatus(data.status).label}`);
	};

	/* Shown at once as the event tells it; what an event can't tell is read. */
	const onEvent = (event) => {
		const id = event.data?.order_id;
		setBoard(withEvent, event);
		if (!id)
			return;
		say(event, store.state.board.get(id));
		if (needsReading(store.state.board.get(id)))
			read(id).catch(showError);
	};

	const load = async (restaurantId) => {
		const of = (statuses) => ({ restaurant_id: restaurantId, status: statuses.join(',') });
		const [active, finished] = await Promise.all([
			getAll(api, '/orders', of(activeStatuses)),
			api.get(withQuery('/orders', { ...of(finalStatuses), limit: FINISHED_LOADED })),
		]);
		if (restaurantId !== store.state.restaurantId)
			return;
		store.update(({ board }) => ({ board: withOrders(board, [...active.items, ...finished.body.items]), isLoading: false }));
		follow(restaurantId, active.cursor);
	};

	/* Load, then stream after what was loaded: nothing is between. */
	const follow = (restaurantId, cursor) => {
		const reload = () => restaurantId === store.state.restaurantId && load(restaurantId).catch(showError);
		const denied = () => notify('You no longer work at this restaurant, so its orders are not shown.', 'bad');
		stream().watch(`restaurant:${restaurantId}`, cursor, { onEvent, onStale: reload, onDenied: denied });
	};

	const choose = async (restaurantId) => {
		const before = store.state.restaurantId;
		if (before)
			stream().unwatch(`restaurant:${before}`);
		store.update({ ...initialOrders, restaurantId });
		await load(restaurantId).catch(showError);
	};

	const setBusy = (id, isBusy) => store.update(({ busy }) => {
		const next = new Set(busy);
		next[isBusy ? 'add' : 'delete'](id);
		return { busy: next };
	});

	/* Another screen may have been quicker: then the order as it is now is read. */
	const change = async (id, path, body) => {
		setBusy(id, true);
		try {
			const answer = await api.post(`/orders/${id}/${path}`, body);
			if (answer.body?.id)
				setBoard(withOrders, [answer.body]);
		} catch (error) {
			showError(error);
			read(id).catch(() => {});
		} finally {
			setBusy(id, false);
		}
	};

	const acknowledge = (id) => change(id, 'acknowledge');

	const cancel = async (id) => {
		const reason = await ask({
			title: `Cancel order ${store.state.board.get(id).number}?`,
			text: 'The customer is told at once, with your reason.',
			input: { label: 'Reason', placeholder: 'The oven is broken', required: true },
			confirm: 'Cancel the order',
			dismiss: 'Keep the order',
			danger: true,
		});
		if (reason !== null)
			await change(id, 'transitions', { to: 'cancelled', reason });
	};

	const actions = {
		acknowledge: ({ dataset }) => acknowledge(dataset.id),
		acknowledgeAll: () => waitingOrders(store.state.board).forEach(({ id }) => acknowledge(id)),
		moveOrder: ({ dataset }) => change(dataset.id, 'transitions', { to: dataset.to }),
		cancelOrder: ({ dataset }) => cancel(dataset.id),
	};
	return { choose, actions };
};
