/*
 * Customers who order and kitchens that cook, at a rate, while things break: each request under an idempotency key, and sent again until
 * it is answered, as the pages do. Which order goes how far, by whom and where, is drawn from the seed and its number.
 */
import { setTimeout as pause } from "node:timers/promises";
import { LIFE, basketOf } from "../../e2e/lib/orders.mjs";

const IN_FLIGHT_MAX = 150;
const RETRY_MS = [40, 250];
const GIVE_UP_MS = 60_000;

/* What a client meets while a part is away; 500 is lighttpd's word for a program that was killed in mid-request. */
const TRY_AGAIN = [0, 500, 502, 503, 504];

/* How orders go on: weight, and the steps after the placing. */
const JOURNEYS = [
	{ weight: 45, steps: ["seen"] },
	{ weight: 20, steps: ["seen", ...LIFE] },
	{ weight: 15, steps: ["seen", ...LIFE.slice(0, 2)] },
	{ weight: 10, steps: ["confirmed", "cancelled"] },
	{ weight: 10, steps: [] },
];

export class Workload {
	#inFlight = new Set();

	/* ONORDER(person, orderId) is told of each order that was accepted. */
	constructor({ chance, kitchens, people, ordersPerSecond, onOrder = () => {} }) {
		Object.assign(this, { chance, kitchens, people, ordersPerSecond, onOrder });
		this.prefix = `${chance.seed}/`;
		this.accepted = new Map();	/* key: order's id */
		this.started = 0;
		this.requests = 0;
		this.retries = 0;
		this.slowestMs = 0;
		this.wrongs = [];
		this.statuses = new Map();	/* of what was tried again */
		this.isOver = false;
	}

	/* Orders at the rate until `isOver`; what the site can't take in time waits, up to a bound. */
	async run() {
		const start = performance.now();
		let skipped = 0;
		while (!this.isOver) {
			const due = Math.floor((performance.now() - start) / 1000 * this.ordersPerSecond) - skipped;
			while (this.started < due && this.#inFlight.size < IN_FLIGHT_MAX)
				this.#begin(this.started++);
			skipped += Math.max(0, due - this.started);
			await pause(20);
		}
	}

	/* Resolves when every order that was begun has come to its end. */
	async settled() {
		await Promise.all(this.#inFlight);
	}

	#begin(number) {
		const work = this.#order(number).finally(() => this.#inFlight.delete(work));
		this.#inFlight.add(work);
	}

	async #order(number) {
		const chance = this.chance.of(number);
		const key = `${this.prefix}${number}`;
		const person = chance.pick(this.people);
		const kitchen = chance.pick(this.kitchens);
		const { steps } = chance.weighted(JOURNEYS);
		const basket = basketOf(kitchen, { again: true });
		basket.items[0].note = key;
		const reply = await this.#persist(chance, person, "/orders", basket, `${key}/place`);
		if (!this.#isAs(reply, 201, "an order", key))
			return;
		this.accepted.set(key, reply.body.id);
		this.onOrder(person, reply.body.id);
		for (const step of steps) {
			await pause(chance.between(20, 300));
			if (!await this.#step(chance, kitchen.staff, reply.body.id, step, key))
				return;
		}
	}

	async #step(chance, staff, orderId, step, key) {
		const [path, body] = step === "seen" ? ["acknowledge", undefined] : ["transitions", { to: step, ...(step === "cancelled" && { reason: "out of soup" }) }];
		const reply = await this.#persist(chance, staff, `/orders/${orderId}/${path}`, body, `${key}/${step}`);
		return this.#isAs(reply, 200, step, key);
	}

	#isAs(reply, status, what, key) {
		if (reply.status === status)
			return true;
		this.wrongs.push(`${what} of ${key} answered ${reply.status} ${reply.text}`);
		return false;
	}

	/* Sends until there is an answer that is no "try again", always under the same key. */
	async #persist(chance, person, path, body, key) {
		const start = performance.now();
		const headers = { "Idempotency-Key": key };
		for (;;) {
			this.requests++;
			const reply = await person.post(path, body, headers).catch((error) => ({ status: 0, text: error.message }));
			const took = performance.now() - start;
			const isAgain = TRY_AGAIN.includes(reply.status) || reply.body?.code === "idempotency_in_progress";
			if (!isAgain || took > GIVE_UP_MS) {
				this.slowestMs = Math.max(this.slowestMs, took);
				return reply;
			}
			this.retries++;
			const status = reply.body?.code ?? reply.status;
			this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
			await pause(chance.between(...RETRY_MS));
		}
	}
}
