/*
 * The one connection of the tab that leads: keeps it up, knows where it is on every
 * channel, and resumes there after whatever happened, over whichever transport.
 *
 *	line.want(Map(channel → position))    what to follow from where; null: from now on
 *	line.use('long-poll')                 go on over another transport
 *	line.retryNow()                       the network may be back
 *
 * Handlers: onEvent(event, epoch), onOpen(), onReset(served: Map(channel → position)),
 * onDenied(channel), onEnd(channels), onState(state), onSignedOut().
 * An event reaches onEvent once and in order; a gap is never passed on.
 */
import { backoffMs } from "./backoff.js";
import { formatCursor } from "./cursor.js";

const HEARTBEAT_S = 15;
const GATHER_MS = 20;
const BEHIND_MS = 2000;
/* A planned change of connection that takes no longer than this isn't shown as an outage. */
const OPENING_MS = 1000;

/** What to tell the person, from what is known; pure. */
export const connectionState = ({ isWanted, isOpen, hasOpened, isOnline, behindBy }) => {
	if (!isWanted)
		return "idle";
	if (isOpen)
		return behindBy > 0 ? "behind" : "live";
	if (!isOnline)
		return "offline";
	return hasOpened ? "reconnecting" : "connecting";
};

/** How many events the log has of these channels that have not arrived; pure. */
export const countBehind = (positions, heads) =>
	[...positions].reduce((sum, [channel, position]) =>
		sum + Math.max(0, (heads[channel] ?? 0) - (position?.seq ?? Infinity)), 0);

export class Line {
	#positions = new Map();
	#heads = {};
	#epoch = null;
	#asked = new Set();
	#connection = null;
	#missing = new Set();
	#isOpen = false;
	#hasOpened = false;
	#mustReset = false;
	#attempt = 0;
	#timers = {};

	constructor({ role, transport, transports, handlers, isOnline = () => navigator.onLine }) {
		Object.assign(this, { role, transport, transports, handlers, isOnline });
	}

