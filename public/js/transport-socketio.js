/*
 * Socket.IO, by its stock client, which is not ours: `make` gets it from npm, and the page
 * loads it when this transport is chosen. It begins with polling and moves up to a
 * WebSocket when one can be had. The line reconnects, so the client does not.
 */
import { ApiError } from "./api.js";
import { askWhy } from "./transport-poll.js";

const LIBRARY = "/vendor/socket.io.esm.min.js";
const ANSWER_MS = 15_000;

const NOT_INSTALLED = { code: "not_installed", detail: "Socket.IO’s client is not installed on this site." };
const UNREACHABLE = { code: "network", detail: "Socket.IO’s client can’t be loaded." };
const BROKEN = { code: "network", detail: "The socket closed before the answer came." };

let loading = null;
let loads = 0;

/* A module that failed to load fails for ever under the same address, whatever the reason was. */
const loadLibrary = async () => {
	const { status } = await fetch(LIBRARY, { method: "HEAD" }).catch(() => ({ status: 0 }));
	if (status === 404)
		throw new ApiError({ ...NOT_INSTALLED, status });
	const { io } = await import(loads++ === 0 ? LIBRARY : `${LIBRARY}?${loads}`).catch(() => ({}));
	if (!io)
		throw new ApiError(UNREACHABLE);
	return io;
};

const library = () => {
	loading ??= loadLibrary().catch((error) => {
		loading = null;
		throw error;
	});
	return loading;
};

const optionsOf = ({ role }) => ({
	path: "/socket.io/",
	query: { as: role },
	withCredentials: true,
	transports: ["polling", "websocket"],
	reconnection: false,
	forceNew: true,
});

class SocketIoConnection {
	#request;
	#handlers;
	#abort = new AbortController();
	#socket = null;

	constructor(request, handlers) {
		this.#request = request;
		this.#handlers = handlers;
		this.#connect().catch((error) => this.#fail(error));
	}

	/** Sends {channel, type, client_id?, data}; resolves to the answer's data, throws ApiError. */
	send(message) {
		return new Promise((resolve, reject) => this.#ask("send", message, ({ data }) => resolve(data), reject));
	}

	close() {
		this.#abort.abort();
		this.#socket?.disconnect();
	}

	async #connect() {
		const io = await library();
		if (this.#abort.signal.aborted)
			return;
		const socket = this.#socket = io(optionsOf(this.#request));
		socket.on("connect", () => this.#subscribe());
		socket.on("event", (event) => this.#handlers.frame(event));
		socket.on("stream", (frame) => this.#handlers.frame(frame));
		socket.on("connect_error", ({ data }) => (data?.status ? this.#fail(new ApiError(data)) : this.#askWhy()));
		socket.on("disconnect", (reason) => (reason === "io server disconnect" ? this.#askWhy() : this.#fail(null)));
		socket.io.engine.on("upgrade", ({ name }) => this.#handlers.carried?.(name));
	}

	#subscribe() {
		const { channels, after } = this.#request;
		const opened = ({ ok, ...frame }) => this.#handlers.frame({ type: "stream.open", ...frame });
		this.#ask("subscribe", { channels, ...(after && { after }) }, opened, (error) => this.#fail(error));
	}

	/* By callbacks: the events behind an answer may come in the same turn, and must find it taken. */
	#ask(name, message, taken, refused) {
		if (!this.#socket?.connected) {
			refused(new ApiError(BROKEN));
			return;
		}
		this.#socket.timeout(ANSWER_MS).emit(name, message, (silence, answer) => {
			if (!silence && answer.ok)
				taken(answer);
			else
				refused(new ApiError(silence ? BROKEN : answer.error));
		});
	}

	/* The server ends a connection without a word; its reason shows in a poll. */
	#askWhy() {
		if (!this.#abort.signal.aborted)
			askWhy(this.#request, this.#handlers, this.#abort.signal);
	}

	#fail(error) {
		if (!this.#abort.signal.aborted)
			this.#handlers.failed(error);
	}
}

export const openSocketIo = (request, handlers) => new SocketIoConnection(request, handlers);
