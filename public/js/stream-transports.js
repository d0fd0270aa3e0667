/*
 * The ways a stream can reach this page, a row each. All give the same frames, those
 * that the contract describes, whatever carries them:
 *
 *	{type: 'stream.open', epoch, mode, heads, denied}    always first
 *	{type: 'stream.heartbeat', heads}, {type: 'stream.denied', channel}, {type: 'stream.end'}
 *	{channel, seq, type, at, data}                       an event
 *
 * To add a transport (WebSocket, Socket.IO): write its `open(request, handlers)`, which
 * calls `handlers.frame(frame)` for each and `handlers.failed(error)` once when it can't
 * go on, and returns a function that closes it; then add its row to `transports`.
 *
 * request: {role, channels: [name], after: cursor|null, heartbeatS}
 */
import { exchange, withQuery } from "./api.js";
import { parseCursor } from "./cursor.js";

const LONG_POLL_WAIT_S = 25;
const SHORT_POLL_EVERY_MS = 3000;

const address = (path, { role, channels, after }, more) =>
	withQuery(path, { as: role, channels: channels.join(","), after, ...more });

/* One poll; resolves to its answer, throws ApiError. */
const poll = async (request, waitS, signal) => {
	const url = address("/poll", request, { wait: waitS });
	const { body } = await exchange(url, { timeoutMs: (waitS + 15) * 1000, signal });
	return body;
};

const epochIn = (cursor) => cursor.slice(0, Math.max(0, cursor.indexOf("/")));

const openFrame = ({ cursor, heads, mode, denied }, after) => ({
	type: "stream.open",
	epoch: epochIn(cursor),
	mode: mode ?? (after ? "resumed" : "live"),
	heads: mode === "reset" || !after ? seqsIn(cursor) : heads,
	denied: denied ?? [],
});

const seqsIn = (cursor) =>
	Object.fromEntries([...parseCursor(cursor)].map(([channel, { seq }]) => [channel, seq]));

const pause = (ms, signal) => new Promise((resolve) => {
	const timer = setTimeout(resolve, ms);
	signal.addEventListener("abort", () => {
		clearTimeout(timer);
		resolve();
	}, { once: true });
});

/* The first poll does not wait: it tells where the channels stand, as stream.open does. */
const pollOn = async (request, { waitS, pauseMs }, frame, signal) => {
	let { after } = request;
	for (let isFirst = true; !signal.aborted; isFirst = false) {
		const answer = await poll({ ...request, after }, isFirst ? 0 : waitS, signal);
		if (isFirst || answer.mode === "reset")
			frame(openFrame(answer, after));
		answer.events.forEach(frame);
		after = answer.cursor;
		frame(answer.final ? { type: "stream.end" } : { type: "stream.heartbeat", heads: answer.heads });
		if (answer.final)
			return;
		await pause(isFirst ? 0 : pauseMs, signal);
	}
};

const openPoll = (rhythm) => (request, { frame, failed }) => {
	const abort = new AbortController();
	pollOn(request, rhythm, frame, abort.signal).catch((error) => {
		if (!abort.signal.aborted)
			failed(error);
	});
	return () => abort.abort();
};

/* An EventSource doesn't say why it was refused; one poll of the same channels does. */
const askWhy = async (request, { frame, failed }, signal) => {
	try {
		const answer = await poll(request, 0, signal);
		answer.events.forEach(frame);
		if (answer.final)
			frame({ type: "stream.end" });
		else
			failed(null);
	} catch (error) {
		if (!signal.aborted)
			failed(error);
	}
};

const openEventSource = (request, handlers) => {
	const abort = new AbortController();
	const source = new EventSource(address("/stream", request, { heartbeat: request.heartbeatS }));

	source.onmessage = ({ data }) => handlers.frame(JSON.parse(data));
	source.onerror = () => {
		const isRefused = source.readyState === EventSource.CLOSED;
		source.close();
		if (isRefused)
			askWhy(request, handlers, abort.signal);
		else
			handlers.failed(null);
	};
	return () => {
		source.close();
		abort.abort();
	};
};

export const transports = {
	sse: { label: "Server-sent events", hint: "pushed, one-way", open: openEventSource },
	"long-poll": { label: "Long poll", hint: "asked, answered when there is news", open: openPoll({ waitS: LONG_POLL_WAIT_S, pauseMs: 0 }) },
	"short-poll": { label: "Short poll", hint: "asked every 3 seconds", open: openPoll({ waitS: 0, pauseMs: SHORT_POLL_EVERY_MS }) },
};

export const defaultTransport = "sse";
