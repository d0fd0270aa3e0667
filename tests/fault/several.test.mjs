/* Two streamds side by side, nothing sticky, readers of every transport on both; and each program of the site killed in turn. */
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { WebSocketDialogue } from "../e2e/lib/dialogue.mjs";
import { newKitchen, staffAt } from "../e2e/lib/kitchens.mjs";
import { assertAllHaveAll } from "../e2e/lib/log.mjs";
import { basketOf, move, place } from "../e2e/lib/orders.mjs";
import { change, customer } from "../e2e/lib/people.mjs";
import { TRANSPORTS } from "../e2e/lib/reader.mjs";
import { Transaction } from "../e2e/lib/transaction.mjs";
import { A_SECOND_MS, inParallel, until } from "../e2e/lib/wait.mjs";
import { Watcher } from "../e2e/lib/watcher.mjs";
import { crowd, persist } from "./lib/rush.mjs";
import { Site } from "./lib/site.mjs";

const STREAMDS = ["streamd-1", "streamd-2"];
const SWEEP_MS = 1000;

const site = await Site.create({ streamds: STREAMDS.length });
let people;
before(async () => {
	await site.up();
	people = await crowd(site, 4);
});
after(() => site.forget());

const connected = (watchers) => until(() => watchers.every(({ connects }) => connects > 0), { within: 10_000, what: "every reader to be connected" });

/* COUNT watchers of CHANNEL by CLIENT on each transport. */
const onAll = (t, client, channel, count = 1) => TRANSPORTS.flatMap((transport) =>
	Array.from({ length: count }, () => new Watcher(t, client, channel, { transport })));

const assertAllSeen = (watchers) => assertAllHaveAll(watchers, { instance: site });

test("RN-09 OT-19 both subscribe to what their readers watch, once however many there are, and to nothing else", async (t) => {
	const subscribed = async () => (await site.redis("PUBSUB", "CHANNELS", "event:*")).split("\n").filter((name) => name !== "").sort();
	const subscribers = async (channel) => Number((await site.redis("PUBSUB", "NUMSUB", `event:${channel}`)).split("\n").at(-1));
	const kitchens = [await newKitchen({ instance: site }), await newKitchen({ instance: site })];
	const channels = kitchens.map(({ id }) => `restaurant:${id}`);
	const screens = ["sse", "websocket", "socket.io"].flatMap((transport) => kitchens.flatMap((kitchen, index) =>
		Array.from({ length: 6 }, () => new Watcher(t, kitchen.owner, channels[index], { transport }))));
	await connected(screens);
	await until(async () => await subscribers(channels[0]) === 2 && await subscribers(channels[1]) === 2, { what: "both streamds to subscribe" });
	assert.deepEqual(await subscribed(), channels.map((channel) => `event:${channel}`).sort());
	await Promise.all(kitchens.map((kitchen, index) => place(people[index], kitchen)));
	await assertAllSeen(screens);
});

test("DA-15 OT-19 RN-16 two streamds share the connections between them, each tells its own at /metrics/N, and what happens reaches the readers of both", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const watchers = onAll(t, kitchen.owner, `restaurant:${kitchen.id}`, 8);
	await connected(watchers);
	const shares = await Promise.all([1, 2].map((n) => site.metric("foodfast_streamd_connections", n)));
	t.diagnostic(`${watchers.length} readers, connections of each streamd: ${shares}`);
	for (const share of shares)
		assert.ok(share > shares.reduce((sum, one) => sum + one) / 4, `${shares}`);
	const order = await place(people[0], kitchen);
	await move(kitchen.owner, order, "confirmed");
	await assertAllSeen(watchers);
});

test("OT-19 AC-13 logging out ends the streams of every transport at both within a second", async (t) => {
	const ana = await customer({ instance: site });
	const watchers = onAll(t, ana, `user:${ana.user.id}`, 4);
	await connected(watchers);
	ok(await ana.post("/auth/logout"), 204);
	await until(() => watchers.every(({ refusals }) => refusals.size > 0), { within: A_SECOND_MS + SWEEP_MS, what: "every reader to be refused" });
	for (const { refusals, transport } of watchers)
		assert.ok([...refusals.keys()].every((status) => [401, 4401].includes(status)), `${transport}: ${[...refusals.keys()]}`);
});

test("CH-17 OT-15 a streamd is killed by kill -9 in mid-conversation, one after the other: its clients go on, nothing lost or doubled", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const staff = await staffAt(kitchen);
	const watchers = onAll(t, staff, `restaurant:${kitchen.id}`, 4);
	await connected(watchers);
	for (const name of [...STREAMDS, ...STREAMDS]) {
		const before = watchers.map(({ connects }) => connects);
		const ordering = place(people[0], kitchen, { again: true });
		await site.kill(name);
		const order = await ordering;
		await move(kitchen.owner, order, "confirmed");
		await assertAllSeen(watchers);
		await until(() => watchers.some(({ connects }, index) => connects > before[index]), { what: `somebody to come back after ${name} was killed` });
	}
});

