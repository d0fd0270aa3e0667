/*
 * `node bench/storm.mjs [direct|lighttpd|told|starvation]…`: what happens to everybody else when very many want something at once.
 *
 * The storm: streamd is killed with all of its clients connected, and they come back at once, each with a cursor, while orders are
 * placed. How long until all have what they missed, at how many reads of the log, and do the orders feel it? Directly, and through
 * lighttpd as far as its descriptors go; told: through lighttpd, and when the stream's `retry:` told them to, as every EventSource does.
 *
 * Starvation: what an order's event takes from its commit while announcements go to 10,000, beside what it takes when it is quiet.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { until } from "../tests/e2e/lib/wait.mjs";
import { BenchInstance } from "./instance.mjs";
import { Talker, percentile, table } from "./measure.mjs";
import { Log } from "./streams_log.mjs";

const CROWD = 10_000;
const CROWD_VIA_LIGHTTPD = 8000;
const CHANNELS = 10;
const KEPT = 100; /* events of each channel */
const MISSED = 30; /* of them, by each client */
const ORDERS_A_SECOND = 40;
const QUIET_S = 5;
const ARRIVAL_MS = 2000;
const RETRY_MS = 1000, RETRY_SPREAD_MS = 2000; /* as streamd/transport_sse.c tells */

const ms = (number) => number.toFixed(1);
const quantiles = (numbers) => [0.5, 0.99, 1].map((share) => ms(percentile(numbers, share)));

/* Starts an order every 25 ms until it is told to end, whatever the answers take. `end` resolves with what each took, in ms. */
function orders(instance) {
	const answers = [];
	let isOver = false;
	const place = async (index) => {
		const { token } = instance.customers[index % instance.customers.length];
		const start = performance.now();
		const { status } = await instance.client.post("/orders", instance.order(index), { Authorization: `Bearer ${token}` });
		if (status !== 201)
			throw new Error(`an order was answered ${status}`);
		return performance.now() - start;
	};
	const run = async () => {
		const start = performance.now();
		for (let index = 0; !isOver; index++) {
			answers.push(place(index));
			await pause(Math.max(0, start + 1000 * (index + 1) / ORDERS_A_SECOND - performance.now()));
		}
	};
	const running = run();
	return {
		async end() {
			isOver = true;
			await running;
			return Promise.all(answers);
		},
	};
}

async function quietOrders(instance) {
	const placing = orders(instance);
	await pause(1000 * QUIET_S);
	return placing.end();
}

/* Gives the channels KEPT events each; resolves with their epoch. */
async function historyOf(instance) {
	await instance.psql(`do $$ begin
		for n in 1..${KEPT} loop
			perform event_append(array(select row('restaurant:' || id, 'user.updated', jsonb_build_object('n', n, 'fill', repeat('x', 64)), false)::new_event
				from unnest('{${channelIds()}}'::text[]) as id));
			commit;
		end loop; end $$`);
	return instance.value("select log_epoch()");
}

/* Channels of restaurants that are nobody's: an admin may watch them. */
const channelIds = () => Array.from({ length: CHANNELS }, (_, index) => `0190a000-0000-7000-8000-${String(index).padStart(12, "0")}`);

/* Clients are not on the servers' machine, as a rule: here they take what time those leave. */
const crowdOf = (words) => new Talker("nice", ["-n", "10", `${ROOT}build/bench_streams`, ...words]);

/* The crowd, a process a channel. Each client is open when it has the last event of its channel; resolves when all are. */
async function crowdFrom(instance, { target, clients, epoch, after, header, overMs = 0 }) {
	const talkers = channelIds().map((id) => crowdOf([
		"--path", `/stream?channels=restaurant:${id}&after=${epoch}/restaurant:${id}=${after}`, "--header", header, "--over", String(overMs),
		"--open", after < KEPT ? `"seq":${KEPT},` : "stream.open", String(clients / CHANNELS), target]));
	for (const talker of talkers)
		talker.child.stdin.on("error", () => {});
	await Promise.all(talkers.map((talker) => talker.line()));
	return talkers;
}

const endAll = (talkers) => Promise.all(talkers.map((talker) => talker.end()));

async function metric(instance, name) {
	const { text } = await instance.client.fetch("/metrics");
	return Number(text.match(new RegExp(`^foodfast_streamd_${name} (\\S+)$`, "m"))[1]);
}

/* CLIENTS who have all, and a streamd that is killed under them: they come back without the last MISSED events. */
async function storm(instance, { epoch, target, clients, isTold }) {
	const header = `Authorization: ${(await instance.signIn("admin")).Authorization}`;
	const before = await crowdFrom(instance, { target, clients, epoch, after: KEPT, header });
	const quiet = await quietOrders(instance);
	const pid = await instance.pid("streamd-1");
	const placing = orders(instance);
	const start = performance.now();
	process.kill(pid, "SIGKILL");
	before.forEach(({ child }) => child.kill("SIGKILL"));
	await Promise.all(before.map(({ ended }) => ended));
	if (isTold)
		await pause(RETRY_MS);
	const back = await crowdFrom(instance, { target, clients, epoch, after: KEPT - MISSED, header, overMs: isTold ? RETRY_SPREAD_MS : 0 });
	const seconds = (performance.now() - start) / 1000;
	const during = await placing.end();
	const reads = await metric(instance, "log_reads_total");
	await endAll(back);
	return { clients, seconds, reads, quiet, during };
}

