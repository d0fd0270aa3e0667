/*
 * The tabs of one signed-in session in this browser: they elect one that leads (a Web
 * Lock), and talk over a BroadcastChannel. Both carry the session's name, so two roles
 * side by side, or two people one after the other, never mix.
 *
 * Where there are no Web Locks (plain http from another machine) every tab leads
 * itself: more connections, the same behaviour.
 */

const canElect = () => Boolean(navigator.locks && globalThis.BroadcastChannel);

const never = new Promise(() => {});

export class Tabs {
	#channel = null;
	#waiting = null;
	#release = null;
	#isClosed = false;

	/** Handlers: onMessage(message), onLead(), onFollow() (the lead was taken away). */
	constructor(session, handlers) {
		this.id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
		this.leaderLock = `foodfast:leader:${session}`;
		this.tabLock = `foodfast:tab:${session}:`;
		this.handlers = handlers;
		this.isLeader = false;
		if (canElect())
			this.#join(`foodfast:stream:${session}`);
		else
			queueMicrotask(() => this.#lead());
	}

	post(message) {
		this.#channel?.postMessage({ ...message, tab: this.id });
	}

	/** The ids of the tabs that are there; a crashed one's lock is gone, so it is missing. */
	async alive() {
		if (!canElect())
			return new Set([this.id]);
		const { held } = await navigator.locks.query();
		const names = held.map(({ name }) => name).filter((name) => name.startsWith(this.tabLock));
		return new Set(names.map((name) => name.slice(this.tabLock.length)));
	}

	/** Takes the lead from a tab that has fallen silent. */
	steal() {
		this.#waiting?.abort();
		this.#request({ steal: true });
	}

	close() {
		this.#isClosed = true;
		this.#waiting?.abort();
		this.#release?.();
		this.#channel?.close();
		this.#channel = null;
	}

	#join(name) {
		this.#channel = new BroadcastChannel(name);
		this.#channel.onmessage = ({ data }) => this.handlers.onMessage(data);
		navigator.locks.request(this.tabLock + this.id, () => never);
		this.#queue();
	}

	#queue() {
		this.#waiting = new AbortController();
		this.#request({ signal: this.#waiting.signal });
	}

	#request(options) {
		navigator.locks.request(this.leaderLock, options, () => this.#lead()).catch(() => this.#lost());
	}

	/* Holds the lock for as long as the promise is open. */
	#lead() {
		if (this.#isClosed)
			return undefined;
		this.isLeader = true;
		this.handlers.onLead();
		return new Promise((resolve) => {
			this.#release = resolve;
		});
	}

	/* Stolen, or the wait was given up in order to steal. */
	#lost() {
		if (!this.isLeader || this.#isClosed)
			return;
		this.isLeader = false;
		this.handlers.onFollow();
		this.#queue();
	}
}
