/*
 * One reader under observation: it follows channels over one transport and tells of each
 * frame how it came: live, replayed after an absence, doubled, or after a hole. And its
 * connection can be harmed on purpose, to watch it resume:
 *
 *	probe.cut()            hang up without a word; it comes back as after any loss
 *	probe.pause()          stay away until resume()
 *	probe.goOffline(10)    stay away for so many seconds
 *	probe.use('sse')       go on over another transport, from the cursor
 *
 * The pages' own line (stream-line.js) hides what a reader need not know; this one shows
 * it. Handlers: onRow(row) for each row of the log, onChange() when anything that can be
 * asked of it has changed, onSignedOut(). A row is one of
 *
 *	{kind: 'frame', at, transport, arrived, frame, bytes}
 *	{kind: 'note', at, tone, text}
 *	{kind: 'message', at, transport, direction: 'sent'|'answered', body, bytes}
 */
import { backoffMs } from "./backoff.js";
import { formatCursor, parseCursor } from "./cursor.js";
import { countBehind } from "./stream-line.js";

/* Twice what the slowest heart takes that has a rhythm of its own. */
const LEAST_SILENCE_MS = 50_000;
const SEEN_KEPT = 2000;

const bytesOf = (value) => new TextEncoder().encode(JSON.stringify(value)).length;

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** 'order:…4f2a1c': an id's end tells it from others at a glance. */
export const shortChannel = (channel) => channel.replace(/[0-9a-f]{8}-[0-9a-f-]{20,}([0-9a-f]{6})$/, "…$1");

/* The same again would be answered the same. */
const isHopeless = ({ status }) => status >= 400 && status < 500 && status !== 408 && status !== 429;

const inWords = ({ message, errors = [] }) => [message, ...errors.map(({ pointer, parameter, detail }) => `${pointer ?? parameter} ${detail}`)].join(" ");

const emptyCounters = { frames: 0, bytes: 0, live: 0, replayed: 0, doubled: 0, skipped: 0, connections: 0 };

/** 'live', 'replayed', 'doubled' or 'skipped': an event's seq against the last one that was seen and the log's head at opening. */
export const howArrived = (seq, last, headAtOpening) => {
	if (seq === undefined || last === undefined)
		return seq <= headAtOpening ? "replayed" : "live";
	if (seq <= last)
		return "doubled";
	if (seq > last + 1)
		return "skipped";
	return seq <= headAtOpening ? "replayed" : "live";
};

export class Probe {
	#connection = null;
	#token = null;
	#channels;
	#positions = new Map();
	#heads = {};
	#headsAtOpening = {};
	#epoch = null;
	#attempt = 0;
	#timers = {};
	#awaySince = null;
	#replay = null;

	/** `after`: '' (from now), '0' (all that is kept) or a cursor. */
	constructor({ role, channels, transport, heartbeatS, after, transports, handlers, now = Date.now }) {
		Object.assign(this, { role, transport, heartbeatS, after, transports, handlers, now });
		this.#channels = [...channels];
		this.#positions = parseCursor(after);
		this.#epoch = [...this.#positions.values()][0]?.epoch ?? null;
		this.counters = { ...emptyCounters };
		this.status = "connecting";
		this.carrier = null;
		/* Map('CHANNEL SEQ' → ms, null for a replayed one): when the last events were here, to compare with other probes. */
		this.seen = new Map();
	}

