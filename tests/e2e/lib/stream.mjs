/*
 * Readers of streams on raw HTTP: they see what an EventSource hides (ids, retry, the headers, the end). A reader
 * only collects; `until` waits for a condition on what it has, with a deadline.
 */
import assert from "node:assert/strict";
import { ok } from "./assert.mjs";
import { within } from "./wait.mjs";

const DEADLINE_MS = 5000;

/* Anything else than the stream's own frames. */
export const isEvent = (data) => !data.type.startsWith("stream.");

/* What every reader shows, whatever its transport. */
export class Reader {
	#waiting = new Set();

	constructor() {
		this.frames = [];	/* {id?, text, data, at}: in the order they came */
		this.isClosed = false;
	}

	/* The events among the frames. */
	get events() {
		return this.frames.map((frame) => frame.data).filter(isEvent);
	}

	/* The stream.… frames of TYPE. */
	signals(type) {
		return this.frames.map((frame) => frame.data).filter((data) => data.type === type && !isEvent(data));
	}

	/* Resolves with the first true CONDITION(this), asked at every frame and at the close. */
	async until(condition, { within: milliseconds = DEADLINE_MS, what = condition.toString() } = {}) {
		let check;
		try {
			return await within(milliseconds, new Promise((resolve, reject) => {
				check = () => {
					const result = condition(this);
					if (result)
						resolve(result);
					else if (this.isClosed)
						reject(new Error(`closed before ${what}; frames: ${JSON.stringify(this.frames.slice(-5))}`));
				};
				this.#waiting.add(check);
				check();
			}), `frame for ${what}`);
		} catch (error) {
			error.message += `; ${this.frames.length} frames, the last: ${JSON.stringify(this.frames.at(-1)?.data)}`;
			throw error;
		} finally {
			this.#waiting.delete(check);
		}
	}

	/* Resolves with the first event of TYPE (and with DATA's members, where given). */
	event(type, data = {}, options) {
		const matches = (event) => event.type === type
			&& Object.entries(data).every(([name, value]) => event.data[name] === value);
		return this.until(() => this.events.find(matches), { what: `${type} ${JSON.stringify(data)}`, ...options });
	}

	/* Resolves once COUNT events are here. */
	async count(count, options) {
		await this.until(() => this.events.length >= count, { what: `${count} events`, ...options });
		return this.events;
	}

	/* Resolves when the other side has closed. */
	closed(options) {
		return this.until(() => this.isClosed, { what: "the close", ...options });
	}

	take(frame) {
		this.frames.push({ ...frame, at: performance.now() });
		this.#tell();
	}

	end() {
		this.isClosed = true;
		this.#tell();
	}

	#tell() {
		for (const check of this.#waiting)
			check();
	}
}

/* Server-sent events, by the rules of the HTML standard as far as a server of ours may use them. */
export class EventStream extends Reader {
	#rest = "";
	#id;

	constructor(answer) {
		super();
		this.answer = answer;
		this.status = answer.status;
		this.headers = answer.headers;
		this.retries = [];
		answer.response.setEncoding("utf8");
		answer.response.on("data", (text) => this.#read(text));
		for (const happening of ["close", "error", "end"])
			answer.response.on(happening, () => this.end());
	}

	/* The id that an EventSource would send back. */
	get lastId() {
		return this.#id;
	}

	get epoch() {
		return this.frames[0].data.epoch;
	}

	drop() {
		this.answer.drop();
	}

	/* A slow reader: the kernel's buffers fill, and the server's after them. */
	stall() {
		this.answer.response.pause();
	}

	#read(text) {
		const blocks = (this.#rest + text).split("\n\n");
		this.#rest = blocks.pop();
		for (const block of blocks)
			this.#readBlock(block);
	}

	#readBlock(block) {
		const data = [];
		for (const line of block.split("\n")) {
			if (line === "" || line.startsWith(":"))
				continue;
			const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
			if (field === "id")
				this.#id = value;
			else if (field === "data")
				data.push(value);
			else if (field === "retry")
				this.retries.push(Number(value));
			else
				assert.fail(`an SSE field that the contract does not have: ${line}`);
		}
		if (data.length)
			this.take({ id: this.#id, text: data.join("\n"), data: JSON.parse(data.join("\n")) });
	}
}

const query = (parameters) => new URLSearchParams(
	Object.entries(parameters).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]));

