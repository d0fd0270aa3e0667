/* A busy hour in short form; FOODFAST_LONG=1 makes it longer. Bounds are the contract's own; figures are only told. */
import assert from "node:assert/strict";
import test from "node:test";
import { ok } from "./lib/assert.mjs";
import { here } from "./lib/instance.mjs";
import { newKitchen } from "./lib/kitchens.mjs";
import { assertAsLogged } from "./lib/log.mjs";
import { LIFE, move, place } from "./lib/orders.mjs";
import { customer } from "./lib/people.mjs";
import { pollUntil, stream } from "./lib/stream.mjs";
import { inParallel } from "./lib/wait.mjs";

const IS_LONG = process.env.FOODFAST_LONG === "1";
const KITCHENS = IS_LONG ? 100 : 12;
const ORDERS = IS_LONG ? 10_000 : 240;

const percentile = (values, share) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

/* Collects, for every event, how long after its time in the log it arrived. */
function timed(reader) {
	const times = [];
	const take = reader.take.bind(reader);
	reader.take = (frame) => {
		if (frame.data.seq !== undefined)
			times.push(Date.now() - Date.parse(frame.data.at));
		take(frame);
	};
	return times;
}

test("RN-01 RN-13 OT-12 a rush on many kitchens: every screen has every order, the last within five seconds", async (t) => {
	const kitchens = await inParallel(KITCHENS, 4, () => newKitchen());
	const people = await inParallel(8, 4, () => customer());
	const screens = await Promise.all(kitchens.map((kitchen) => stream(t, kitchen.owner, `restaurant:${kitchen.id}`)));
	const times = screens.map(timed);
	await inParallel(ORDERS, 8, (turn) => place(people[turn % people.length], kitchens[turn % KITCHENS], { again: true }));
	for (const [index, screen] of screens.entries()) {
		const mine = Math.floor(ORDERS / KITCHENS) + (index < ORDERS % KITCHENS ? 1 : 0);
		await screen.count(mine);
		await assertAsLogged(screen.events, `restaurant:${kitchens[index].id}`);
	}
	const all = times.flat();
	t.diagnostic(`commit to screen: p50 ${percentile(all, 0.5)} ms, p99 ${percentile(all, 0.99)} ms, max ${Math.max(...all)} ms`);
	assert.equal(all.length, ORDERS);
	assert.ok(Math.max(...all) < 5000);
	assert.ok(percentile(all, 0.99) < 2000);
});

test("OT-14 RL-09 hundreds of watchers over both transports while orders move: none misses a thing", async (t) => {
	const count = IS_LONG ? 1000 : 100;
	const kitchen = await newKitchen();
	const people = await inParallel(10, 4, () => customer());
	const orders = await inParallel(count, 8, (turn) => place(people[turn % 10], kitchen, { again: true }));
	const readers = await inParallel(count, 50, (turn) => stream(t, people[turn % 10], `order:${orders[turn].id}`, { after: 0 }));
	const polling = orders.slice(0, 20).map((order, turn) => pollUntil(people[turn % 10], `order:${order.id}`, (events) => events.some(({ data }) => data.status === "preparing"), { after: 0, within: 60_000 }));
	for (const to of LIFE.slice(0, 2))
		await inParallel(count, 8, (turn) => move(kitchen.owner, orders[turn], to));
	await Promise.all(readers.map((reader) => reader.event("order.status", { status: "preparing" })));
	const polled = await Promise.all(polling);
	for (let turn = 0; turn < 20; turn++) {
		await assertAsLogged(readers[turn].events, `order:${orders[turn].id}`);
		await assertAsLogged(polled[turn].events, `order:${orders[turn].id}`);
	}
	for (const reader of readers)
		assert.deepEqual(reader.events.map(({ seq }) => seq), reader.events.map((_, index) => index + 1));
});

test("OT-17 OT-13 what a stream sends for one order is small, and idle it sends nothing", async (t) => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const order = await place(ana, kitchen);
	const reader = await stream(t, ana, `order:${order.id}`, { after: 0 });
	for (const to of LIFE)
		await move(kitchen.owner, order, to);
	await reader.closed();
	const bytes = reader.answer.response.socket.bytesRead;
	t.diagnostic(`${bytes} bytes for a whole order`);
	assert.ok(bytes < 10_000, `${bytes} bytes`);
	ok(await ana.fetch("/healthz"));
	assert.equal(here.port, Number(here.url.port));
});
