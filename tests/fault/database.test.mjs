/* PostgreSQL away, slow or busy. No hint is published here at all: the log alone must carry every event. */
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { newKitchen } from "../e2e/lib/kitchens.mjs";
import { assertAsLogged, logged } from "../e2e/lib/log.mjs";
import { drive, place } from "../e2e/lib/orders.mjs";
import { poll, stream } from "../e2e/lib/stream.mjs";
import { Transaction } from "../e2e/lib/transaction.mjs";
import { inParallel, until } from "../e2e/lib/wait.mjs";
import { Watcher } from "../e2e/lib/watcher.mjs";
import { assertHonest, crowd, rush } from "./lib/rush.mjs";
import { Site } from "./lib/site.mjs";

const SWEEP_MS = 1000;
const PATIENCE_MS = 1000;	/* for two busy cores */

const site = await Site.create({ environment: { FOODFAST_FAULT: "lose-hints" } });
let people;
before(async () => {
	await site.up();
	people = await crowd(site, 5);
});
after(() => site.forget());

const headOf = async (channel) => Number(await site.value(`select head from log.channel where name = '${channel}'`));

async function assertAllSeen(watchers) {
	for (const watcher of watchers)
		for (const channel of watcher.channels) {
			await watcher.caughtUp(channel, await headOf(channel));
			await assertAsLogged(watcher.events, channel, { instance: site });
			assert.equal(watcher.resets, 0);
		}
}

const write = (channel, n) => `select event_append(array[row('${channel}', 'user.updated', jsonb_build_object('fields', '[]'::jsonb, 'n', ${n}), false)::new_event])`;

test("OT-18 RN-11 no hint at all: the sweep brings every event within a second", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const watcher = new Watcher(t, kitchen.owner, `restaurant:${kitchen.id}`);
	await until(() => watcher.connects > 0);
	const order = await place(people[0], kitchen);
	await drive(kitchen.owner, order);
	await assertAllSeen([watcher]);
	assert.ok(watcher.slowest() < SWEEP_MS + PATIENCE_MS, `${watcher.slowest()} ms`);
});

test("OT-18 a transaction that stays open for five seconds while others commit: nothing slips through", async (t) => {
	const [slow, ana, bob] = await crowd(site, 3);
	const channels = [slow, ana, bob].map(({ user }) => `user:${user.id}`);
	const watchers = [slow, ana, bob].map((person, index) => new Watcher(t, person, channels[index]));
	await until(() => watchers.every(({ connects }) => connects > 0));
	const transaction = await Transaction.begin(t, site);
	await transaction.run(write(channels[0], 1));
	const longEnough = transaction.run("select pg_sleep(5)");
	let isOpen = true;
	longEnough.finally(() => { isOpen = false; });
	for (let count = 0; isOpen; count++) {
		ok(await [ana, bob][count % 2].patch("/me", { name: `Name ${count}` }));
		await watchers[1 + count % 2].caughtUp(channels[1 + count % 2], await headOf(channels[1 + count % 2]));
	}
	await longEnough;
	assert.deepEqual(watchers[0].events, []);
	await transaction.commit();
	await watchers[0].caughtUp(channels[0], 1, SWEEP_MS + PATIENCE_MS);
	await assertAllSeen(watchers);
});

test("OT-18 sixty-four writers on one channel and on many, a third of them rolling back: each event once, in order", async (t) => {
	const [ana] = people;
	const kitchens = await inParallel(8, 2, () => newKitchen({ instance: site }));
	const board = new Watcher(t, kitchens[0].owner, kitchens.map(({ id }) => `restaurant:${id}`));
	const mine = new Watcher(t, ana, `user:${ana.user.id}`);
	await until(() => board.connects > 0 && mine.connects > 0);
	const start = await headOf(`user:${ana.user.id}`);
	await inParallel(64, 64, (writer) => site.psql(`do $$ begin
		for n in 1..12 loop
			perform event_append(array[
				row('user:${ana.user.id}', 'user.updated', jsonb_build_object('writer', ${writer}, 'n', n), false),
				row('restaurant:${kitchens[writer % 8].id}', 'order.status', jsonb_build_object('writer', ${writer}, 'n', n), false)]::new_event[]);
			if n % 3 = 0 then rollback; else commit; end if;
		end loop; end $$`));
	assert.equal(await headOf(`user:${ana.user.id}`), start + 64 * 8);
	await assertAllSeen([mine, board]);
	for (let writer = 0; writer < 64; writer++) {
		const own = mine.events.filter(({ data }) => data.writer === writer).map(({ data }) => data.n);
		assert.deepEqual(own, [1, 2, 4, 5, 7, 8, 10, 11], "each writer's own order is kept");
	}
});

test("AC-15 backends terminated under load: requests wait or are told to, never fail; streams stay open", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const reader = await stream(t, kitchen.owner, `restaurant:${kitchen.id}`, { after: 0 });
	const watcher = new Watcher(t, kitchen.owner, `restaurant:${kitchen.id}`, { transport: "long-poll" });
	let isDone = false;
	const rushing = rush({ people, kitchens: [kitchen], count: 60 }).finally(() => { isDone = true; });
	let rounds = 0;
	for (; !isDone; rounds++)
		await site.psql("select pg_terminate_backend(pid) from pg_stat_activity where usename like 'foodfast%'");
	const { orders, refusals } = await rushing;
	assert.ok(rounds > 0);
	assertHonest(refusals);
	await assertAllSeen([watcher]);
	await reader.count(orders.length, { within: 10_000 });
	assert.equal(reader.isClosed, false, "a stream outlives its database connections");
	await assertAsLogged(reader.events, `restaurant:${kitchen.id}`, { instance: site });
});