	/** Where the line is on the channels of the open connection: Map(channel → position). */
	get served() {
		return new Map(this.#isOpen ? [...this.#positions].filter(([channel]) => this.#asked.has(channel)) : []);
	}

	get epoch() {
		return this.#epoch;
	}

	get state() {
		const behindBy = countBehind(this.#positions, this.#heads);
		const connection = connectionState({
			isWanted: this.#positions.size > 0,
			isOpen: this.#isOpen,
			hasOpened: this.#hasOpened,
			isOnline: this.isOnline(),
			behindBy,
		});
		return { connection, behindBy, transport: this.transport, attempt: this.#attempt, missing: [...this.#missing] };
	}

	want(wanted) {
		const isNews = [...wanted].filter(([channel, position]) => this.#take(channel, position)).length > 0;

		for (const channel of this.#positions.keys())
			if (!wanted.has(channel))
				this.#drop(channel);
		if (this.#positions.size === 0)
			this.#disconnect();
		else if (isNews)
			this.#connectIn(GATHER_MS);
		this.#tell();
	}

	use(transport) {
		if (transport === this.transport || !this.transports[transport])
			return;
		this.transport = transport;
		this.retryNow();
		this.#tell();
	}

	retryNow() {
		this.#attempt = 0;
		if (this.#positions.size > 0)
			this.#connectIn(0);
	}

	close() {
		this.#positions.clear();
		this.#disconnect();
	}

	/* True where the connection has to be made anew for this channel's sake. */
	#take(channel, position) {
		const current = this.#positions.get(channel);
		const isRewind = current && position && (position.epoch !== current.epoch || position.seq < current.seq);

		if (this.#positions.has(channel) && !isRewind)
			return false;
		this.#positions.set(channel, position && { ...position });
		return true;
	}

	/* Nobody listens any more; the connection is trimmed when it is next made. */
	#drop(channel) {
		this.#positions.delete(channel);
		delete this.#heads[channel];
	}

	#connectIn(ms) {
		this.#setTimer("connect", ms, () => this.#connect());
	}

	#connect() {
		this.#disconnect();
		const channels = [...this.#positions.keys()];
		const request = {
			role: this.role,
			channels,
			after: formatCursor(this.#positions, this.#epoch),
			heartbeatS: HEARTBEAT_S,
		};
		const token = {};
		const mine = (act) => (argument) => this.token === token && act(argument);

		this.token = token;
		this.#asked = new Set(channels);
		this.#watchSilence();
		this.#setTimer("opening", OPENING_MS, () => this.#tell());
		this.#connection = this.transports[this.transport].open(request, {
			frame: mine((frame) => this.#receive(frame)),
			failed: mine((error) => this.#fail(error)),
		});
	}

	#disconnect() {
		this.token = null;
		this.#connection?.close();
		this.#connection = null;
		this.#isOpen = false;
		Object.values(this.#timers).forEach(clearTimeout);
		this.#timers = {};
	}

	#receive(frame) {
		const handle = {
			"stream.open": () => this.#opened(frame),
			"stream.heartbeat": () => this.#heartbeat(frame),
			"stream.denied": () => this.#denied(frame.channel),
			"stream.end": () => this.#ended(),
		}[frame.type];

		this.#watchSilence();
		if (handle)
			handle();
		else if (frame.channel)
			this.#event(frame);
	}

	#opened({ epoch, mode, heads = {}, denied = [] }) {
		const isReset = mode === "reset" || this.#mustReset;

		this.#isOpen = this.#hasOpened = true;
		this.#attempt = 0;
		this.#mustReset = false;
		this.#epoch = epoch;
		this.#heads = { ...heads };
		denied.forEach((channel) => this.#denied(channel));
		for (const [channel, position] of this.#positions)
			if (this.#asked.has(channel) && (isReset || position === null))
				this.#positions.set(channel, { epoch, seq: heads[channel] ?? 0 });
		if (isReset)
			this.handlers.onReset(this.served);
		else
			this.handlers.onOpen();
		this.#tell();
	}

	#heartbeat({ heads = {} }) {
		Object.assign(this.#heads, heads);
		this.#tell();
	}

	/* What came already is dropped; what skips is a broken promise: ask for it again. */
	#event(event) {
		const position = this.#positions.get(event.channel);
		if (!position || (event.seq !== undefined && event.seq <= position.seq))
			return;
		if (event.seq > position.seq + 1) {
			this.#fail(null);
			return;
		}
		const wasBehind = this.state.behindBy > 0;
		if (event.seq !== undefined)
			position.seq = event.seq;
		this.handlers.onEvent(event, this.#epoch);
		if (wasBehind)
			this.#tell();
	}

	#denied(channel) {
		this.#drop(channel);
		this.#asked.delete(channel);
		this.handlers.onDenied(channel);
		this.#tell();
	}

	#ended() {
		const finished = [...this.#asked];
		finished.forEach((channel) => this.#drop(channel));
		this.#disconnect();
		this.handlers.onEnd(finished);
		if (this.#positions.size > 0)
			this.#connectIn(0);
		this.#tell();
	}

	#fail(error) {
		this.#disconnect();
		if (error?.status === 401) {
			this.handlers.onSignedOut();
			return;
		}
		if (error?.status === 403)
			[...this.#asked].forEach((channel) => this.#denied(channel));
		if (error?.status === 400 || error?.status === 422)
			this.#startAnew();
		if (error?.code === "not_installed") {
			this.#doWithout();
			return;
		}
		this.#attempt++;
		if (this.#positions.size > 0)
			this.#connectIn(backoffMs(this.#attempt, error ?? {}));
		this.#tell();
	}

	/* The server can't read our cursor: go on from now, and have everything loaded again. */
	#startAnew() {
		this.#mustReset = true;
		for (const channel of this.#positions.keys())
			this.#positions.set(channel, null);
	}

	/* This site lacks what the transport needs: go on over one that needs nothing. */
	#doWithout() {
		this.#missing.add(this.transport);
		this.use(Object.keys(this.transports).find((name) => !this.#missing.has(name)));
	}

	#watchSilence() {
		const { heartbeatS = HEARTBEAT_S } = this.transports[this.transport];
		this.#setTimer("silence", 2 * heartbeatS * 1000, () => this.#fail(null));
	}

	/* Told to be behind and still behind: what is missing won't come by itself. */
	#watchBehind(behindBy) {
		if (behindBy === 0 || !this.#isOpen)
			this.#clearTimer("behind");
		else if (!this.#timers.behind)
			this.#setTimer("behind", BEHIND_MS, () => this.#fail(null));
	}

	#tell() {
		const { state } = this;
		this.#watchBehind(state.behindBy);
		this.handlers.onState(state);
	}

	#setTimer(name, ms, act) {
		this.#clearTimer(name);
		this.#timers[name] = setTimeout(() => {
			delete this.#timers[name];
			act();
		}, ms);
	}

	#clearTimer(name) {
		clearTimeout(this.#timers[name]);
		delete this.#timers[name];
	}
}
