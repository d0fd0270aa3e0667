/*
 * A watcher that never gives up: what an EventSource, or a page that polls, does on its own. It reconnects after
 * every cut with the cursor that it has, and collects events; a test compares them with the log at the end.
 */
import { setTimeout as pause } from "node:timers/promises";
import { isEvent, pollReply, stream } from "./stream.mjs";
import { until } from "./wait.mjs";

const BACK_OFF_MS = 50;

export class Watcher {
	/* Begins to watch CHANNELS from the start, or from after CURSOR. TRANSPORT: "sse" or "poll". It ends with test T. */
	constructor(t, client, channels, { transport = "sse", after = 0 } = {}) {
		this.client = client;
		this.channels = [channels].flat();
		this.cursor = after;
		this.events = [];	/* each with receivedAt, as Date.now() has it */
		this.connects = 0;
		this.resets = 0;
		this.refusals = new Map();	/* status: how often */
		this.isStopped = false;
		this.running = this.#run(transport === "sse" ? () => this.#listen() : () => this.#poll());
		t.after(() => this.stop());
	}

	async stop() {
		this.isStopped = true;
		this.reader?.drop();
		await this.running;
	}

	of(channel) {
		return this.events.filter((event) => event.channel === channel);
	}

	/* The longest that an event took, in ms from its time in the log to its arrival. */
	slowest() {
		return Math.max(...this.events.map((event) => event.receivedAt - Date.parse(event.at)));
	}

	/* Resolves once the last event of CHANNEL that is here has SEQ. */
	caughtUp(channel, seq, within = 10_000) {
		const last = () => this.of(channel).at(-1)?.seq ?? 0;
		return until(() => last() >= seq, { within, what: `${channel} up to ${seq}` })
			.catch((error) => { throw new Error(`${error.message}; got ${last()}, connected ${this.connects} times, refused ${JSON.stringify([...this.refusals])}`); });
	}

	async #run(once) {
		while (!this.isStopped) {
			try {
				await once();
			} catch {
				/* cut, or refused for now: that is what this class is for */
			}
			await pause(BACK_OFF_MS);
		}
	}

	async #listen() {
		const options = this.cursor === 0 ? { after: 0 } : { lastEventId: this.cursor };
		this.reader = await stream(undefined, this.client, this.channels, options);
		this.connects++;
		this.resets += this.reader.frames[0].data.mode === "reset" ? 1 : 0;
		let taken = 0;
		await this.reader.until(() => {
			for (; taken < this.reader.frames.length; taken++)
				this.#take(this.reader.frames[taken].data, this.reader.frames[taken].id);
			return this.reader.isClosed || this.isStopped;
		}, { within: 600_000 });
		this.isStopped ||= this.reader.signals("stream.end").length > 0;
	}

	async #poll() {
		const reply = await pollReply(this.client, this.channels, { after: this.cursor, wait: 1 });
		if (reply.status !== 200)
			return void this.refusals.set(reply.status, (this.refusals.get(reply.status) ?? 0) + 1);
		this.connects++;
		this.resets += reply.body.mode === "reset" ? 1 : 0;
		for (const event of reply.body.events)
			this.#take(event, reply.body.cursor);
		this.cursor = reply.body.cursor;
	}

	#take(data, cursor) {
		this.cursor = cursor;
		if (isEvent(data))
			this.events.push({ ...data, receivedAt: Date.now() });
	}
}
