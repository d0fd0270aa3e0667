/*
 * `make bench-rest`: four REST calls beside the same work of their peers and beside their limits, all on this machine, in this run.
 *
 *	make bench-rest [PEERS="foodfast statement hello pgbench fastify fastapi"] [CALLS="me refresh list order"] [RUNS=5] [LASTING=4]
 *
 * Each figure is the median of RUNS measurements of LASTING seconds, and the contenders take turns: what the machine does
 * meanwhile hits all alike. Compare ratios within one run, never figures across machines. The raw figures are in
 * var/bench-rest.json. To add a peer: a row in rest_contenders.mjs; a call: one in rest_calls.mjs.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { BenchInstance } from "./instance.mjs";
import { median, table } from "./measure.mjs";
import { stopAll } from "./peers/start.mjs";
import { judge } from "./rest_aims.mjs";
import { calls, restContext } from "./rest_calls.mjs";
import { CONNECTIONS, contenders } from "./rest_contenders.mjs";
import { measure } from "./rest_load.mjs";
import { STORMING, benchLogins } from "./rest_logins.mjs";

const RAW = `${ROOT}var/bench-rest.json`;
const READERS = 32, WRITERS = 64;
const list = (text, otherwise) => (text?.trim() ? text.trim().split(/\s+/) : otherwise);

const knownPeers = [...contenders.map(({ peer }) => peer)], knownCalls = [...calls.map(({ key }) => key), "logins"];
const peers = list(process.env.PEERS, knownPeers);
const wanted = list(process.env.CALLS, knownCalls);
const runs = Number(list(process.env.RUNS, ["5"])[0]);
const seconds = Number(list(process.env.LASTING, ["4"])[0]);

if (peers.some((peer) => !knownPeers.includes(peer)) || wanted.some((key) => !knownCalls.includes(key)) || !(runs > 0) || !(seconds >= 1)) {
	console.error(`PEERS are of ${knownPeers.join(", ")}; CALLS of ${knownCalls.join(", ")}; RUNS and LASTING (seconds) are numbers`);
	process.exit(2);
}

const answers = (contender, call) => contender.calls?.includes(call.key) ?? true;

/* Every call and contender, RUNS times in turn; what could not be measured says why. */
async function measureAll(context) {
	const rows = calls.filter(({ key }) => wanted.includes(key)).flatMap((call) => contenders
		.filter((contender) => peers.includes(contender.peer) && answers(contender, call))
		.map((contender) => ({ call, contender, samples: [] })));
	for (let run = 0; run < runs; run++)
		for (const row of rows) {
			console.error(`run ${run + 1} of ${runs}: ${row.call.title}, ${row.contender.name}`);
			try {
				row.samples.push(await measure(row.contender, row.call, context, seconds));
			} catch (error) {
				row.problem = error.message;
				console.error(error.stack);
				await stopAll();
			}
		}
	return rows;
}

/* Every figure's own median. */
function medians(samples) {
	return samples.length ? Object.fromEntries(Object.keys(samples[0]).map((key) => [key, median(samples.map((sample) => sample[key]))])) : undefined;
}

const times = (ours, theirs) => (ours && theirs ? (ours / theirs).toFixed(2) : "");

function print(rows) {
	for (const call of calls.filter((each) => rows.some((row) => row.call === each))) {
		const measured = rows.filter((row) => row.call === call && row.figures);
		const ours = measured.find(({ contender }) => contender.peer === "foodfast")?.figures;
		table(`${call.title} (32 connections, ${CONNECTIONS} to the database; medians of ${runs})`, [
			["", "requests/s", "ours is", "server CPU µs a request", "ours is", "PostgreSQL's"],
			...measured.map(({ contender, figures }) => [contender.name, Math.round(figures.perSecond).toLocaleString("en"), times(ours?.perSecond, figures.perSecond),
				contender.start ? figures.serverUs.toFixed(1) : "", contender.start ? times(ours?.serverUs, figures.serverUs) : "",
				contender.path || !contender.start ? "" : figures.databaseUs.toFixed(0)]),
		]);
	}
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.once(signal, () => process.exit(1));

const started = (options) => BenchInstance.start({ runDir: `${ROOT}var/bench-rest`, ...options });

/* The table of calls: everybody with as many connections to the database. */
async function benchCalls() {
	const instance = await started({ customers: READERS + WRITERS, env: { FOODFAST_THREADS: String(CONNECTIONS) } });
	try {
		const rows = await measureAll(await restContext(instance, READERS));
		for (const row of rows)
			row.figures = medians(row.samples);
		print(rows);
		judge(rows);
		return rows;
	} finally {
		await stopAll();
		await instance.stop();
	}
}

/* The storm of logins: the site as it is. */
async function benchStorm() {
	const instance = await started({ customers: STORMING });
	try {
		return await benchLogins(instance);
	} finally {
		await instance.stop();
	}
}

const rows = wanted.some((key) => key !== "logins") ? await benchCalls() : [];
const logins = wanted.includes("logins") ? await benchStorm() : undefined;
mkdirSync(`${ROOT}var`, { recursive: true });
writeFileSync(RAW, `${JSON.stringify({ at: new Date(), runs, seconds, logins,
	rows: rows.map(({ call, contender, figures, samples, problem }) => ({ call: call.key, contender: contender.peer, figures, samples, problem })) }, null, "\t")}\n`);
console.log(`\nEvery sample: ${RAW}`);
process.exitCode = rows.every(({ problem }) => !problem) ? 0 : 1;
