/* One HTTP/2 connection, and what is asked over it: requests, server-sent events, WebSockets (RFC 8441). */
import { randomBytes } from "node:crypto";
import http2 from "node:http2";
import { once } from "node:events";
import { Reader } from "./stream.mjs";
import { within } from "./wait.mjs";

const ANSWER_MS = 10_000;
const TEXT = 1;

/* A masked text frame (RFC 6455, 5.2) of up to 64 KiB. */
function frameOf(text) {
	const payload = Buffer.from(text), mask = randomBytes(4);
	const head = payload.length < 126 ? Buffer.from([0x80 | TEXT, 0x80 | payload.length])
		: Buffer.from([0x80 | TEXT, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
	return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4])]);
}

/* The first frame of BYTES: {text, rest}; undefined while it is not whole. A server's frames are not masked. */
function readFrame(bytes) {
	if (bytes.length < 4)
		return undefined;
	const isLong = bytes[1] === 126;
	const [start, length] = isLong ? [4, bytes.readUInt16BE(2)] : [2, bytes[1]];
	if (bytes.length < start + length)
		return undefined;
	return { isText: (bytes[0] & 0x0f) === TEXT, text: bytes.subarray(start, start + length).toString(), rest: bytes.subarray(start + length) };
}

/* A WebSocket on a stream of the connection: a Reader of its messages. */
class WebSocketStream extends Reader {
	#bytes = Buffer.alloc(0);

	constructor(stream) {
		super();
		this.stream = stream;
		stream.on("data", (chunk) => this.#read(chunk));
		stream.on("close", () => this.end());
	}

	say(message) {
		this.stream.write(frameOf(JSON.stringify(message)));
	}

	#read(chunk) {
		this.#bytes = Buffer.concat([this.#bytes, chunk]);
		for (let frame = readFrame(this.#bytes); frame; frame = readFrame(this.#bytes)) {
			this.#bytes = frame.rest;
			if (frame.isText)
				this.take({ data: { type: "", ...JSON.parse(frame.text) } });
		}
	}
}

export class Http2 {
	/* Connects to INSTANCE, which has TLS; closed when test T ends. HEADERS go with every request. */
	static async connect(t, instance, headers = {}) {
		const connection = new Http2();
		connection.headers = headers;
		connection.session = http2.connect(instance.url, { ca: instance.ca });
		t?.after(() => connection.session.destroy());
		[connection.settings] = await within(ANSWER_MS, once(connection.session, "remoteSettings"), "HTTP/2 connection");
		return connection;
	}

	/* Begins a request; resolves with {status, headers, stream} once the headers are here. */
	async open(path, { method = "GET", headers = {}, body, ...pseudo } = {}) {
		const bytes = body === undefined ? undefined : JSON.stringify(body);
		const stream = this.session.request({
			":method": method, ":path": path, ...pseudo, ...this.headers, ...headers,
			...(bytes && { "content-type": "application/json", "content-length": Buffer.byteLength(bytes) }),
		});
		stream.on("error", () => {});
		if (method !== "CONNECT")
			stream.end(bytes);
		const [answer] = await within(ANSWER_MS, once(stream, "response"), `answer to ${method} ${path}`);
		return { status: answer[":status"], headers: answer, stream };
	}

	/* A request and the whole of its answer. */
	async ask(path, options) {
		const { status, headers, stream } = await this.open(path, options);
		const chunks = await within(ANSWER_MS, stream.toArray(), `body of ${path}`);
		const text = Buffer.concat(chunks).toString();
		return { status, headers, text, body: /json/.test(headers["content-type"]) && text !== "" ? JSON.parse(text) : undefined };
	}

	/* A WebSocket by an extended CONNECT. */
	async webSocket(path, headers) {
		const { status, headers: answer, stream } = await this.open(path, {
			method: "CONNECT", ":protocol": "websocket", ":scheme": "https", headers: { "sec-websocket-version": "13", ...headers },
		});
		if (status !== 200)
			throw new Error(`refused: ${status}`);
		return Object.assign(new WebSocketStream(stream), { headers: answer });
	}
}
