/* What streamd is to reach, against the bare broadcaster and its peers in the same run: a report, not a verdict on the run. */

import { columns } from "./streams_measure.mjs";

const KIB = 1024;
const BURST_AIM = 1_000_000;
const CONNECT_AIM_US = 35;
const delivery = { SSE: 1.15, WebSocket: 1.25 };
const LAST_AIM = 1.2;
const LAST_CLIENTS = 10_000; /* with few clients the commit, which bare has not, is much of it */

export function judge(rows) {
	const measured = rows.filter(({ figures }) => figures);
	const aims = measured.filter(({ contender }) => contender.peer === "streamd").flatMap((row) => [
		...ownAims(row),
		...limitAims(row, measured.find((other) => other.contender.peer === "bare" && isAlike(row, other))),
		...peerAims(row, measured.filter((other) => !["streamd", "bare", "lighttpd"].includes(other.contender.peer) && isAlike(row, other))),
	]);
	if (aims.length === 0)
		return;
	console.log("\nAims");
	for (const { row, text, isMet } of aims)
		console.log(`  ${isMet ? "met    " : "NOT MET"}  ${row.contender.transport}, ${row.clients.toLocaleString("en")}: ${text}`);
}

function isAlike(row, other) {
	return other.contender.transport === row.contender.transport && other.clients === row.clients;
}

function ownAims(row) {
	const { burst_s, connect_us, idle_bytes, after_bytes } = row.figures;
	return [
		{ row, text: `${(burst_s / 1e6).toFixed(2)} M deliveries/s in a burst, over 1 M`, isMet: burst_s > BURST_AIM },
		{ row, text: `${connect_us.toFixed(1)} µs of CPU a connect, at most ${CONNECT_AIM_US}`, isMet: connect_us <= CONNECT_AIM_US },
		{ row, text: `${idle_bytes.toFixed(0)} B a client idle, ${after_bytes.toFixed(0)} after traffic, under 1 KiB`, isMet: Math.max(idle_bytes, after_bytes) < KIB },
	];
}

function limitAims(row, bare) {
	if (!bare)
		return [];
	const cpu = row.figures.delivery_us / bare.figures.delivery_us, last = row.figures.last_ms / bare.figures.last_ms;
	const most = delivery[row.contender.transport];
	return [
		{ row, text: `CPU a delivery is ${cpu.toFixed(2)} times bare's, at most ${most}`, isMet: cpu <= most },
		...(row.clients === LAST_CLIENTS
			? [{ row, text: `the last of all has it after ${last.toFixed(2)} times bare's time, at most ${LAST_AIM}`, isMet: last <= LAST_AIM }] : []),
	];
}

function peerAims(row, peers) {
	if (peers.length === 0)
		return [];
	const behind = peers.flatMap((peer) => columns
		.filter(({ key, isMore }) => (isMore ? row.figures[key] < peer.figures[key] : row.figures[key] > peer.figures[key]))
		.map(({ title }) => `${peer.contender.name} in "${title}"`));
	const all = peers.map(({ contender }) => contender.name).join(", ");
	return [{ row, text: behind.length ? `behind ${behind.join(", ")}` : `ahead of ${all} in every column`, isMet: behind.length === 0 }];
}