test("OT-10 AC-13 rights that are looked at anew while a subscribe is under way take nothing from it", async (t) => {
	const waiting = async (question) => (await site.psql(`select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '${question}%'`)).map(Number);
	const [ana] = people;
	const channel = `user:${ana.user.id}`;
	const socket = await WebSocketDialogue.open(t, ana);
	const lock = await Transaction.begin(t, site);
	await lock.run("lock table account.session in access exclusive mode");
	const subscribed = socket.ask("subscribe", { channels: [channel] });
	await until(async () => (await waiting("select question")).length > 0, { what: "the subscribe to wait" });
	await site.redis("PUBLISH", "revocation", `user ${ana.user.id}`);
	const [review] = await until(async () => {
		const backends = await waiting("select channel");
		return backends.length > 0 && backends;
	}, { what: "the review to wait" });

	/* The review was asked before the subscribe was answered, and is answered after it. */
	process.kill(review, "SIGSTOP");
	try {
		await lock.commit();
		assert.equal((await subscribed).ok, true);
	} finally {
		process.kill(review, "SIGCONT");
	}
	await until(async () => (await site.psql(`select 1 from pg_stat_activity where pid = ${review} and state = 'active'`)).length === 0, { what: "the review's end" });
	await change(ana);
	await socket.event("user.updated");
	assert.deepEqual(socket.signals("stream.denied"), []);
});

test("OT-15 CH-17 a streamd that is restarted politely closes its WebSockets by 1012, and tells each when to come back, spread out", async (t) => {
	const [ana] = people;
	const sockets = await inParallel(20, 10, () => WebSocketDialogue.open(t, ana));
	const old = STREAMDS.map((name) => site.signal(name, "SIGTERM"));
	const ends = await Promise.all(sockets.map((socket) => socket.ended()));
	assert.deepEqual(new Set(ends.map(({ code }) => code)), new Set([1012]));
	const waits = ends.map(({ reason }) => Number(/^come back in (\d+) ms$/.exec(reason)?.[1]));
	assert.ok(waits.every((ms) => ms > 0 && ms <= 30_000) && new Set(waits).size > 10, `${waits}`);
	for (const [index, name] of STREAMDS.entries())
		await until(() => site.pid(name) > 0 && site.pid(name) !== old[index], { what: `${name} to be back` });
	await WebSocketDialogue.open(t, ana);
});

/* One person who asks one thing after the other until ISDONE() says so, and repeats what failed; TELL hears of each that is answered. */
async function work(person, kitchen, isDone, tell) {
	const refusals = [];
	while (!isDone()) {
		const started = performance.now();
		const order = ok(await persist(person, "/orders", basketOf(kitchen, { again: true }), { refusals }), 201);
		tell(performance.now() - started);
		for (const path of ["/me", `/orders/${order.id}`, `/restaurants/${kitchen.id}/menu`]) {
			const asked = performance.now();
			await until(async () => {
				const reply = await person.get(path).catch(() => ({ status: 0 }));
				return reply.status === 200 || void refusals.push(reply);
			}, { within: 20_000, what: `an answer from ${path}` });
			tell(performance.now() - asked);
		}
	}
	return refusals.length;
}

/* Everybody works while the program called NAME is killed: BEFORE answers, the kill, and AFTER more once all is up. */
async function killedUnderLoad(name, kitchen, { before: first = 20, after: then = 60 } = {}) {
	const waits = [];
	let isDone = false;
	const working = Promise.all(people.map((person) => work(person, kitchen, () => isDone, (ms) => waits.push(ms))));
	working.catch(() => {});
	await until(() => waits.length >= first, { what: `${first} answers` });
	await site.kill(name);
	await until(async () => (await people[0].fetch("/readyz").catch(() => ({}))).status === 200, { within: 30_000, what: `all parts to be up after ${name}` });
	const enough = waits.length + then;
	await until(() => waits.length >= enough, { within: 20_000, what: `${then} answers after ${name} was killed` });
	isDone = true;
	const refused = (await working).reduce((sum, one) => sum + one);
	return { name, answered: waits.length, refused, longestMs: Math.max(...waits) };
}

test("RL-01 RN-12 OT-15 each program of the site is killed in turn under load: all is answered in the end, and every screen has every order", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const watchers = onAll(t, kitchen.owner, `restaurant:${kitchen.id}`, 2);
	await connected(watchers);
	const budget = { answered: 0, refused: 0 };
	for (const program of ["orders", "accounts", "catalogue", "timers", ...STREAMDS, "redis", "lighttpd", "postgres"]) {
		const { name, answered, refused, longestMs } = await killedUnderLoad(program, kitchen);
		t.diagnostic(`${name} killed: ${answered} requests answered, ${refused} attempts refused, the longest wait ${longestMs.toFixed(0)} ms`);
		budget.answered += answered;
		budget.refused += refused;
		await assertAllSeen(watchers);
	}
	const share = budget.refused / (budget.answered + budget.refused);
	t.diagnostic(`error budget: ${budget.refused} of ${budget.answered + budget.refused} attempts refused (${(100 * share).toFixed(2)} %); no request and no event lost`);
	const accepted = Number(await site.value(`select count(*) from ordering.orders where restaurant_id = '${kitchen.id}'`));
	assert.equal(watchers[0].events.filter(({ type }) => type === "order.placed").length, accepted);
});
