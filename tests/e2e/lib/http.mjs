/*
 * HTTP as a plain client speaks it. node:http rather than fetch, because a test wants to come from an address of
 * its own (limits count by address), to see the headers before the body, and to drop a connection half-way.
 */
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { within } from "./wait.mjs";

const ANSWER_MS = 20_000;

let lastAddress = Math.floor(Math.random() * 0xffff00);

/* A loopback address that no other test uses: each client is a device of its own. */
export function freshAddress() {
	lastAddress = (lastAddress + 1) % 0xffff00;
	const n = lastAddress + 0x80;
	return `127.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
}

/* Sends a request, on a connection of its own; resolves as soon as the headers are here. BODY is bytes or text. SOCKETPATH: not by TCP. CA: whom to trust by https. */
export function open(url, { method = "GET", headers = {}, body, address, socketPath, ca } = {}) {
	return new Promise((resolve, reject) => {
		const { request: send } = new URL(url).protocol === "https:" ? https : http;
		const request = send(url, { method, headers, localAddress: address, socketPath, ca, agent: false, family: 4 }); /* where sites listen */
		request.on("response", (response) => resolve(new Answer(request, response)));
		request.on("error", reject);
		request.end(body);
	});
}

/* An answer whose body may still be on its way. */
class Answer {
	#request;

	constructor(request, response) {
		this.#request = request;
		this.response = response;
		this.status = response.statusCode;
		this.headers = response.headers;
	}

	async text() {
		const chunks = [];
		for await (const chunk of this.response)
			chunks.push(chunk);
		return Buffer.concat(chunks).toString();
	}

	/* Drops the connection, as a phone in a tunnel does. */
	drop() {
		this.#request.destroy();
	}
}

/* Sends a request and reads all of the answer: {status, headers, text, body}; body is the parsed JSON, if it is some. */
export async function exchange(url, options = {}) {
	const work = open(url, options).then(async (answer) => {
		const text = await answer.text();
		const isJson = /\bjson\b/.test(answer.headers["content-type"] ?? "") && text !== "";
		return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined };
	});
	return within(options.within ?? ANSWER_MS, work, `answer to ${options.method ?? "GET"} ${url}`);
}

/* Writes BYTES to the site and reads until it closes: for what no HTTP library would send. */
export function speak(url, bytes) {
	return within(ANSWER_MS, new Promise((resolve, reject) => {
		const socket = net.connect(Number(url.port), url.hostname, () => socket.write(bytes));
		const chunks = [];
		socket.on("data", (chunk) => chunks.push(chunk));
		socket.on("end", () => socket.end());
		socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
		socket.on("error", (error) => (chunks.length ? resolve(Buffer.concat(chunks).toString("latin1")) : reject(error)));
	}), "close");
}
