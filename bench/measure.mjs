/* Small tools of the benches: medians, children, CPU and memory of a process, tables. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const TICKS_A_SECOND = 100; /* sysconf(_SC_CLK_TCK), the same on every Linux we run on */

export function median(numbers) {
	const sorted = [...numbers].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}

export function percentile(numbers, share) {
	const sorted = [...numbers].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/* Runs A and B in turn, ROUNDS times each: drift of the machine hits both. Resolves with the medians. */
export async function inTurn(rounds, contenders) {
	const results = contenders.map(() => []);
	for (let round = 0; round < rounds; round++)
		for (const [index, contender] of contenders.entries())
			results[index].push(await contender());
	return results.map(median);
}

/* Runs a command to its end; resolves with what it printed. */
export function output(command, args, options = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
		let out = "", error = "";
		child.stdout.on("data", (chunk) => { out += chunk; });
		child.stderr.on("data", (chunk) => { error += chunk; });
		child.on("error", reject);
		child.on("close", (code) => {
			if (code === 0)
				resolve(out);
			else
				reject(new Error(`${command} ended with ${code}: ${error}${out}`));
		});
	});
}

/* A child that is spoken to in lines: `line()` resolves with the next that it prints. */
export class Talker {
	constructor(command, args, options = {}) {
		this.child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "inherit"] });
		this.pid = this.child.pid;
		this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
		this.ended = new Promise((resolve) => this.child.on("close", resolve));
	}

	async line() {
		const { value, done } = await this.lines.next();
		if (done)
			throw new Error("the program ended");
		return value;
	}

	say(text = "") {
		this.child.stdin.write(`${text}\n`);
	}

	async end() {
		this.child.stdin.end();
		await this.ended;
	}
}

/* Seconds of CPU that the process has used, its threads included. */
export function cpuSeconds(pid) {
	const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
	return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/* Private memory in bytes: what the process alone holds. */
export function privateBytes(pid) {
	const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
	const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map((match) => Number(match[1]));
	return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}

export function table(title, rows) {
	const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
	console.log(`\n${title}`);
	for (const row of rows)
		console.log("  " + row.map((cell, column) => String(cell)[column ? "padStart" : "padEnd"](widths[column])).join("  "));
}
