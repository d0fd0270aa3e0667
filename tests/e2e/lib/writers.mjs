/*
 * Writers of events that work side by side straight in the log, faster than orders can be placed. Each tells its hints to Redis as
 * the programs do, only worse: some are never told, some late, so that they cross.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { here, TOOL } from "./instance.mjs";

const LOST = 0.1;
const LATE = 0.1;
const ROLLED_BACK = 0.15;

/* A tool that reads lines; resolves `ended` with how it went. */
function piped(instance, ...words) {
	const child = spawn(TOOL, ["--run-dir", instance.runDir, ...words], { stdio: ["pipe", "pipe", "inherit"] });
	child.stdin.on("error", () => {});
	child.ended = once(child, "exit").then(([code]) => {
		if (code !== 0)
			throw new Error(`tools/foodfast ${words[0]} ended with ${code}`);
	});
	return child;
}

const draft = (channel, data) => `row('${channel}', 'order.status', '${JSON.stringify(data)}'::jsonb, false)::new_event`;

const someText = (chance) => chance.pick(["", "crème brûlée", "a\\n\\\"line", "x".repeat(chance.between(0, 400))]);

/* The SQL of COUNT events by the writer called NAME, one to three in a transaction, on any of CHANNELS; each of about BYTES, where given. */
function* transactions(chance, name, { channels, count, bytes }) {
	for (let n = 0; n < count;) {
		const size = Math.min(1 + Math.floor(chance.between(0, 3)), count - n);
		const drafts = Array.from({ length: size }, (_, index) =>
			draft(chance.pick(channels), { writer: name, n: n + index, text: bytes ? "x".repeat(bytes) : someText(chance) }));
		const append = `event_append(array[${drafts}])`;
		if (chance.is(ROLLED_BACK))
			yield `begin; select length(${append}); rollback;\n`;
		yield `select ${append};\n`;
		n += size;
	}
}

/* Hands hints (REDIS_CHANNEL<TAB>PAYLOAD) to Redis. */
class Teller {
	#late = [];

	constructor(instance, chance) {
		this.redis = piped(instance, "redis");
		this.redis.stdout.resume();
		this.chance = chance;
	}

	tell(hint) {
		if (this.chance.is(LOST))
			return;
		if (this.chance.is(LATE))
			return void this.#late.push(hint);
		this.#publish(hint);
		if (this.#late.length > 3)
			this.#late.splice(0).forEach((one) => this.#publish(one));
	}

	#publish(hint) {
		const [channel, payload] = hint.split("\t");
		this.redis.stdin.write(`PUBLISH ${channel} ${JSON.stringify(payload)}\n`);
	}

	end() {
		this.redis.stdin.end();
		return this.redis.ended;
	}
}

async function writer(instance, chance, name, work) {
	const teller = new Teller(instance, chance);
	const psql = piped(instance, "psql", "-XAqt", "-v", "ON_ERROR_STOP=1");
	createInterface(psql.stdout).on("line", (line) => line.startsWith("event:") && teller.tell(line));
	for (const sql of transactions(chance, name, work))
		if (!psql.stdin.write(sql))
			await once(psql.stdin, "drain");
	psql.stdin.end();
	await psql.ended;
	await teller.end();
}

/* WRITERS writers append COUNT events in all to CHANNELS, each of about BYTES, where given; resolves when all are committed. */
export async function writeEvents(channels, { count, writers, chance, bytes, instance = here }) {
	const share = Math.floor(count / writers);
	await Promise.all(Array.from({ length: writers }, (_, index) =>
		writer(instance, chance.of(`writer ${index}`), index, { channels, count: index === 0 ? count - share * (writers - 1) : share, bytes })));
}
