/* Engine.IO 4: sessions, heartbeats and upgrades, as stock clients do them, and as nobody should. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Socket as Client } from "engine.io-client";
import net from "node:net";
import { describe, test } from "node:test";
import { inParallel, until, within } from "../e2e/lib/wait.mjs";
import { Polling, SEPARATOR, request } from "./lib/polling.mjs";
import { startServer } from "./lib/server.mjs";
import { Socket } from "./lib/socket.mjs";

const PATIENCE_MS = 20_000;
const MAX_PAYLOAD = 1_000_000;
const PING_TIMEOUT = 200, PING_INTERVAL = 300;

const { port } = await startServer();
const ws = (query) => new Socket(`ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket${query ?? ""}`);

/* The answer's head, and all else, to what is written byte by byte. */
async function raw(text) {
	const socket = net.connect(port, "127.0.0.1");
	socket.write(text);
	let answer = "";
	socket.on("data", (chunk) => { answer += chunk; });
	await within(PATIENCE_MS, once(socket, "end"), "the answer's end");
	socket.destroy();
	return answer;
}

/* The rest of this body never comes; it takes its time while the other tests run. */
const unfinished = Polling.open(port).then(({ path }) => raw(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n4`));

/* A WebSocket session that answers pings until it is left alone. */
async function open() {
	const socket = ws();
	const greeting = await socket.next();
	assert.equal(greeting[0], "0");
	return Object.assign(socket, { handshake: JSON.parse(greeting.slice(1)) });
}

describe("CH-02 Engine.IO handshake", () => {
	test("polling: one packet, a whole answer, a sid that names its server", async () => {
		const { status, headers, text } = await request(port, "/engine.io/?EIO=4&transport=polling");
		assert.equal(status, 200);
		assert.equal(headers["content-type"], "text/plain; charset=UTF-8");
		assert.equal(Number(headers["content-length"]), Buffer.byteLength(text));
		assert.ok(headers["x-request-id"]);
		const { sid, ...rest } = JSON.parse(text.slice(1));
		assert.match(sid, /^1\.[A-Za-z0-9_-]{22}$/);
		assert.deepEqual(rest, { upgrades: ["websocket"], pingInterval: PING_INTERVAL, pingTimeout: PING_TIMEOUT, maxPayload: MAX_PAYLOAD });
	});

	test("websocket: no upgrade is offered, and no sid comes twice", async () => {
		const sockets = await Promise.all(Array.from({ length: 20 }, open));
		assert.deepEqual(sockets[0].handshake.upgrades, []);
		assert.equal(new Set(sockets.map(({ handshake }) => handshake.sid)).size, 20);
		for (const socket of sockets)
			socket.raw.close();
	});

	test("what it can't be is told with a code", async () => {
		const rows = [
			["GET", "", 0, "Transport unknown"],
			["GET", "EIO=4&transport=carrier-pigeon", 0, "Transport unknown"],
			["GET", "EIO=4&transport=polling&sid=nonsense", 1, "Session ID unknown"],
			["GET", "EIO=4&transport=polling&sid=7.aaaaaaaaaaaaaaaaaaaa", 1, "Session ID unknown"],
			["GET", "EIO=4&transport=polling&sid=99999999999999999999.a", 1, "Session ID unknown"],
			["GET", "EIO=4&transport=polling&sid=", 1, "Session ID unknown"],
			["POST", "EIO=4&transport=polling", 2, "Bad handshake method"],
			["PUT", "EIO=4&transport=polling", 2, "Bad handshake method"],
			["GET", "EIO=4&transport=websocket", 3, "Bad request"],
			["GET", "transport=polling", 5, "Unsupported protocol version"],
			["GET", "EIO=3&transport=polling", 5, "Unsupported protocol version"],
		];
		for (const [method, query, code, message] of rows) {
			const { status, headers, text } = await request(port, `/engine.io/?${query}`, { method });
			assert.equal(status, 400, query);
			assert.equal(headers["content-type"], "application/json");
			assert.deepEqual(JSON.parse(text), { code, message }, query);
		}
	});

	test("other methods are told which ones there are", async () => {
		const options = await request(port, "/engine.io/", { method: "OPTIONS" });
		assert.equal(options.status, 204);
		assert.match(options.headers.allow, /GET, POST/);
		for (const method of ["DELETE", "PATCH", "HEAD", "PUT"]) {
			const session = await Polling.open(port);
			const { status, headers } = await session.poll({ method });
			assert.equal(status, 405, method);
			assert.match(headers.allow, /GET, POST/);
			await session.post("4still there");
			assert.deepEqual(await session.messages(1), ["4still there"]);
		}
	});
});

describe("CH-02 Engine.IO polling", () => {
	test("text, binary, empty messages, many in one answer", async () => {
		const session = await Polling.open(port);
		const packets = ["4grüße", "bAQIDBA==", "4", "b", "4\u{1f37d}"];
		const { status, headers, text } = await session.post(packets.join(SEPARATOR));
		assert.deepEqual([status, headers["content-type"], text], [200, "text/html", "ok"]);
		assert.deepEqual(await session.messages(packets.length), packets);
	});

	test("a poll that waits is answered when there is something", async () => {
		const session = await Polling.open(port);
		const { answer } = await session.hold();
		await session.post("4here");
		assert.equal((await answer).text, "4here");
	});

	test("the request's id comes back with what it waited for", async () => {
		const session = await Polling.open(port);
		const { answer } = await session.hold({ headers: { "X-Request-Id": "my-poll" } });
		await session.post("4x");
		assert.equal((await answer).headers["x-request-id"], "my-poll");
	});

	test("a body in pieces, and the largest one", async () => {
		const session = await Polling.open(port);
		const text = `4${"x".repeat(MAX_PAYLOAD - 1)}`;
		assert.equal((await session.post(text)).status, 200);
		assert.deepEqual(await session.messages(1), [text]);
	});

	test("bodies that can't be taken are refused, and the session goes on", async () => {
		const rows = [
			["411", ""],
			["411", "Transfer-Encoding: chunked\r\n"],
			["411", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"],
			["400", "Content-Length: two\r\n"],
			["400", "Content-Length: -1\r\n"],
			["400", "Content-Length: 2, 2\r\n"],
			["400", "Content-Length: 2\r\nContent-Length: 2\r\n"],
			["413", `Content-Length: ${MAX_PAYLOAD + 1}\r\n`],
			["413", "Content-Length: 99999999999999999999999\r\n"],
		];
		for (const [status, lines] of rows) {
			const session = await Polling.open(port);
			const answer = await raw(`POST ${session.path} HTTP/1.1\r\nHost: x\r\n${lines}\r\n4x`);
			assert.equal(answer.split(" ")[1], status, lines);
			assert.match(answer, /application\/problem\+json/);
			await session.post("4still there");
			assert.deepEqual(await session.messages(1), ["4still there"]);
		}
	});

	test("Expect: 100-continue is answered before the body comes", async () => {
		const session = await Polling.open(port);
		const socket = net.connect(port, "127.0.0.1");
		socket.write(`POST ${session.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`);
		const [first] = await within(PATIENCE_MS, once(socket, "data"), "the interim answer");
		assert.equal(first.toString(), "HTTP/1.1 100 Continue\r\n\r\n");
		socket.write("4x");
		const [second] = await within(PATIENCE_MS, once(socket, "data"), "the answer");
		assert.match(second.toString(), /^HTTP\/1\.1 200 /);
		socket.destroy();
	});

	test("many bodies on their way keep nobody else waiting", async () => {
		const path = (await Polling.open(port)).path;
		const sockets = Array.from({ length: 200 }, () => net.connect(port, "127.0.0.1"));
		await Promise.all(sockets.map((socket) => once(socket, "connect")));
		for (const socket of sockets)
			socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n4`);
		await Polling.open(port);
		for (const socket of sockets)
			socket.destroy();
	});

	test("what isn't packets ends the session, and has no effect", async () => {
		for (const body of ["", "abc", "7", "4good\x1ebad", "4a\x1e\x1e4b", "bA", "4\xff", "2", "2probe", "0{}", "5"]) {
			const session = await Polling.open(port);
			const { answer } = await session.hold();
			const { status } = await session.post(Buffer.from(body, "latin1"));
			assert.equal(status, 400, body);
			assert.equal((await answer).text, "1", body);
			await session.assertGone();
		}
	});

	test("what nobody fetches is not kept without end", async () => {
		const session = await Polling.open(port);
		const text = `4${"x".repeat(MAX_PAYLOAD - 1)}`;
		let count = 0;
		while ((await session.post(text)).status === 200)
			count++;
		assert.ok(count <= 9, `${count} MB were kept`);
		await session.assertGone();
	});

	test("a second poll ends the session: the first hears so", async () => {
		const session = await Polling.open(port);
		const { answer } = await session.hold();
		assert.equal((await session.poll()).status, 400);
		const { status, text } = await answer;
		assert.deepEqual([status, text], [200, "1"]);
		await session.assertGone();
	});

	test("a poll that is given up ends the session", async () => {
		const session = await Polling.open(port);
		const abort = new AbortController();
		const { answer } = await session.hold({ signal: abort.signal });
		abort.abort();
		await assert.rejects(answer);
		await until(async () => (await session.post("6")).status === 400, { what: "the session to be gone" });
		await session.assertGone();
	});

	test("a close packet ends the poll that waits, or the next", async () => {
		const session = await Polling.open(port);
		const { answer } = await session.hold();
		assert.equal((await session.post("1")).status, 200);
		assert.equal((await answer).text, "6");
		await session.assertGone();
		const other = await Polling.open(port);
		await other.post("1");
		assert.equal((await other.post("4x")).status, 400);
		assert.deepEqual(await other.packets(), ["6"]);
		await other.assertGone();
	});
});

