/* One contender, one number of clients, measured once. */
import { setTimeout as pause } from "node:timers/promises";
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { within } from "../tests/e2e/lib/wait.mjs";
import { Talker, cpuSeconds, median, nowUs, ownBytes } from "./measure.mjs";

const EVENTS_OF = (clients) => Math.min(50, Math.max(5, Math.round(50_000 / clients)));
const BURST_OF = (clients) => (clients > 2000 ? 50 : 100);
const BURSTS = 2;
export const FEW_CLIENTS = 300; /* more than open at once */
const WARM_EVENTS = 10;
const SETTLE_MS = 500; /* until what follows an event in the kernel is done */
const TIDY_MS = 1000; /* and what a server gives back to the system when it is quiet */
const PATIENCE_MS = 60_000;

/* The figures that are printed; there are more in what measure() gives. isMore: more is better. */
export const columns = [
	{ key: "delivery_us", title: "CPU µs a delivery", cell: (each) => each.delivery_us.toFixed(2) },
	{ key: "last_ms", title: "last of all, ms", cell: (each) => each.last_ms.toFixed(1) },
	{ key: "burst_s", isMore: true, title: "burst, deliveries/s", cell: (each) => Math.round(each.burst_s).toLocaleString("en") },
	{ key: "idle_bytes", title: "idle B a client", cell: (each) => each.idle_bytes.toFixed(0) },
	{ key: "after_bytes", title: "after traffic", cell: (each) => each.after_bytes.toFixed(0) },
	{ key: "connect_us", title: "CPU µs a connect", cell: (each) => each.connect_us.toFixed(1) },
];

/* The clients of a run: COUNT of them, on the server's targets. */
export class Clients {
	static async open(server, plan, count) {
		const clients = new Clients();
		clients.count = count;
		clients.talker = new Talker(`${ROOT}build/bench_streams`, [...plan, String(count), ...server.targets.map(String)]);
		await clients.#line("open", "clients to be open");
		return clients;
	}

	/*
	 * Has SERVER send COUNT events to all; resolves with milliseconds to the first that a client had and to the last of
	 * all. Both begin when the server is told, or at the time that its publish() resolves with.
	 */
	async events(server, count) {
		this.talker.say(`expect ${count}`);
		await this.#line("ready", "the load generator");
		const asked = nowUs();
		const start = await server.publish(count, server.transport) ?? asked;
		const [first, last] = (await this.#line("reached", `${count} events`)).map(Number);
		return { first_ms: (first - start) / 1000, last_ms: (last - start) / 1000, before_ms: (start - asked) / 1000 };
	}

	async #line(word, what) {
		const [got, ...rest] = (await within(PATIENCE_MS, this.talker.line(), what)).split(" ");
		if (got !== word)
			throw new Error(`the load generator said ${got}`);
		return rest;
	}

	end() {
		return this.talker.end();
	}

	kill() {
		this.talker.child.kill("SIGKILL");
	}
}

export async function measure(contender, count, context) {
	const server = await contender.start(context);
	server.transport = contender.transport;
	return measureServer(server, contender.plan(context), count);
}

/*
 * Measures SERVER, just started, with COUNT clients of that PLAN, and stops it. What a client costs in memory is what the
 * server holds with COUNT of them more than with an idle few: so what is compiled, mapped or grown at first use is not in it.
 */
export async function measureServer(server, plan, count) {
	const opened = [];
	const open = async (clients) => {
		opened.push(await Clients.open(server, plan, clients));
		await pause(SETTLE_MS);
		return opened.at(-1);
	};
	try {
		await warmUp(server, await open(FEW_CLIENTS));
		const few = await open(FEW_CLIENTS);
		const base_bytes = await bytesOf(server);
		await few.end();
		await pause(SETTLE_MS);
		const before = cpuSeconds(server.pids());
		const clients = await open(count);
		const connect_us = 1e6 * (cpuSeconds(server.pids()) - before) / count;
		const perClient = async () => (await bytesOf(server) - base_bytes) / (count - FEW_CLIENTS);
		const idle_bytes = await perClient();
		const traffic = await measureTraffic(server, clients);
		await pause(SETTLE_MS);
		return { connect_us, idle_bytes, after_bytes: await perClient(), base_bytes, ...traffic };
	} finally {
		opened.forEach((clients) => clients.kill());
		await server.stop();
	}
}

/* Some traffic for CLIENTS, then their end. */
async function warmUp(server, clients) {
	for (let event = 0; event < WARM_EVENTS; event++)
		await clients.events(server, 1);
	await clients.events(server, BURST_OF(clients.count));
	await clients.end();
	await pause(SETTLE_MS);
}

async function bytesOf(server) {
	await pause(TIDY_MS);
	return ownBytes(server.memoryPids?.() ?? server.pids());
}

async function measureTraffic(server, clients) {
	const single = await costOf(server, clients, EVENTS_OF(clients.count), 1);
	const burst = await costOf(server, clients, BURSTS, BURST_OF(clients.count));
	return {
		delivery_us: single.delivery_us,
		first_ms: median(single.times.map((time) => time.first_ms)),
		last_ms: median(single.times.map((time) => time.last_ms)),
		commit_ms: median(single.times.map((time) => time.before_ms)),
		generator_us: single.generator_us,
		burst_s: perSecond(clients, burst),
		burst_delivery_us: burst.delivery_us,
		burst_generator_us: burst.generator_us,
		...(server.publishJoined && await measureJoined(server, clients)),
	};
}

/* The same burst by a server that can be told to join what is pending. */
async function measureJoined(server, clients) {
	const joined = await costOf({ ...server, publish: server.publishJoined }, clients, BURSTS, BURST_OF(clients.count));
	return { joined_s: perSecond(clients, joined), joined_delivery_us: joined.delivery_us };
}

function perSecond(clients, burst) {
	return median(burst.times.map((time) => 1000 * clients.count * BURST_OF(clients.count) / time.last_ms));
}

/* ROUNDS times COUNT events: how long each took, and the CPU of server and clients for each delivery. */
async function costOf(server, clients, rounds, count) {
	const cpu = () => [cpuSeconds(server.pids()), cpuSeconds([clients.talker.pid])];
	const times = [], before = cpu();
	for (let round = 0; round < rounds; round++) {
		times.push(await clients.events(server, count));
		await pause(50);
	}
	const [delivery_us, generator_us] = cpu().map((seconds, index) => 1e6 * (seconds - before[index]) / (clients.count * rounds * count));
	return { times, delivery_us, generator_us };
}
