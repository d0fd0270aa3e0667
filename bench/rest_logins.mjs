/*
 * Logins are slow on purpose. What a storm of them does to everybody else: GET /me at a steady rate, first in quiet, then
 * while as many people log in as can; bounded hashing is to leave the p99 within twice its quiet value.
 */
import { setTimeout as pause } from "node:timers/promises";
import { percentile, table } from "./measure.mjs";

const REQUESTS_A_SECOND = 200;
const SECONDS = 5;
export const STORMING = 24; /* at once, one login after the other each */

/* Starts a GET /me every few milliseconds, whatever the answers take; resolves with what each took, in ms. */
async function readAtRate(instance) {
	const answers = [];
	const start = performance.now();
	const read = async ({ token }) => {
		const began = performance.now();
		const { status } = await instance.client.get("/me", { Authorization: `Bearer ${token}` });
		if (status !== 200)
			throw new Error(`GET /me was answered ${status}`);
		return performance.now() - began;
	};
	for (let index = 0; index < REQUESTS_A_SECOND * SECONDS; index++) {
		await pause(Math.max(0, start + 1000 * index / REQUESTS_A_SECOND - performance.now()));
		answers.push(read(instance.customers[index % instance.customers.length]));
	}
	return Promise.all(answers);
}

/* Logs in again and again until it is told to end; `end` resolves with how many were answered 200. */
function storm(instance) {
	let isOver = false;
	const logIn = async (index) => {
		let count = 0;
		while (!isOver) {
			const { status } = await instance.client.post("/auth/login", { email: `bench${index}@example.com`, password: "bench-password" });
			count += status === 200;
		}
		return count;
	};
	const running = Promise.all(Array.from({ length: STORMING }, (_, index) => logIn(index)));
	return {
		async end() {
			isOver = true;
			return (await running).reduce((sum, count) => sum + count, 0);
		},
	};
}

const cells = (times) => [0.5, 0.99, 1].map((share) => percentile(times, share).toFixed(1));

export async function benchLogins(instance) {
	await readAtRate(instance); /* warm */
	const quiet = await readAtRate(instance);
	const storming = storm(instance);
	const during = await readAtRate(instance);
	const logins = await storming.end() / SECONDS;
	table(`GET /me at ${REQUESTS_A_SECOND}/s while ${STORMING} people log in again and again, ms`, [
		["", "p50", "p99", "max"],
		["quiet", ...cells(quiet)],
		[`${logins.toFixed(0)} logins/s`, ...cells(during)],
	]);
	return { quiet: cells(quiet), during: cells(during), logins };
}