test("AC-15 OT-15 PostgreSQL restarted under load: 503 with Retry-After at worst; open streams catch up", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const reader = await stream(t, kitchen.owner, `restaurant:${kitchen.id}`, { after: 0 });
	const rushing = rush({ people, kitchens: [kitchen], count: 80 });
	const reading = readOn(people[4], rushing);
	for (const signal of ["SIGKILL", "SIGINT"]) {
		const old = site.signal("postgres", signal);
		await until(() => site.pid("postgres") > 0 && site.pid("postgres") !== old, { what: "PostgreSQL's restart" });
		await until(() => site.value("select 1").catch(() => false), { within: 20_000, what: "PostgreSQL to answer" });
	}
	const { orders, refusals } = await rushing;
	assertHonest([...refusals, ...await reading]);
	await reader.until(() => reader.events.length >= orders.length, { within: 10_000, what: "the stream to catch up" });
	assert.equal(reader.isClosed, false);
	assert.equal(new Set(reader.events.map(({ seq }) => seq)).size, orders.length);
	await assertAsLogged(reader.events, `restaurant:${kitchen.id}`, { instance: site });
});

/* Reads the profile again and again until WORK is done; resolves with what was not 200. */
async function readOn(person, work) {
	let isDone = false;
	work.then(() => { isDone = true; }, () => { isDone = true; });
	const refusals = [];
	while (!isDone) {
		const reply = await person.get("/me");
		if (reply.status !== 200)
			refusals.push(reply);
	}
	return refusals;
}

test("AC-15 RL-11 while PostgreSQL is stopped, requests are told so soon, and all is well afterwards", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const channel = `restaurant:${kitchen.id}`;
	const reader = await stream(t, kitchen.owner, channel, { after: 0 });
	const order = await place(people[0], kitchen);
	await reader.event("order.placed");
	const old = site.pid("postgres");
	process.kill(old, "SIGQUIT");
	const during = await people[0].get("/me");
	assert.ok([200, 503].includes(during.status), during.text);
	if (during.status === 503) {
		assert.equal(during.body.code, "database_unavailable");
		assertHonest([during]);
	}
	await until(() => site.value("select 1").catch(() => false), { within: 20_000, what: "PostgreSQL to answer" });
	await until(async () => (await people[0].get("/me")).status === 200, { what: "the accounts program to be back" });
	await drive(kitchen.owner, order, "ready");
	await reader.event("order.status", { status: "ready" }, { within: 10_000 });
	await assertAsLogged(reader.events, channel, { instance: site });
});

test("RN-14 OT-21 everything restarted: orders, sessions, cursors and the board's history are as they were", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const [ana] = people;
	const channel = `restaurant:${kitchen.id}`;
	const { orders } = await rush({ people, kitchens: [kitchen], count: 5 });
	const before = await poll(kitchen.owner, channel, { after: 0 });
	const listed = ok(await kitchen.owner.get(`/orders?restaurant_id=${kitchen.id}`));
	await site.down();
	await site.up();
	assert.deepEqual(ok(await kitchen.owner.get(`/orders?restaurant_id=${kitchen.id}`)), listed);
	const late = await place(ana, kitchen, { again: true });
	const reader = await stream(t, kitchen.owner, channel, { after: before.cursor });
	assert.equal(reader.frames[0].data.mode, "resumed");
	await reader.event("order.placed", { order_id: late.id });
	assert.deepEqual((await logged(channel, { instance: site })).length, orders.length + 1);
	await assertAsLogged([...before.events, ...reader.events], channel, { instance: site });
});

test("OT-15 RL-07 a restored backup is another future: every old cursor is answered by a reset", async (t) => {
	const [ana] = people;
	const channel = `user:${ana.user.id}`;
	ok(await ana.patch("/me", { name: "Before" }));
	const { cursor } = await poll(ana, channel, { after: 0 });
	await site.psql("update log.epoch set seed = gen_random_uuid()");
	await site.kill("streamd-1");
	const reader = await until(() => stream(t, ana, channel, { after: cursor }).catch(() => false));
	assert.equal(reader.frames[0].data.mode, "reset");
	assert.notEqual(reader.epoch, cursor.split("/")[0]);
	ok(await ana.patch("/me", { name: "After" }));
	await reader.event("user.updated");
});

test("OT-15 RL-12 a long log of large events is read a little at a time: its reader costs about what he gets", async (t) => {
	const EVENTS = 200;
	const kitchen = await newKitchen({ instance: site });
	const channel = `restaurant:${kitchen.id}`;
	await site.psql(`do $$ begin
		for n in 1..${EVENTS} loop
			perform event_append(array[row('${channel}', 'user.updated', jsonb_build_object('n', n, 'fill', repeat('x', 50000)), false)::new_event]);
			commit;
		end loop; end $$`);
	const before = await site.metric("foodfast_streamd_events_replayed_total");
	const reader = await stream(t, kitchen.owner, channel, { after: 0 });
	await reader.until(() => reader.events.at(-1)?.seq === EVENTS, { within: 20_000, what: "the whole log" });
	const rows = await site.metric("foodfast_streamd_events_replayed_total") - before;
	assert.ok(rows < 5 * EVENTS, `${rows} rows were read for ${EVENTS} events`);
});
