/* Storms: everybody comes back at once, parts hang, and a streamd is as full as it may be. Who is there stays, and who is refused is told why. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net from "node:net";
import test, { after, before } from "node:test";
import { ok, problem } from "../e2e/lib/assert.mjs";
import { WebSocketDialogue } from "../e2e/lib/dialogue.mjs";
import { newKitchen } from "../e2e/lib/kitchens.mjs";
import { assertAllHaveAll } from "../e2e/lib/log.mjs";
import { place } from "../e2e/lib/orders.mjs";
import { change, customer } from "../e2e/lib/people.mjs";
import { pollReply, refusedStream, stream } from "../e2e/lib/stream.mjs";
import { Streamd } from "../e2e/lib/streamd.mjs";
import { inParallel, until, within } from "../e2e/lib/wait.mjs";
import { Watcher } from "../e2e/lib/watcher.mjs";
import { Site } from "./lib/site.mjs";

/* Its allocator keeps what was freed for a while. */
const HAS_ASAN = process.env.FOODFAST_ASAN === "1";

const CLIENTS = 500;
const CHANNELS = 5;
const MISSED = 30;
const PENDING = 100;	/* requests: more than streamd answers at once */
const SOON_MS = 1000;
const PATIENCE_MS = 30_000;

const site = await Site.create();
before(() => site.up());
after(() => site.forget());

/* Appends COUNT events to each of CHANNELS, a transaction each, and tells nobody. */
const append = (channels, count) => site.psql(`do $$ begin
	for n in 1..${count} loop
		perform event_append(array(select row(name, 'user.updated', jsonb_build_object('n', n), false)::new_event from unnest('{${channels}}'::text[]) as name));
		commit;
	end loop; end $$`);

/* PostgreSQL hangs while WORK runs: the server, and those who serve streamd. */
async function hung(work) {
	const backends = (await site.psql("select pid from pg_stat_activity where application_name = 'streamd'")).flat().map(Number);
	return site.paused("postgres", async () => {
		backends.forEach((pid) => process.kill(pid, "SIGSTOP"));
		try {
			return await work();
		} finally {
			backends.forEach((pid) => process.kill(pid, "SIGCONT"));
		}
	});
}

test(`RL-01 OT-15 RN-10 ${CLIENTS} clients whose streamd is killed have each missed event once and in order, at a few reads of the log a channel`, async (t) => {
	const kitchens = await inParallel(CHANNELS, CHANNELS, () => newKitchen({ instance: site }));
	const channels = kitchens.map(({ id }) => `restaurant:${id}`);
	const { owner } = kitchens[0];
	const ana = await customer({ instance: site });
	await append(channels, 3);
	const watchers = Array.from({ length: CLIENTS }, (_, index) => new Watcher(t, owner, channels[index % CHANNELS]));
	await Promise.all(watchers.map((watcher) => watcher.caughtUp(watcher.channels[0], 3, PATIENCE_MS)));
	site.signal("streamd-1", "SIGKILL");
	await append(channels, MISSED);
	await place(ana, kitchens[0]);
	await assertAllHaveAll(watchers, { instance: site, within: PATIENCE_MS });
	assert.ok(watchers.every(({ connects }) => connects > 1), "all were cut");
	const reads = await site.metric("foodfast_streamd_log_reads_total");
	assert.ok(reads <= 4 * CHANNELS, `${reads} reads for ${CHANNELS} channels`);
	for (const name of ["gaps_sent", "duplicates_sent"])
		assert.equal(await site.metric(`foodfast_streamd_${name}_total`), 0, name);
});

test("RL-09 RN-16 a crowd's event is measured, and reaches all of it", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const channel = `restaurant:${kitchen.id}`;
	const before = await site.metric("foodfast_streamd_commit_to_socket_seconds_count");
	const screens = await inParallel(100, 20, () => stream(t, kitchen.owner, channel));
	await place(await customer({ instance: site }), kitchen);
	await Promise.all(screens.map((screen) => screen.event("order.placed")));
	await until(async () => await site.metric("foodfast_streamd_commit_to_socket_seconds_count") > before, { what: "an observation" });
	assert.ok(await site.metric("foodfast_streamd_streams") >= 100);
});

test(`RL-01 RN-16 with PostgreSQL stopped in its tracks and ${PENDING} requests pending, streamd says at once that it lives and what is out`, async () => {
	const ana = await customer({ instance: site });
	const channel = `user:${ana.user.id}`;
	const ask = (path) => within(SOON_MS, ana.fetch(path), `answer from ${path}`);
	let pending;
	await hung(async () => {
		pending = Array.from({ length: PENDING }, () => pollReply(ana, channel, { wait: 0 }));
		await until(async () => await site.metric("foodfast_streamd_requests_waiting") > 0, { what: "requests that wait for their turn" });
		ok(await ask("/healthz"));
		const reply = await until(async () => {
			const answer = await ask("/readyz");
			return answer.status === 503 && answer;
		}, { what: "streamd to know that the database is out" });
		problem(reply, 503, "not_ready");
		assert.deepEqual(reply.body.parts, { database: "down", redis: "up", memory: "up", clients: "up" });
		ok(await ask("/healthz"));
	});
	for (const reply of await Promise.all(pending))
		assert.ok(reply.status === 200 || problem(reply, 503, "database_unavailable"), "each is answered");
	await until(async () => (await ask("/readyz")).status === 200, { what: "all to be well again", within: PATIENCE_MS });
	ok(await pollReply(ana, channel, { wait: 0 }));
});

