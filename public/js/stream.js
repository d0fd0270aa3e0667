/*
 * Live events for a page: one stream a signed-in session, whatever its number of tabs.
 *
 *	const stream = new Stream({ session: session.id, role: 'customer', transport, onState, onSignedOut });
 *	stream.watch('order:ID', cursorOfTheGet, { onEvent, onStale, onDenied, onEnd });
 *
 * The tab that leads (stream-tabs.js) holds the connection (stream-line.js) and passes
 * on what comes; every tab knows by itself where it is on each channel it watches. So a
 * tab that takes the lead resumes where the others are, and what comes twice is dropped.
 *
 * `watch` starts after the Stream-Cursor of the GET that loaded the state: nothing is
 * between. onStale() means that what was loaded may lack something (the server said
 * `reset`, or there was no cursor to start from): load it anew.
 */
import { mergeWants, parseCursor } from "./cursor.js";
import { Line } from "./stream-line.js";
import { Tabs } from "./stream-tabs.js";
import { transports } from "./stream-transports.js";

/* The leader speaks at every heartbeat, each 25 s at the latest: longer silence is no rest. */
const SILENCE_MS = 35_000;
const ANSWER_MS = 3000;

export class Stream {
	#watchers = new Map();
	#wants = new Map();
	#line = null;
	#silence = null;
	#state = { connection: "connecting", behindBy: 0, attempt: 0, missing: [] };

	constructor({ session, role, transport, onState = () => {}, onSignedOut = () => {} }) {
		Object.assign(this, { role, transport, onState, onSignedOut });
		this.tabs = new Tabs(session, {
			onMessage: (message) => this.#hear(message),
			onLead: () => this.#lead(),
			onFollow: () => this.#follow(),
		});
		this.#listenToBrowser();
		this.#expectLeader();
	}

	/** Follows `channel` after the cursor `after` (text, or null: from now). */
	watch(channel, after, handlers) {
		const position = parseCursor(after).get(channel) ?? this.#watchers.get(channel)?.position ?? null;
		this.#watchers.set(channel, { position, handlers });
		this.#announceWants();
	}

	unwatch(channel) {
		if (this.#watchers.delete(channel))
			this.#announceWants();
	}

	/** Goes on over another transport, in all tabs, from where they are. */
	use(transport) {
		this.#tellLeader({ kind: "use", transport });
	}

	close() {
		this.tabs.post({ kind: "gone" });
		this.#line?.close();
		this.#line = null;
		clearTimeout(this.#silence);
		this.tabs.close();
		this.#ears.abort();
	}

	#ears = new AbortController();

	#listenToBrowser() {
		const { signal } = this.#ears;
		const wake = () => this.#tellLeader({ kind: "wake" });

		addEventListener("online", wake, { signal });
		addEventListener("offline", wake, { signal });
		addEventListener("pagehide", () => this.close(), { signal });
		document.addEventListener("visibilitychange", () => {
			if (document.visibilityState === "visible")
				this.#tellLeader({ kind: "poke" });
		}, { signal });
	}

	/* What tabs say to each other, a row each; the leader answers the first group. */
	#messages = {
		want: ({ tab, channels }) => this.#wanted(tab, channels),
		gone: ({ tab }) => this.#left(tab),
		use: ({ transport }) => this.#line?.use(transport),
		wake: () => this.#line?.retryNow(),
		poke: () => this.#line && this.#publishState(),

		hello: () => this.#announceWants(),
		state: ({ state, served }) => this.#stated(state, served),
		event: ({ event, epoch }) => this.#deliver(event, epoch),
		reset: ({ served }) => this.#reset(served),
		denied: ({ channel }) => this.#finish(channel, "onDenied"),
		ended: ({ channels }) => channels.forEach((channel) => this.#finish(channel, "onEnd")),
		signedOut: () => this.onSignedOut(),
	};

	#hear(message) {
		this.#messages[message.kind]?.(message);
	}

