/* A WebSocket whose messages wait until they are asked for: none is missed, however many come at once. */
import { once } from "node:events";
import WebSocket from "ws";
import { within } from "../../e2e/lib/wait.mjs";

const PATIENCE_MS = 20_000;

export class Socket {
	#waiting = [];
	#messages = [];

	constructor(url) {
		this.raw = new WebSocket(url);
		this.closed = new Promise((resolve) => { this.raw.once("close", (code) => resolve(code)); });
		this.raw.on("error", (error) => { this.error = error; });
		this.raw.on("message", (data, isBinary) => {
			this.#messages.push(isBinary ? data : data.toString());
			this.#waiting.shift()?.();
		});
	}

	async opened() {
		await within(PATIENCE_MS, once(this.raw, "open"), "a WebSocket");
		return this;
	}

	send(data) {
		this.raw.send(data);
	}

	/* The next message: a string, or a Buffer when it was binary. */
	async next() {
		if (this.#messages.length === 0)
			await within(PATIENCE_MS, new Promise((resolve) => { this.#waiting.push(resolve); }), "a message");
		return this.#messages.shift();
	}

	/* The next one that is no ping; pings are answered. */
	async message() {
		for (;;) {
			const message = await this.next();
			if (message !== "2")
				return message;
			this.send("3");
		}
	}

	/* Resolves with its code when it is closed. */
	end() {
		return within(PATIENCE_MS, this.closed, "the WebSocket's end");
	}
}
