/*
 * `make bench-streams`: streamd's fan-out beside its peers and beside a bare epoll broadcaster, all on this machine, in this run.
 *
 *	make bench-streams [PEERS="streamd bare nchan …"] [CLIENTS="1000 10000"] [RUNS=3]
 *
 * Each figure is the median of RUNS measurements, and the servers take turns, each started anew for each: what the machine
 * does meanwhile hits all alike. Compare ratios within one run, never figures across machines. The raw figures are in
 * var/bench-streams.json. To add a peer: a row in contenders.mjs.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { BenchInstance } from "./instance.mjs";
import { contenders } from "./contenders.mjs";
import { judge } from "./streams_aims.mjs";
import { FEW_CLIENTS, columns, measure } from "./streams_measure.mjs";
import { streamsContext } from "./streams_context.mjs";
import { benchProcesses } from "./streams_processes.mjs";
import { stopAll } from "./peers/start.mjs";
import { median, table } from "./measure.mjs";

const RAW = `${ROOT}var/bench-streams.json`;
const list = (text, otherwise) => (text?.trim() ? text.trim().split(/\s+/) : otherwise);

const known = [...new Set(contenders.map(({ peer }) => peer)), "processes"];
const peers = list(process.env.PEERS, known);
const sizes = list(process.env.CLIENTS, ["1000", "10000"]).map(Number);
const runs = Number(list(process.env.RUNS, ["3"])[0]);

if (peers.some((peer) => !known.includes(peer)) || sizes.some((size) => !(size > FEW_CLIENTS)) || !(runs > 0)) {
	console.error(`PEERS are of ${known.join(", ")}; CLIENTS are numbers over ${FEW_CLIENTS}, RUNS is one`);
	process.exit(2);
}

/* Every contender and size, RUNS times in turn; the rows that could not be measured say why. */
async function measureAll(context) {
	const rows = contenders.filter(({ peer }) => peers.includes(peer))
		.flatMap((contender) => (contender.sizes?.(sizes) ?? sizes).map((clients) => ({ contender, clients, samples: [] })));
	for (let run = 0; run < runs; run++)
		for (const row of rows) {
			console.error(`run ${run + 1} of ${runs}: ${row.contender.name}, ${row.contender.transport}, ${row.clients} clients`);
			try {
				row.samples.push(await measure(row.contender, row.clients, context));
			} catch (error) {
				row.problem = error.message;
				console.error(error.stack);
				await stopAll();
				if (instance.child.exitCode !== null)
					throw new Error("the instance ended");
			}
		}
	return rows;
}

/* Every figure's own median. */
function medians(samples) {
	return Object.fromEntries(Object.keys(samples[0]).map((key) => [key, median(samples.map((sample) => sample[key]))]));
}

function print(rows) {
	for (const clients of [...new Set(rows.map((row) => row.clients))].sort((a, b) => a - b))
		table(`${clients.toLocaleString("en")} clients (medians of ${runs})`, [
			["", "by", ...columns.map(({ title }) => title)],
			...rows.filter((row) => row.clients === clients).flatMap(cells),
		]);
}

function cells({ contender, figures }) {
	const { name, transport } = contender;
	if (!figures)
		return [[name, transport, ...columns.map((_, index) => (index ? "" : "failed"))]];
	const line = [name, transport, ...columns.map(({ cell }) => cell(figures))];
	const joined = figures.joined_s && ["… what is pending joined", transport,
		...columns.map(({ key, cell }) => (key === "burst_s" ? cell({ burst_s: figures.joined_s }) : ""))];
	return joined ? [line, joined] : [line];
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.once(signal, () => process.exit(1));

const instance = await BenchInstance.start({ customers: 1, runDir: `${ROOT}var/bench-streams` });
try {
	const context = streamsContext(instance);
	const rows = await measureAll(context);
	for (const row of rows)
		row.figures = row.samples.length ? medians(row.samples) : undefined;
	print(rows);
	judge(rows);
	const processes = peers.includes("processes") ? await benchProcesses(context, Math.max(...sizes), runs) : undefined;
	mkdirSync(`${ROOT}var`, { recursive: true });
	writeFileSync(RAW, `${JSON.stringify({ at: new Date(), runs, processes,
		rows: rows.map(({ contender, ...row }) => ({ name: contender.name, transport: contender.transport, ...row })) }, null, "\t")}\n`);
	console.log(`\nraw figures: ${RAW}`);
} finally {
	await instance.stop();
}
