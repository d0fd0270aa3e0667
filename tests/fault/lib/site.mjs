/* An instance of a test's own, to break: started from nothing, reached like any other, and gone afterwards. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { Instance, ROOT, TOOL } from "../../e2e/lib/instance.mjs";
import { until, within } from "../../e2e/lib/wait.mjs";

const START_MS = 60_000;
const BUILD = process.env.FOODFAST_BUILD ?? `${ROOT}build`;

export async function freePort() {
	const server = net.createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address();
	server.close();
	return port;
}

export class Site extends Instance {
	/* An instance that is not started yet: a file's before() calls up(), its after() forget(). ENVIRONMENT holds FOODFAST_… settings. */
	static async create({ streamds = 1, environment = {}, bind = "127.0.0.1", tlsPort } = {}) {
		const runDir = mkdtempSync(path.join(os.tmpdir(), "foodfast-fault-"));
		chmodSync(runDir, 0o711);	/* PostgreSQL's own user passes through */
		const site = new Site(`http://127.0.0.1:${await freePort()}`, runDir);
		return Object.assign(site, { streamds, environment, bind, tlsPort });
	}

	/* The instance of the test that calls this. */
	static async start(options) {
		const site = await Site.create(options);
		after(() => site.forget());
		await site.up();
		return site;
	}

	/* Starts all programs; resolves when all answer. */
	async up() {
		const options = ["--run-dir", this.runDir, "--port", this.port, "--streamds", this.streamds, "--bind", this.bind, "--build", BUILD, "--with-parent",
			...(this.tlsPort ? ["--tls", 1, "--tls-port", this.tlsPort] : []), ...(this.options ?? []), "run"];
		const environment = { ...process.env, ...this.environment };
		this.process = spawn(TOOL, options.map(String), { env: environment, stdio: ["ignore", "pipe", "pipe"] });
		const output = this.output = [];	/* what the supervisor printed */
		const isUp = new Promise((resolve, reject) => {
			this.process.once("exit", (status) => reject(new Error(`tools/foodfast ended with ${status}:\n${output.slice(-30).join("\n")}`)));
			for (const pipe of [this.process.stdout, this.process.stderr])
				createInterface(pipe).on("line", (line) => {
					output.push(line);
					if (line.includes("FoodFast is up"))
						resolve();
				});
		});
		await within(START_MS, isUp, "FoodFast is up");
		if (this.tlsPort)
			this.isByTls();
	}

	/* From here on it is reached by HTTPS. */
	isByTls() {
		this.plain = new URL(`http://127.0.0.1:${this.port}`);
		this.url = new URL(`https://127.0.0.1:${this.tlsPort}`);
		this.ca = readFileSync(`${this.runDir}/tls/ca.pem`);
	}

	/* Stops all programs, as Ctrl-C does. */
	async down() {
		if (this.process.exitCode !== null)
			return;
		this.process.kill("SIGTERM");
		await once(this.process, "exit");
	}

	async forget() {
		await this.down();
		await this.tool("reset");
		rmSync(this.runDir, { recursive: true, force: true });
	}

	/* Sends SIGNAL to the program called NAME; resolves with its pid. */
	signal(name, signal) {
		const pid = this.pid(name);
		assert.ok(pid > 0, `${name} does not run`);
		process.kill(pid, signal);
		return pid;
	}

	/* kill -9, and wait until the supervisor has it running again. */
	async kill(name) {
		const pid = this.signal(name, "SIGKILL");
		await until(() => this.pid(name) > 0 && this.pid(name) !== pid, { what: `${name} to be restarted` });
	}

	/* Stops the program called NAME in its tracks while WORK runs. */
	async paused(name, work) {
		const pid = this.signal(name, "SIGSTOP");
		try {
			return await work();
		} finally {
			process.kill(pid, "SIGCONT");
		}
	}

	/* The environment that the program called NAME was started with. */
	environmentOf(name) {
		const lines = readFileSync(`/proc/${this.pid(name)}/environ`, "utf8").split("\0").filter((line) => line !== "");
		return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
	}

	/* Where the streamd called NAME listens. */
	socketOf(name) {
		return `${this.environmentOf(name).FOODFAST_SOCKET_DIR}/${name}.http`;
	}

	/* A figure of /metrics, summed over its labels: that of streamd number N, or of any of them. */
	async metric(name, n) {
		const text = await (await fetch(new URL(n ? `/metrics/${n}` : "/metrics", this.url))).text();
		const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
		assert.ok(lines.length > 0, `no ${name} in:\n${text}`);
		return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
	}
}
