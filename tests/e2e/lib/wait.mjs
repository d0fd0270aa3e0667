/* Waiting for conditions. Nothing here sleeps for a fixed time and hopes. */
import { setTimeout as pause } from "node:timers/promises";

/* The contract's "within a second" as tests hold it: a second, and what two busy cores may add. */
export const A_SECOND_MS = 1500;

/* Asks CONDITION again and again until it gives something true, and resolves with that. */
export async function until(condition, { within = 5000, what = condition.toString() } = {}) {
	const deadline = performance.now() + within;
	for (;;) {
		const result = await condition();
		if (result)
			return result;
		if (performance.now() > deadline)
			throw new Error(`not within ${within} ms: ${what}`);
		await pause(20);
	}
}

/* Rejects with a sentence when PROMISE takes longer. */
export async function within(milliseconds, promise, what = "an answer") {
	const late = new AbortController();
	const timeout = pause(milliseconds, undefined, { signal: late.signal })
		.then(() => { throw new Error(`no ${what} within ${milliseconds} ms`); });
	try {
		return await Promise.race([promise, timeout]);
	} finally {
		late.abort();
		timeout.catch(() => {});
	}
}

/* Runs JOB for 0 … COUNT-1, at most WIDTH at once; resolves with the results in order. */
export async function inParallel(count, width, job) {
	const results = new Array(count);
	let next = 0;
	const worker = async () => {
		while (next < count) {
			const index = next++;
			results[index] = await job(index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
	return results;
}
