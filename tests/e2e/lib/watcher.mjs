/*
 * A watcher that never gives up: what an EventSource, a stock socket.io-client or a page does on its own, over any
 * transport. After every cut it goes on from the events that it has, on the same transport or another one; a test compares
 * them with the log at the end.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Place } from "./place.mjs";
import { openReader, Refused } from "./reader.mjs";
import { until } from "./wait.mjs";

const BACK_OFF_MS = 50;
const BACK_OFF_MOST_MS = 1000;

export class Watcher {
	#failures = 0;
	#isSwitching = false;
	#stopping = new AbortController();

	/*
	 * Begins to watch CHANNELS from the start, or after CURSOR (undefined: from now on), over TRANSPORT (see reader.mjs). KEEP false:
	 * no event is kept, ONEVENT is told of each. It ends with test T.
	 */
	constructor(t, client, channels, { transport = "sse", after = 0, keep = true, onEvent = () => {} } = {}) {
		this.client = client;
		this.channels = [channels].flat();
		this.transport = transport;
		this.place = new Place(this.channels, after);
		this.keep = keep;
		this.onEvent = onEvent;
		this.events = [];	/* each with receivedAt, as Date.now() has it */
		this.connects = 0;
		this.resets = 0;
		this.faults = [];	/* events that were sent again, or after a gap: there must be none */
		this.denied = [];	/* channels that stopped concerning it */
		this.refusals = new Map();	/* status, or code of a close: how often */
		this.isStopped = false;
		this.running = this.#run();
		t?.after(() => this.stop());
	}

	/* Goes on over another transport, with the cursor of what it has. */
	switchTo(transport) {
		this.transport = transport;
		this.#isSwitching = true;
		this.reader.close();
	}

	/* Loses its connection; comes back by itself. */
	drop() {
		this.reader.drop();
	}

	async stop() {
		this.isStopped = true;
		this.#stopping.abort();
		this.reader.close();
		await this.running;
	}

	of(channel) {
		return this.events.filter((event) => event.channel === channel);
	}

	/* The last seq of CHANNEL that is here. */
	at(channel) {
		return this.place.seqs.get(channel) ?? 0;
	}

	/* The longest that an event took, in ms from its time in the log to its arrival. */
	slowest() {
		return Math.max(...this.events.map((event) => event.receivedAt - Date.parse(event.at)));
	}

	/* Resolves once the event SEQ of CHANNEL is here. */
	caughtUp(channel, seq, within = 10_000) {
		return until(() => this.at(channel) >= seq, { within, what: `${channel} up to ${seq}` })
			.catch((error) => { throw new Error(`${error.message} over ${this.transport}; got ${this.at(channel)}, connected ${this.connects} times, refused ${JSON.stringify([...this.refusals])}`); });
	}

	async #run() {
		while (!this.isStopped) {
			const error = await this.#once();
			const isFinished = error === undefined && !this.#isSwitching;
			this.isStopped ||= isFinished;
			this.#isSwitching = false;
			if (error instanceof Refused)
				this.refusals.set(error.status, (this.refusals.get(error.status) ?? 0) + 1);
			if (error)
				await this.#backOff();
		}
	}

	#backOff() {
		const most = Math.min(BACK_OFF_MOST_MS, BACK_OFF_MS * 2 ** this.#failures++);
		return pause(most * (0.5 + Math.random() / 2), undefined, { signal: this.#stopping.signal }).catch(() => {});
	}

	/* One connection, until it is over; resolves with why. */
	#once() {
		return new Promise((resolve) => {
			this.reader = openReader(this.transport, this.client, this.channels, {
				after: () => this.place.cursor(),
				opened: (open) => this.#open(open),
				event: (event) => this.#take(event),
				signal: ({ type, channel }) => type === "stream.denied" && this.denied.push(channel),
				closed: resolve,
			});
		});
	}

	#open(open) {
		this.connects++;
		this.#failures = 0;
		this.resets += open.mode === "reset" ? 1 : 0;
		this.place.open(open);
	}

	#take(event) {
		const what = this.place.take(event);
		const received = { ...event, receivedAt: Date.now() };
		if (what !== "next")
			this.faults.push({ what, channel: event.channel, seq: event.seq, transport: this.transport });
		if (this.keep)
			this.events.push(received);
		this.onEvent(received);
	}
}
