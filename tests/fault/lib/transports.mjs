/*
 * The ways by which a watch gets its events, a row each. A transport is a function of a watch (fleet.mjs) that lives
 * one connection: it asks for `watch.takeUp()` after `watch.cursor()`, hands on what comes (`opened`, `take`, `heard`), leaves in
 * `watch.drop` how to let go of the line, and ends when the line does. What a stock client does by itself, it does itself.
 *
 * To add a transport: a function, and a row in `transports` with its share of the clients.
 */
import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { io } from "socket.io-client";
import { WebSocket } from "ws";
import { isEvent } from "../../e2e/lib/stream.mjs";

const HEARTBEAT_S = 15;	/* the shortest that the contract offers */
const REOPEN_MS = 2000;	/* a page that follows one order more opens its stream anew, and not for each at once */

/* Some WebSockets are compressed. Their delays don't count: Node inflates one message of each in a turn of its loop, and lags behind by itself. */
const COMPRESSED = 0.1;

const bearer = ({ person }) => ({ Authorization: `Bearer ${person.token}` });

/* A GET on a line of its own; resolves when its headers are here. Any other status than 200 is a refusal. */
function ask(watch, path, parameters, headers) {
	return new Promise((resolve, reject) => {
		const url = new URL(`${path}?${new URLSearchParams(parameters)}`, watch.origin);
		const request = http.get(url, { headers: { ...bearer(watch), ...headers }, localAddress: watch.address, agent: false });
		watch.drop = () => request.destroy();
		request.on("error", reject);
		request.on("close", () => reject(new Error("closed before an answer")));
		request.on("response", (response) => {
			watch.heard();
			if (response.statusCode === 200)
				return resolve(response);
			response.on("error", () => {}).resume();
			watch.refused(response.statusCode);
			reject(new Error(`${path} answered ${response.statusCode}`));
		});
	});
}

/* Server-sent events, by an own small parser: a cut in mid-frame must lose the frame, and it alone. */
async function sse(watch) {
	let reopening;
	watch.onFollow = () => { reopening ??= setTimeout(() => watch.drop(), REOPEN_MS); };
	const parameters = { channels: watch.takeUp().join(","), heartbeat: HEARTBEAT_S };
	const cursor = watch.cursor();
	const isByHeader = cursor !== "0" && watch.chance.is(0.5);
	let rest = "";
	try {
		const response = await ask(watch, "/stream", isByHeader ? parameters : { ...parameters, after: cursor }, isByHeader ? { "Last-Event-ID": cursor } : {});
		for await (const text of response.setEncoding("utf8")) {
			watch.heard();
			const blocks = (rest + text).split("\n\n");
			rest = blocks.pop();
			for (const block of blocks)
				sseBlock(watch, block);
		}
	} finally {
		clearTimeout(reopening);
	}
}

function sseBlock(watch, block) {
	const lines = block.split("\n").filter((line) => line.startsWith("data: "));
	if (lines.length === 0)
		return;
	const data = JSON.parse(lines.map((line) => line.slice("data: ".length)).join("\n"));
	if (isEvent(data))
		watch.take(data);
	else if (data.type === "stream.open")
		watch.opened(data);
}

/* One poll after another, with a breath between them, unless the heads tell that more is waiting. */
const polls = ({ waitS, pauseMs }) => async (watch) => {
	while (!watch.isStopped) {
		const response = await ask(watch, "/poll", { channels: watch.takeUp().join(","), after: watch.cursor(), wait: waitS });
		let text = "";
		for await (const chunk of response.setEncoding("utf8"))
			text += chunk;
		const body = JSON.parse(text);
		watch.opened({ ...body, epoch: body.cursor.split("/")[0] });
		body.events.forEach((event) => watch.take(event));
		if (watch.hasAll(new Map(Object.entries(body.heads))))
			await pause(watch.chance.between(0.5, 1.5) * pauseMs);
	}
};

