/* A WebSocket client that says whatever a test wants said, right or wrong, byte by byte, over a plain socket. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { within } from "../../e2e/lib/wait.mjs";

export const CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;

const PATIENCE_MS = 20_000;
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/* The shortest way to write a length, unless LENGTH_BYTES asks for another. */
function lengthOf(size, lengthBytes = size < 126 ? 0 : size < 65536 ? 2 : 8) {
	const bytes = Buffer.alloc(1 + lengthBytes);
	bytes[0] = lengthBytes === 0 ? size : lengthBytes === 2 ? 126 : 127;
	if (lengthBytes === 2)
		bytes.writeUInt16BE(size, 1);
	else if (lengthBytes === 8)
		bytes.writeBigUInt64BE(BigInt(size), 1);
	return bytes;
}

/* A client's frame. SIZE, if given, is what the head says, whatever comes behind it. */
export function frame(opcode, payload = "", { fin = true, rsv = 0, masked = true, lengthBytes, size } = {}) {
	const bytes = Buffer.from(payload);
	const length = lengthOf(size ?? bytes.length, lengthBytes);
	const head = Buffer.from([(fin ? 0x80 : 0) | rsv << 4 | opcode]);
	if (!masked)
		return Buffer.concat([head, length, bytes]);
	const mask = randomBytes(4);
	length[0] |= 0x80;
	for (let i = 0; i < bytes.length; i++)
		bytes[i] ^= mask[i & 3];
	return Buffer.concat([head, length, mask, bytes]);
}

/* A Close's payload. */
export function closing(code, reason = "") {
	const text = Buffer.from(reason), bytes = Buffer.alloc(2 + text.length);
	bytes.writeUInt16BE(code, 0);
	text.copy(bytes, 2);
	return bytes;
}

