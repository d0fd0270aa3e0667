/*
 * What breaks the site: a table of faults, and a schedule that is drawn from a seed before anything begins, so that the
 * same seed strikes the same targets in the same way at the same moments.
 *
 * To add a fault: a row in `faults`. weight: how often, against the others; targets: what it strikes, one at a time; restMs: how long
 * that target is left alone afterwards; lastsMs: [from, to], for one that lasts; strike(scene, blow) does it, and ends when it is over.
 * isKill: it counts as a kill. A blow is {at, fault, target, forMs, dice}: dice, from 0 to 1, settles what is chosen only when it strikes.
 */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../../e2e/lib/wait.mjs";

const PROGRAMS = ["accounts", "catalogue", "orders", "timers", "streamd", "redis", "lighttpd"];
const ROLES = ["accounts", "catalogue", "orders", "streamd", "workers"];
const POLITE = { lighttpd: "SIGINT", postgres: "SIGINT" };	/* SIGTERM cuts lighttpd's requests, and makes PostgreSQL wait for ever */
const BACK_MS = 20_000;

/* A program that lives for less than a second is restarted with a delay that doubles: killed no sooner than that. */
const STEADY_MS = 1300;
const RECOVERY_MS = 12_000;

/* Something was struck, and did not come back by itself. That is never the fault of who struck it. */
class NotBack extends Error {}

const back = (condition, what, within = BACK_MS) =>
	until(condition, { within, what }).catch((error) => { throw new NotBack(error.message); });

/* Programs. */

const ends = (signalOf) => async (scene, { target }) => {
	const from = Date.now();
	await scene.ended(target, signalOf(target));
	if (target === "redis")
		await scene.redisBack(from);
};

const kill = ends(() => "SIGKILL");
const restart = ends((target) => POLITE[target] ?? "SIGTERM");

async function stop(scene, { target, forMs }) {
	const from = Date.now();
	const pid = await scene.signal(target, "SIGSTOP");
	try {
		await pause(forMs);
	} finally {
		wake(pid);
	}
	if (target === "redis")
		await scene.redisBack(from);
}

/* It may have been killed meanwhile. */
function wake(...pids) {
	for (const pid of pids)
		try {
			process.kill(pid, "SIGCONT");
		} catch {
			/* it is gone */
		}
}

/* PostgreSQL. */

/* The backends of our programs, as the kernel lists them. */
function backends(postmaster) {
	const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8").trim().split(/\s+/).filter(Boolean);
	return children.map(Number).filter((pid) => {
		try {
			return /^postgres: foodfast_/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
		} catch {
			return false;
		}
	});
}

async function killBackend(scene, { dice }) {
	const victims = backends(await scene.pid("postgres"));
	if (victims.length === 0)
		throw new Error("no backend");
	process.kill(victims[Math.floor(dice * victims.length)], "SIGKILL");
	await scene.databaseBack();
}

async function killDatabase(scene) {
	await scene.ended("postgres", "SIGKILL");
	await scene.databaseBack();
}

async function restartDatabase(scene) {
	await scene.ended("postgres", POLITE.postgres);
	await scene.databaseBack();
}

/* The server with all of its backends. */
async function stopDatabase(scene, { forMs }) {
	const pid = await scene.signal("postgres", "SIGSTOP");
	const victims = backends(pid);
	try {
		victims.forEach((backend) => process.kill(backend, "SIGSTOP"));
		await pause(forMs);
	} finally {
		wake(...victims, pid);
	}
}

