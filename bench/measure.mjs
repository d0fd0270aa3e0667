/* Small tools of the benches: medians, children, CPU and memory of a process, tables. */
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";

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
		this.write(`${text}\n`);
	}

	write(text) {
		this.child.stdin.write(text);
	}

	async end() {
		this.child.stdin.end();
		await this.ended;
	}
}

/* Microseconds of CLOCK_MONOTONIC, as the load generator has them. */
export function nowUs() {
	return Number(process.hrtime.bigint() / 1000n);
}

/* PID and all that it started, and they. */
export function family(pid) {
	const parents = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), parentOf(name)]);
	const offspring = (of) => [of, ...parents.filter(([, parent]) => parent === of).flatMap(([child]) => offspring(child))];
	return offspring(pid);
}

function parentOf(pid) {
	try {
		return Number(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) . /s, "").split(" ")[0]);
	} catch {
		return 0; /* it ended meanwhile */
	}
}

/* Seconds of CPU that the threads of these processes have used, by the scheduler's own clock: it knows nanoseconds. */
export function cpuSeconds(pids) {
	const threads = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`));
	return threads.reduce((sum, file) => sum + Number(readFileSync(file, "utf8").split(" ")[0]), 0) / 1e9;
}

/* The same by process; what has ended meanwhile counts nothing. */
export function cpuByProcess(pids) {
	return new Map(pids.flatMap((pid) => {
		try {
			return [[pid, cpuSeconds([pid])]];
		} catch {
			return [];
		}
	}));
}

/* Seconds of CPU between two of those; a process that is new began at nothing. */
export function cpuBetween(before, after) {
	return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
}

/* Memory in bytes that these processes hold and no file backs; what several share counts once. */
export function ownBytes(pids) {
	const kilobytes = pids.flatMap((pid) => [...readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")
		.matchAll(/^Pss_(?:Anon|Shmem):\s+(\d+) kB$/gm)].map((match) => Number(match[1])));
	return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}

export function table(title, rows) {
	const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
	console.log(`\n${title}`);
	for (const row of rows)
		console.log("  " + row.map((cell, column) => String(cell)[column ? "padStart" : "padEnd"](widths[column])).join("  "));
}
