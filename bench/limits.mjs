/* What REST programs could reach at best: a lighttpd of its own, serving a file, a FastCGI program that says hello, and one that runs a statement. */
import { mkdirSync } from "node:fs";
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { freePort } from "./instance.mjs";
import { family } from "./measure.mjs";
import { listening, startChild, stopChild } from "./peers/start.mjs";

/* Starts lighttpd and the program called NAME (bench/NAME.c) with ARGS; {url, pids(), stop()}. */
export async function startLimit(instance, name, args) {
	const folder = `${instance.runDir}/bench`;
	const sockets = await instance.socketDir();
	const port = await freePort();
	mkdirSync(folder, { recursive: true });
	const program = startChild(instance, `bench-${name}`, "spawn-fcgi",
		["-n", "-s", `${sockets}/${name}.fcgi`, "-b", "1024", "--", `${ROOT}build/bench_${name}`, ...args]);
	const lighttpd = startChild(instance, "bench-lighttpd", "lighttpd", ["-D", "-f", `${ROOT}bench/lighttpd.conf`],
		{ env: { ...process.env, BENCH_PORT: port, BENCH_DIR: folder, BENCH_SOCKETS: sockets } });
	await listening(port);
	return {
		url: `http://127.0.0.1:${port}`,
		pids: () => [...family(lighttpd.pid), ...family(program.pid)],
		stop: () => Promise.all([lighttpd, program].map((child) => stopChild(child))),
	};
}