describe("CH-02 Engine.IO heartbeats", () => {
	test("who answers stays, whoever doesn't is gone in time", async () => {
		const session = await Polling.open(port);
		for (let i = 0; i < 4; i++) {
			assert.deepEqual(await session.packets(), ["2"]);
			await session.post("3");
		}
		assert.deepEqual(await session.packets(), ["2"]);
		assert.deepEqual(await session.packets(), ["1"]);
		await session.assertGone();
	});

	test("a pong that nobody asked for prolongs nothing", async () => {
		const socket = await open();
		const chatter = setInterval(() => socket.send("4x"), 20);
		socket.send("3");
		await socket.end();
		clearInterval(chatter);
	});
});

describe("CH-02 Engine.IO over a WebSocket", () => {
	test("text, binary, empty messages", async () => {
		const socket = await open();
		for (const packet of ["4grüße", "4", `4${"x".repeat(70_000)}`]) {
			socket.send(packet);
			assert.equal(await socket.message(), packet);
		}
		for (const size of [0, 1, 125, 126, 65_536, MAX_PAYLOAD]) {
			const bytes = Buffer.alloc(size, size % 251);
			socket.send(bytes);
			assert.deepEqual(await socket.message(), bytes);
		}
		socket.send("6");
		socket.send("4after");
		assert.equal(await socket.message(), "4after");
		socket.raw.close();
	});

	test("what isn't a packet ends it", async () => {
		for (const packet of ["", "abc", "7", "0", "2", "2probe", "5"]) {
			const socket = await open();
			socket.send(packet);
			assert.equal(await socket.end(), 1000, packet);
		}
		const socket = await open();
		socket.send(`4${"x".repeat(MAX_PAYLOAD)}`);
		assert.equal(await socket.end(), 1009);
	});

	test("a close packet ends it", async () => {
		const socket = await open();
		socket.send("1");
		assert.equal(await socket.end(), 1000);
	});
});

