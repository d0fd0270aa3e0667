/*
 * Chaos: orders at a rate, watched by clients on every transport, while everything that can be killed is. At the end all of it heals,
 * and what each client received is held against the log: nothing lost, nothing twice, nothing out of order.
 *
 *	make chaos [SECONDS=60] [SEED=…]		or: node tests/fault/chaos.mjs [SECONDS] [SEED]
 *
 * The seed, printed first, settles the whole schedule: which fault strikes what, when and for how long (lib/nemesis.mjs), who orders what
 * where (lib/workload.mjs) and how clients behave (lib/fleet.mjs). To run one again: SEED=… with the same SECONDS.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { newKitchen, staffAt } from "../e2e/lib/kitchens.mjs";
import { inParallel } from "../e2e/lib/wait.mjs";
import { Chance } from "./lib/chance.mjs";
import { Browser } from "./lib/chromium.mjs";
import { DiskOfRedis } from "./lib/disk.mjs";
import { Fleet, Watch } from "./lib/fleet.mjs";
import { Nemesis, faults, schedule } from "./lib/nemesis.mjs";
import { Proxy } from "./lib/proxy.mjs";
import { RedisLine } from "./lib/redis.mjs";
import { crowd } from "./lib/rush.mjs";
import { Site } from "./lib/site.mjs";
import { judge, told } from "./lib/verdict.mjs";
import { Watchman } from "./lib/watchman.mjs";
import { Workload } from "./lib/workload.mjs";

const STREAMDS = 2;
const LINE_MS = 5000;

export const USUAL = { seconds: 60, clients: 300, ordersPerSecond: 100, everyMs: 400, kitchens: 20, customers: 40, pages: 3, faults };

/* One run, from nothing to the verdict. OPTIONS: those of USUAL, seed, say (a function that gets lines). */
export async function chaos(options) {
	const run = { options: { ...USUAL, ...options }, say: options.say, chance: new Chance(options.seed) };
	process.once("SIGINT", () => leave(run).finally(() => process.exit(130)));
	try {
		await prepare(run);
		await strike(run);
		return await judge(run);
	} finally {
		await leave(run);
	}
}

async function prepare(run) {
	const { options, say, chance } = run;
	const { seed, seconds, everyMs, clients, ordersPerSecond, pages } = options;
	const blows = schedule(chance.of("nemesis"), { seconds, everyMs, streamds: STREAMDS, rows: options.faults });
	say(`seed ${seed}: ${blows.length} faults in ${seconds} s, ${clients} clients, ${ordersPerSecond} orders/s`);
	const site = run.site = await Site.create({ streamds: STREAMDS, environment: {
		FOODFAST_ACCESS_TOKEN_S: seconds + 3600, FOODFAST_LIMIT_REQUESTS: 1_000_000, FOODFAST_LIMIT_ORDERS: 1_000_000,
	} });
	const disk = run.disk = new DiskOfRedis(site.runDir).mount();
	if (!disk.isMounted)
		say(`skipped: the full disk of Redis, for it can't have one of its own (${disk.why})`);
	await Promise.all([site.up(), pages > 0 && Browser.open(site).then((browser) => { run.browser = browser; })]);
	await people(run);
	run.proxy = await Proxy.start(site.url);
	run.nemesis = new Nemesis({ site, disk, blows, proxy: run.proxy, redis: new RedisLine(site.environmentOf("streamd-1").FOODFAST_REDIS) });
	run.fleet = new Fleet({ count: clients, kitchens: run.kitchens, people: run.people, origin: site.url, badOrigin: run.proxy.url, chance: chance.of("fleet") });
	await openPages(run);
	run.workload = new Workload({
		chance: chance.of("workload"), kitchens: run.kitchens, people: run.people, ordersPerSecond,
		onOrder: (person, orderId) => run.fleet.follow(person, orderId),
	});
	run.watchman = new Watchman(site, STREAMDS);
}

async function people(run) {
	const { site, options } = run;
	run.kitchens = await inParallel(options.kitchens, 4, () => newKitchen({ instance: site }));
	const staff = await inParallel(Math.min(4, options.kitchens), 2, () => staffAt(run.kitchens[0]));
	for (const [index, kitchen] of run.kitchens.entries()) {
		kitchen.staff = staff[index % staff.length];
		if (index > 0)
			await site.psql(`insert into catalogue.membership (user_id, restaurant_id, role) values ('${kitchen.staff.user.id}', '${kitchen.id}', 'staff') on conflict do nothing`);
	}
	run.people = await crowd(site, options.customers);
}

/* Pages in Chromium: a kitchen's screen, and customers. */
async function openPages({ site, options, browser, fleet, kitchens, people: customers, chance }) {
	for (let index = 0; index < options.pages; index++) {
		const person = index === 0 ? kitchens[0].staff : customers[index];
		fleet.add(new Watch({
			name: `Chromium ${index}`, person, transport: await browser.transportFor(person), origin: site.url,
			channels: [index === 0 ? `restaurant:${kitchens[0].id}` : `user:${person.user.id}`], chance: chance.of(`page ${index}`), delays: fleet.delays,
		}));
	}
}

async function strike(run) {
	const { fleet, workload, nemesis, watchman, say, options } = run;
	await fleet.start(Math.min(5000, options.clients * 15));
	watchman.start();
	run.beganAt = Date.now();
	const running = workload.run();
	const line = setInterval(() => say(progress(run)), LINE_MS);
	await nemesis.run();
	await pause(Math.max(0, run.beganAt + options.seconds * 1000 - Date.now()));
	await nemesis.heal();
	clearInterval(line);
	workload.isOver = true;
	await running;
	await workload.settled();
	run.endedAt = Date.now();
	say("all faults are over; the clients catch up");
}

function progress({ beganAt, nemesis, workload, fleet, proxy }) {
	const seconds = Math.round((Date.now() - beganAt) / 1000);
	return `${String(seconds).padStart(5)} s  ${nemesis.kills} kills  ${workload.accepted.size} orders (${workload.retries} tries again)  ${fleet.sum("events")} events  `
		+ `${fleet.upCount}/${fleet.watches.length} connected, ${fleet.sum("cuts")} cuts, ${proxy.cutCount} by the bad line  p99 ${fleet.delays.quantile(0.99)} ms`;
}

/* Once, whoever asks first: the end of the run, or Ctrl-C. */
const leave = (run) => run.leaving ??= takeDown(run);

async function takeDown({ fleet, browser, proxy, site, disk, watchman }) {
	watchman?.stop();
	await fleet?.stop();
	await browser?.close();
	proxy?.stop();
	if (!site?.process)
		return disk?.unmount();
	await site.down();
	disk.unmount();
	await site.forget();
}

async function main() {
	const [seconds, seed] = process.argv.slice(2);
	const report = await chaos({ seconds: Number(seconds || USUAL.seconds), seed: seed || randomBytes(4).toString("hex"), say: console.log });
	console.log(told(report));
	if (!report.isGood)
		console.log(`again: make chaos SECONDS=${report.options.seconds} SEED=${report.options.seed}`);
	process.exit(report.isGood ? 0 : 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	await main();
