/*
 * A running FoodFast as its owner reaches it: by URL, and by the control script for SQL, Redis and
 * processes. Most tests use `here`, the instance that the environment names; fault tests start their own.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const TOOL = `${ROOT}tools/foodfast`;

export class Instance {
	constructor(url, runDir) {
		this.url = new URL(url);
		this.port = Number(this.url.port);
		this.runDir = runDir;
	}

	/* Runs the control script; resolves with what it printed. */
	async tool(...args) {
		try {
			return (await run(TOOL, ["--run-dir", this.runDir, ...args], { maxBuffer: 64 << 20 })).stdout;
		} catch ({ stderr }) {
			throw new Error(`tools/foodfast ${args[0]}: ${stderr}`);
		}
	}

	/* Runs SQL as the owner of the database; resolves with rows of texts. */
	async psql(sql) {
		const out = await this.tool("psql", "-XAqt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql);
		return out.split("\n").filter((line) => line !== "").map((line) => line.split("\t"));
	}

	/* The first column of the first row. */
	async value(sql) {
		return (await this.psql(sql))[0]?.[0];
	}

	async redis(...args) {
		return (await this.tool("redis", ...args)).trimEnd();
	}

	/* The pid of the program called NAME (accounts, streamd-1, redis…); 0 while it is down. */
	pid(name) {
		const rows = readFileSync(`${this.runDir}/supervise.status`, "utf8").split("\n").map((line) => line.split("\t"));
		return Number(rows.find(([program]) => program === name)?.[1] ?? 0);
	}

	/* What the program called NAME has logged. */
	log(name) {
		return readFileSync(`${this.runDir}/log/${name}.log`, "utf8");
	}

	/* The instance's signing keys, the one in use first. */
	signingKeys() {
		return readFileSync(`${this.runDir}/secrets/jwt-keys`, "utf8").trim().split("\n")
			.filter((line) => !line.startsWith("#"))
			.map((line) => {
				const [kid, hex] = line.split(/\s+/);
				return { kid, secret: Buffer.from(hex, "hex") };
			});
	}
}

export const here = new Instance(
	process.env.FOODFAST_URL ?? "http://127.0.0.1:8080",
	process.env.FOODFAST_RUN_DIR ?? `${ROOT}var`,
);
