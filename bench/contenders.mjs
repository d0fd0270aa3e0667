/*
 * Who is measured: streamd, its limit, and its peers, each in its best ordinary configuration, as one process where its
 * work is one process's, on 127.0.0.1. A row: {peer, name, transport, plan(context) → what the load generator's clients do,
 * start(context) → a server {targets, pids(), publish(count), stop()}, sizes(asked): client counts other than those asked for}.
 * `publish` tells a server that is running to send COUNT events to all, one after another; it may resolve with the time when it
 * began. A server with `publishJoined` can also send what is pending for a client in one write.
 */
import { readFileSync } from "node:fs";
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { until } from "../tests/e2e/lib/wait.mjs";
import { freePort } from "./instance.mjs";
import { Talker } from "./measure.mjs";
import { listening, startChild, startFastApi, startNchan, startPushpin, startSocketIo, startWs, stopChild } from "./peers/start.mjs";
import { Log } from "./streams_log.mjs";

/* To each client its own token, as in life. */
const authorization = ({ tokens }) => ["--own", tokens];
const channel = ({ customer }) => `user:${customer.id}`;

const streamdSse = (context) => ["--path", `/stream?channels=${channel(context)}&heartbeat=55`, "--open", "stream.open", ...authorization(context)];
const streamdWebSocket = (context) => ["--websocket", "--path", "/ws", "--header", "Sec-WebSocket-Protocol: foodfast.v1", ...authorization(context),
	"--say", JSON.stringify({ op: "subscribe", id: 1, channels: [channel(context)] }), "--open", '"ok":true'];

const sse = (path) => () => ["--path", path];
const webSocket = (path) => () => ["--path", path, "--websocket"];

/* Through lighttpd a stream takes two of its descriptors, of which it has 20,000 here. */
const VIA_LIGHTTPD = 8000;
const viaLighttpd = (asked) => [Math.min(VIA_LIGHTTPD, Math.max(...asked))];

export const contenders = [
	{ peer: "streamd", name: "streamd", transport: "SSE", plan: streamdSse, start: startStreamd },
	{ peer: "streamd", name: "streamd", transport: "WebSocket", plan: streamdWebSocket, start: startStreamd },
	{ peer: "bare", name: "bare epoll (limit)", transport: "SSE", plan: sse("/"), start: startBare },
	{ peer: "bare", name: "bare epoll (limit)", transport: "WebSocket", plan: webSocket("/"), start: startBare },
	{ peer: "lighttpd", name: "streamd via lighttpd", transport: "SSE", plan: streamdSse, start: startBehindLighttpd, sizes: viaLighttpd },
	{ peer: "lighttpd", name: "streamd via lighttpd", transport: "WebSocket", plan: streamdWebSocket, start: startBehindLighttpd, sizes: viaLighttpd },
	{ peer: "nchan", name: "Nchan", transport: "SSE", start: startNchan,
		plan: () => ["--path", "/subscribe", "--header", "Accept: text/event-stream"] },
	{ peer: "nchan", name: "Nchan", transport: "WebSocket", plan: webSocket("/subscribe"), start: startNchan },
	{ peer: "pushpin", name: "Pushpin", transport: "SSE", start: startPushpin,
		plan: () => ["--path", "/", "--at-once", "64"] /* more at once, and it answers some with 502 */ },
	{ peer: "ws", name: "node ws", transport: "WebSocket", plan: webSocket("/"), start: startWs },
	{ peer: "socket.io", name: "Socket.IO + Redis", transport: "WebSocket", start: startSocketIo,
		plan: () => ["--websocket", "--path", "/socket.io/?EIO=4&transport=websocket", "--engine-io", "--wait", '0{"sid"', "--say", "40", "--open", "40{"] },
	{ peer: "fastapi", name: "FastAPI, uvicorn", transport: "SSE", start: startFastApi, plan: () => ["--path", "/stream", "--open", "stream.open"] },
	{ peer: "fastapi", name: "FastAPI, uvicorn", transport: "WebSocket", plan: webSocket("/ws"), start: startFastApi },
];

/* The instance's own settings, a socket of its own. */
export async function startStreamd({ instance, customer }, number = 9) {
	const port = await freePort();
	const environ = readFileSync(`/proc/${await instance.pid("streamd-1")}/environ`, "utf8").split("\0").filter(Boolean);
	const env = Object.fromEntries(environ.map((line) => line.split(/=(.*)/s).slice(0, 2)));
	const child = startChild(instance, `bench-streamd-${number}`, `${ROOT}build/streamd`, ["--listen", port],
		{ env: { ...env, FOODFAST_STREAMD: String(number) } });
	await listening(port);
	const log = await Log.open(instance, `user:${customer.id}`);
	return {
		targets: [port],
		pids: () => [child.pid],
		publish: (count) => log.append(count),
		async stop() {
			await log.close();
			await stopChild(child, "SIGKILL");
		},
	};
}

/* The instance's own streamd and lighttpd: the CPU of both, the memory of streamd. It is restarted, so that its memory is new. */
async function startBehindLighttpd({ instance, customer }) {
	const before = await instance.pid("streamd-1");
	process.kill(before, "SIGKILL");
	const streamd = await until(async () => {
		const pid = await instance.pid("streamd-1");
		return pid > 0 && pid !== before && pid;
	}, { what: "streamd to be back" });
	await until(() => instance.client.fetch("/readyz").then(({ status }) => status === 200, () => false), { within: 10_000, what: "it to be ready" });
	const lighttpd = await instance.pid("lighttpd");
	const log = await Log.open(instance, `user:${customer.id}`);
	return {
		targets: [instance.port],
		pids: () => [streamd, lighttpd],
		memoryPids: () => [streamd],
		publish: (count) => log.append(count),
		stop: () => log.close(),
	};
}

async function startBare() {
	const port = await freePort();
	const talker = new Talker(`${ROOT}build/bench_bare`, [String(port)]);
	await listening(port);
	return {
		targets: [port],
		pids: () => [talker.pid],
		publish: async (count) => talker.say(`each ${count}`),
		publishJoined: async (count) => talker.say(`joined ${count}`),
		stop: () => stopChild(talker.child, "SIGKILL"),
	};
}
