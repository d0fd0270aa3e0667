/* A database session of a test's own that stays open: to hold a lock, or a transaction, while others work. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { here, TOOL } from "./instance.mjs";
import { within } from "./wait.mjs";

const MARK = "-- done --";

export class Transaction {
	#lines = [];
	#done;

	/* Begins a transaction; test T's end rolls back what is still open. */
	static async begin(t, instance = here) {
		const transaction = new Transaction(instance);
		t?.after(() => transaction.close());
		await transaction.run("begin");
		return transaction;
	}

	constructor(instance) {
		const psql = ["--run-dir", instance.runDir, "psql", "-XAqt", "-v", "ON_ERROR_STOP=1"];
		this.process = spawn(TOOL, psql, { stdio: ["pipe", "pipe", "inherit"] });
		this.process.stdin.on("error", () => {});
		createInterface(this.process.stdout).on("line", (line) => this.#take(line));
	}

	/* Runs one statement to its end; resolves with its rows as lines. */
	run(sql) {
		const done = new Promise((resolve, reject) => {
			this.#done = resolve;
			this.process.once("exit", () => reject(new Error(`psql ended at: ${sql}`)));
		});
		this.process.stdin.write(`${sql};\n\\echo ${MARK}\n`);
		return within(10_000, done, `end of ${sql}`);
	}

	async commit() {
		await this.run("commit");
		this.close();
	}

	close() {
		this.process.stdin.end();
	}

	#take(line) {
		if (line !== MARK)
			return void this.#lines.push(line);
		const lines = this.#lines;
		this.#lines = [];
		this.#done(lines);
	}
}