	/* To every tab, this one included. */
	#tellAll(message) {
		this.tabs.post(message);
		this.#hear(message);
	}

	#tellLeader(message) {
		if (this.#line)
			this.#hear({ ...message, tab: this.tabs.id });
		else
			this.tabs.post(message);
	}

	/* ---- every tab ---- */

	#announceWants() {
		const channels = [...this.#watchers].map(([channel, { position }]) => [channel, position]);
		this.#tellLeader({ kind: "want", channels });
	}

	#deliver(event, epoch) {
		const watcher = this.#watchers.get(event.channel);
		const isOld = watcher?.position?.epoch === epoch && event.seq <= watcher.position.seq;

		if (!watcher || isOld)
			return;
		if (event.seq !== undefined)
			watcher.position = { epoch, seq: event.seq };
		watcher.handlers.onEvent?.(event);
	}

	/* A channel that had no place to start from has one now; what was loaded before may lack something. */
	#stated(state, served) {
		this.#expectLeader();
		this.#state = state;
		this.transport = state.transport;
		for (const [channel, watcher] of this.#watchers)
			if (watcher.position === null && served.has(channel))
				this.#place(channel, watcher, served);
		this.onState(state);
	}

	#reset(served) {
		for (const [channel, watcher] of this.#watchers)
			if (served.has(channel))
				this.#place(channel, watcher, served);
	}

	#place(channel, watcher, served) {
		watcher.position = { ...served.get(channel) };
		watcher.handlers.onStale?.();
	}

	#finish(channel, handler) {
		const watcher = this.#watchers.get(channel);
		this.#watchers.delete(channel);
		watcher?.handlers[handler]?.();
	}

	/* A leader that says nothing is asked; one that doesn't answer is replaced. */
	#expectLeader() {
		clearTimeout(this.#silence);
		this.#silence = setTimeout(() => this.#suspectLeader(), SILENCE_MS);
	}

	#suspectLeader() {
		if (this.#line)
			return;
		this.onState({ ...this.#state, connection: navigator.onLine ? "reconnecting" : "offline" });
		this.tabs.post({ kind: "poke" });
		this.#silence = setTimeout(() => this.tabs.steal(), ANSWER_MS);
	}

	/* ---- the tab that leads ---- */

	#lead() {
		this.#line = new Line({
			role: this.role,
			transport: this.transport,
			transports,
			handlers: {
				onEvent: (event, epoch) => this.#tellAll({ kind: "event", event, epoch }),
				onOpen: () => this.#prune(),
				onReset: (served) => this.#tellAll({ kind: "reset", served }),
				onDenied: (channel) => this.#over([channel], { kind: "denied", channel }),
				onEnd: (channels) => this.#over(channels, { kind: "ended", channels }),
				onState: () => this.#publishState(),
				onSignedOut: () => this.#tellAll({ kind: "signedOut" }),
			},
		});
		this.#announceWants();
		this.tabs.post({ kind: "hello" });
	}

	#follow() {
		this.#line?.close();
		this.#line = null;
		this.#wants.clear();
		this.#announceWants();
	}

	#publishState() {
		const { state, served } = this.#line;
		this.#tellAll({ kind: "state", state, served });
	}

	/* Nobody wants these any more, whatever he asked for before. */
	#over(channels, message) {
		for (const wanted of this.#wants.values())
			channels.forEach((channel) => wanted.delete(channel));
		this.#tellAll(message);
	}

	#wanted(tab, channels) {
		if (!this.#line)
			return;
		this.#wants.set(tab, new Map(channels));
		this.#applyWants();
	}

	#left(tab) {
		if (this.#line && this.#wants.delete(tab))
			this.#applyWants();
	}

	#applyWants() {
		this.#line.want(mergeWants(this.#wants, this.#line.epoch));
	}

	/* A tab that crashed said no good-bye. */
	async #prune() {
		const alive = await this.tabs.alive();
		for (const tab of [...this.#wants.keys()])
			if (tab !== this.tabs.id && !alive.has(tab))
				this.#left(tab);
	}
}