/*
 * Opens a stream of CHANNELS and waits for its first frame, so that the test may go on and act.
 * The stream is dropped when test T ends. OPTIONS: after, lastEventId, heartbeat, ticket, as.
 */
export async function stream(t, client, channels, { lastEventId, ...options } = {}) {
	const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
	const answer = await within(DEADLINE_MS, client.open(`/stream?${query({ channels: [channels].flat().join(","), ...options })}`, headers), "stream");
	if (answer.status !== 200)
		assert.fail(`stream of ${channels}: ${answer.status} ${await answer.text()}`);
	const reader = new EventStream(answer);
	t?.after(() => reader.drop());
	await reader.until(() => reader.frames.length > 0, { what: "stream.open" });
	return reader;
}

/* The refusal (or the 204) that a stream gets instead, as a reply. */
export async function refusedStream(client, channels, options = {}, headers = {}) {
	const names = [channels].flat().join(",");
	const answer = await within(DEADLINE_MS, client.open(`/stream?${query({ channels: names, ...options })}`, headers), "answer");
	if (answer.status === 200)
		answer.drop();
	assert.notEqual(answer.status, 200, `a stream of ${names} was to be refused to ${client.user?.role ?? "nobody"}`);
	const text = await answer.text();
	return { status: answer.status, headers: answer.headers, text, body: text === "" ? undefined : JSON.parse(text) };
}

/* One poll: the whole reply. WAIT is in seconds. */
export const pollReply = (client, channels, { after, wait = 0, ...options } = {}) =>
	client.fetch(`/poll?${query({ channels: [channels].flat().join(","), after, wait, ...options })}`, { within: ((Number(wait) || 0) + 5) * 1000 });

export const poll = async (...args) => ok(await pollReply(...args));

/* A poll that is held: resolves when its headers are here; `body` comes when the answer does. */
export async function heldPoll(t, client, channels, options = {}) {
	const answer = await within(DEADLINE_MS, client.open(`/poll?${query({ channels: [channels].flat().join(","), wait: 60, ...options })}`), "poll's headers");
	return held(t, answer);
}

/* The same for GET /orders/ID/status. */
export async function heldStatus(t, client, orderId, last, wait = 60) {
	const answer = await within(DEADLINE_MS, client.open(`/api/v1/orders/${orderId}/status?${query({ last, wait })}`), "status's headers");
	return held(t, answer);
}

function held(t, answer) {
	const body = answer.text().then((text) => JSON.parse(text));
	body.catch(() => {});
	t?.after(() => answer.drop());
	return { status: answer.status, headers: answer.headers, drop: () => answer.drop(), body };
}

/* Polls again and again, each after the cursor of the last, until CONDITION(events). */
export async function pollUntil(client, channels, condition, { after, within: milliseconds = DEADLINE_MS, wait = 5 } = {}) {
	const events = [];
	const read = async () => {
		let cursor = after;
		while (!condition(events)) {
			const answer = await poll(client, channels, { after: cursor, wait });
			events.push(...answer.events);
			cursor = answer.cursor;
		}
		return { events, cursor };
	};
	return within(milliseconds, read(), "events by poll");
}

/* EPOCH/CHANNEL=SEQ,… from events, as the contract lets anyone write it. */
export function cursorOf(epoch, events) {
	const heads = new Map(events.map((event) => [event.channel, event.seq]));
	return `${epoch}/${[...heads].map((pair) => pair.join("=")).join(",")}`;
}
