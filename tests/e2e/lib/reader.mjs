/*
 * Clients of all transports behind one interface: what arrives is the same, only the way differs. A reader is one
 * connection, or one chain of polls; when it is cut it is over, and a Watcher (watcher.mjs) opens the next. Socket.IO's stock
 * client alone comes back by itself, as it does for everybody, and asks for the cursor anew.
 *
 *	const reader = openReader("websocket", client, channels, { after, opened, event, signal, closed });
 *
 *	after()          the cursor to go on from; "0": from the beginning; undefined: from now on. Asked at each connect
 *	opened(open)     {epoch, mode, heads, denied}, before the first event
 *	event(event)     {channel, seq, type, at, data}
 *	signal(frame)    stream.heartbeat, stream.denied, stream.end
 *	closed(error)    once, and nothing after it. error: why; undefined when it was asked for, or all is finished
 *	reader.close()   goes politely
 *	reader.drop()    is cut off, as a phone in a tunnel is
 *
 * To add a transport: a function, and its row in `transports`.
 */
import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { io } from "socket.io-client";
import WebSocket from "ws";
import { EventStream, isEvent } from "./stream.mjs";
import { within } from "./wait.mjs";

const ANSWER_MS = 20_000;
const LONG_POLL_WAIT_S = 20;
const SHORT_POLL_EVERY_MS = 100;
const SSE_HEARTBEAT_S = 15;
const SSE_SILENCE_MS = 25_000;
const WEBSOCKET_SILENCE_MS = 60_000;

export class Refused extends Error {
	/* STATUS: of HTTP, or the code of a WebSocket's close; CODE: of the problem, where one came. */
	constructor(status, code, detail) {
		super(`${status} ${code ?? ""} ${detail ?? ""}`);
		Object.assign(this, { status, code });
	}
}

const refusal = (status, text) => {
	const problem = text.startsWith("{") ? JSON.parse(text) : {};
	return new Refused(status, problem.code, problem.detail ?? text.slice(0, 200));
};

const query = (parameters) => new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined));

/* Calls LATE when nothing was heard for MILLISECONDS: heartbeats had to come. */
function watchdog(milliseconds, late) {
	const timer = setTimeout(late, milliseconds);
	return { heard: () => timer.refresh(), end: () => clearTimeout(timer) };
}

/* An EventStream that keeps nothing and hands everything on. */
class Passing extends EventStream {
	constructor(answer, { frame, over }) {
		super(answer);
		Object.assign(this, { frame, over });
	}

	take({ data }) {
		this.frame(data);
	}

	end() {
		this.over();
	}
}

function openSse({ client, channels, after, opened, event, signal, closed }) {
	let answer, isDropped = false;
	const silence = watchdog(SSE_SILENCE_MS, () => over(new Error("no heartbeat")));
	const over = (error) => {
		isDropped = true;
		silence.end();
		answer?.drop();
		closed(error);
	};
	const frame = (data) => {
		silence.heard();
		if (isEvent(data))
			return event(data);
		if (data.type === "stream.open")
			return opened(data);
		signal(data);
		if (data.type === "stream.end")
			over();
	};
	const start = async () => {
		const cursor = after();
		const isResumed = cursor !== undefined && cursor !== "0";
		const parameters = query({ channels, heartbeat: SSE_HEARTBEAT_S, after: isResumed ? undefined : cursor });
		answer = await within(ANSWER_MS, client.open(`/stream?${parameters}`, isResumed ? { "Last-Event-ID": cursor } : {}), "stream");
		if (isDropped)
			answer.drop();
		else if (answer.status === 204)
			over();
		else if (answer.status !== 200)
			over(refusal(answer.status, await answer.text()));
		else
			new Passing(answer, { frame, over: () => over(new Error("cut")) });
	};
	start().catch(over);
	return { close: () => over(), drop: () => over(new Error("dropped")) };
}

/* The first poll does not wait: it tells where the channels stand. */
const openPoll = ({ waitS, everyMs }) => ({ client, channels, after, opened, event, signal, closed }) => {
	let answer, isOver = false;
	const over = (error) => {
		isOver = true;
		answer?.drop();
		closed(error);
	};
	const ask = async (wait) => {
		answer = undefined;
		answer = await within(ANSWER_MS, client.open(`/poll?${query({ channels, after: after(), wait })}`), "poll's headers");
		if (isOver)
			answer.drop();
		const text = await within(wait * 1000 + ANSWER_MS, answer.text(), "poll's answer");
		if (answer.status !== 200)
			throw refusal(answer.status, text);
		return JSON.parse(text);
	};
	const run = async () => {
		for (let isFirst = true; !isOver; isFirst = false) {
			const { events, final, ...open } = await ask(isFirst ? 0 : waitS);
			if (isOver)
				return;
			if (isFirst || open.mode === "reset")
				opened(open);
			events.forEach(event);
			if (final) {
				signal({ type: "stream.end" });
				return over();
			}
			signal({ type: "stream.heartbeat", heads: open.heads });
			if (!isFirst && everyMs > 0)
				await pause(everyMs);
		}
	};
	run().catch((error) => isOver || over(error));
	return { close: () => over(), drop: () => over(new Error("dropped")) };
};

