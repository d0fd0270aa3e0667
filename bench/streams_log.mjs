/* Events as FoodFast makes them: appended to the log in a transaction, told to Redis once it has committed. */
import net from "node:net";
import { once } from "node:events";
import { TOOL } from "../tests/e2e/lib/instance.mjs";
import { Talker, nowUs } from "./measure.mjs";

export class Log {
	/* A connection to INSTANCE's PostgreSQL, and one to its Redis. */
	static async open(instance, channel) {
		const log = new Log();
		log.channel = channel;
		log.psql = new Talker(TOOL, ["--run-dir", instance.runDir, "psql", "-XAqt", "-v", "ON_ERROR_STOP=1"]);
		log.redis = net.connect(`${await instance.socketDir()}/redis`).setNoDelay();
		log.redis.resume(); /* how many heard it is of no interest */
		await once(log.redis, "connect");
		return log;
	}

	/*
	 * COUNT events in one transaction, each with the mark that the load generator counts. Resolves with the time, in
	 * microseconds, when they were committed and Redis is told: what no peer has is left out of the comparison.
	 */
	async append(count) {
		this.psql.say(`select event_append(array(select row('${this.channel}', 'user.updated',
			jsonb_build_object('n', n, 'mark', '^', 'fill', repeat('x', 64)), false)::new_event from generate_series(1, ${count}) as n));`);
		let hints = "";
		for (let event = 0; event < count; event++) {
			const [channel, payload] = (await this.psql.line()).split(/\t(.*)/s);
			hints += command("PUBLISH", channel, payload);
		}
		const committed = nowUs();
		this.redis.write(hints);
		return committed;
	}

	async close() {
		this.redis.destroy();
		await this.psql.end();
	}
}

/* As Redis reads it. */
function command(...words) {
	return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}
