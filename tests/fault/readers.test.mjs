/* Many and slow readers, tight limits, and two streamds side by side. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { after, before } from "node:test";
import { ok, problem } from "../e2e/lib/assert.mjs";
import { Client } from "../e2e/lib/client.mjs";
import { newId, newKitchen } from "../e2e/lib/kitchens.mjs";
import { assertAsLogged } from "../e2e/lib/log.mjs";
import { move, place } from "../e2e/lib/orders.mjs";
import { PASSWORD, customer, freshEmail, logIn } from "../e2e/lib/people.mjs";
import { heldPoll, pollReply, refusedStream, stream } from "../e2e/lib/stream.mjs";
import { A_SECOND_MS, inParallel, until } from "../e2e/lib/wait.mjs";
import { Watcher } from "../e2e/lib/watcher.mjs";
import { Site } from "./lib/site.mjs";

/* Its allocator keeps what was freed for a while, so that memory says nothing. */
const HAS_ASAN = process.env.FOODFAST_ASAN === "1";

const POLLS = 20;
const PER_USER = 250;	/* at each streamd */
const BUFFER_BYTES = 32 << 10;
const FLOOD = 1000;

const site = await Site.create({ streamds: 2, environment: {
	FOODFAST_STREAM_POLLS: POLLS, FOODFAST_STREAM_PER_USER: PER_USER, FOODFAST_STREAM_BUFFER_BYTES: BUFFER_BYTES,
	FOODFAST_STREAM_CHANNELS: 5, FOODFAST_LIMIT_REGISTER: 3, FOODFAST_LIMIT_LOGIN_ADDRESS: 5, FOODFAST_LIMIT_ORDERS: 8, FOODFAST_LIMIT_ORDERS_S: 5,
} });
before(() => site.up());
after(() => site.forget());

const streamds = () => ["streamd-1", "streamd-2"].map((name) => site.pid(name));
const memoryKib = (pid) => Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
const sockets = (pid) => Number(/^FDSize:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

/* Writes COUNT events of SIZE bytes to CHANNEL, each in a transaction of its own. */
const flood = (channel, count, size) => site.psql(`do $$ begin
	for n in 1..${count} loop
		perform event_append(array[row('${channel}', 'user.updated', jsonb_build_object('n', n, 'fill', repeat('x', ${size})), false)::new_event]);
		commit;
	end loop; end $$`);

test("OT-19 RN-09 two streamds: what happens reaches the clients of both, in the same order", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const ana = await customer({ instance: site });
	const screens = await inParallel(20, 10, () => stream(t, kitchen.owner, `restaurant:${kitchen.id}`));
	const channel = `event:restaurant:${kitchen.id}`;
	await until(async () => (await site.redis("PUBSUB", "NUMSUB", channel)).endsWith("2"), { what: "both streamds to have watchers of it" });
	const order = await place(ana, kitchen);
	await move(kitchen.owner, order, "confirmed");
	for (const screen of screens) {
		await screen.event("order.status", { status: "confirmed" });
		await assertAsLogged(screen.events, `restaurant:${kitchen.id}`, { instance: site });
	}
});

test("OT-19 AC-13 logging out closes the streams at both within a second", async (t) => {
	const ana = await customer({ instance: site });
	const readers = await inParallel(10, 10, () => stream(t, ana, `user:${ana.user.id}`));
	ok(await ana.post("/auth/logout"), 204);
	await Promise.all(readers.map((reader) => reader.closed({ within: A_SECOND_MS })));
});

test("OT-19 OT-15 a client that loses its streamd goes on at the other", async (t) => {
	const ana = await customer({ instance: site });
	const channel = `user:${ana.user.id}`;
	const readers = await inParallel(6, 6, () => stream(t, ana, channel, { after: 0 }));
	site.signal("streamd-1", "SIGKILL");
	await until(() => readers.some((reader) => reader.isClosed), { what: "a cut" });
	ok(await ana.patch("/me", { name: "Meanwhile" }));
	for (const reader of readers) {
		const next = reader.isClosed ? await until(() => stream(t, ana, channel, { lastEventId: reader.lastId }).catch(() => false)) : reader;
		await next.event("user.updated");
		await assertAsLogged([...new Set([...reader.events, ...next.events])], channel, { instance: site });
	}
});

test("RN-15 a reader that is too slow is cut at a bound, costs no more than that, and resumes with every event", async (t) => {
	const ana = await customer({ instance: site });
	const channel = `user:${ana.user.id}`;
	const slow = await inParallel(20, 10, () => stream(t, ana, channel, { after: 0 }));
	const quick = new Watcher(t, ana, channel);
	slow.forEach((reader) => reader.stall());
	const before = streamds().map(memoryKib);
	await flood(channel, FLOOD, 4000);
	await quick.caughtUp(channel, FLOOD, 20_000);
	await assertAsLogged(quick.events, channel, { instance: site });
	for (const [index, pid] of streamds().entries())
		assert.ok(HAS_ASAN || memoryKib(pid) - before[index] < 20 << 10, `${memoryKib(pid) - before[index]} KiB more for 20 readers who are 4 MB behind`);
	assert.ok(await site.metric("foodfast_streamd_slow_readers_cut_total") > 0);
	const [reader] = slow;
	reader.answer.response.resume();
	await reader.closed({ within: 20_000 });
	assert.ok(reader.events.length < FLOOD, "it was cut");
	const back = await stream(t, ana, channel, { lastEventId: reader.lastId });
	await back.until(() => back.events.at(-1)?.seq === FLOOD, { within: 20_000, what: "the rest" });
	await assertAsLogged([...reader.events, ...back.events], channel, { instance: site });
});