	/** The cursor to go on from, or null where nothing is known yet. */
	get cursor() {
		return formatCursor(this.#places, this.#epoch);
	}

	get channels() {
		return [...this.#channels];
	}

	/** How many events the log has that are not here, as far as it has said. */
	get behindBy() {
		return countBehind(this.#places, this.#heads);
	}

	get canSend() {
		return Boolean(this.#connection?.send) && this.status === "live";
	}

	start() {
		this.#connect();
	}

	stop() {
		this.#leave("stopped");
	}

	cut() {
		this.#leave("reconnecting");
		this.#comeBack("Cut", "The connection is gone without a word.");
	}

	/** The browser has lost its network: what was open is not, whatever it looks like. */
	loseNetwork() {
		if (this.status !== "live")
			return;
		this.#leave("reconnecting");
		this.#comeBack("Lost", "This device has no network.");
	}

	/** The network may be back: there is no need to wait any longer. */
	hurry() {
		if (this.status === "reconnecting")
			this.#connect();
	}

	pause() {
		this.#leave("paused");
		this.#note("plain", `Paused${this.#afterWhat()}. What happens now is kept in the log.`);
	}

	resume() {
		this.#note("plain", "Resuming.");
		this.#connect();
	}

	goOffline(forS) {
		this.#leave("offline");
		this.#note("warn", `Offline for ${forS} s${this.#afterWhat()}. What happens now is kept in the log.`);
		this.#setTimer("connect", forS * 1000, () => this.#connect());
	}

	use(transport) {
		if (transport === this.transport)
			return;
		const isAway = ["paused", "offline"].includes(this.status);
		this.transport = transport;
		this.#note("plain", `On over ${this.transports[transport].label}${this.#afterWhat()}.`);
		if (isAway)
			this.handlers.onChange();
		else
			this.#connect();
	}

	/** Sends {channel, type, data} over the socket; both ways are rows of the log. */
	async send(message) {
		this.#messageRow("sent", message);
		const body = await this.#connection.send(message).catch((error) => ({ error: error.code, detail: error.message }));
		this.#messageRow("answered", body ?? {});
		return body;
	}

	/* Where it is on each channel, those too that one name stands for (`announcements`): they show in the heads. */
	get #places() {
		const nowhere = this.after === "0" && this.#epoch !== null ? { epoch: this.#epoch, seq: 0 } : null;
		const channels = new Set([...this.#channels, ...Object.keys(this.#heads)]);
		return new Map([...channels].map((channel) => [channel, this.#positions.get(channel) ?? nowhere]));
	}

	/* ---- the connection ---- */

	#connect() {
		this.#leave(this.counters.connections === 0 ? "connecting" : "reconnecting");
		const token = {};
		const mine = (act) => (argument) => this.#token === token && act(argument);

		this.#token = token;
		this.counters.connections++;
		this.#watchSilence();
		this.#connection = this.transports[this.transport].open({
			role: this.role,
			channels: this.channels,
			after: this.cursor ?? (this.after || null),
			heartbeatS: this.heartbeatS,
		}, {
			frame: mine((frame) => this.#receive(frame)),
			failed: mine((error) => this.#fail(error)),
			carried: mine((name) => this.#carried(name)),
		});
		this.handlers.onChange();
	}

	/* Hangs up; `status` is what the probe is from now on. */
	#leave(status) {
		if (this.#connection && this.status === "live")
			this.#awaySince = this.now();
		this.#token = null;
		this.#connection?.close();
		this.#connection = null;
		this.carrier = null;
		Object.values(this.#timers).forEach(clearTimeout);
		this.#timers = {};
		this.status = status;
		this.handlers.onChange();
	}

	#fail(error) {
		if (error && isHopeless(error)) {
			this.#leave("refused");
			this.#note("bad", `Refused: ${inWords(error)}`);
			if (error.status === 401)
				this.handlers.onSignedOut();
			return;
		}
		this.#leave("reconnecting");
		this.#comeBack("Lost", error?.message ?? "The connection broke.", error?.retryAfterS);
	}

	#comeBack(what, why, retryAfterS) {
		const ms = backoffMs(++this.#attempt, { retryAfterS });
		this.#note("warn", `${what}${this.#afterWhat()}. ${why} Back in ${seconds(ms)}.`);
		this.#setTimer("connect", ms, () => this.#connect());
	}

	#watchSilence() {
		const ms = Math.max(LEAST_SILENCE_MS, 2 * this.heartbeatS * 1000);
		this.#setTimer("silence", ms, () => this.#fail({ message: "Nothing was heard for too long." }));
	}

	/* ---- what comes ---- */

	#receive(frame) {
		const handle = {
			"stream.open": () => this.#opened(frame),
			"stream.heartbeat": () => Object.assign(this.#heads, frame.heads),
			"stream.denied": () => this.#denied(frame.channel),
			"stream.end": () => this.#ended(),
		}[frame.type];
		const arrived = handle ? "control" : this.#arrival(frame);
		const bytes = bytesOf(frame);

		this.#watchSilence();
		this.counters.frames++;
		this.counters.bytes += bytes;
		this.handlers.onRow({ kind: "frame", at: this.now(), transport: this.transport, arrived, frame, bytes });
		handle?.();
		if (!handle)
			this.#take(frame, arrived);
		this.handlers.onChange();
	}

	#arrival({ channel, seq }) {
		return howArrived(seq, this.#positions.get(channel)?.seq, this.#headsAtOpening[channel]);
	}

	#take({ channel, seq }, arrived) {
		if (arrived === "skipped")
			this.counters.skipped += seq - this.#positions.get(channel).seq - 1;
		else
			this.counters[arrived]++;
		if (seq === undefined || arrived === "doubled")
			return;
		this.#positions.set(channel, { epoch: this.#epoch, seq });
		this.#remember(`${channel} ${seq}`, arrived === "live" ? this.now() : null);
		if (arrived === "replayed" && this.#replay)
			this.#replayed();
	}

	#remember(key, at) {
		this.seen.set(key, at);
		if (this.seen.size > SEEN_KEPT)
			this.seen.delete(this.seen.keys().next().value);
	}

	#opened({ epoch, mode, heads = {}, denied = [] }) {
		const isFromStart = this.after === "0";

		this.status = "live";
		this.#attempt = 0;
		this.#epoch = epoch;
		this.#heads = { ...heads };
		this.#headsAtOpening = { ...heads };
		for (const [channel, seq] of Object.entries(heads))
			if (mode === "reset" || (!isFromStart && !this.#positions.has(channel)))
				this.#positions.set(channel, { epoch, seq });
		denied.forEach((channel) => this.#denied(channel));
		this.#noteOpening(mode);
		this.#replay = { awayMs: this.#awayMs(), since: this.now(), count: 0 };
		this.#awaySince = null;
	}

	#awayMs() {
		return this.#awaySince === null ? null : this.now() - this.#awaySince;
	}

	#noteOpening(mode) {
		const { label } = this.transports[this.transport];
		const words = {
			live: `Open over ${label}, from now on.`,
			resumed: `Open over ${label}, resumed${this.#afterWhat()}; ${this.behindBy === 0 ? "nothing was missed meanwhile" : `${count(this.behindBy, "event")} to replay`}.`,
			reset: `Open over ${label}. The cursor leads nowhere any more: a page would load its state anew here.`,
		};
		this.#note(mode === "reset" ? "bad" : "good", words[mode] ?? words.live);
	}

	/* One line at the end of a replay: what the absence was, and that nothing is missing. */
	#replayed() {
		this.#replay.count++;
		if (this.behindBy > 0)
			return;
		const { awayMs, since, count: replayed } = this.#replay;
		const away = awayMs === null ? "" : ` after ${seconds(awayMs)} away`;
		this.#note("good", `Caught up${away}: ${count(replayed, "event")} replayed in ${this.now() - since} ms.`);
		this.#replay = null;
	}

	#denied(channel) {
		this.#channels = this.#channels.filter((each) => each !== channel);
		delete this.#heads[channel];
		this.#note("bad", `Denied: ${channel}`);
		if (this.#channels.length === 0)
			this.#leave("refused");
	}

	#ended() {
		this.#leave("ended");
		this.#note("good", "The end: everything here is final, and all of it has been sent.");
	}

	#carried(name) {
		this.carrier = name;
		this.#note("plain", `Now carried by ${name}.`);
		this.handlers.onChange();
	}

	/* ---- rows ---- */

	#afterWhat() {
		const places = [...parseCursor(this.cursor)].map(([channel, { seq }]) => `${shortChannel(channel)} ${seq}`);
		return places.length > 0 ? ` after ${places.join(", ")}` : "";
	}

	#note(tone, text) {
		this.handlers.onRow({ kind: "note", at: this.now(), tone, text });
		this.handlers.onChange();
	}

	#messageRow(direction, body) {
		this.handlers.onRow({ kind: "message", at: this.now(), transport: this.transport, direction, body, bytes: bytesOf(body) });
	}

	#setTimer(name, ms, act) {
		clearTimeout(this.#timers[name]);
		this.#timers[name] = setTimeout(act, ms);
	}
}