/* Connections that have sent most of a request's head, and hold SIZE bytes of the server's memory each. */
async function dawdlers(t, port, count, size) {
	const sockets = await inParallel(count, 50, async () => {
		const socket = net.connect(port, "127.0.0.1").on("error", () => {});
		t.after(() => socket.destroy());
		await new Promise((resolve) => socket.write(`GET /healthz HTTP/1.1\r\nX-Long: ${"x".repeat(size)}`, resolve));
		return socket;
	});
	return { leave: () => sockets.forEach((socket) => socket.destroy()) };
}

const memoryBytes = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) << 10;

test("RL-11 RN-15 beyond its limit of memory a streamd refuses newcomers with 503, keeps who is there, and takes them again later", async (t) => {
	const idle = await Streamd.start(t, {}, { instance: site });
	const limit = memoryBytes(idle.process.pid) + (4 << 20);
	await idle.stop();
	const full = await Streamd.start(t, { FOODFAST_STREAM_MEMORY_BYTES: limit }, { instance: site });
	const ana = await customer({ instance: site });
	const near = ana.through(full.origin);
	const channel = `user:${ana.user.id}`;
	const old = await stream(t, near, channel);
	const crowd = await dawdlers(t, full.port, 600, 15_000);
	const refused = await until(async () => {
		const reply = await pollReply(near, channel, { wait: 0 });
		return reply.status === 503 && reply;
	}, { within: PATIENCE_MS, what: "a refusal" });
	problem(refused, 503, "too_much_memory");
	assert.ok(refused.headers["retry-after"] > 0);
	await assert.rejects(WebSocketDialogue.open(t, near), { status: 503 });
	problem(await near.fetch("/readyz"), 503, "not_ready");
	await change(ana);
	await old.event("user.updated");
	const { text } = await near.fetch("/metrics");
	assert.match(text, /^foodfast_streamd_refused_total\{code="too_much_memory"\} [1-9]/m);
	crowd.leave();
	if (!HAS_ASAN)
		await until(async () => (await pollReply(near, channel, { wait: 0 })).status === 200, { within: PATIENCE_MS, what: "to be let in" });
});

test("RL-11 a streamd without descriptors refuses newcomers with 503, keeps who is there, and takes them again later", async (t) => {
	const DESCRIPTORS = 64;
	const small = await Streamd.start(t, {}, { instance: site, descriptors: DESCRIPTORS });
	const ana = await customer({ instance: site });
	const near = ana.through(small.origin);
	const channel = `user:${ana.user.id}`;
	const old = await stream(t, near, channel);
	const socket = await WebSocketDialogue.open(t, near);
	ok({ status: 200, ...await socket.ask("subscribe", { channels: [channel] }) });
	const crowd = await dawdlers(t, small.port, DESCRIPTORS, 10);
	const refused = await refusedStream(near, channel);
	problem(refused, 503, "too_many_connections");
	assert.ok(refused.headers["retry-after"] > 0);
	await assert.rejects(WebSocketDialogue.open(t, near), { status: 503 });
	await change(ana);
	await old.event("user.updated");
	await socket.event("user.updated");
	crowd.leave();
	await until(async () => (await near.fetch("/healthz").catch(() => ({}))).status === 200, { what: "to be let in" });
	const { text } = await near.fetch("/metrics");
	assert.match(text, /^foodfast_streamd_descriptors_exhausted_total [1-9]/m);
	await stream(t, near, channel);
});

test("RL-11 RL-08 a person's streams are counted over all transports, and those from an address too", async (t) => {
	const tight = await Streamd.start(t, { FOODFAST_STREAM_PER_USER: 3, FOODFAST_STREAM_PER_ADDRESS: 5 }, { instance: site });
	const [ana, bob] = await inParallel(2, 2, () => customer({ instance: site }));
	const near = (person) => person.through(tight.origin);
	const open = (person) => stream(t, near(person), `user:${person.user.id}`);
	await open(ana);
	const socket = await WebSocketDialogue.open(t, near(ana));
	await socket.ask("subscribe", { channels: [`user:${ana.user.id}`] });
	await open(ana);
	problem(await refusedStream(near(ana), `user:${ana.user.id}`), 429, "too_many_streams");
	await open(bob);
	const last = await open(bob);
	problem(await refusedStream(near(bob), `user:${bob.user.id}`), 429, "too_many_streams");
	await assert.rejects(WebSocketDialogue.open(t, near(bob)), { status: 429 });
	last.drop();
	await until(() => open(bob).catch(() => false), { what: "room from this address again" });
	const { text } = await near(bob).fetch("/metrics");
	assert.match(text, /^foodfast_streamd_refused_total\{code="too_many_streams"\} [3-9]/m);
});
