/* Socket.IO 5 with its stock client, and with one that keeps no rules. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectTo } from "node:net";
import { describe, test } from "node:test";
import { Manager } from "socket.io-client";
import { within } from "../e2e/lib/wait.mjs";
import { Polling, request } from "./lib/polling.mjs";
import { startServer } from "./lib/server.mjs";
import { Socket } from "./lib/socket.mjs";

const PATIENCE_MS = 20_000;
const ATTACHMENTS_MAX = 10, PAYLOAD_MAX = 1_000_000;

const { port, pause, resume } = await startServer();

const transports = {
	"polling first": { transports: ["polling", "websocket"] },
	"polling only": { transports: ["polling"] },
	"websocket only": { transports: ["websocket"] },
};

/* A stock client of the test that calls this. */
function connect(t, { namespace = "/", auth, ...options } = {}) {
	const manager = new Manager(`http://127.0.0.1:${port}`, { reconnectionDelay: 10, reconnectionDelayMax: 20, ...options });
	t.after(() => manager._close());
	return manager.socket(namespace, { auth });
}

const heard = (socket, event) => within(PATIENCE_MS, new Promise((resolve) => { socket.once(event, (...words) => resolve(words)); }), event);

/* A client by hand, in the main namespace. */
async function enter(t) {
	const socket = new Socket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
	t.after(() => socket.raw.close());
	socket.raw.on("message", (data) => data.toString() === "2" && socket.send("3"));
	assert.equal((await socket.next())[0], "0");
	socket.send("40");
	assert.match(await socket.message(), /^40\{"sid":"[\w-]{20}"\}$/);
	assert.equal(await socket.message(), '42["auth",{}]');
	return socket;
}

for (const [name, options] of Object.entries(transports))
	describe(`CH-02 socket.io-client, ${name}`, () => {
		test("it connects, with what it says of itself", async (t) => {
			const socket = connect(t, { auth: { token: "grüße", n: 1 }, ...options });
			const [auth] = await heard(socket, "auth");
			assert.deepEqual(auth, { token: "grüße", n: 1 });
			assert.ok(socket.connected);
			if (name === "polling first" && socket.io.engine.transport.name === "polling")
				await within(PATIENCE_MS, new Promise((resolve) => { socket.io.engine.once("upgrade", resolve); }), "the upgrade");
			assert.equal(socket.io.engine.transport.name, name === "polling only" ? "polling" : "websocket");
		});

		test("events come back with all kinds of arguments", async (t) => {
			const socket = connect(t, options);
			const rows = [[], [1, "2", { 3: [true] }], [null, [], {}, "\u{1f37d}\n\"", 1e-7], [{ deep: [[[[{ a: 1 }]]]] }]];
			for (const row of rows) {
				socket.emit("message", ...row);
				assert.deepEqual(await heard(socket, "message-back"), row);
			}
		});

		test("acknowledgements come back, and those that nobody gives time out", async (t) => {
			const socket = connect(t, options);
			const answers = await Promise.all([1, 2, 3].map((n) => within(PATIENCE_MS, socket.emitWithAck("message-with-ack", { n }), "an acknowledgement")));
			assert.deepEqual(answers, [{ n: 1 }, { n: 2 }, { n: 3 }]);
			await assert.rejects(socket.timeout(100).emitWithAck("nobody-knows-this"), /timed out/);
		});

		test("binary goes there and back", async (t) => {
			const socket = connect(t, options);
			const first = randomBytes(1), second = randomBytes(70_000), empty = Buffer.alloc(0);
			socket.emit("message", first, { in: [second, "text", empty] });
			assert.deepEqual(await heard(socket, "message-back"), [first, { in: [second, "text", empty] }]);
			assert.deepEqual(await within(PATIENCE_MS, socket.emitWithAck("message-with-ack", second), "an acknowledgement"), second);
		});

		test("the server asks, the client acknowledges", async (t) => {
			const socket = connect(t, options);
			socket.on("question", (n, bytes, answer) => answer(n + 1, bytes));
			socket.emit("ask-me", 41, Buffer.from([7]));
			assert.deepEqual(await heard(socket, "answered"), [42, Buffer.from([7])]);
		});

		test("namespaces are apart, and one that isn't is refused", async (t) => {
			const main = connect(t, options);
			const custom = main.io.socket("/custom", { auth: { name: "custom" } });
			assert.deepEqual(await heard(custom, "auth"), [{ name: "custom" }]);
			custom.emit("message", "there");
			assert.deepEqual(await heard(custom, "message-back"), ["there"]);
			const [unknown] = await heard(main.io.socket("/random"), "connect_error");
			assert.equal(unknown.message, "Invalid namespace");
			const [closed] = await heard(main.io.socket("/closed"), "connect_error");
			assert.equal(closed.message, "forbidden");
			assert.equal(closed.data.detail, "Nobody may come in here.");
			assert.equal(closed.data.status, 403);
			custom.disconnect();
			main.emit("message", "here");
			assert.deepEqual(await heard(main, "message-back"), ["here"]);
		});

		test("a client that the server closes comes back; one that it disconnects doesn't", async (t) => {
			const socket = connect(t, options);
			await heard(socket, "auth");
			const reconnected = heard(socket, "connect");
			socket.emit("close-me");
			assert.equal((await heard(socket, "disconnect"))[0], "transport close");
			await reconnected;
			socket.emit("message", "again");
			assert.deepEqual(await heard(socket, "message-back"), ["again"]);
			socket.emit("leave-me");
			assert.equal((await heard(socket, "disconnect"))[0], "io server disconnect");
			assert.ok(!socket.active);
			socket.connect();
			assert.deepEqual(await heard(socket, "auth"), [{}]);
		});

		test("a thousand events keep their order", async (t) => {
			const socket = connect(t, options);
			const seen = [];
			const isDone = new Promise((resolve) => {
				socket.on("message-back", (n) => {
					seen.push(n);
					if (seen.length === 1000)
						resolve();
				});
			});
			for (let i = 0; i < 1000; i++) {
				socket.emit("message", i);
				if (i % 7 === 0)
					await new Promise((resolve) => { setImmediate(resolve); });
			}
			await within(PATIENCE_MS, isDone, "all of them");
			assert.deepEqual(seen, Array.from({ length: 1000 }, (_, i) => i));
		});
	});

