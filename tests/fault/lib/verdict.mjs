/* What a run of chaos comes to: every promise held against what was seen, and the counts, as text. */
import { ZERO } from "./watchman.mjs";
import { compare, headsOf, holesInLog, judgeOrders } from "./judge.mjs";

const CATCH_UP_MS = 60_000;
const REDIS_DEAD_MS = 5000;
const SHOWN = 12;

/* Closes of a socket that breaking things explains: none told, going away, a restart. */
const FAIR_CLOSES = /^(1001|1005|1006|1012)\b|^0 (transport (close|error)|ping timeout|forced close|io server disconnect|io client disconnect)|^error$/;

export async function judge({ site, fleet, workload, nemesis, watchman, proxy, options, beganAt, endedAt }) {
	const heads = await headsOf(site);
	const late = await fleet.late(heads, CATCH_UP_MS);
	const caughtUpMs = Date.now() - endedAt;
	await watchman.look();
	const streams = compare(fleet.watches, heads);
	const redisDead = fleet.delays.longestWithin(nemesis.redisDead);
	redisDead.meanwhile = nemesis.outBetween(redisDead.at, redisDead.at + redisDead.ms);
	const lateness = Math.round(watchman.lag.max / 1e6);	/* our own */
	const report = {
		options, streams, redisDead, caughtUpMs,
		seconds: Math.round((endedAt - beganAt) / 1000),
		kills: nemesis.kills, struck: nemesis.struck, missed: nemesis.missed, redisRefused: nemesis.redisRefused, redisWindows: nemesis.redisDead.length,
		orders: workload.accepted.size, requests: workload.requests, retries: workload.retries, statuses: workload.statuses, slowestMs: workload.slowestMs,
		connects: fleet.sum("connects"), cuts: fleet.sum("cuts"), transports: byTransport(fleet), closes: total(fleet, "closes"), refusals: total(fleet, "refusals"),
		lineCuts: new Map(proxy.cuts), delays: delaysOf(fleet), lagMs: Math.round(watchman.lag.percentile(99.9) / 1e6), lagMaxMs: lateness, gaveUp: fleet.sum("gaveUp"),
	};
	report.wrongs = {
		"events lost": streams.lost,
		"events doubled": streams.doubled,
		"events out of order": streams.disordered,
		"what a client saw go wrong as it happened": fleet.watches.flatMap(({ wrongs }) => wrongs),
		"clients that did not catch up": late.map(({ name, lastFailure, places }) => `${name}: ${lastFailure} ${JSON.stringify([...places])}`),
		"resets": fleet.sum("resets"),
		"closes that nothing explains": [...report.closes].filter(([key]) => !FAIR_CLOSES.test(key)),
		"channels with holes in the log": await holesInLog(site),
		"orders": await judgeOrders(site, workload.accepted, workload.prefix),
		"answers to customers and kitchens": workload.wrongs,
		"ms from commit to a client while Redis was dead, over the limit": redisDead.ms > REDIS_DEAD_MS + lateness ? [redisDead] : [],
		"counters that must stay 0": ZERO.filter((name) => watchman.highest.get(name) !== 0).map((name) => `${name} ${watchman.highest.get(name) ?? "is missing"}`),
		"what was struck and did not come back": nemesis.notBack,
		"deaths and complaints that nobody caused": watchman.strangeLines(),
		"streams' findings": streams.findings,
	};
	report.isGood = Object.values(report.wrongs).every((wrong) => countOf(wrong) === 0);
	return report;
}

const countOf = (wrong) => (Array.isArray(wrong) ? wrong.length : wrong);

function byTransport(fleet) {
	const rows = new Map();
	for (const { transport, events, connects, cuts } of fleet.watches) {
		const row = rows.get(transport.name) ?? rows.set(transport.name, { clients: 0, events: 0, connects: 0, cuts: 0 }).get(transport.name);
		row.clients++;
		row.events += events;
		row.connects += connects;
		row.cuts += cuts;
	}
	return rows;
}

function total(fleet, figure) {
	const sums = new Map();
	for (const watch of fleet.watches)
		for (const [key, count] of watch[figure])
			sums.set(String(key), (sums.get(String(key)) ?? 0) + count);
	return sums;
}

const quantiles = (delays, line) => ({ p50: delays.quantile(0.5, line), p99: delays.quantile(0.99, line), p999: delays.quantile(0.999, line) });

const delaysOf = ({ delays }) => ({ good: quantiles(delays, "good"), bad: quantiles(delays, "bad"), slowest: delays.slowest(3) });

const inWords = ({ p50, p99, p999 }) => `half within ${p50}, 99 % within ${p99}, 99.9 % within ${p999}`;

const listed = (map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `    ${String(value).padStart(7)}  ${key}`).join("\n");

const shown = (wrong) => (Array.isArray(wrong) && wrong.length > 0
	? `\n${wrong.slice(0, SHOWN).map((one) => `        ${typeof one === "string" ? one : JSON.stringify(one)}`).join("\n")}` : "");

/* The report as a person reads it. */
export function told(report) {
	const { streams, delays, redisDead, options } = report;
	return `
seed ${options.seed}, ${report.seconds} s
  ${report.kills} kills; faults by kind:
${listed(report.struck)}
  not struck (the target was away, or nothing happened):
${listed(report.missed)}
  ${report.orders} orders accepted in ${report.requests} requests; ${report.retries} tries again, by reason:
${listed(report.statuses)}
  ${streams.received} events received by clients, which connected ${report.connects} times, were cut ${report.cuts} times and gave up a silent line ${report.gaveUp} times; the bad line cut:
${listed(report.lineCuts)}
  by transport:
${listed(new Map([...report.transports].map(([name, row]) => [`${name}: ${row.clients} clients, ${row.connects} connects, ${row.cuts} cuts`, row.events])))}
  refusals by status:
${listed(report.refusals)}
  closes:
${listed(report.closes)}
  commit to client, ms, reconnections included: ${inWords(delays.good)}; on the bad line: ${inWords(delays.bad)}; the slowest clients:
${delays.slowest.map((one) => `    ${JSON.stringify(one)}`).join("\n")}
  while Redis was dead (${report.redisWindows} times; it refused writes ${report.redisRefused} times for a full disk), to clients whose line was whole: ${redisDead.ms} ms\n    ${JSON.stringify(redisDead)}
  the slowest answer to a customer took ${Math.round(report.slowestMs)} ms; all clients had caught up ${report.caughtUpMs} ms after the end
  this process itself was late by up to ${report.lagMs} ms (99.9 %), ${report.lagMaxMs} ms at most

${Object.entries(report.wrongs).map(([what, wrong]) => `${countOf(wrong) === 0 ? "  ok" : "FAIL"}  ${String(countOf(wrong)).padStart(5)} ${what}${shown(wrong)}`).join("\n")}

${report.isGood ? "everything held" : "something broke"}`;
}