const terminate = (scene, { target }) =>
	scene.site.psql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'foodfast_${target}'`);

/* Redis. */

async function fillDisk(scene, { forMs }) {
	if (!scene.disk.isMounted)
		throw new Error("no disk of its own");
	const from = Date.now();
	scene.disk.fill();
	try {
		await until(async () => (await scene.redis.ask(`SET chaos ${"x".repeat(4000)}`)).startsWith("-MISCONF"), { within: forMs });
		scene.redisRefused++;
		await pause(forMs);
	} finally {
		scene.disk.free();
	}
	await back(() => scene.redis.ask("SET chaos 1").then((answer) => answer === "+OK", () => false), "Redis to take writes again");
	scene.redisDead.push({ from, to: Date.now() });
}

/* Lines: each by a half, which half the dice say. */

const half = (lines, dice) => [...lines].filter((line, index) => (index * 0.618 + dice) % 1 < 0.5);

function some(work) {
	return async ({ proxy }, { dice }) => half(proxy.lines, dice).forEach((line) => work(line, dice));
}

/* Half-open: nothing comes, nothing goes, nobody is told. Some go on afterwards, others were dead all the time. */
async function stall({ proxy }, { dice, forMs }) {
	const lines = half(proxy.lines, dice);
	lines.forEach((line) => line.hold());
	await pause(forMs);
	lines.forEach((line, index) => (index % 2 === 0 ? line.free() : line.cut("stalled")));
}

async function delay({ proxy }, { dice, forMs }) {
	proxy.conditions = () => ({ delayMs: 100 + dice * 700 });
	proxy.lines.forEach((line) => line.slow(100 + dice * 700));
	await pause(forMs);
	proxy.conditions = () => ({});
	proxy.lines.forEach((line) => line.slow(0));
}

async function refuse({ proxy }, { forMs }) {
	proxy.isRefusing = true;
	await pause(forMs);
	proxy.isRefusing = false;
}

export const faults = [
	{ name: "kill -9", weight: 70, targets: PROGRAMS, restMs: STEADY_MS, isKill: true, strike: kill },
	{ name: "restart", weight: 6, targets: PROGRAMS, restMs: STEADY_MS, strike: restart },
	{ name: "stop", weight: 8, targets: PROGRAMS, restMs: 500, lastsMs: [100, 1200], strike: stop },
	{ name: "kill -9 of a backend", weight: 1.5, targets: ["postgres"], restMs: RECOVERY_MS, isKill: true, strike: killBackend },
	{ name: "kill -9 of PostgreSQL", weight: 1, targets: ["postgres"], restMs: RECOVERY_MS, isKill: true, strike: killDatabase },
	{ name: "restart of PostgreSQL", weight: 0.5, targets: ["postgres"], restMs: RECOVERY_MS, strike: restartDatabase },
	{ name: "stop of PostgreSQL", weight: 1, targets: ["postgres"], restMs: 3000, lastsMs: [100, 1200], strike: stopDatabase },
	{ name: "pg_terminate_backend", weight: 5, targets: ROLES, restMs: 1000, strike: terminate },
	{ name: "FLUSHALL", weight: 3, targets: ["redis"], restMs: 300, strike: ({ redis }) => redis.ask("FLUSHALL") },
	{ name: "disk full", weight: 2, targets: ["redis"], restMs: 5000, lastsMs: [1500, 3000], strike: fillDisk },
	{ name: "Redis away", weight: 1.5, targets: ["redis"], restMs: 5000, lastsMs: [2500, 4000], strike: stop },
	{ name: "lines dropped", weight: 3, targets: ["lines"], restMs: 500, strike: some((line) => line.cut("dropped")) },
	{ name: "lines closed", weight: 2, targets: ["lines"], restMs: 500, strike: some((line) => line.cut("closed", { isPolite: true })) },
	{ name: "lines cut in mid-frame", weight: 5, targets: ["lines"], restMs: 500, strike: some((line, dice) => line.cutInFrame(1 + Math.floor(dice * 200))) },
	{ name: "lines stalled", weight: 3, targets: ["lines"], restMs: 1000, lastsMs: [500, 3000], strike: stall },
	{ name: "lines delayed", weight: 3, targets: ["lines"], restMs: 1000, lastsMs: [1000, 3000], strike: delay },
	{ name: "lines refused", weight: 2, targets: ["lines"], restMs: 1000, lastsMs: [300, 1500], strike: refuse },
];

/*
 * The blows of a run of SECONDS, one every EVERYMS on average, in the order of time. STREAMDS stand for "streamd". While everything that a fault
 * could strike is at rest, another one is drawn.
 */
export function schedule(chance, { seconds, everyMs, streamds, rows = faults }) {
	const targetsOf = new Map(rows.map((row) => [row, row.targets.flatMap((target) =>
		(target === "streamd" && row.strike !== terminate ? Array.from({ length: streamds }, (_, index) => `streamd-${index + 1}`) : [target]))]));
	const restsUntil = new Map();
	const blows = [];
	for (let at = 0; at < seconds * 1000; at += chance.between(0.5, 1.5) * everyMs) {
		const free = (row) => targetsOf.get(row).filter((target) => (restsUntil.get(keyOf(row, target)) ?? 0) <= at);
		const ready = rows.filter((row) => free(row).length > 0);
		if (ready.length === 0)
			continue;
		const fault = chance.weighted(ready);
		const target = chance.pick(free(fault));
		const forMs = fault.lastsMs ? Math.round(chance.between(...fault.lastsMs)) : 0;
		restsUntil.set(keyOf(fault, target), at + forMs + fault.restMs);
		blows.push({ at: Math.round(at), fault, target, forMs, dice: chance.next() });
	}
	return blows;
}

/* A program's database connections may be struck while it is. */
const keyOf = (row, target) => (row.strike === terminate ? `connections of ${target}` : target);

/* Strikes SITE by a schedule. PROXY is the bad line of some of its clients. */
export class Nemesis {
	#open = new Set();

	constructor({ site, proxy, redis, disk, blows }) {
		Object.assign(this, { site, proxy, redis, disk, blows });
		this.struck = new Map();	/* by fault and target: how often */
		this.missed = new Map();	/* why: how often */
		this.notBack = [];
		this.kills = 0;
		this.history = [];	/* {key, from, to}: when something was out */
		this.redisDead = [];	/* {from, to} */
		this.redisRefused = 0;
	}

	/* Resolves when the last blow has been struck; not all need be healed then. */
	async run() {
		const start = performance.now();
		for (const blow of this.blows) {
			await pause(Math.max(0, blow.at - (performance.now() - start)));
			const striking = this.#strike(blow).finally(() => this.#open.delete(striking));
			this.#open.add(striking);
		}
	}

	/* What was out between FROM and TO. */
	outBetween(from, to) {
		return this.history.filter((row) => row.from < to && row.to > from).map((row) => `${row.key} ${row.from - from}…${row.to - from}`);
	}

	/* Resolves when everything that was struck is back. */
	async heal() {
		await Promise.all(this.#open);
		await this.databaseBack();
		for (const path of ["/readyz", "/api/v1/cities"])
			await back(() => fetch(new URL(path, this.site.url)).then(({ ok }) => ok, () => false), path);
	}

	async #strike(blow) {
		const { fault, target } = blow;
		const key = fault.targets.length > 1 ? `${fault.name} ${target}` : fault.name;
		const from = Date.now();
		try {
			await fault.strike(this, blow);
			this.struck.set(key, (this.struck.get(key) ?? 0) + 1);
			this.kills += fault.isKill ? 1 : 0;
			this.history.push({ key, from, to: Date.now() });
		} catch (error) {
			const why = `${key}: ${error.message.slice(0, 100)}`;
			if (error instanceof NotBack)
				this.notBack.push(why);
			else
				this.missed.set(why, (this.missed.get(why) ?? 0) + 1);
		}
	}

	/* For faults. */

	/* The pid of the program called NAME, once it runs. */
	pid(name) {
		return back(() => this.site.pid(name), `${name} to run`);
	}

	/* Sends SIGNAL to the program called NAME, which runs; resolves with its pid. */
	signal(name, signal) {
		return back(async () => {
			const pid = await this.pid(name);
			try {
				process.kill(pid, signal);
				return pid;
			} catch {
				return 0;	/* it has just ended by itself */
			}
		}, `${name} to be there for ${signal}`);
	}

	/* The same, and waits until another process has its place. */
	async ended(name, signal) {
		const old = await this.signal(name, signal);
		await back(() => ![0, old].includes(this.site.pid(name)), `${name} to be restarted after ${signal}`);
	}

	async redisBack(from) {
		await back(() => this.redis.ask("PING").then((answer) => answer === "+PONG", () => false), "Redis to answer");
		this.redisDead.push({ from, to: Date.now() });
	}

	databaseBack() {
		return back(async () => {
			await pause(200);
			return this.site.value("select 1").catch(() => false);
		}, "PostgreSQL to answer", 2 * BACK_MS);
	}
}
