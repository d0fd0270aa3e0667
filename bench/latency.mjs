/*
 * From COMMIT to the stream: 200 orders a second for ten seconds, every kitchen watched; each event's arrival is
 * compared with the commit time that PostgreSQL itself kept of its transaction (track_commit_timestamp).
 */
import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { Talker, percentile, table } from "./measure.mjs";

const ORDERS_A_SECOND = 200;
const SECONDS = 10;

export async function benchLatency(instance) {
	const paths = `${instance.runDir}/bench-paths`;
	const admin = await instance.signIn("admin");
	writeFileSync(paths, instance.baskets
		.map((basket) => `/stream?channels=restaurant:${basket.restaurant_id}\n`).join(""));
	const recorder = new Talker(`${ROOT}build/bench_record`, [`${await instance.socketDir()}/streamd-1.http`,
		paths, `Authorization: ${admin.Authorization}`]);
	const placed = await placeAtRate(instance);
	await pause(2000);
	recorder.child.stdin.end();
	const arrivals = [];
	for await (const line of { [Symbol.asyncIterator]: () => recorder.lines })
		arrivals.push(line.split("\t"));
	const delays = await commitDelays(instance, arrivals);
	if (delays.length !== placed)
		throw new Error(`${placed} orders were placed, ${delays.length} arrived`);
	table(`Commit to stream at ${ORDERS_A_SECOND} orders/s, ${instance.baskets.length} kitchens (${delays.length} events), ms`, [
		["", "p50", "p99", "max"],
		["order.placed on restaurant:ID", ...[0.5, 0.99, 1].map((share) => (percentile(delays, share) / 1000).toFixed(2))],
	]);
}

/* Starts an order every 5 ms, whatever the answers take. Resolves with the number placed. */
async function placeAtRate(instance) {
	const answers = [];
	const start = performance.now();
	for (let count = 0; count < ORDERS_A_SECOND * SECONDS; count++) {
		const due = start + 1000 * count / ORDERS_A_SECOND;
		if (due > performance.now())
			await pause(due - performance.now());
		const index = count % instance.customers.length;
		answers.push(instance.client.post("/orders", instance.order(index),
			{ Authorization: `Bearer ${instance.customers[index].token}` }));
	}
	const statuses = (await Promise.all(answers)).map((answer) => answer.status);
	if (statuses.some((status) => status !== 201))
		throw new Error(`an order was answered ${statuses.find((status) => status !== 201)}`);
	return statuses.length;
}

/* Microseconds from each event's commit to its arrival. */
async function commitDelays(instance, arrivals) {
	const commits = new Map((await instance.psql(`select channel, seq,
			(extract(epoch from pg_xact_commit_timestamp(xid::xid)) * 1000000)::bigint
		from log.event where type = 'order.placed' and channel like 'restaurant:%'`))
		.map(([channel, seq, us]) => [`${channel} ${seq}`, Number(us)]));
	return arrivals.filter(([, channel, seq]) => commits.has(`${channel} ${seq}`))
		.map(([us, channel, seq]) => Number(us) - commits.get(`${channel} ${seq}`));
}