describe("CH-02 Socket.IO's rules", () => {
	test("what breaks them ends the connection", async (t) => {
		const rows = [["4"], ["4abc"], ["47"], ["44{}"], ["40"], ["40[]"], ["42{}"], ["42[]"], ["42[1]"], ['42["connect"]'], ['42["newListener"]'],
			['42abc["message"]'], ['42["message"'], ['42/custom,["message"]'], ['42/random,["message"]'], ["41/custom,"], ["43[]"], ["430{}"],
			[Buffer.from("x")], ['451["message"]'], ['451-["message"]', '42["message"]'],
			[`45${ATTACHMENTS_MAX + 1}-["message"]`], ['452-["message"]', Buffer.alloc(PAYLOAD_MAX), Buffer.alloc(1)], ["4\u00002"]];
		for (const row of rows) {
			const socket = await enter(t);
			for (const packet of row)
				socket.send(packet);
			assert.equal(await socket.end(), 1000, `${row}`);
		}
	});

	test("acknowledgements of nothing, and pings between attachments, break none", async (t) => {
		const socket = await enter(t);
		socket.send("4399[]");
		socket.send('452-7["message-with-ack",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]');
		socket.send(Buffer.from("a"));
		socket.send("6");
		socket.send(Buffer.from("b"));
		assert.equal(await socket.message(), '462-7[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]');
		assert.deepEqual([await socket.message(), await socket.message()], [Buffer.from("a"), Buffer.from("b")]);
		socket.send('450-["message",1]');
		assert.equal(await socket.message(), '42["message-back",1]');
	});

	test("a namespace can be left and entered again", async (t) => {
		const socket = await enter(t);
		for (let i = 0; i < 3; i++) {
			socket.send("41");
			socket.send('40{"again":true}');
			assert.match(await socket.message(), /^40\{"sid"/);
			assert.equal(await socket.message(), '42["auth",{"again":true}]');
		}
	});

	test("whoever enters no namespace is sent away, however alive", async () => {
		const socket = new Socket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
		socket.raw.on("message", (data) => data.toString() === "2" && socket.send("3"));
		assert.equal(await socket.end(), 1000);
		const session = await Polling.open(port, "/socket.io/");
		for (let packets = []; !packets.includes("1"); packets = await session.packets())
			if (packets.includes("2"))
				await session.post("3");
		await session.assertGone();
	});

	test("what a polling client says in one body is done in order", async () => {
		const session = await Polling.open(port, "/socket.io/");
		await session.post(['40{"a":1}', '42["message",1]', '451-["message",{"_placeholder":true,"num":0}]', "bAQI=", '421["message-with-ack"]'].join("\x1e"));
		const messages = await session.messages(6);
		assert.match(messages[0], /^40\{"sid"/);
		assert.deepEqual(messages.slice(1, 5), ['42["message-back",1]', '451-["message-back",{"_placeholder":true,"num":0}]', "bAQI=", "431[]"]);
		assert.equal(messages[5], '42["auth",{"a":1}]');
	});

	test("a last word in the very turn of the upgrade ends the session on its WebSocket", async () => {
		const session = await Polling.open(port, "/socket.io/");
		await session.post("40");
		await session.messages(2);
		const socket = await new Socket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket&sid=${session.sid}`).opened();
		socket.raw.on("message", (data) => data.toString() === "2" && socket.send("3"));
		socket.send("2probe");
		assert.equal(await socket.message(), "3probe");
		const body = '42["finish-me"]', post = connectTo(port, "127.0.0.1");
		post.write(`POST ${session.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`);
		await request(port, session.path, { method: "OPTIONS" });	/* the head has been read */
		pause();
		await new Promise((written) => { post.write(body, written); });
		await new Promise((written) => { socket.raw.send("5", written); });
		resume();
		assert.equal(await socket.message(), '42["last"]');
		assert.equal(await socket.end(), 1000);
		post.destroy();
	});

	test("half a packet is forgotten with its client", async (t) => {
		const socket = await enter(t);
		socket.send('452-["message"]');
		socket.send(Buffer.alloc(100));
		socket.raw.terminate();
		await once(socket.raw, "close").catch(() => {});
		const other = await enter(t);
		other.send('42["message"]');
		assert.equal(await other.message(), '42["message-back"]');
	});
});
