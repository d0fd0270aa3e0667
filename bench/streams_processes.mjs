/*
 * The same clients on 1, 2 and 4 streamds side by side, nothing shared but the log: what a further process adds while
 * there are cores for it. On two cores the load generator, PostgreSQL and Redis have one of them: so
 * a second process can add what they leave, and a fourth nothing.
 */
import os from "node:os";
import { contenders, startStreamd } from "./contenders.mjs";
import { measureServer } from "./streams_measure.mjs";
import { median, table } from "./measure.mjs";

const COUNTS = [1, 2, 4];

export async function benchProcesses(context, clients, runs) {
	const { plan } = contenders.find(({ peer, transport }) => peer === "streamd" && transport === "SSE");
	const samples = COUNTS.map(() => []);
	for (let run = 0; run < runs; run++)
		for (const [index, count] of COUNTS.entries()) {
			console.error(`run ${run + 1} of ${runs}: ${count} streamds, ${clients} clients`);
			samples[index].push(await measureServer(await startSeveral(context, count), plan(context), clients));
		}
	const middle = (index, key) => median(samples[index].map((sample) => sample[key]));
	const perSecond = (index) => 1000 * clients / middle(index, "last_ms");
	table(`${clients.toLocaleString("en")} SSE clients on several streamds, ${os.cpus().length} cores (medians of ${runs})`, [
		["STREAMDS", "one event: deliveries/s", "of one's", "CPU µs a delivery", "burst, deliveries/s", "of one's"],
		...COUNTS.map((count, index) => [count, Math.round(perSecond(index)).toLocaleString("en"), (perSecond(index) / perSecond(0)).toFixed(2),
			middle(index, "delivery_us").toFixed(2), Math.round(middle(index, "burst_s")).toLocaleString("en"),
			(middle(index, "burst_s") / middle(0, "burst_s")).toFixed(2)]),
	]);
	return COUNTS.map((count, index) => ({ streamds: count, clients, samples: samples[index] }));
}

/* COUNT streamds as one server: clients take them in turn, and one log feeds all. */
async function startSeveral(context, count) {
	const streamds = await Promise.all(Array.from({ length: count }, (_, index) => startStreamd(context, 20 + index)));
	return {
		targets: streamds.flatMap(({ targets }) => targets),
		pids: () => streamds.flatMap(({ pids }) => pids()),
		publish: streamds[0].publish,
		stop: () => Promise.all(streamds.map(({ stop }) => stop())),
	};
}
