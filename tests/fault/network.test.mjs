/* Bad lines: slow, narrow, stalled and cut ones, in every phase of a connection, for each transport; and a streamd that goes under load. */
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import test, { after, before } from "node:test";
import { newKitchen, staffAt } from "../e2e/lib/kitchens.mjs";
import { customer } from "../e2e/lib/people.mjs";
import { inParallel, until } from "../e2e/lib/wait.mjs";
import { Chance } from "./lib/chance.mjs";
import { Fleet, Watch } from "./lib/fleet.mjs";
import { compare, headsOf, judgeOrders } from "./lib/judge.mjs";
import { Proxy } from "./lib/proxy.mjs";
import { crowd } from "./lib/rush.mjs";
import { Site } from "./lib/site.mjs";
import { transports } from "./lib/transports.mjs";
import { Watchman } from "./lib/watchman.mjs";
import { Workload } from "./lib/workload.mjs";

const EVENTS = 45;
const CATCH_UP_MS = 45_000;
const BUFFER_BYTES = 32 << 10;

/* More than all buffers between a streamd and a reader who does not read can hold. */
const FLOOD = { events: 500, bytes: 12_000 };

const chance = new Chance("network");
const first = (count, conditions) => (number, dice) => (number <= count ? conditions(number, dice) : {});
const stalling = (times, conditions) => (number, dice, proxy) => (proxy.stalls < times ? conditions : {});
const isPolling = ({ name }) => name === "socket.io";

/*
 * conditions(number, dice, proxy): what the connection of that number meets (lib/proxy.mjs); struck(proxy): how often it was met; only: the transports that
 * it is about; isFlooded: it watches the flood.
 */
const LINES = [
	{ name: "that takes 800 ms each way", conditions: () => ({ delayMs: 800 }), struck: ({ connections }) => connections },
	{ name: "of four kB a second", conditions: () => ({ bytesPerS: 4000 }), struck: ({ connections }) => connections },
	{ name: "that is cut within the handshake", conditions: first(4, (number) => ({ requestBytes: 25 * number })), struck: ({ cutCount }) => cutCount },
	{ name: "that is cut within the answer's head", conditions: first(4, (number) => ({ answerBytes: 25 * number })), struck: ({ cutCount }) => cutCount },
	{ name: "that is cut in mid-frame, each time a little later", conditions: (number) => ({ answerBytes: 500 + 331 * number }), struck: ({ cutCount }) => cutCount },
	{ name: "that is cut anywhere, again and again", conditions: first(25, (number, dice) => ({ answerBytes: Math.floor(dice.between(1, 2000)) })), struck: ({ cutCount }) => cutCount },
	{ name: "that is cut within a POST", conditions: first(12, (number) => (number % 2 === 0 ? { requestBytes: 220 + 12 * number } : {})), struck: ({ cutCount }) => cutCount, only: isPolling },
	{ name: "that stands still for two seconds", conditions: stalling(3, { stallAfterBytes: 900, stallMs: 2000 }), struck: ({ stalls }) => stalls },
	{ name: "whose reader stalls while a flood comes", conditions: stalling(2, { stallAfterBytes: 3000, stallMs: 5000 }), struck: ({ stalls }) => stalls, isFlooded: true },
];

const site = await Site.create({ streamds: 2, environment: { FOODFAST_STREAM_BUFFER_BYTES: BUFFER_BYTES } });
let cases, heads;

/* Writes COUNT events of BYTES to CHANNEL, one every EVERYMS, each committed by itself. */
const write = (channel, count, bytes, everyMs) => site.psql(`do $$ begin
	for n in 1..${count} loop
		perform event_append(array[row('${channel}', 'user.updated', jsonb_build_object('n', n, 'fill', repeat('x', ${bytes})), false)::new_event]);
		commit;
		perform pg_sleep(${everyMs / 1000});
	end loop; end $$`);

/* A person who watches his channel by TRANSPORT over LINE. */
async function open(line, transport, person) {
	const name = `${transport.name} over a line ${line.name}`;
	const dice = chance.of(`line of ${name}`);
	const proxy = await Proxy.start(site.url, (number, self) => line.conditions(number, dice, self));
	const watch = new Watch({ name, person, transport, channels: [`user:${person.user.id}`], origin: proxy.url, chance: chance.of(name) });
	return { line, transport, proxy, watch: watch.start() };
}

