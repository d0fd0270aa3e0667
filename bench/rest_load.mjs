/* One contender and one call, measured once: by wrk, or by pgbench where there is no server. */
import { mkdirSync, writeFileSync } from "node:fs";
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { cpuBetween, cpuByProcess, family, output } from "./measure.mjs";
import { CONNECTIONS } from "./rest_contenders.mjs";

export const CLIENTS = 32;
const THREADS = 2;
const WARM_S = 1;
const PGBENCH = "/usr/lib/postgresql/15/bin/pgbench";

/* {perSecond, serverUs, databaseUs}: requests a second, and CPU a request. Of pgbench's only the first: its connections end with it. */
export async function measure(contender, call, context, seconds) {
	if (!contender.start)
		return measurePgbench(call, context, seconds);
	const server = await contender.start(context, call.role);
	try {
		await wrk(await requestsOf(contender, call, context, server), WARM_S);
		const asking = await requestsOf(contender, call, context, server);
		return await withCpu(context, server.pids(), () => wrk(asking, seconds));
	} finally {
		await server.stop();
	}
}

/* Runs WORK, which resolves with {requests, perSecond}. */
async function withCpu({ instance }, pids, work) {
	const database = await instance.pid("postgres");
	const before = [cpuByProcess(pids), cpuByProcess(family(database))];
	const { requests, perSecond } = await work();
	const after = [cpuByProcess(pids), cpuByProcess(family(database))];
	const [serverUs, databaseUs] = before.map((first, index) => 1e6 * cpuBetween(first, after[index]) / requests);
	return { perSecond, serverUs, databaseUs };
}

const folderOf = ({ instance }) => {
	const folder = `${instance.runDir}/bench`;
	mkdirSync(folder, { recursive: true });
	return folder;
};

/* What wrk is to ask: {url, env}. */
async function requestsOf(contender, call, context, server) {
	const file = `${folderOf(context)}/requests`;
	if (contender.path)
		return { url: `${server.url}${contender.path}` };
	if (call.tokens) {
		writeFileSync(file, `${(await call.tokens(context, contender.isPlain)).join("\n")}\n`);
		return { url: `${server.url}${contender.isPlain ? call.plainPath : call.path}`, env: { BENCH_REQUESTS: file, BENCH_TOKENS: "1" } };
	}
	const lines = (contender.isPlain ? call.plain : call.site)(context);
	writeFileSync(file, lines.map(({ method, path, authorization = "-", body = "-" }) => `${method}\t${path}\t${authorization}\t${body}\n`).join(""));
	return { url: server.url, env: { BENCH_REQUESTS: file } };
}

/* Runs wrk for SECONDS; every answer must be a good one. */
export async function wrk({ url, env }, seconds) {
	const out = await output("wrk", ["-t", THREADS, "-c", CLIENTS, "-d", `${seconds}s`, ...(env ? ["-s", `${ROOT}bench/rest.lua`] : []), url].map(String),
		{ env: { ...process.env, ...env } });
	if (/Non-2xx/.test(out) || /Socket errors: (?!connect 0, read 0, write 0)/.test(out))
		throw new Error(`not all answered well: ${out}`);
	return { requests: Number(out.match(/(\d+) requests in/)[1]), perSecond: Number(out.match(/Requests\/sec:\s+([\d.]+)/)[1]) };
}

async function measurePgbench(call, context, seconds) {
	const folder = folderOf(context);
	const files = (await call.scripts(context)).map((script, index) => {
		writeFileSync(`${folder}/script-${index}.sql`, script);
		return `${folder}/script-${index}.sql`;
	});
	return withCpu(context, [], () => pgbench(context, call.role, files, seconds));
}

async function pgbench({ instance }, role, files, seconds) {
	const out = await output(PGBENCH, ["-n", "-M", "prepared", "-T", seconds, "-c", CONNECTIONS, "-j", THREADS, "-D", "n=0",
		"-h", await instance.socketDir(), "-U", role, ...files.flatMap((file) => ["-f", file]), "foodfast"].map(String));
	return { requests: Number(out.match(/actually processed: (\d+)/)[1]), perSecond: Number(out.match(/tps = ([\d.]+) \(without/)[1]) };
}
