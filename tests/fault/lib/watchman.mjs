/*
 * Looks on while things break: the counters that must stay 0 (a streamd that is killed takes its own with it, so they are read
 * all the time), programs that died of something else than a fault of ours, and how late this process itself is.
 */
import http from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";

const LOOK_MS = 1000;
const ANSWER_MS = 2000;

/* Must be 0 for ever. */
export const ZERO = ["foodfast_streamd_gaps_sent_total", "foodfast_streamd_duplicates_sent_total"];

/* What our faults do: SIGKILL, SIGTERM and SIGINT; a polite end is 0, PostgreSQL's first tries after a kill -9 end with 1. */
const EXPECTED = /was killed by signal (9|15|2);|ended with 0;|\b(postgres|redis) ended with 1;/;
const DEATH = /^supervise +\| (.*; restart in .*)$/;
const COMPLAINT = /AddressSanitizer|runtime error:|[Aa]ssertion .*failed|stack smashing|terminated by signal (?!9\b|15\b)|PANIC/;

export class Watchman {
	constructor(site, streamds) {
		this.site = site;
		this.sockets = Array.from({ length: streamds }, (_, index) => `${site.environmentOf(`streamd-${index + 1}`).FOODFAST_SOCKET_DIR}/streamd-${index + 1}.http`);
		this.highest = new Map();	/* of ZERO: the highest seen */
		this.looks = 0;
		this.lag = monitorEventLoopDelay({ resolution: 20 });
	}

	start() {
		this.lag.enable();
		this.timer = setInterval(() => this.look(), LOOK_MS);
	}

	stop() {
		clearInterval(this.timer);
		this.lag.disable();
	}

	async look() {
		for (const socketPath of this.sockets) {
			const text = await metrics(socketPath).catch(() => "");
			this.looks += text === "" ? 0 : 1;
			for (const [, name, value] of text.matchAll(/^(\w+)(?:\{[^}]*\})? (\d+)$/gm))
				if (ZERO.includes(name))
					this.highest.set(name, Math.max(this.highest.get(name) ?? 0, Number(value)));
		}
	}

	/* The figure called NAME of each streamd; 0 for one that has none, or is away. */
	async figures(name) {
		const texts = await Promise.all(this.sockets.map((socketPath) => metrics(socketPath).catch(() => "")));
		return texts.map((text) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0));
	}

	/* Lines of the logs that tell of a death, or of a fault, that nobody caused. */
	strangeLines() {
		return this.site.output.filter((line) => (DEATH.test(line) && !EXPECTED.test(line)) || COMPLAINT.test(line));
	}
}

function metrics(socketPath) {
	return new Promise((resolve, reject) => {
		const request = http.get({ socketPath, path: "/metrics", agent: false, timeout: ANSWER_MS }, async (response) => {
			const chunks = [];
			try {
				for await (const chunk of response)
					chunks.push(chunk);
				resolve(Buffer.concat(chunks).toString());
			} catch (error) {
				reject(error);
			}
		});
		request.on("timeout", () => request.destroy());
		request.on("error", reject);
	});
}
