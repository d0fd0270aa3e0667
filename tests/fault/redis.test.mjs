/* Redis is only the doorbell: gone, stopped, emptied, nothing is lost and nothing waits for it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { renameSync } from "node:fs";
import test, { after, before } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { ok, problem } from "../e2e/lib/assert.mjs";
import { Client } from "../e2e/lib/client.mjs";
import { newKitchen } from "../e2e/lib/kitchens.mjs";
import { assertAsLogged } from "../e2e/lib/log.mjs";
import { drive, place } from "../e2e/lib/orders.mjs";
import { customer } from "../e2e/lib/people.mjs";
import { TRANSPORTS } from "../e2e/lib/reader.mjs";
import { poll, stream } from "../e2e/lib/stream.mjs";
import { A_SECOND_MS, until, within } from "../e2e/lib/wait.mjs";
import { Watcher } from "../e2e/lib/watcher.mjs";
import { crowd, rush } from "./lib/rush.mjs";
import { Site } from "./lib/site.mjs";

const run = promisify(execFile);
const site = await Site.create();
let people;
before(async () => {
	await site.up();
	people = await crowd(site, 4);
});
after(() => site.forget());

/* Whether streamd hears Redis, as it tells itself. */
const hearsRedis = async () => (await (await fetch(new URL("/readyz", site.url))).json()).parts.redis === "up";

const unacknowledged = () => site.metric("foodfast_orders_unacknowledged");

async function watched(t, work) {
	const kitchen = await newKitchen({ instance: site });
	const channel = `restaurant:${kitchen.id}`;
	const watchers = TRANSPORTS.map((transport) => new Watcher(t, kitchen.owner, channel, { transport }));
	await until(() => watchers.every(({ connects }) => connects > 0));
	await work(kitchen);
	const head = Number(await site.value(`select head from log.channel where name = '${channel}'`));
	for (const watcher of watchers) {
		await watcher.caughtUp(channel, head);
		await assertAsLogged(watcher.events, channel, { instance: site });
		assert.ok(watcher.slowest() < 5000, `an event came ${watcher.slowest()} ms after its commit`);
		assert.equal(watcher.resets, 0);
	}
	return watchers;
}

test("RN-11 RN-01 Redis killed in mid-rush: every order arrives within five seconds, once, in order", async (t) => {
	await watched(t, async (kitchen) => {
		const rushing = rush({ people, kitchens: [kitchen], count: 60 });
		for (let kills = 0; kills < 3; kills++)
			await site.kill("redis");
		const { refusals } = await rushing;
		assert.deepEqual(refusals, [], "no request fails because of Redis");
	});
});

test("RN-11 Redis stopped in its tracks: no request and no event waits for it", async (t) => {
	await watched(t, async (kitchen) => {
		await site.paused("redis", async () => {
			const order = await within(2000, place(people[0], kitchen), "order without Redis");
			const slowest = { ms: 0 };
			for (let count = 0; count < 20; count++) {
				const started = performance.now();
				await place(people[1], kitchen, { again: true });
				slowest.ms = Math.max(slowest.ms, performance.now() - started);
			}
			assert.ok(slowest.ms < 1000, `${slowest.ms} ms`);
			await within(10_000, drive(kitchen.owner, order), "the whole life of an order without Redis");
			const since = (await poll(kitchen.owner, `restaurant:${kitchen.id}`, { after: 0 })).events;
			assert.ok(since.some(({ data }) => data.status === "delivered"), "the log has it already");
			ok(await people[2].get("/me"));
		});
	});
});

test("RN-11 RN-16 a Redis that hangs is noticed within two seconds, swept around, and heard again by itself", async (t) => {
	const [watcher] = await watched(t, async (kitchen) => {
		await site.paused("redis", async () => {
			const started = performance.now();
			await until(async () => !await hearsRedis(), { within: 2500, what: "streamd to notice that Redis hangs" });
			assert.equal(await site.metric("foodfast_streamd_redis_up"), 0);
			await rush({ people, kitchens: [kitchen], count: 20 });
			/* Its socket takes new connections all the while. */
			while (performance.now() - started < 6000) {
				assert.ok(!await hearsRedis(), "streamd says that a hung Redis is there");
				await pause(50);
			}
		});
		await until(hearsRedis, { within: 3000, what: "streamd to hear Redis again" });
		await until(async () => (await site.redis("PUBSUB", "NUMSUB", `event:restaurant:${kitchen.id}`)).endsWith("1"), { what: "the subscription to be back" });
		const before = await site.metric("foodfast_streamd_events_in_total");
		await place(people[0], kitchen, { again: true });
		await until(async () => await site.metric("foodfast_streamd_events_in_total") > before, { what: "a hint from Redis" });
	});
	assert.ok(watcher.slowest() < A_SECOND_MS, `${watcher.slowest()} ms`);
});

