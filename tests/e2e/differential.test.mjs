/*
 * Five readers, one log. Each is cut again and again and changes its transport when it likes, with a cursor that it wrote itself
 * from the events it saw; in the end all five must have the same sequence on every channel: that of the log.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { Chance } from "../fault/lib/chance.mjs";
import { newKitchen } from "./lib/kitchens.mjs";
import { logged } from "./lib/log.mjs";
import { place } from "./lib/orders.mjs";
import { customer } from "./lib/people.mjs";
import { ALL_TRANSPORTS, TRANSPORTS } from "./lib/reader.mjs";
import { inParallel } from "./lib/wait.mjs";
import { Watcher } from "./lib/watcher.mjs";
import { writeEvents } from "./lib/writers.mjs";

const IS_LONG = process.env.FOODFAST_LONG === "1";
const SEED = process.env.SEED ?? String(Date.now() % 1_000_000);
const EVENTS = IS_LONG ? 100_000 : 5000;
const PATIENCE = IS_LONG ? 1000 : 200;	/* events until a reader does something else, at most */
const WRITERS = 4;
const ORDERS = 5;
const CATCH_UP_MS = IS_LONG ? 600_000 : 60_000;

/* What one reader has of each channel: the numbers, and a digest of the whole events in their order. */
class Sequences {
	#channels = new Map();

	take({ receivedAt, ...event }) {
		if (!this.#channels.has(event.channel))
			this.#channels.set(event.channel, { seqs: [], digest: createHash("sha256") });
		const { seqs, digest } = this.#channels.get(event.channel);
		seqs.push(event.seq);
		digest.update(JSON.stringify(event));
	}

	of(channel) {
		const { seqs, digest } = this.#channels.get(channel);
		return { seqs, digest: digest.copy().digest("hex") };
	}
}

/* A reader that leaves in the middle of things: after some events it is cut, or goes on over another transport. */
class Wanderer extends Watcher {
	constructor(t, client, channels, { chance, ...options }) {
		super(t, client, channels, { ...options, keep: false, onEvent: (event) => this.#wander(event) });
		this.chance = chance;
		this.sequences = new Sequences();
		this.used = new Set([this.transport]);
		this.cuts = 0;
		this.patience = this.#somePatience();
	}

	#somePatience() {
		return this.chance.between(20, PATIENCE);
	}

	#wander(event) {
		this.sequences.take(event);
		if (--this.patience > 0)
			return;
		this.patience = this.#somePatience();
		if (this.chance.is(0.5)) {
			this.cuts++;
			this.drop();
		} else {
			this.switchTo(this.chance.pick(ALL_TRANSPORTS));
			this.used.add(this.transport);
		}
	}
}

test(`OT-15 OT-10 RL-07 RL-09 CH-02 CH-03 five readers over ${EVENTS} events, cut and changing transports: five identical sequences, equal to the log`, async (t) => {
	t.diagnostic(`SEED=${SEED}`);
	const kitchen = await newKitchen();
	const ana = await customer();
	const orders = await inParallel(ORDERS, 2, () => place(ana, kitchen, { again: true }));
	const channels = [`restaurant:${kitchen.id}`, ...orders.map(({ id }) => `order:${id}`)];
	const chance = new Chance(SEED);
	const readers = TRANSPORTS.map((transport) => new Wanderer(t, kitchen.owner, channels, { transport, chance: chance.of(transport) }));

	await writeEvents(channels, { count: EVENTS, writers: WRITERS, chance });

	for (const channel of channels) {
		const log = (await logged(channel)).map((text) => JSON.parse(text));
		const wanted = new Sequences();
		log.forEach((event) => wanted.take(event));
		for (const reader of readers) {
			await reader.caughtUp(channel, log.length, CATCH_UP_MS);
			assert.deepEqual(reader.sequences.of(channel), wanted.of(channel), `${channel} of the reader that ended with ${reader.transport}`);
		}
	}
	for (const { faults, resets, cuts, used, connects, transport } of readers) {
		t.diagnostic(`${connects} connects, ${cuts} cuts, ended with ${transport} after ${[...used].join(", ")}`);
		assert.deepEqual(faults, []);
		assert.equal(resets, 0);
		assert.ok(cuts > 1 && used.size > 1);
	}
	assert.equal(new Set(readers.flatMap(({ used }) => [...used])).size, ALL_TRANSPORTS.length, "every transport had its turn");
});
