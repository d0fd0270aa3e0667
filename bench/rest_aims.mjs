/* What the REST calls are to reach, against their limits and peers in the same run: a report, not a verdict on the run. */

const STATEMENT_AIM = 1.15;
const PGBENCH_AIM = 0.8;
const FASTAPI_AIM = 0.25;
const FASTIFY_AIM = { me: 0.5, refresh: 1, list: 1, order: 1 }; /* half, where the database is not the cost */

export function judge(rows) {
	const measured = rows.filter(({ figures }) => figures);
	const aims = measured.filter(({ contender }) => contender.peer === "foodfast").flatMap((ours) =>
		measured.filter((other) => other.call === ours.call).flatMap((other) => (judges[other.contender.peer]?.(ours, other) ?? [])));
	if (aims.length)
		console.log("\nAims");
	for (const { call, text, isMet } of aims)
		console.log(`  ${isMet ? "met    " : "NOT MET"}  ${call.title}: ${text}`);
}

const shares = (ours, other) => ({
	rate: ours.figures.perSecond / other.figures.perSecond,
	cpu: ours.figures.serverUs / other.figures.serverUs,
});

const round = (number) => Number(number.toFixed(2));

const rateAim = (ours, other, least) => {
	const { rate } = shares(ours, other);
	return { call: ours.call, text: `${rate.toFixed(2)} times the requests a second of ${other.contender.name}, at least ${round(least)}`, isMet: rate >= least };
};

const cpuAim = (ours, other, most) => {
	const { cpu } = shares(ours, other);
	return { call: ours.call, text: `${cpu.toFixed(2)} times the CPU a request of ${other.contender.name}, at most ${most}`, isMet: cpu <= most };
};

const judges = {
	statement: (ours, other) => [rateAim(ours, other, 1 / STATEMENT_AIM), cpuAim(ours, other, STATEMENT_AIM)],
	pgbench: (ours, other) => (ours.call.isWrite ? [rateAim(ours, other, PGBENCH_AIM)] : []),
	fastify: (ours, other) => [rateAim(ours, other, 1), cpuAim(ours, other, FASTIFY_AIM[ours.call.key])],
	fastapi: (ours, other) => [rateAim(ours, other, 1), cpuAim(ours, other, FASTAPI_AIM)],
};
