/*
 * A client who asks and is answered while he watches, over /ws (foodfast.v1) and over Socket.IO alike: a Reader (stream.mjs) that
 * also has `raw`, all that came as it came, and `ask`.
 */
import http from "node:http";
import https from "node:https";
import { io } from "socket.io-client";
import WebSocket from "ws";
import { Reader } from "./stream.mjs";
import { within } from "./wait.mjs";

const ANSWER_MS = 10_000;

class Dialogue extends Reader {
	raw = [];

	/* Resolves with {code, reason} when it is closed. */
	ended(milliseconds = ANSWER_MS) {
		return this.until(() => this.closing, { within: milliseconds, what: "the close" });
	}

	finish(code, reason) {
		this.closing = { code, reason };
		this.end();
	}
}

export class WebSocketDialogue extends Dialogue {
	#answers = new Map();
	#lastId = 0;

	/* Opens it for CLIENT; it ends with test T. OPTIONS of `ws` go on to it; headers replace the Authorization. Rejects with {status, text} when it is refused. */
	static async open(t, client, { path = "/ws", protocol = "foodfast.v1", ...options } = {}) {
		const url = new URL(path, client.origin);
		url.protocol = url.protocol.replace("http", "ws");
		const headers = client.token ? { Authorization: `Bearer ${client.token}` } : {};
		const socket = new WebSocket(url, protocol, { headers, localAddress: client.address, ca: client.instance.ca, handshakeTimeout: ANSWER_MS, ...options });
		const dialogue = new WebSocketDialogue(socket);
		t?.after(() => socket.terminate());
		await within(ANSWER_MS, new Promise((resolve, reject) => {
			socket.on("open", resolve);
			socket.on("unexpected-response", async (request, response) =>
				reject(Object.assign(new Error(`refused: ${response.statusCode}`), { status: response.statusCode, headers: response.headers, text: Buffer.concat(await response.toArray()).toString() })));
			socket.on("error", reject);
		}), "WebSocket");
		return dialogue;
	}

	constructor(socket) {
		super();
		this.socket = socket;
		socket.on("message", (text) => this.#take(JSON.parse(text)));
		socket.on("close", (code, reason) => this.finish(code, String(reason)));
		socket.on("error", () => {});
	}

	/* Sends a command; resolves with its reply. */
	ask(op, fields) {
		const id = ++this.#lastId;
		const answer = new Promise((resolve) => this.#answers.set(id, resolve));
		this.say(JSON.stringify({ op, id, ...fields }));
		return within(ANSWER_MS, answer, `reply to ${op}`);
	}

	/* Sends TEXT as it is. */
	say(text) {
		this.socket.send(text);
	}

	close() {
		this.socket.close();
	}

	#take(frame) {
		this.raw.push(frame);
		const { op, ...rest } = frame;
		if (op === "event")
			return this.take({ data: rest.event });
		if (op === "stream")
			return this.take({ data: rest });
		this.#answers.get(frame.id)?.(frame);
		this.#answers.delete(frame.id);
	}
}

export class SocketIoDialogue extends Dialogue {
	/* Opens it for CLIENT; it ends with test T. OPTIONS of the stock client go on to it. Rejects with the error of the connect. */
	static async open(t, client, options = {}) {
		const { Agent } = client.origin.protocol === "https:" ? https : http;
		const agent = new Agent({ localAddress: client.address, ca: client.instance.ca });
		const auth = client.token ? { token: client.token } : {};
		const socket = io(client.origin.origin, { forceNew: true, reconnection: false, agent, auth, ...options });
		const dialogue = new SocketIoDialogue(socket);
		t?.after(() => (socket.disconnect(), agent.destroy()));
		await within(ANSWER_MS, new Promise((resolve, reject) => {
			socket.on("connect", resolve);
			socket.on("connect_error", reject);
		}), "connect");
		return dialogue;
	}

	constructor(socket) {
		super();
		this.socket = socket;
		for (const name of ["event", "stream"])
			socket.on(name, (data) => {
				this.raw.push({ name, data });
				this.take({ data });
			});
		socket.on("disconnect", (reason) => this.finish(undefined, reason));
	}

	/* Emits OP; resolves with its acknowledgement. */
	ask(op, fields) {
		return this.socket.timeout(ANSWER_MS).emitWithAck(op, fields);
	}

	close() {
		this.socket.disconnect();
	}
}