/* /ws, subprotocol foodfast.v1. */
function websocket(watch) {
	const url = new URL("/ws", watch.origin);
	url.protocol = "ws:";
	const perMessageDeflate = watch.chance.is(COMPRESSED);
	watch.isTimely = !perMessageDeflate;
	const socket = new WebSocket(url, "foodfast.v1", { headers: bearer(watch), localAddress: watch.address, handshakeTimeout: 10_000, perMessageDeflate });
	const answers = new Map();	/* by id: what to do with the reply */
	let lastId = 0;
	const say = (op, more, onReply = () => {}) => {
		answers.set(++lastId, onReply);
		socket.send(JSON.stringify({ op, id: lastId, ...more }));
	};
	const subscribe = (channels) => say("subscribe", { channels, after: watch.cursor(channels) }, (reply) => subscribed(watch, reply));
	const frames = {
		event: ({ event }) => watch.take(event),
		reply: (reply) => {
			answers.get(reply.id)?.(reply);
			answers.delete(reply.id);
		},
	};
	watch.drop = () => socket.terminate();
	return new Promise((resolve, reject) => {
		socket.on("open", () => {
			subscribe(watch.takeUp());
			watch.onFollow = (channel) => subscribe([channel]);
			watch.onLeave = (channel) => say("unsubscribe", { channels: [channel] });
		});
		socket.on("message", (text) => {
			watch.heard();
			const frame = JSON.parse(text);
			frames[frame.op]?.(frame);
		});
		socket.on("ping", () => watch.heard());
		socket.on("unexpected-response", (request, { statusCode }) => {
			watch.refused(statusCode);
			request.destroy();
			reject(new Error(`/ws answered ${statusCode}`));
		});
		socket.on("error", reject);
		socket.on("close", (code, reason) => {
			watch.closed(code, String(reason));
			resolve();
		});
	});
}

/* The answer to a subscription on a socket. Refused for now (a part is away): the socket is left, and another one tried. */
function subscribed(watch, reply) {
	if (reply.ok)
		return void watch.opened(reply);
	watch.refused(reply.error.status);
	watch.drop();
}

/* The stock client, with its own reconnection; each time that it is connected it subscribes after what it has. */
const socketIo = (options) => (watch) => new Promise((resolve) => {
	const socket = io(watch.origin.href, {
		...options, forceNew: true, perMessageDeflate: false, auth: { token: watch.person.token }, reconnectionDelay: 100, reconnectionDelayMax: 1000, timeout: 10_000,
	});
	const subscribe = (channels) => socket.emit("subscribe", { channels, after: watch.cursor(channels) }, (reply) => subscribed(watch, reply));
	let returning;
	/* Where it was told to go it does not come back by itself. */
	const again = () => {
		clearTimeout(returning);
		returning = setTimeout(() => watch.isStopped || socket.active || socket.connect(), watch.chance.between(200, 600));
	};
	watch.drop = () => {
		const { engine } = socket.io;
		Object.assign(engine ?? {}, { upgrading: false });	/* or its end would wait for an upgrade, perhaps for one that is dead */
		socket.disconnect();
		if (watch.isStopped) {
			engine?.transport.ws?.terminate();	/* or it would wait half a minute for an answer on a stalled line */
			resolve();
		} else {
			again();
		}
	};
	/* A probe that is cut once the polls are paused leaves this client deaf until its ping time-out, 45 s later: it begins anew instead. */
	socket.io.on("open", () => {
		const { engine } = socket.io;
		engine.on("upgradeError", () => {
			if (engine.upgrading && engine === socket.io.engine)
				watch.drop();
		});
	});
	socket.on("connect", () => {
		subscribe(watch.takeUp());
		watch.onFollow = (channel) => socket.connected && subscribe([channel]);
		watch.onLeave = (channel) => socket.connected && socket.emit("unsubscribe", { channels: [channel] }, () => {});
	});
	socket.on("event", (event) => watch.take(event));
	socket.on("stream", () => watch.heard());
	socket.io.on("ping", () => watch.heard());
	socket.on("connect_error", (error) => {
		watch.failed(error.message);
		again();
	});
	socket.on("disconnect", (reason) => {
		watch.closed(0, reason);
		again();
	});
});

/* share: of 100 clients; patienceMs: silence after which the client itself gives the line up. */
export const transports = [
	{ name: "sse", share: 30, patienceMs: 1.5 * HEARTBEAT_S * 1000, live: sse },
	{ name: "long-poll", share: 20, patienceMs: 15_000, live: polls({ waitS: 8, pauseMs: 400 }) },
	{ name: "short-poll", share: 10, patienceMs: 10_000, live: polls({ waitS: 0, pauseMs: 1000 }) },
	{ name: "websocket", share: 20, patienceMs: 40_000, live: websocket },
	{ name: "socket.io", share: 10, patienceMs: 30_000, live: socketIo({}) },
	{ name: "socket.io by websocket", share: 10, patienceMs: 30_000, live: socketIo({ transports: ["websocket"] }) },
];
