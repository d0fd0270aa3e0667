/*
 * WebSocket, subprotocol foodfast.v1: JSON texts both ways. The page subscribes once the
 * socket is open; the reply is what other transports call stream.open, and the events and
 * frames after it are unwrapped. Each request has an id, which its reply brings back.
 *
 * The cookie signs in at the handshake. A browser does not tell why one was refused: a
 * poll of the same channels does.
 */
import { ApiError, withQuery } from "./api.js";
import { askWhy } from "./transport-poll.js";

const SUBPROTOCOL = "foodfast.v1";
const PATIENCE_S = 5;

const addressOf = ({ role }) => location.origin.replace(/^http/, "ws") + withQuery("/ws", { as: role });

/* 'come back in 1200 ms': each client is given a time of its own. */
const comeBackS = (reason) => Number(/(\d+) ms/.exec(reason)?.[1] ?? 0) / 1000;

/* What a close says, by its code. All others say: come back. */
const closes = {
	4401: () => new ApiError({ status: 401, code: "session_ended", detail: "The session has ended." }),
	4403: () => new ApiError({ status: 403, code: "forbidden", detail: "This is somebody else’s socket." }),
	4429: () => new ApiError({ status: 429, code: "rate_limited", detail: "Too much at once." }, PATIENCE_S),
	1012: (reason) => new ApiError({ status: 503, code: "restarting", detail: "The server restarts." }, comeBackS(reason)),
};

const NOT_SIGNED_IN = 4408;

const BROKEN = { code: "network", detail: "The socket closed before the answer came." };

class WebSocketConnection {
	#request;
	#handlers;
	#socket;
	#abort = new AbortController();
	#waiting = new Map();
	#lastId = 0;
	#wasOpen = false;

	constructor(request, handlers) {
		this.#request = request;
		this.#handlers = handlers;
		this.#socket = new WebSocket(addressOf(request), SUBPROTOCOL);
		this.#socket.onopen = () => this.#subscribe();
		this.#socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
		this.#socket.onclose = ({ code, reason }) => this.#closed(code, reason);
	}

	/** Sends {channel, type, client_id?, data}; resolves to the reply's data, throws ApiError. */
	send(message) {
		return this.#ask({ op: "send", ...message }).then(({ data }) => data);
	}

	/* A socket that is closed while it connects complains on the console: let it open first. */
	close() {
		const socket = this.#socket;

		this.#abort.abort();
		this.#forsake();
		socket.onmessage = socket.onclose = null;
		socket.onopen = () => socket.close(1000);
		if (socket.readyState !== WebSocket.CONNECTING)
			socket.close(1000);
	}

	#subscribe() {
		const { channels, after } = this.#request;

		this.#wasOpen = true;
		this.#ask({ op: "subscribe", channels, ...(after && { after }) }).then(
			({ epoch, mode, heads, denied }) => this.#handlers.frame({ type: "stream.open", epoch, mode, heads, denied }),
			(error) => this.#abort.signal.aborted || error.code === BROKEN.code || this.#handlers.failed(error),
		);
	}

	#ask(message) {
		const id = ++this.#lastId;
		return new Promise((resolve, reject) => {
			if (this.#socket.readyState !== WebSocket.OPEN) {
				reject(new ApiError(BROKEN));
				return;
			}
			this.#waiting.set(id, { resolve, reject });
			this.#socket.send(JSON.stringify({ ...message, id }));
		});
	}

	/* What the server says, a row an `op`. */
	#ops = {
		event: ({ event }) => this.#handlers.frame(event),
		stream: ({ op, ...frame }) => this.#handlers.frame(frame),
		reply: ({ id, ok, error, ...answer }) => {
			const question = this.#waiting.get(id);
			this.#waiting.delete(id);
			if (ok)
				question?.resolve(answer);
			else
				question?.reject(new ApiError(error));
		},
	};

	#hear(message) {
		this.#ops[message.op]?.(message);
	}

	#closed(code, reason) {
		this.#forsake();
		if (!this.#wasOpen || code === NOT_SIGNED_IN)
			askWhy(this.#request, this.#handlers, this.#abort.signal);
		else
			this.#handlers.failed(closes[code]?.(reason) ?? null);
	}

	#forsake() {
		for (const { reject } of this.#waiting.values())
			reject(new ApiError(BROKEN));
		this.#waiting.clear();
	}
}

export const openWebSocket = (request, handlers) => new WebSocketConnection(request, handlers);
