/* An Engine.IO session by HTTP long-polling, request by request: a test says when it polls and what it posts. */
import assert from "node:assert/strict";
import http from "node:http";
import { once } from "node:events";
import { within } from "../../e2e/lib/wait.mjs";

const PATIENCE_MS = 20_000;

export const SEPARATOR = "\x1e";

/* Resolves with {status, headers, text}. SIGNAL aborts it; SENT is called when it is on its way. */
export async function request(port, path, { method = "GET", body, headers = {}, signal, sent = () => {} } = {}) {
	const asked = http.request({ port, host: "127.0.0.1", path, method, headers, signal, agent: false });
	asked.once("finish", sent);
	asked.end(body);
	const [answer] = await within(PATIENCE_MS, once(asked, "response"), `an answer to ${method} ${path}`);
	const chunks = [];
	for await (const chunk of answer)
		chunks.push(chunk);
	return { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString() };
}

export class Polling {
	constructor(port, path, handshake) {
		Object.assign(this, { port, handshake, sid: handshake.sid, path: `${path}?EIO=4&transport=polling&sid=${handshake.sid}` });
	}

	static async open(port, path = "/engine.io/") {
		const { status, text } = await request(port, `${path}?EIO=4&transport=polling`);
		assert.equal(status, 200, text);
		assert.equal(text[0], "0");
		return new Polling(port, path, JSON.parse(text.slice(1)));
	}

	poll(options) {
		return request(this.port, this.path, options);
	}

	/* Resolves with {answer} when a poll waits for something at the server. */
	async hold(options) {
		let answer;
		await new Promise((sent) => { answer = this.poll({ ...options, sent }); });
		await request(this.port, this.path, { method: "OPTIONS" });	/* what came before it has been read */
		return { answer };
	}

	post(body, options) {
		return request(this.port, this.path, { method: "POST", body, ...options });
	}

	/* Resolves with the packets of one poll. */
	async packets() {
		const { status, text } = await this.poll();
		assert.equal(status, 200, text);
		return text.split(SEPARATOR);
	}

	/* Polls, answers pings, and resolves with the first COUNT packets that are none. */
	async messages(count) {
		const messages = [];
		while (messages.length < count)
			for (const packet of await this.packets()) {
				if (packet === "2")
					await this.post("3");
				else
					messages.push(packet);
			}
		return messages;
	}

	/* Is it gone? */
	async assertGone() {
		const { status, text } = await this.poll();
		assert.equal(status, 400, text);
		assert.deepEqual(JSON.parse(text), { code: 1, message: "Session ID unknown" });
	}
}