before(async () => {
	await site.up();
	const [ana, bob] = await crowd(site, 2);
	cases = await Promise.all(LINES.flatMap((line) => transports.filter(line.only ?? (() => true))
		.map((transport) => open(line, transport, line.isFlooded ? bob : ana))));
	await Promise.all([write(`user:${bob.user.id}`, FLOOD.events, FLOOD.bytes, 0), write(`user:${ana.user.id}`, EVENTS, 200, 80)]);
	heads = await headsOf(site);
});
after(async () => {
	await Promise.all(cases.map(async ({ watch, proxy }) => {
		await watch.stop();
		proxy.stop();
	}));
	await site.forget();
});

for (const line of LINES)
	for (const transport of transports.filter(line.only ?? (() => true)))
		test(`RL-10 OT-15 ${transport.name} over a line ${line.name}: exactly the log`, async () => {
			const { watch, proxy } = cases.find((row) => row.line === line && row.transport === transport);
			const told = () => `${watch.connects} connects, ${watch.cuts} cuts, ${watch.events} events, the last failure: ${watch.lastFailure}, closes ${JSON.stringify([...watch.closes])}`;
			await until(() => watch.hasAll(heads), { within: CATCH_UP_MS, what: "all events" }).catch((error) => assert.fail(`${error.message}: ${told()}`));
			const { lost, doubled, disordered } = compare([watch], heads);
			assert.deepEqual({ lost, doubled, disordered, wrongs: watch.wrongs, resets: watch.resets }, { lost: 0, doubled: 0, disordered: 0, wrongs: [], resets: 0 }, told());
			assert.ok(line.struck(proxy) > 0, `the line was a good one: ${told()}`);
		});

/* Sockets and one SSE, for comparison. */
const SOCKETS = transports.filter(({ name }) => /socket|sse/.test(name));

test("CH-17 OT-19 RN-09 one of two streamds is killed under load: its clients are on the other, nothing lost or doubled", async () => {
	const kitchens = await inParallel(2, 2, () => newKitchen({ instance: site }));
	for (const kitchen of kitchens)
		kitchen.staff = await staffAt(kitchen);
	const people = await inParallel(4, 2, () => customer({ instance: site }));
	const fleet = new Fleet({ count: 36, kitchens, people, origin: site.url, badOrigin: site.url, chance: chance.of("fleet"), rows: SOCKETS });
	const workload = new Workload({ chance: chance.of("workload"), kitchens, people, ordersPerSecond: 15, onOrder: (person, id) => fleet.follow(person, id) });
	const watchman = new Watchman(site, 2);
	const held = () => watchman.figures("foodfast_streamd_connections");
	const { FOODFAST_SOCKET_DIR: sockets } = site.environmentOf("streamd-1");
	const away = `${sockets}/streamd-1.away`;
	try {
		await fleet.start(500);
		const running = workload.run();
		const before = await held();
		assert.ok(before.every((count) => count >= fleet.watches.length / 4), `they are spread: ${before}`);
		await until(() => fleet.sum("events") > 200, { within: 20_000, what: "a load" });
		renameSync(`${sockets}/streamd-1.http`, away);
		const old = site.signal("streamd-1", "SIGKILL");
		await until(() => ![0, old].includes(site.pid("streamd-1")), { what: "streamd-1 to be restarted" });
		await until(() => fleet.upCount === fleet.watches.length, { within: 20_000, what: "every client to be on the other" });
		const then = fleet.sum("events");
		await until(() => fleet.sum("events") > then + 200, { within: 20_000, what: "a load on the other" });
		const [gone, other] = await held();
		assert.ok(gone < before[0] / 4 && other >= fleet.watches.length, `they are on the other: ${[gone, other]}`);
		workload.isOver = true;
		await running;
		await workload.settled();
		const now = await headsOf(site);
		const late = await fleet.late(now, CATCH_UP_MS);
		assert.deepEqual(late.map(({ name }) => name), []);
		assert.ok(fleet.sum("cuts") >= before[0] / 2, `${fleet.sum("cuts")} were cut`);
		const { findings } = compare(fleet.watches, now);
		assert.deepEqual(findings, []);
		assert.deepEqual(fleet.watches.flatMap(({ wrongs }) => wrongs), []);
		assert.deepEqual([...workload.wrongs, ...await judgeOrders(site, workload.accepted, workload.prefix)], []);
		assert.equal(fleet.sum("resets"), 0);
	} finally {
		workload.isOver = true;
		await fleet.stop();
		renameSync(away, `${sockets}/streamd-1.http`);
	}
});