async function benchStorms(instance, ways) {
	const epoch = await historyOf(instance);
	const places = {
		direct: { clients: CROWD, target: `${await instance.socketDir()}/streamd-1.http` },
		lighttpd: { clients: CROWD_VIA_LIGHTTPD, target: String(instance.port) },
		told: { clients: CROWD_VIA_LIGHTTPD, target: String(instance.port), isTold: true },
	};
	const rows = [["", "clients", "all caught up, s", "log reads", "channels", "orders quiet: p50", "p99", "max", "in the storm: p50", "p99", "max, ms"]];
	for (const way of ways) {
		const { clients, seconds, reads, quiet, during } = await storm(instance, { epoch, ...places[way] });
		rows.push([way, clients, seconds.toFixed(2), reads, CHANNELS, ...quantiles(quiet), ...quantiles(during)]);
	}
	table(`kill -9 of streamd; all come back (told: over ${RETRY_SPREAD_MS / 1000} s, after ${RETRY_MS / 1000} s), each lacking ${MISSED} events, while ${ORDERS_A_SECOND} orders a second are placed`, rows);
}

/* Microseconds from the commit of each order's event to its arrival at a recorder, while WORK runs. */
async function orderDelays(instance, work) {
	const paths = `${instance.runDir}/bench-paths`;
	const admin = await instance.signIn("admin");
	writeFileSync(paths, instance.baskets.map((basket) => `/stream?channels=restaurant:${basket.restaurant_id}\n`).join(""));
	const recorder = new Talker(`${ROOT}build/bench_record`, [`${await instance.socketDir()}/streamd-1.http`, paths, `Authorization: ${admin.Authorization}`]);
	await until(async () => await metric(instance, "channels") >= instance.baskets.length, { what: "the recorder to watch" });
	const placing = orders(instance);
	await work();
	const placed = (await placing.end()).length;
	await pause(ARRIVAL_MS);
	recorder.child.stdin.end();
	const arrivals = [];
	for await (const line of { [Symbol.asyncIterator]: () => recorder.lines })
		arrivals.push(line.split("\t"));
	const commits = new Map((await instance.psql(`select channel, seq, (extract(epoch from pg_xact_commit_timestamp(xid::xid)) * 1000000)::bigint
		from log.event where type = 'order.placed' and channel like 'restaurant:%'`)).map(([channel, seq, us]) => [`${channel} ${seq}`, Number(us)]));
	const delays = arrivals.filter(([, channel, seq]) => commits.has(`${channel} ${seq}`))
		.map(([us, channel, seq]) => Number(us) - commits.get(`${channel} ${seq}`));
	if (delays.length !== placed)
		throw new Error(`${placed} orders were placed, ${delays.length} arrived`);
	return delays;
}

/* One announcement after the other, each as soon as all have the last. Resolves with how many there were. */
async function announce(log, crowd, seconds) {
	const end = performance.now() + 1000 * seconds;
	let count = 0;
	for (; performance.now() < end; count++) {
		crowd.say("expect 1");
		await crowd.line();
		await log.append(1);
		await crowd.line();
	}
	return count;
}

async function benchStarvation(instance) {
	const header = `Authorization: Bearer ${instance.customers[0].token}`;
	const crowd = crowdOf(["--path", "/stream?channels=announcements", "--header", header, String(CROWD), `${await instance.socketDir()}/streamd-1.http`]);
	await crowd.line();
	const log = await Log.open(instance, "announcements");
	const quiet = await orderDelays(instance, () => pause(1000 * QUIET_S));
	let count;
	const busy = await orderDelays(instance, async () => { count = await announce(log, crowd, QUIET_S); });
	await log.close();
	await crowd.end();
	const cells = (delays) => quantiles(delays.map((us) => us / 1000));
	table(`An order's event from COMMIT to its stream, ms (${ORDERS_A_SECOND} orders a second, ${QUIET_S} s each)`, [
		["", "p50", "p99", "max"],
		["quiet", ...cells(quiet)],
		[`while ${count} announcements go to ${CROWD} each`, ...cells(busy)],
	]);
}

const known = ["direct", "lighttpd", "told", "starvation"];
const wanted = process.argv.length > 2 ? process.argv.slice(2) : known;
if (wanted.some((name) => !known.includes(name))) {
	console.error(`there are ${known.join(", ")}`);
	process.exit(2);
}

const instance = await BenchInstance.start({ customers: 8, runDir: `${ROOT}var/bench-storm` });
try {
	const ways = wanted.filter((name) => name !== "starvation");
	if (ways.length)
		await benchStorms(instance, ways);
	if (wanted.includes("starvation"))
		await benchStarvation(instance);
} finally {
	await instance.stop();
}