describe("CH-02 Engine.IO upgrade", () => {
	test("by the book: probe, the poll that waits ends, and what is queued follows in order", async () => {
		const session = await Polling.open(port);
		const { answer } = await session.hold();
		const socket = await ws(`&sid=${session.sid}`).opened();
		socket.send("2probe");
		assert.equal(await socket.next(), "3probe");
		assert.equal((await answer).text, "6");
		await session.post(["4one", "bAQI=", "4three"].join(SEPARATOR));
		assert.deepEqual(await session.packets(), ["6"]);
		socket.send("5");
		assert.equal(await socket.message(), "4one");
		assert.deepEqual(await socket.message(), Buffer.from([1, 2]));
		assert.equal(await socket.message(), "4three");
		socket.send("4four");
		assert.equal(await socket.message(), "4four");
		const { status, text } = await session.poll();
		assert.deepEqual([status, JSON.parse(text).code], [400, 3]);
		assert.equal((await session.post("4x")).status, 400);
		const second = ws(`&sid=${session.sid}`);
		assert.equal(await second.end(), 1008);
		assert.equal(second.error, undefined);
		socket.send("4still there");
		assert.equal(await socket.message(), "4still there");
		socket.raw.close();
	});

	test("a probe that breaks off leaves the polling as it was", async () => {
		for (const words of [[], ["2probe"], ["2probe", "4x"], ["5"], ["4x"], [Buffer.from("2probe")]]) {
			const session = await Polling.open(port);
			const socket = await ws(`&sid=${session.sid}`).opened();
			for (const word of words)
				socket.send(word);
			await session.post("4during");
			socket.raw.close();
			await socket.end();
			const packet = await until(async () => (await session.messages(1)).find((message) => message !== "6"));
			assert.equal(packet, "4during");
		}
	});

	test("one probe at a time, and none for a session that isn't", async () => {
		const session = await Polling.open(port);
		const first = await ws(`&sid=${session.sid}`).opened();
		assert.equal(await ws(`&sid=${session.sid}`).end(), 1008);
		first.send("2probe");
		assert.equal(await first.next(), "3probe");
		first.raw.close();
		const none = ws("&sid=1.aaaaaaaaaaaaaaaaaaaa");
		await none.end();
		assert.match(none.error.message, /400/);
	});

	test("a session that ends takes its probe with it", async () => {
		const session = await Polling.open(port);
		const socket = await ws(`&sid=${session.sid}`).opened();
		socket.send("2probe");
		await session.post("abc");
		await socket.end();
	});

	test("of what goes both ways meanwhile nothing is lost or doubled", async () => {
		const COUNT = 300;
		const clients = Array.from({ length: 10 }, () => new Client(`http://127.0.0.1:${port}`, { path: "/engine.io/", transports: ["polling", "websocket"] }));
		await Promise.all(clients.map(async (client, number) => {
			const seen = [];
			const isDone = new Promise((resolve, reject) => {
				client.on("message", (data) => {
					seen.push(data);
					if (seen.length === COUNT)
						resolve();
				});
				client.on("close", (reason) => reject(new Error(`client ${number} closed: ${reason}`)));
			});
			isDone.catch(() => {});
			await within(PATIENCE_MS, once(client, "open"), "a session");
			const isUpgraded = once(client, "upgrade");
			for (let i = 0; i < COUNT; i++) {
				client.send(`${i}`);
				if (i % (3 + number) === 0)
					await new Promise((resolve) => { setImmediate(resolve); });
			}
			await within(PATIENCE_MS, isUpgraded, "the upgrade");
			await within(PATIENCE_MS, isDone, "all echoes");
			assert.deepEqual(seen, Array.from({ length: COUNT }, (_, i) => `${i}`));
			client.off("close");
			client.close();
		}));
	});
});

