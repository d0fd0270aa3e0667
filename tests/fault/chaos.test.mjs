/* Chaos in a short form, and that its judge would notice. */
import assert from "node:assert/strict";
import test from "node:test";
import { chaos } from "./chaos.mjs";
import { Chance } from "./lib/chance.mjs";
import { Delays } from "./lib/fleet.mjs";
import { compare, compareOrders } from "./lib/judge.mjs";
import { schedule } from "./lib/nemesis.mjs";
import { told } from "./lib/verdict.mjs";

const IS_ASAN = process.env.FOODFAST_ASAN === "1";

/* What fits into a test run; its seed strikes every program within that time. Under the sanitizers everything takes several times as long. */
const SHORT = IS_ASAN
	? { seed: "3", seconds: 15, clients: 45, ordersPerSecond: 10, everyMs: 900, kitchens: 3, customers: 6, pages: 1 }
	: { seed: "46", seconds: 15, clients: 90, ordersPerSecond: 40, everyMs: 450, kitchens: 6, customers: 10, pages: 1 };
const KILLS_AT_LEAST = IS_ASAN ? 6 : 15;

const list = (chance, seconds = 600) => schedule(chance, { seconds, everyMs: 400, streamds: 2 })
	.map(({ at, fault, target, forMs, dice }) => [at, fault.name, target, forMs, dice]);

test("RN-12 RL-01 a seed gives the same faults again, at the same moments; another one gives others", () => {
	assert.deepEqual(list(new Chance("a").of("nemesis")), list(new Chance("a").of("nemesis")));
	assert.notDeepEqual(list(new Chance("a").of("nemesis")), list(new Chance("b").of("nemesis")));
});

test("RN-12 RL-01 ten minutes of it strike everything there is", () => {
	const blows = list(new Chance(SHORT.seed));
	const struck = new Set(blows.map(([, name, target]) => `${name} ${target}`));
	for (const target of ["accounts", "catalogue", "orders", "timers", "streamd-1", "streamd-2", "redis", "lighttpd"])
		for (const kind of ["kill -9", "restart", "stop"])
			assert.ok(struck.has(`${kind} ${target}`), `${kind} ${target}`);
	for (const kind of ["kill -9 of a backend", "kill -9 of PostgreSQL", "restart of PostgreSQL", "stop of PostgreSQL", "pg_terminate_backend", "FLUSHALL", "disk full", "Redis away",
		"lines dropped", "lines closed", "lines cut in mid-frame", "lines stalled", "lines delayed", "lines refused"])
		assert.ok([...struck].some((key) => key.startsWith(`${kind} `)), kind);
});

const watch = (received, watched = ["a:1"]) => ({
	name: "somebody", wrongs: [], places: new Map(watched.map((channel) => [channel, 0])), received: new Map([["a:1", received]]),
});
const verdict = (received, head, watched) => {
	const { lost, doubled, disordered } = compare([watch(received, watched)], new Map([["a:1", head]]));
	return [lost, doubled, disordered];
};

test("RN-12 the judge sees what is lost, doubled, out of order, and what the log never had", () => {
	assert.deepEqual(verdict([1, 2, 3], 3), [0, 0, 0]);
	assert.deepEqual(verdict([1, 3], 3), [1, 0, 0]);
	assert.deepEqual(verdict([1, 2], 3), [1, 0, 0], "the last one");
	assert.deepEqual(verdict([], 3), [3, 0, 0]);
	assert.deepEqual(verdict([1, 2, 2, 3], 3), [0, 1, 0]);
	assert.deepEqual(verdict([1, 3, 2], 3), [0, 0, 1]);
	assert.deepEqual(verdict([1, 2, 3, 4], 3), [0, 1, 0], "nobody may see more than there is");
	assert.deepEqual(verdict([1, 2], 3, []), [0, 0, 0], "a channel that was left");
	assert.deepEqual(verdict([2], 3, []), [1, 0, 0], "a hole before it was left");
});

test("RN-12 the judge sees orders that are lost, doubled, nobody's, or not once in the log", () => {
	const row = (changes) => ({ key: "k", id: "o", atKitchen: 1, atOrder: 1, ...changes });
	const accepted = new Map([["k", "o"]]);
	assert.deepEqual(compareOrders([row()], accepted), []);
	for (const rows of [[], [row({ id: "p" })], [row(), row({ id: "p" })], [row({ atKitchen: 2 })], [row({ atOrder: 0 })], [row(), row({ key: "l", id: "p" })]])
		assert.ok(compareOrders(rows, accepted).length > 0, JSON.stringify(rows));
});

test("RN-11 delays count while Redis is dead, for clients whose line was whole", () => {
	const delays = new Delays();
	const add = (second, ms, isUncut) => delays.add({ channel: "a:1", at: new Date(second * 1000).toISOString() }, ms, { wasUncutSince: () => isUncut });
	add(10, 100, true);
	add(20, 7000, true);
	add(21, 9000, false);
	assert.equal(delays.longestWithin([{ from: 9000, to: 11_000 }]).ms, 100);
	assert.equal(delays.longestWithin([{ from: 19_000, to: 22_000 }]).ms, 7000);
	assert.equal(delays.longestWithin([]).ms, 0);
	assert.equal(delays.quantile(0.3), 100);
});

test("RN-10 RN-11 RN-12 OT-15 OT-18 CH-17 RL-01 RL-10 everything killed, stopped, restarted and cut under load: each client has exactly the log", async (t) => {
	const report = await chaos({ ...SHORT, say: (line) => t.diagnostic(line) });
	t.diagnostic(told(report));
	assert.ok(report.isGood, told(report));
	assert.ok(report.kills >= KILLS_AT_LEAST, `${report.kills} kills`);
	assert.ok(report.orders > 0 && report.cuts > 0 && report.streams.received > report.orders);
});
