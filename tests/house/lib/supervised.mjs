/* A supervisor over a table of a test's own: small shell programs, in a folder that goes away afterwards. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ROOT } from "../../e2e/lib/instance.mjs";
import { until } from "../../e2e/lib/wait.mjs";

export const BUILD = process.env.FOODFAST_BUILD ?? `${ROOT}build`;

/* A row of the table: SCRIPT is run by sh. */
export const row = (name, script, { kind = "keep", signal = "TERM", listen = "-" } = {}) =>
	[name, kind, signal, "-", listen, "sh", "-c", script].join("\t");

export class Supervised {
	/* Starts the supervisor over ROWS; it and its folder are gone after test T. */
	constructor(t, rows) {
		this.runDir = mkdtempSync(path.join(os.tmpdir(), "foodfast-house-"));
		mkdirSync(`${this.runDir}/log`);
		writeFileSync(`${this.runDir}/supervise.table`, `# a table\n${rows.join("\n")}\n`);
		t.after(() => this.forget());
	}

	start() {
		this.output = "";
		this.process = spawn(`${BUILD}/supervise`, [this.runDir], { stdio: ["ignore", "pipe", "pipe"] });
		for (const pipe of [this.process.stdout, this.process.stderr])
			pipe.on("data", (chunk) => { this.output += chunk; });
		this.ended = once(this.process, "close");
		return this;
	}

	async forget() {
		if (this.process?.exitCode === null)
			this.process.kill("SIGKILL");
		await this.ended;
		rmSync(this.runDir, { recursive: true, force: true });
	}

	/* Rows of supervise.status: {name, pid, state, restarts}. */
	status() {
		if (!existsSync(`${this.runDir}/supervise.status`))
			return [];
		return readFileSync(`${this.runDir}/supervise.status`, "utf8").trimEnd().split("\n").map((line) => {
			const [name, pid, state, restarts] = line.split("\t");
			return { name, pid: Number(pid), state, restarts: Number(restarts) };
		});
	}

	of(name) {
		return this.status().find((program) => program.name === name) ?? {};
	}

	pid(name) {
		return this.of(name).pid ?? 0;
	}

	async isUp() {
		await until(() => this.of("supervise").state === "up", { what: "supervise to be up" });
		return this;
	}

	/* Asks it to stop; resolves with its exit status and how long that took. */
	async stop(signal = "SIGTERM") {
		const started = performance.now();
		this.process.kill(signal);
		const [code] = await this.ended;
		return { code, took_ms: performance.now() - started };
	}
}

export function isAlive(pid) {
	try {
		return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
	} catch {
		return false;
	}
}