/* Numbers below LIMIT, the same ones for the same seed (mulberry32). */
function dice(seed) {
	return (limit) => {
		seed = seed + 0x6d2b79f5 | 0;
		let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
		t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
		return ((t ^ t >>> 14) >>> 0) % limit;
	};
}

/* A client who does what comes to his mind, whatever comes of it. */
async function stumble(path, roll) {
	const words = ["2probe", "5", "3", "4x", "40", "41", '42["message",1]', '451-["message"]', "6", "1", "b!", "9", ""];
	const word = () => words[roll(words.length)];
	const pick = (list) => list[roll(list.length)];
	const session = await Polling.open(port, path);
	const sockets = [], aborts = [], loose = [];
	const loosen = (asked) => loose.push(asked.catch(() => {}));
	const steps = [
		() => loosen(session.poll()),
		() => loosen(session.post([word(), word()].slice(roll(2)).join(SEPARATOR))),
		() => { aborts.push(new AbortController()); loosen(session.poll({ signal: aborts.at(-1).signal })); },
		() => pick(aborts)?.abort(),
		() => { sockets.push(new Socket(`ws://127.0.0.1:${port}${path}?EIO=4&transport=websocket${roll(4) > 0 ? `&sid=${session.sid}` : ""}`)); },
		() => { const { raw } = pick(sockets) ?? {}; if (raw?.readyState === 1) raw.send(roll(5) > 0 ? word() : Buffer.from("x")); },
		() => pick(sockets)?.raw[pick(["close", "terminate"])](),
		() => loosen(request(port, session.path)),
	];
	for (let i = 0; i < 25; i++) {
		pick(steps)();
		if (roll(3) === 0)
			await new Promise((resolve) => { setTimeout(resolve, roll(8)); });
	}
	for (const abort of aborts)
		abort.abort();
	for (const { raw } of sockets)
		raw.terminate();
	await Promise.all(loose);
}

test("CH-02 two hundred clients who keep no order are survived", async () => {
	const SEED = 20261121;
	await inParallel(200, 20, (number) => stumble(number % 2 ? "/engine.io/" : "/socket.io/", dice(SEED + number)));
	const session = await Polling.open(port);
	await session.post("4well");
	assert.deepEqual(await session.messages(1), ["4well"]);
});

test("CH-02 a server that is full says so, and goes on when it isn't", async () => {
	const sessions = [];
	const full = await until(async () => {
		const answers = await inParallel(100, 20, () => request(port, "/engine.io/?EIO=4&transport=polling"));
		sessions.push(...answers);
		return answers.find(({ status }) => status !== 200);
	}, { within: PATIENCE_MS, what: "a refusal" });
	assert.equal(full.status, 503);
	assert.equal(JSON.parse(full.text).code, "too_many_connections");
	assert.ok(Number(full.headers["retry-after"]) > 0);
	await until(async () => (await request(port, "/engine.io/?EIO=4&transport=polling")).status === 200, { what: "room again" });
});

describe("CH-02 Engine.IO patience", () => {
	test("a body that doesn't come is waited for ten seconds", async () => {
		assert.match(await unfinished, /^HTTP\/1\.1 408 /);
	});
});
