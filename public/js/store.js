/*
 * A page's state in one place: data down. Whoever changes it calls `update`; the page is
 * drawn once for all changes made in the same turn, in background tabs too.
 */

/** {state, update(change | (state) => change)}; `draw(state)` follows every update. */
export const createStore = (initial, draw) => {
	const store = { state: initial };
	let isDue = false;

	const drawOnce = () => {
		isDue = false;
		draw(store.state);
	};
	store.update = (change) => {
		const changes = typeof change === "function" ? change(store.state) : change;
		store.state = { ...store.state, ...changes };
		if (!isDue)
			queueMicrotask(drawOnce);
		isDue = true;
	};
	return store;
};