test("OT-17 RN-15 an idle stream costs less than ten KiB, and no thread", async (t) => {
	const ana = await customer({ instance: site });
	const channel = `user:${ana.user.id}`;
	const open = (count) => inParallel(count, 50, () => stream(t, ana, channel));
	await open(20);
	const before = streamds().map(memoryKib);
	const readers = await open(300);
	const grown = streamds().map(memoryKib).reduce((sum, kib, index) => sum + kib - before[index], 0);
	t.diagnostic(`${(grown / 300).toFixed(2)} KiB of streamd's own memory for an idle stream`);
	assert.ok(HAS_ASAN || grown / 300 < 10, `${grown / 300} KiB a stream`);
	assert.ok(streamds().every((pid) => sockets(pid) > 0));
	ok(await ana.patch("/me", { name: "To all" }));
	await Promise.all(readers.map((reader) => reader.event("user.updated")));
});

test("OT-09 more polls than may be held are turned away at once, with Retry-After", async (t) => {
	const ana = await customer({ instance: site });
	const channel = `user:${ana.user.id}`;
	const { cursor } = (await pollReply(ana, channel)).body;
	const held = await inParallel(2 * POLLS, 10, () => heldPoll(t, ana, channel, { after: cursor }));
	const refused = await until(async () => {
		const reply = await pollReply(ana, channel, { after: cursor, wait: 60 }).catch(() => undefined);
		return reply?.status === 503 && reply;
	}, { within: 10_000, what: "a refusal" });
	problem(refused, 503);
	ok(await ana.patch("/me", { name: "Released" }));
	await Promise.all(held.map(({ body }) => body));
});

test("RL-11 more channels than a stream may have are refused", async (t) => {
	const ana = await customer({ instance: site });
	const own = `user:${ana.user.id}`;
	const others = (count) => Array.from({ length: count }, () => `order:${newId()}`);
	problem(await refusedStream(ana, [own, ...others(5)]), 400, "invalid_parameter");
	await stream(t, ana, [own, ...others(4), own]);
});

test("RL-11 RL-08 more streams than a person may have are refused, and free again when some close", async (t) => {
	const ana = await customer({ instance: site });
	const channel = `user:${ana.user.id}`;
	const open = () => ana.open(`/stream?channels=${channel}`);
	const answers = await inParallel(2 * PER_USER + 2, 50, open);
	t.after(() => answers.forEach((answer) => answer.drop()));
	const refused = answers.filter(({ status }) => status !== 200);
	assert.ok(refused.length >= 2);
	assert.ok(refused.every(({ status, headers }) => status === 429 && headers["retry-after"] > 0));
	const bob = await customer({ instance: site });
	await stream(t, bob, `user:${bob.user.id}`);
	answers.forEach((answer) => answer.drop());
	await until(() => stream(t, ana, channel).catch(() => false), { what: "room for her again" });
});

test("AC-16 RL-11 registrations and guesses are limited by address, and nobody else's address suffers", async () => {
	const crowded = new Client({ instance: site });
	const form = () => ({ email: freshEmail(), password: PASSWORD, name: "Ana" });
	for (let count = 0; count < 3; count++)
		ok(await crowded.post("/auth/register", form()), 201);
	const refused = await crowded.post("/auth/register", form());
	problem(refused, 429);
	assert.match(refused.headers["ratelimit-policy"], /"register";q=3;w=\d+/);
	assert.match(refused.headers.ratelimit, /"register";r=0;t=\d+/);
	for (let count = 0; count < 5; count++)
		problem(await crowded.post("/auth/login", { email: freshEmail(), password: "a wrong guess" }), 401);
	problem(await crowded.post("/auth/login", { email: freshEmail(), password: "a wrong guess" }), 429);
	const elsewhere = await customer({ instance: site });
	await logIn({ instance: site, email: elsewhere.email });
	problem(await crowded.get("/me", { "X-Forwarded-For": "192.0.2.7" }), 401);
	problem(await crowded.post("/auth/register", form(), { "X-Forwarded-For": "192.0.2.7" }), 429);
});

test("RL-11 orders are limited by person, and free again when the window is over", async () => {
	const kitchen = await newKitchen({ instance: site });
	const ana = await customer({ instance: site });
	let reply;
	for (let count = 0; count < 20 && reply?.status !== 429; count++)
		reply = await ana.post("/orders", { restaurant_id: kitchen.id, items: [] });
	problem(reply, 429);
	const { "retry-after": seconds } = reply.headers;
	assert.ok(seconds >= 1 && seconds <= 5);
	await until(async () => (await ana.post("/orders", { restaurant_id: kitchen.id, items: [] })).status === 422, { within: 8000, what: "the next window" });
	await place(await customer({ instance: site }), kitchen);
});
