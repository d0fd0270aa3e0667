/*
 * Crowds at one streamd: held polls, idle sockets, slow readers. They come straight to its socket, for lighttpd needs two descriptors for each.
 * FOODFAST_LONG=1: as many as the checklist names.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { after, before } from "node:test";
import WebSocket from "ws";
import { logged } from "../e2e/lib/log.mjs";
import { change, customer } from "../e2e/lib/people.mjs";
import { cursorOf, heldPoll, poll, stream } from "../e2e/lib/stream.mjs";
import { inParallel, until } from "../e2e/lib/wait.mjs";
import { Watcher } from "../e2e/lib/watcher.mjs";
import { writeEvents } from "../e2e/lib/writers.mjs";
import { Chance } from "./lib/chance.mjs";
import { Site } from "./lib/site.mjs";

/* Its allocator keeps what was freed for a while, so that memory says nothing. */
const HAS_ASAN = process.env.FOODFAST_ASAN === "1";
const IS_LONG = process.env.FOODFAST_LONG === "1";
const POLLS = IS_LONG ? 10_000 : 1000;
const SOCKETS = IS_LONG ? 5000 : 500;
const SLOW = IS_LONG ? 1000 : 100;
const BUFFER_BYTES = 32 << 10;
const FLOOD = 200;
const FLOOD_BYTES = 4000;
const SPARE_BYTES = 8 << 20;	/* what the log's own reads and the encoded events take */
const AT_ONCE = 100;
const PATIENCE_MS = IS_LONG ? 120_000 : 30_000;

const site = await Site.create({ environment: { FOODFAST_STREAM_BUFFER_BYTES: BUFFER_BYTES } });
let ana, channel, near;
before(() => site.up());
after(() => site.forget());

/* Somebody new, who stands at streamd's own door. */
async function someone() {
	ana = await customer({ instance: site });
	channel = `user:${ana.user.id}`;
	near = ana.direct(site.socketOf("streamd-1"));
}

const status = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${site.pid("streamd-1")}/status`, "utf8"))[1]);
const threads = () => status("Threads");
const memoryKib = () => status("RssAnon");

/* First, while the process is young: what it has freed later would be used again, and memory say nothing. */
test(`CH-19 OT-17 ${SOCKETS} idle sockets at one streamd cost little memory and no thread, and all hear what happens`, async (t) => {
	await someone();
	const open = (count) => inParallel(count, AT_ONCE, async () => {
		const watcher = new Watcher(t, near, channel, { transport: "websocket", after: undefined });
		await until(() => watcher.connects > 0, { within: 20_000, what: "the socket" });
		return watcher;
	});
	await open(50);
	const before = { threads: threads(), memory: memoryKib() };
	const watchers = await open(SOCKETS);
	const each = (memoryKib() - before.memory) / SOCKETS;
	t.diagnostic(`${each.toFixed(2)} KiB of streamd's own memory for an idle socket; RSS ${status("VmRSS")} KiB`);
	assert.equal(threads(), before.threads);
	assert.ok(HAS_ASAN || each < 10, `${each} KiB a socket`);
	await change(ana);
	await Promise.all(watchers.map((watcher) => watcher.caughtUp(channel, 1, PATIENCE_MS)));
	assert.ok(watchers.every(({ events }) => events.length === 1));
	t.diagnostic(`${watchers.filter(({ connects }) => connects > 1).length} of them had to come back`);
});

test(`OT-09 ${POLLS} held polls need no thread, and one change answers them all`, async (t) => {
	await someone();
	const { cursor } = await poll(near, channel);
	const before = { threads: threads(), memory: memoryKib() };
	const held = await inParallel(POLLS, AT_ONCE, () => heldPoll(undefined, near, channel, { after: cursor }));
	await until(async () => await site.metric("foodfast_streamd_polls") >= POLLS, { what: "all to be held" });
	assert.equal(threads(), before.threads);
	t.diagnostic(`${threads()} threads as before, ${((memoryKib() - before.memory) / POLLS).toFixed(2)} KiB a poll`);
	await change(ana);
	for (const { body } of held)
		assert.deepEqual((await body).events.map(({ seq }) => seq), [1]);
});

/* Readers that open a stream and never read on; until they are told to. */
const slowReaders = {
	sse: async (t) => {
		const reader = await stream(t, near, channel, { after: 0 });
		reader.stall();
		return { resume: () => reader.answer.response.resume(), isCut: () => reader.isClosed, events: () => reader.events, epoch: reader.epoch };
	},
	websocket: async (t) => {
		const socket = new WebSocket(`ws+unix:${near.socketPath}:/ws`, "foodfast.v1", { headers: { Authorization: `Bearer ${near.token}` } });
		t.after(() => socket.terminate());
		const frames = [];
		socket.on("open", () => socket.send(JSON.stringify({ op: "subscribe", id: 1, channels: [channel], after: "0" })));
		socket.on("message", (text) => frames.push(JSON.parse(text)));
		socket.on("error", () => {});
		await until(() => frames.length > 0, { what: "the reply" });
		socket.pause();
		return {
			resume: () => socket.resume(), isCut: () => socket.readyState === WebSocket.CLOSED,
			events: () => frames.filter(({ op }) => op === "event").map(({ event }) => event), epoch: frames[0].epoch,
		};
	},
};

for (const [transport, open] of Object.entries(slowReaders))
	test(`RN-15 ${SLOW} slow readers over ${transport}: memory is bounded, and whoever is cut resumes with every event`, async (t) => {
		await someone();
		const slow = await inParallel(SLOW, AT_ONCE, () => open(t));
		const quick = new Watcher(t, near, channel, { transport });
		const cutBefore = await site.metric("foodfast_streamd_slow_readers_cut_total");
		const memory = memoryKib();
		await writeEvents([channel], { count: FLOOD, bytes: FLOOD_BYTES, writers: 1, chance: new Chance(transport), instance: site });
		await quick.caughtUp(channel, FLOOD, PATIENCE_MS);
		const grown = memoryKib() - memory;
		const cut = await site.metric("foodfast_streamd_slow_readers_cut_total") - cutBefore;
		t.diagnostic(`${grown} KiB more for ${SLOW} readers who lack ${(SLOW * FLOOD * FLOOD_BYTES / 2 ** 20).toFixed(0)} MiB; ${cut} of them are cut by now`);
		assert.ok(HAS_ASAN || grown << 10 < SLOW * BUFFER_BYTES + SPARE_BYTES, `${grown} KiB`);
		if (IS_LONG)
			await until(async () => await site.metric("foodfast_streamd_connections") < SLOW / 2, { within: 120_000, what: "those who take nothing between two heartbeats to be cut" });

		const log = (await logged(channel, { instance: site })).map((text) => JSON.parse(text));
		await inParallel(SLOW, AT_ONCE, async (index) => {
			const reader = slow[index];
			reader.resume();
			await until(() => reader.isCut() || reader.events().length >= FLOOD, { within: PATIENCE_MS, what: "the rest, or the cut" });
			const had = reader.events();
			const rest = new Watcher(t, near, channel, { transport, after: had.length > 0 ? cursorOf(reader.epoch, had) : 0 });
			await rest.caughtUp(channel, FLOOD, PATIENCE_MS);
			assert.deepEqual([...had, ...rest.events].map(({ seq, data }) => [seq, data.n]), log.map(({ seq, data }) => [seq, data.n]));
			await rest.stop();
		});
	});
