/* The conformance server of this build, for as long as a file of tests runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { within } from "../../e2e/lib/wait.mjs";

const BUILD = process.env.FOODFAST_BUILD ?? fileURLToPath(new URL("../../../build", import.meta.url));
const START_MS = 10_000;

export async function freePort() {
	const server = net.createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address();
	server.close();
	return port;
}

/* Resolves with {port, memoryKib(), pause(), resume()} when it listens. Ends with the file, and fails it unless it ends cleanly. */
export async function startServer() {
	const port = await freePort();
	const server = spawn(path.join(BUILD, "conformance-server"), [String(port)], { stdio: ["ignore", "pipe", "inherit"] });
	await within(START_MS, once(server.stdout, "data"), "word of the conformance server");
	after(async () => {
		const isRunning = server.exitCode === null && server.signalCode === null;
		if (isRunning) {
			server.kill("SIGTERM");
			await once(server, "exit");
		}
		if (!isRunning || server.exitCode !== 0)
			throw new Error(`the conformance server ended with ${server.exitCode ?? server.signalCode}`);
	});
	return {
		port,
		pause: () => server.kill("SIGSTOP"),
		resume: () => server.kill("SIGCONT"),
		memoryKib: () => Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]),
	};
}
