/* Starting each peer and telling it what to send. Each listens on a free port of 127.0.0.1 and writes under the instance's folder. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { until } from "../../tests/e2e/lib/wait.mjs";
import { freePort } from "../instance.mjs";
import { Talker, family } from "../measure.mjs";

const here = (name) => new URL(name, import.meta.url).pathname;

/* An event as long as streamd's, of the same kind. */
const event = `{"channel":"user:0190a000-0000-7000-8000-000000000000","seq":17,"type":"user.updated","at":"2026-01-01T00:00:00.000Z","data":{"n": 17, "fill": "${"x".repeat(64)}", "mark": "^"}}`;
const message = `{"op":"event","event":${event}}`;
const frame = `id: 0123456789abcdef/user:0190a000-0000-7000-8000-000000000000=17\ndata: ${event}\n\n`;

/* Resolves when PORT accepts. */
export function listening(port) {
	return until(() => new Promise((resolve) => {
		const socket = net.connect(port, "127.0.0.1", () => { socket.destroy(); resolve(true); });
		socket.on("error", () => resolve(false));
	}), { within: 20_000, what: `port ${port} to accept` });
}

/* Whether a GET of / is answered well. */
async function answers(port) {
	const gone = new AbortController();
	const status = await fetch(`http://127.0.0.1:${port}/`, { signal: gone.signal }).then((answer) => answer.status, () => 0);
	gone.abort();
	return status === 200;
}

/* What still runs is stopped with the bench, whatever ends it. */
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGTERM")));

/* Starts a server; what it says goes where the instance's own logs are. */
export function startChild(instance, name, command, args, options = {}) {
	const log = openSync(`${instance.runDir}/log/${name}.log`, "a");
	const child = spawn(command, args.map(String), { stdio: ["ignore", log, log], ...options });
	closeSync(log);
	running.add(child);
	child.once("exit", () => running.delete(child));
	return child;
}

/* Stops what a start that failed has left. */
export function stopAll() {
	return Promise.all([...running].map((child) => stopChild(child)));
}

export async function stopChild(child, signal = "SIGKILL") {
	if (child.exitCode !== null || child.signalCode !== null)
		return;
	const ended = once(child, "exit");
	child.kill(signal);
	await ended;
}

/* The file NAME beside this one with what differs put in; resolves with its path under the instance's folder. */
function configure(instance, name, values) {
	const text = Object.entries({ DIR: instance.runDir, ...values })
		.reduce((all, [key, value]) => all.replaceAll(`@${key}@`, value), readFileSync(here(name), "utf8"));
	writeFileSync(`${instance.runDir}/${name}`, text);
	return `${instance.runDir}/${name}`;
}

/* A connection that stays, for requests one after another; their answers are not waited for. */
class Publisher {
	constructor(port) {
		this.port = port;
		this.socket = net.connect(port, "127.0.0.1").setNoDelay();
		this.socket.resume().on("error", () => {});
	}

	post(path, bodies) {
		this.socket.write(bodies.map((body) => `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\n`
			+ `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`).join(""));
	}
}

/* Publishing is a POST an event, by a connection that stays: the next goes out before the last is answered. */
export async function startNchan({ instance }) {
	const port = await freePort();
	mkdirSync(`${instance.runDir}/tmp`, { recursive: true });
	const child = startChild(instance, "nchan", "/usr/sbin/nginx", ["-p", instance.runDir, "-c", configure(instance, "nchan.conf", { PORT: port })]);
	await listening(port);
	const publisher = new Publisher(port);
	return {
		targets: [port],
		pids: () => family(child.pid),
		publish: async (count, transport) => publisher.post("/publish", Array(count).fill(transport === "SSE" ? event : message)),
		stop: () => stopChild(child, "SIGTERM"),
	};
}

/* Publishing is one POST with all events as its items. */
export async function startPushpin({ instance }) {
	const [port, publish, originPort] = [await freePort(), await freePort(), await freePort()];
	const folder = `${instance.runDir}/pushpin`;
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder);
	writeFileSync(`${folder}/routes`, `* 127.0.0.1:${originPort}\n`);
	const origin = startChild(instance, "pushpin-origin", process.execPath, [here("pushpin_origin.mjs"), originPort]);
	const child = startChild(instance, "pushpin", "/usr/bin/pushpin", ["--config", configure(instance, "pushpin.conf", { PORT: port, PUBLISH: publish })]);
	await Promise.all([port, publish, originPort].map(listening));
	await until(() => answers(port), { within: 20_000, what: "Pushpin's parts to know one another" });
	return {
		targets: [port],
		pids: () => family(child.pid),
		publish: async (count) => new Publisher(publish).post("/publish/", [JSON.stringify({ /* it takes one request a connection */
			items: Array(count).fill({ channel: "all", formats: { "http-stream": { content: frame } } }) })]),
		async stop() {
			await stopChild(child, "SIGTERM");
			await stopChild(origin);
		},
	};
}

export async function startWs() {
	const port = await freePort();
	const talker = new Talker(process.execPath, [here("ws.mjs"), String(port)]);
	await listening(port);
	return {
		targets: [port],
		pids: () => [talker.pid],
		publish: async (count) => talker.write(`${message}\n`.repeat(count)),
		stop: () => stopChild(talker.child),
	};
}

/* Two processes of one site: one has the clients and is measured, the other emits. */
export async function startSocketIo({ instance }) {
	const port = await freePort();
	const redis = `${await instance.socketDir()}/redis`;
	const server = new Talker(process.execPath, [here("socketio.mjs"), redis, String(port)]);
	const emitter = new Talker(process.execPath, [here("socketio.mjs"), redis]);
	await Promise.all([listening(port), emitter.line()]);
	return {
		targets: [port],
		pids: () => [server.pid],
		publish: async (count) => emitter.write(`${event}\n`.repeat(count)),
		stop: () => Promise.all([server, emitter].map(({ child }) => stopChild(child))),
	};
}

export async function startFastApi({ instance }) {
	const port = await freePort();
	const child = startChild(instance, "fastapi", "/usr/bin/python3", ["-m", "uvicorn", "fastapi_app:app", "--app-dir", here("."), "--host", "127.0.0.1",
		"--port", port, "--backlog", 4096, "--timeout-keep-alive", 600, "--loop", "uvloop", "--http", "httptools", "--ws", "websockets", "--ws-ping-interval", 300,
		"--ws-per-message-deflate", "false", "--no-access-log", "--log-level", "warning"], { env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" } });
	await listening(port);
	const publisher = new Publisher(port);
	return {
		targets: [port],
		pids: () => [child.pid],
		publish: async (count, transport) => publisher.post("/publish",
			[`${(transport === "SSE" ? frame : message).replaceAll("\n", "\0")}\n`.repeat(count)]),
		stop: () => stopChild(child),
	};
}