/*
 * A stock WebSocket of CLIENT at /ws. Not compressed: `ws` inflates one message of each in a turn of Node's loop, so that a busy test
 * lags behind by itself. What is compressed is tried elsewhere (websocket.test.mjs, tests/conformance, the chaos of tests/fault).
 */
function connect({ origin, token, address, socketPath }) {
	const url = socketPath ? `ws+unix:${socketPath}:/ws` : `ws://${origin.host}/ws`;
	const headers = { Authorization: `Bearer ${token}`, ...(socketPath && { "X-Forwarded-For": address }) };
	return new WebSocket(url, "foodfast.v1", { headers, localAddress: address, handshakeTimeout: ANSWER_MS, perMessageDeflate: false });
}

function openWebSocket({ client, channels, after, opened, event, signal, closed }) {
	const socket = connect(client);
	const silence = watchdog(WEBSOCKET_SILENCE_MS, () => socket.terminate());
	const over = (error) => {
		silence.end();
		closed(error);
	};
	const kinds = {
		event: (frame) => event(frame.event),
		reply: ({ ok, error, ...open }) => {
			if (ok)
				return opened(open);
			over(new Refused(error.status, error.code, error.detail));
			socket.close();
		},
		stream: ({ op, ...frame }) => {
			signal(frame);
			if (frame.type !== "stream.end")
				return;
			over();
			socket.close();
		},
	};
	socket.on("open", () => socket.send(JSON.stringify({ op: "subscribe", id: 1, channels: channels.split(","), after: after() })));
	socket.on("message", (text) => {
		silence.heard();
		const frame = JSON.parse(text);
		kinds[frame.op](frame);
	});
	socket.on("ping", () => silence.heard());
	socket.on("unexpected-response", async (request, response) => {
		const chunks = await response.toArray();
		over(refusal(response.statusCode, Buffer.concat(chunks).toString()));
	});
	socket.on("close", (code, reason) => over(new Refused(code, undefined, String(reason))));
	socket.on("error", (error) => over(error));
	return {
		close: () => {
			over();
			socket.close();
		},
		drop: () => {
			over(new Error("dropped"));
			socket.terminate();
		},
	};
}

/*
 * WAYS: the stock client's `transports`: by default it polls first, then upgrades. No connection is kept for the next request: in Node its
 * XMLHttpRequest never answers when one that was used before is reset.
 */
const openSocketIo = (ways) => ({ client, channels, after, opened, event, signal, closed }) => {
	const agent = new http.Agent({ localAddress: client.address });
	const socket = io(client.origin.origin, {
		forceNew: true, transports: ways, perMessageDeflate: false, agent, auth: (tell) => tell({ token: client.token }), reconnectionDelay: 50, reconnectionDelayMax: 1000,
	});
	const over = (error) => {
		closed(error);
		socket.disconnect();
		agent.destroy();
	};
	socket.on("connect", () => socket.timeout(ANSWER_MS).emit("subscribe", { channels: channels.split(","), after: after() }, (late, reply) => {
		if (late)
			return void (socket.connected && over(late));
		if (reply.ok)
			opened(reply);
		else
			over(new Refused(reply.error.status, reply.error.code, reply.error.detail));
	}));
	socket.on("event", event);
	socket.on("stream", (frame) => {
		signal(frame);
		if (frame.type === "stream.end")
			over();
	});
	/* What the stock client does not come back from: a refused connect, and a disconnect that the server asked for. */
	socket.on("connect_error", (error) => socket.active || over(new Refused(error.data?.status, error.data?.code, error.message)));
	socket.on("disconnect", (reason) => socket.active || over(new Error(reason)));
	return {
		close: () => over(),
		drop: () => {
			socket.io.engine?.transport.ws?.terminate();
			agent.destroy();
		},
	};
};

const transports = {
	sse: openSse,
	"long-poll": openPoll({ waitS: LONG_POLL_WAIT_S, everyMs: 0 }),
	"short-poll": openPoll({ waitS: 0, everyMs: SHORT_POLL_EVERY_MS }),
	websocket: openWebSocket,
	"socket.io": openSocketIo(["polling", "websocket"]),
	"socket.io polling": openSocketIo(["polling"]),
	"socket.io websocket": openSocketIo(["websocket"]),
};

/* The five of the contract; Socket.IO has two more forms, by the name of what carries it. */
export const TRANSPORTS = ["sse", "long-poll", "short-poll", "websocket", "socket.io"];
export const ALL_TRANSPORTS = Object.keys(transports);

export function openReader(transport, client, channels, { after = () => undefined, opened, event, signal, closed }) {
	const reader = { transport, isClosed: false };
	const unlessClosed = (handler) => (value) => reader.isClosed || handler?.(value);
	const way = transports[transport]({
		client, after, channels: [channels].flat().join(","),
		opened: unlessClosed(opened), event: unlessClosed(event), signal: unlessClosed(signal),
		closed: (error) => {
			if (reader.isClosed)
				return;
			reader.isClosed = true;
			closed?.(error);
		},
	});
	return Object.assign(reader, way);
}
