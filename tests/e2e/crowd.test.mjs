/* As many people as there are at the peak, each watching an order of his own while all orders move. FOODFAST_LONG=1: a thousand of them, for ten minutes. */
import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { newKitchen } from "./lib/kitchens.mjs";
import { LIFE, move, place } from "./lib/orders.mjs";
import { customer } from "./lib/people.mjs";
import { inParallel, until } from "./lib/wait.mjs";
import { Watcher } from "./lib/watcher.mjs";

const IS_LONG = process.env.FOODFAST_LONG === "1";
const WATCHERS = IS_LONG ? 1000 : 50;
const SECONDS = IS_LONG ? 600 : 6;
const CHANGES_A_SECOND = 50;
const PEOPLE = 10;
const KITCHENS = 5;
const AT_ONCE = 16;
const SCREEN_MS = 2000;	/* what the contract promises for 99 in 100 */

/* Somebody who orders, watches the order to its end over SSE, and orders again. */
class Regular {
	#last = Promise.resolve();

	constructor(t, person, kitchen, tell) {
		Object.assign(this, { t, person, kitchen, tell });
	}

	async begin() {
		this.order = await place(this.person, this.kitchen, { again: true });
		this.steps = [...LIFE];
		this.watcher = new Watcher(this.t, this.person, `order:${this.order.id}`, { onEvent: this.tell });
		await until(() => this.watcher.connects > 0, { within: 20_000, what: "the stream" });
	}

	/* The order goes a step further; one step at a time. */
	step() {
		this.#last = this.#last.then(async () => {
			await move(this.kitchen.owner, this.order, this.steps.shift());
			if (this.steps.length > 0)
				return;
			await this.assertSeen();
			await this.begin();
		});
		return this.#last;
	}

	/* All that happened to the order is here: each step once, in order, and the end where it is the end. */
	async assertSeen() {
		const done = LIFE.slice(0, LIFE.length - this.steps.length);
		const { watcher } = this;
		const channel = `order:${this.order.id}`;
		const seq = 1 + done.length + (done.length === LIFE.length ? 1 : 0);	/* at the door a payment is collected */
		await watcher.caughtUp(channel, seq, 20_000);
		assert.deepEqual(watcher.events.filter(({ type }) => type === "order.status").map(({ data }) => data.status), done);
		assert.deepEqual(watcher.events.map((event) => event.seq), Array.from({ length: seq }, (_, index) => index + 1));
		assert.deepEqual(watcher.faults, []);
		if (done.length === LIFE.length)
			await until(() => watcher.isStopped, { what: "the stream's end" });
	}
}

const percentile = (values, share) => values[Math.min(values.length - 1, Math.floor(values.length * share))];

test(`OT-14 OT-12 RL-13 ${WATCHERS} streams on as many orders while ${CHANGES_A_SECOND} a second change, for ${SECONDS} s: none misses a thing`, async (t) => {
	const people = await inParallel(PEOPLE, 4, () => customer());
	const kitchens = await inParallel(KITCHENS, 2, () => newKitchen());
	const delays = [];
	const tell = (event) => delays.push(event.receivedAt - Date.parse(event.at));
	const regulars = await inParallel(WATCHERS, AT_ONCE, async (index) => {
		const regular = new Regular(t, people[index % PEOPLE], kitchens[index % KITCHENS], tell);
		await regular.begin();
		return regular;
	});
	delays.length = 0;

	const started = performance.now();
	const changes = SECONDS * CHANGES_A_SECOND;
	await inParallel(changes, AT_ONCE, async (turn) => {
		await pause(Math.max(0, started + turn * 1000 / CHANGES_A_SECOND - performance.now()));
		await regulars[turn % WATCHERS].step();
	});
	const seconds = (performance.now() - started) / 1000;
	for (const regular of regulars)
		await regular.assertSeen();

	delays.sort((a, b) => a - b);
	t.diagnostic(`${(changes / seconds).toFixed(1)} changes a second for ${seconds.toFixed(0)} s, ${delays.length} events; commit to screen: p50 ${percentile(delays, 0.5)} ms, p99 ${percentile(delays, 0.99)} ms, max ${delays.at(-1)} ms`);
	assert.ok(percentile(delays, 0.99) < SCREEN_MS);
});
