/* A streamd of a test's own beside the instance's, directly reached, to be stopped and started anew. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { exchange } from "./http.mjs";
import { here, ROOT } from "./instance.mjs";
import { until } from "./wait.mjs";

const BUILD = process.env.FOODFAST_BUILD ?? `${ROOT}build`;
const NUMBER = 77; /* no other streamd of the instance is called so */

async function freePort() {
	const server = net.createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address();
	server.close();
	return port;
}

/* What INSTANCE's own streamd was started with. */
function environment(instance) {
	const text = readFileSync(`/proc/${instance.pid("streamd-1")}/environ`, "utf8");
	return Object.fromEntries(text.split("\0").filter((line) => line.includes("=")).map((line) => line.split(/=(.*)/s)));
}

export class Streamd {
	/* SETTINGS are FOODFAST_… variables; DESCRIPTORS: how many it may have open. It ends with test T. */
	static async start(t, settings = {}, { instance = here, descriptors } = {}) {
		const streamd = new Streamd();
		streamd.descriptors = descriptors;
		streamd.port = await freePort();
		streamd.origin = new URL(`http://127.0.0.1:${streamd.port}`);
		streamd.environment = { ...environment(instance), FOODFAST_STREAMD: String(NUMBER), ...settings };
		t.after(() => streamd.process.kill("SIGKILL"));
		await streamd.up();
		return streamd;
	}

	async up() {
		const limited = this.descriptors ? ["prlimit", `--nofile=${this.descriptors}`] : [];
		const [command, ...words] = [...limited, `${BUILD}/streamd`, "--listen", String(this.port)];
		this.process = spawn(command, words, { env: this.environment, stdio: "ignore" });
		await until(async () => {
			const reply = await exchange(new URL("/readyz", this.origin)).catch(() => undefined);
			return reply?.status === 200;
		}, { within: 15_000, what: "a streamd that is ready" });
	}

	/* As its supervisor would. Resolves when it is gone. */
	async stop() {
		this.process.kill("SIGTERM");
		await once(this.process, "exit");
	}
}