test("RN-16 an idle Redis is no hung one, and neither is a busy streamd", async () => {
	const before = site.log("streamd-1").split("redis lost").length;
	await site.paused("streamd-1", () => pause(2500));
	await pause(2500);
	assert.ok(await hearsRedis());
	assert.equal(site.log("streamd-1").split("redis lost").length, before);
});

test("RN-16 the metrics count the orders that nobody has acknowledged, Redis or not", async () => {
	const kitchen = await newKitchen({ instance: site });
	const before = await unacknowledged();
	const order = await place(people[0], kitchen);
	assert.equal(await unacknowledged(), before + 1);
	await site.paused("redis", async () => {
		ok(await kitchen.owner.post(`/orders/${order.id}/acknowledge`));
		assert.equal(await unacknowledged(), before);
	});
});

test("RN-16 with PostgreSQL stopped in its tracks the metrics come within a second, without the orders", async () => {
	const metrics = async () => (await fetch(new URL("/metrics", site.url))).text();
	const backends = (await site.psql("select pid from pg_stat_activity where application_name = 'streamd'")).flat().map(Number);
	assert.ok(backends.length > 0);
	await site.paused("postgres", async () => {
		backends.forEach((pid) => process.kill(pid, "SIGSTOP"));
		try {
			for (let scrapes = 0; scrapes < 6; scrapes++) {
				const text = await within(1000, metrics(), "answer from /metrics");
				assert.match(text, /^foodfast_streamd_connections \d/m);
				assert.doesNotMatch(text, /foodfast_orders/);
			}
		} finally {
			backends.forEach((pid) => process.kill(pid, "SIGCONT"));
		}
	});
	await until(async () => /^foodfast_orders_unacknowledged \d/m.test(await metrics()), { what: "the orders to be counted again", within: 10_000 });
});

test("RN-11 RN-16 with Redis out of reach the sweep alone carries the orders, and streamd says so", async (t) => {
	const { FOODFAST_REDIS: socket } = site.environmentOf("streamd-1");
	const [watcher] = await watched(t, async (kitchen) => {
		renameSync(socket, `${socket}.away`);
		for (const type of ["pubsub", "normal"])
			await run("redis-cli", ["-s", `${socket}.away`, "CLIENT", "KILL", "TYPE", type]);
		await until(async () => !await hearsRedis(), { what: "streamd to say that Redis is out" });
		const { refusals } = await rush({ people, kitchens: [kitchen], count: 20 });
		assert.deepEqual(refusals, []);
	});
	assert.ok(watcher.slowest() < A_SECOND_MS, `${watcher.slowest()} ms`);
	renameSync(`${socket}.away`, socket);
	await until(hearsRedis, { what: "streamd to hear Redis again" });
});

test("RN-11 FLUSHALL at any time changes nothing but counters", async (t) => {
	await watched(t, async (kitchen) => {
		const rushing = rush({ people, kitchens: [kitchen], count: 30 });
		for (let flushes = 0; flushes < 5; flushes++)
			assert.equal(await site.redis("FLUSHALL"), "OK");
		const { refusals } = await rushing;
		assert.deepEqual(refusals, []);
	});
});

test("RN-09 RN-11 connections to Redis that are killed come back, with their subscriptions", async (t) => {
	await watched(t, async (kitchen) => {
		for (let round = 0; round < 3; round++) {
			await site.redis("CLIENT", "KILL", "TYPE", "pubsub");
			await site.redis("CLIENT", "KILL", "TYPE", "normal");
			await place(people[round], kitchen, { again: true });
		}
		await until(async () => (await site.redis("PUBSUB", "NUMSUB", `event:restaurant:${kitchen.id}`)).endsWith("1"), { what: "the subscription to be back" });
	});
});

test("RN-11 AC-13 while Redis is away, logging out still closes streams, and guessing is still limited", async (t) => {
	const ana = await customer({ instance: site });
	const reader = await stream(t, ana, `user:${ana.user.id}`);
	await site.paused("redis", async () => {
		ok(await ana.post("/auth/logout"), 204);
		await reader.closed({ within: 3000 });
		problem(await ana.get("/me"), 401, "session_ended");
		const statuses = [];
		for (let guess = 0; guess < 15 && statuses.at(-1) !== 429; guess++)
			statuses.push((await new Client({ instance: site }).post("/auth/login", { email: ana.email, password: "a wrong guess" })).status);
		assert.equal(statuses.at(-1), 429, `${statuses}`);
	});
});
