/*
 * How long to wait before trying again: twice as long each time, up to a limit, with
 * jitter so that ten thousand clients cut at once do not come back at once.
 */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Milliseconds to wait after the `attempt`-th failure in a row (1, 2, …), never
 * less than what the server asked for (`retryAfterS`).
 */
export const backoffMs = (attempt, { retryAfterS = 0, random = Math.random } = {}) => {
	const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
	const jittered = ceiling * (0.5 + random() / 2);
	return Math.round(retryAfterS > 0 ? retryAfterS * 1000 + jittered / 2 : jittered);
};