/* A good handshake's header lines; what is given as undefined is left out. */
export function handshake(port, overrides = {}) {
	const headers = { Host: `127.0.0.1:${port}`, Upgrade: "websocket", Connection: "Upgrade",
		"Sec-WebSocket-Key": randomBytes(16).toString("base64"), "Sec-WebSocket-Version": "13", ...overrides };
	return Object.entries(headers).flatMap(([name, value]) => value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`)).join("");
}

export class Peer {
	#buffer = Buffer.alloc(0);
	#chunks = [];
	#gathered = 0;
	#hasEnded = false;
	#wake = () => {};

	constructor(port, host = "127.0.0.1") {
		this.port = port;
		this.socket = net.connect({ port, host, noDelay: true, allowHalfOpen: true });
		this.socket.on("data", (chunk) => { this.#chunks.push(chunk); this.#gathered += chunk.length; this.#wake(); });
		this.socket.on("end", () => { this.#hasEnded = true; this.#wake(); });
		this.socket.on("error", (error) => { this.error = error; });
		this.socket.on("close", () => { this.#hasEnded = true; this.#wake(); });
	}

	/* Resolves with an open WebSocket. EARLY is sent right behind the handshake. */
	static async open(port, { headers = {}, early = "", path = "/echo" } = {}) {
		const peer = new Peer(port);
		const lines = handshake(port, headers);
		peer.write(Buffer.concat([Buffer.from(`GET ${path} HTTP/1.1\r\n${lines}\r\n`), Buffer.from(early)]));
		await peer.readHead();
		assert.equal(peer.status, 101);
		const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(lines)[1];
		assert.equal(peer.headers.get("sec-websocket-accept"), createHash("sha1").update(key + GUID).digest("base64"));
		assert.equal(peer.headers.get("upgrade").toLowerCase(), "websocket");
		assert.equal(peer.headers.get("connection").toLowerCase(), "upgrade");
		return peer;
	}

	/* One that agreed on permessage-deflate. */
	static deflating(port, parameters = "") {
		return Peer.open(port, { headers: { "Sec-WebSocket-Extensions": `permessage-deflate${parameters}` } });
	}

	write(bytes) {
		this.socket.write(bytes);
	}

	send(opcode, payload, options) {
		this.write(frame(opcode, payload, options));
	}

	/* Sends in pieces of SIZE bytes, each of which leaves on its own. */
	async chop(bytes, size) {
		for (let at = 0; at < bytes.length; at += size) {
			this.socket.write(bytes.subarray(at, at + size));
			await new Promise(setImmediate);
		}
	}

	/* Until SIZE bytes are there; false: it ended before. */
	async #has(size) {
		while (this.#buffer.length + this.#gathered < size) {
			if (this.#hasEnded)
				return false;
			await within(PATIENCE_MS, new Promise((resolve) => { this.#wake = resolve; }), `byte ${size} from the server`);
		}
		if (this.#buffer.length < size) {
			this.#buffer = Buffer.concat([this.#buffer, ...this.#chunks]);
			this.#chunks = [];
			this.#gathered = 0;
		}
		return true;
	}

	#take(size) {
		const bytes = this.#buffer.subarray(0, size);
		this.#buffer = this.#buffer.subarray(size);
		return bytes;
	}

	/* The head of the answer to the handshake: .status and .headers. */
	async readHead() {
		for (let size = 1; await this.#has(size); size = this.#buffer.length + 1) {
			const end = this.#buffer.indexOf("\r\n\r\n");
			if (end < 0)
				continue;
			const [first, ...lines] = this.#take(end + 4).toString("latin1").trimEnd().split("\r\n");
			this.status = Number(first.split(" ")[1]);
			this.headers = new Map();
			for (const line of lines) {
				const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line);
				this.headers.set(name.toLowerCase(), [...(this.headers.get(name.toLowerCase())?.split(", ") ?? []), value].join(", "));
			}
			return;
		}
		assert.fail("no answer to the handshake");
	}

	/* Resolves with the next frame, {fin, rsv, opcode, payload}, or null at the end. Servers don't mask, and write lengths the shortest way. */
	async next() {
		if (!await this.#has(2))
			return null;
		const [first, second] = this.#buffer;
		assert.equal(second & 0x80, 0, "a server's frame is not masked");
		const lengthBytes = second === 127 ? 8 : second === 126 ? 2 : 0;
		assert.ok(await this.#has(2 + lengthBytes));
		const size = lengthBytes === 8 ? Number(this.#buffer.readBigUInt64BE(2)) : lengthBytes === 2 ? this.#buffer.readUInt16BE(2) : second;
		assert.equal(lengthOf(size).length, 1 + lengthBytes, "a length is written the shortest way");
		assert.ok(await this.#has(2 + lengthBytes + size));
		this.#take(2 + lengthBytes);
		return { fin: Boolean(first & 0x80), rsv: first >> 4 & 7, opcode: first & 15, payload: Buffer.from(this.#take(size)) };
	}

	/* The next frame is whole, not compressed, of this kind, and says this. */
	async expect(opcode, payload) {
		const got = await this.next();
		assert.ok(got, `the connection has ended${this.error ? ` (${this.error.message})` : ""}`);
		assert.deepEqual({ fin: got.fin, rsv: got.rsv, opcode: got.opcode }, { fin: true, rsv: 0, opcode });
		assert.ok(got.payload.equals(Buffer.from(payload)), `${got.payload.length} bytes: ${got.payload.subarray(0, 100)}`);
	}

	/* The next frame is a Close with CODE (undefined: without one), and behind it is the end: the server's part of it first. */
	async expectClose(code) {
		const got = await this.next();
		assert.ok(got, `the connection has ended without a Close${this.error ? ` (${this.error.message})` : ""}`);
		assert.equal(got.opcode, CLOSE);
		assert.equal(got.payload.length >= 2 ? got.payload.readUInt16BE(0) : undefined, code);
		await this.expectEnd();
	}

	async expectEnd() {
		assert.equal(await this.next(), null, "nothing more is sent");
		this.socket.destroy();
	}

	/* Says goodbye properly: who is here to the end has failed nowhere. */
	async leave() {
		this.send(CLOSE, closing(1000));
		await this.expectClose(1000);
	}

	async gone() {
		if (!this.socket.destroyed)
			await within(PATIENCE_MS, once(this.socket, "close"), "end of the connection");
	}
}
