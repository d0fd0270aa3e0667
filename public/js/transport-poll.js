/*
 * Long poll and short poll: the page asks again and again, each time after the cursor of
 * the last answer; they differ in how long an answer may wait, and the page after it.
 *
 * A poll is also the one request that says why: what a browser hides of a stream or a
 * socket that was refused (`askWhy`).
 */
import { exchange, withQuery } from "./api.js";
import { parseCursor } from "./cursor.js";

const LATE_MS = 15_000;

/* One poll; resolves to its answer, throws ApiError. */
const poll = async ({ role, channels, after }, waitS, signal) => {
	const url = withQuery("/poll", { as: role, channels: channels.join(","), after, wait: waitS });
	const { body } = await exchange(url, { timeoutMs: waitS * 1000 + LATE_MS, signal });
	return body;
};

const epochIn = (cursor) => cursor.slice(0, Math.max(0, cursor.indexOf("/")));

const seqsIn = (cursor) =>
	Object.fromEntries([...parseCursor(cursor)].map(([channel, { seq }]) => [channel, seq]));

const openFrame = ({ cursor, heads, mode, denied }, after) => ({
	type: "stream.open",
	epoch: epochIn(cursor),
	mode: mode ?? (after ? "resumed" : "live"),
	heads: mode === "reset" || !after ? seqsIn(cursor) : heads,
	denied: denied ?? [],
});

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

/** The transport that asks every `pauseMs` and lets the answer wait for `waitS`. */
export const openPoll = (rhythm) => (request, { frame, failed }) => {
	const abort = new AbortController();
	pollOn(request, rhythm, (each) => frame(each), abort.signal).catch((error) => {
		if (!abort.signal.aborted)
			failed(error);
	});
	return { close: () => abort.abort() };
};

/** Asks for the same by one poll, whose refusal has a reason; an answer is passed on, and then the line tries again. */
export const askWhy = async (request, { frame, failed }, signal) => {
	try {
		const answer = await poll(request, 0, signal);
		answer.events.forEach((event) => frame(event));
		if (answer.final)
			frame({ type: "stream.end" });
		else
			failed(null);
	} catch (error) {
		if (!signal.aborted)
			failed(error);
	}
};
