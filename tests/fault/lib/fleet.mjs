/*
 * Clients that watch while things break. A Watch never gives up: after every cut it comes back with a cursor that it
 * composes itself, from the events that it saw, and it keeps every (channel, seq) in the order received. A Fleet
 * is many of them, on all transports.
 */
import { setTimeout as pause } from "node:timers/promises";
import { freshAddress } from "../../e2e/lib/http.mjs";
import { until } from "../../e2e/lib/wait.mjs";
import { transports } from "./transports.mjs";

const BACK_OFF_MS = 60;
const BACK_OFF_MAX_MS = 1000;
const ORDERS_FOLLOWED = 8;	/* at once, by a device */
const WATCHDOG_MS = 1000;
const SLICE_MS = 100;	/* of the time in which delays are kept */
const FINAL = ["delivered", "cancelled"];

/* How long events took from their commit to a client. */
export class Delays {
	#counts = { good: new Uint32Array(60_000), bad: new Uint32Array(60_000) };	/* by the client's line, and by ms */
	#slices = new Map();	/* by the time of commit: the longest to a client whose line was whole all the while */

	#longest = new Map();	/* by watch */

	add(event, ms, watch) {
		const at = Date.parse(event.at);
		const counts = this.#counts[watch.isOnBadLine ? "bad" : "good"];
		counts[Math.min(Math.max(Math.round(ms), 0), counts.length - 1)]++;
		if (ms > (this.#longest.get(watch)?.ms ?? 0))
			this.#longest.set(watch, { ms, at, channel: event.channel, wasUncut: watch.wasUncutSince(at) });
		if (!watch.wasUncutSince(at))
			return;
		const slice = Math.floor(at / SLICE_MS);
		if (ms > (this.#slices.get(slice)?.ms ?? 0))
			this.#slices.set(slice, { ms, at, client: watch.name, channel: event.channel, upBefore: at - watch.upSince, connection: watch.connects });
	}

	/* The COUNT clients for which an event took longest. */
	slowest(count) {
		return [...this.#longest].sort(([, a], [, b]) => b.ms - a.ms).slice(0, count)
			.map(([watch, delay]) => ({ ...delay, at: new Date(delay.at).toISOString(), client: watch.name, isOnBadLine: watch.isOnBadLine, closes: watch.closeLog.slice(-3) }));
	}

	/* The delay that PART of the events to clients on a LINE (good, bad) stayed within. */
	quantile(part, line = "good") {
		const counts = this.#counts[line];
		let left = part * counts.reduce((sum, count) => sum + count, 0);
		return counts.findIndex((count) => (left -= count) <= 0);
	}

	/* The longest of an event committed within one of WINDOWS ([{from, to}]), to a client whose line was whole: {ms, …}. */
	longestWithin(windows) {
		let longest = { ms: 0, at: 0 };
		for (const delay of this.#slices.values())
			if (delay.ms > longest.ms && windows.some(({ from, to }) => delay.at >= from && delay.at <= to))
				longest = delay;
		return longest;
	}
}

export class Watch {
	#running;

	/* PERSON watches CHANNELS from their beginning. ORIGIN: the site, or a bad line to it. */
	constructor({ name, person, transport, channels, origin, chance, delays, isOnBadLine = false }) {
		Object.assign(this, { name, person, transport, origin, chance, delays, isOnBadLine });
		this.address = freshAddress();
		this.places = new Map(channels.map((channel) => [channel, 0]));	/* what is watched: the last seq seen */
		this.received = new Map();	/* of every channel ever watched: each seq, in the order received */
		this.wrongs = [];	/* what came that was not the next, as it happened */
		this.refusals = new Map();
		this.closes = new Map();	/* why: how often */
		this.closeLog = [];	/* when, and why */
		this.connects = 0;
		this.cuts = 0;
		this.gaveUp = 0;
		this.resets = 0;
		this.events = 0;
		this.epoch = undefined;
		this.upSince = 0;
		this.isTimely = true;	/* reads what comes at once */
		this.isStopped = false;
	}

	start() {
		this.heard();
		this.#running = this.#run();
		return this;
	}

	async stop() {
		this.isStopped = true;
		this.drop?.();
		await this.#running;
	}

	/* Follows one channel more, from its beginning, unless there are enough. */
	follow(channel) {
		if (this.places.size > ORDERS_FOLLOWED || this.places.has(channel))
			return;
		this.places.set(channel, 0);
		this.onFollow?.(channel);
	}

	/* For transports. */

	takeUp() {
		return [...this.places.keys()];
	}

	cursor(channels = this.takeUp()) {
		if (!this.epoch)
			return "0";
		return `${this.epoch}/${channels.map((channel) => `${channel}=${this.places.get(channel) ?? 0}`).join(",")}`;
	}

	heard() {
		this.heardAt = Date.now();
	}

	opened({ epoch, mode, denied = [] }) {
		this.heard();
		this.epoch ??= epoch;
		if (mode === "reset" || this.epoch !== epoch)
			this.resets++;
		for (const channel of denied)
			this.#wrong("denied", channel);
		if (this.upSince > 0)
			return;
		this.upSince = Date.now();
		this.connects++;
	}

	take(event, receivedAt = Date.now()) {
		this.heard();
		this.events++;
		const { channel, seq } = event;
		const seqs = this.received.get(channel) ?? this.received.set(channel, []).get(channel);
		const last = seqs.at(-1) ?? 0;
		if (seq !== last + 1)
			this.#wrong(seq > last ? "gap" : "repeat", channel, { last, seq });
		seqs.push(seq);
		if (this.places.has(channel))
			this.places.set(channel, seq);
		else if (seqs.length === 1)
			this.#wrong("stray", channel, { seq });
		this.delays?.add(event, receivedAt - Date.parse(event.at), this);
		if (channel.startsWith("order:") && FINAL.includes(event.data.status))
			this.#leave(channel);
	}

	refused(status) {
		this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
	}

	failed(why) {
		this.lastFailure = why;
	}

	/* The line is over: by a close with CODE and REASON, where the transport has some. */
	closed(code, reason) {
		const key = `${code} ${reason.replace(/\d+/g, "N")}`.trim();
		this.closes.set(key, (this.closes.get(key) ?? 0) + 1);
		this.closeLog.push(`${new Date().toISOString()} ${key}`);
		this.#cut();
	}

	/* For delays. */

	wasUncutSince(time) {
		return this.upSince > 0 && this.upSince <= time && this.isTimely && !this.isOnBadLine;
	}

	get isSilent() {
		return this.transport.patienceMs !== null && Date.now() - this.heardAt > this.transport.patienceMs;
	}

	/* Leaves a line on which nothing comes any more. The next one has as long. */
	giveUp() {
		this.heard();
		this.gaveUp++;
		this.drop?.();
	}

	/* Whether it has all of HEADS (channel: seq) that it watches. */
	hasAll(heads) {
		return [...this.places].every(([channel, seq]) => seq >= (heads.get(channel) ?? 0));
	}

	#leave(channel) {
		if (!this.places.delete(channel))
			return;
		this.onLeave?.(channel);
	}

	#wrong(kind, channel, more) {
		this.wrongs.push({ kind, channel, ...more, transport: this.transport.name, name: this.name, connection: this.connects, at: new Date().toISOString() });
	}

	#cut() {
		this.cuts += this.upSince > 0 ? 1 : 0;
		this.upSince = 0;
		this.onFollow = this.onLeave = undefined;
	}

	async #run() {
		for (let failures = 0; !this.isStopped; failures++) {
			try {
				this.heard();
				await this.transport.live(this);
			} catch (error) {
				this.failed(error.message);
			}
			failures = this.upSince > 0 ? 0 : failures;
			this.#cut();
			const longest = Math.min(BACK_OFF_MAX_MS, BACK_OFF_MS * 2 ** Math.min(failures, 6));
			if (!this.isStopped)
				await pause(this.chance.between(longest / 2, longest));
		}
	}
}

/* COUNT names of transports in proportion to their shares, mixed so that any few of them in a row differ. */
export function deal(count, rows) {
	const given = new Map(rows.map((row) => [row, 0]));
	return Array.from({ length: count }, () => {
		const [next] = [...given].sort(([a, hasA], [b, hasB]) => (hasA + 1) / a.share - (hasB + 1) / b.share)[0];
		given.set(next, given.get(next) + 1);
		return next;
	});
}

export class Fleet {
	/*
	 * COUNT clients: each third one is a kitchen's screen (restaurant:ID), the others are devices of customers (user:ID, and the orders that they
	 * place). BADORIGIN is a bad line, for each third of either kind. ROWS are the transports dealt out.
	 */
	constructor({ count, kitchens, people, origin, badOrigin, chance, rows = transports }) {
		this.delays = new Delays();
		this.watches = deal(count, rows).map((transport, index) => {
			const isStaff = index % 3 === 0;
			const turn = Math.floor(index / 3);
			const kitchen = kitchens[turn % kitchens.length];
			const person = isStaff ? kitchen.staff : people[index % people.length];
			const isOnBadLine = turn % 3 === 2;
			return new Watch({
				name: `${transport.name} ${index}`, person, transport, isOnBadLine, delays: this.delays,
				channels: [isStaff ? `restaurant:${kitchen.id}` : `user:${person.user.id}`],
				origin: isOnBadLine ? badOrigin : origin, chance: chance.of(index),
			});
		});
		this.devices = byPerson(this.watches);
	}

	/* All begin, spread over MS; resolves when each has been connected once. */
	async start(ms) {
		this.watchdog = setInterval(() => this.watches.forEach((watch) => watch.isSilent && watch.giveUp()), WATCHDOG_MS);
		for (const watch of this.watches) {
			watch.start();
			await pause(ms / this.watches.length);
		}
		await until(() => this.watches.every(({ connects }) => connects > 0), {
			within: 30_000, what: `every client to be connected (${this.watches.filter(({ connects }) => connects === 0).map(({ name, lastFailure }) => `${name}: ${lastFailure}`).slice(0, 5)})`,
		});
	}

	/* PERSON's devices learn of an order. */
	follow(person, orderId) {
		this.devices.get(person.user.id)?.forEach((watch) => watch.follow(`order:${orderId}`));
	}

	add(watch) {
		this.watches.push(watch);
		this.devices.set(watch.person.user.id, [...this.devices.get(watch.person.user.id) ?? [], watch]);
	}

	/* Resolves with the clients that have not caught up with HEADS within MS. */
	async late(heads, ms) {
		const late = () => this.watches.filter((watch) => !watch.hasAll(heads));
		await until(() => late().length === 0, { within: ms }).catch(() => {});
		return late();
	}

	async stop() {
		clearInterval(this.watchdog);
		await Promise.all(this.watches.map((watch) => watch.stop()));
	}

	sum(figure) {
		return this.watches.reduce((sum, watch) => sum + watch[figure], 0);
	}

	get upCount() {
		return this.watches.filter(({ upSince }) => upSince > 0).length;
	}
}

function byPerson(watches) {
	const groups = new Map();
	for (const watch of watches)
		groups.set(watch.person.user.id, [...groups.get(watch.person.user.id) ?? [], watch]);
	return groups;
}
