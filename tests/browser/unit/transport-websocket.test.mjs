/* The WebSocket transport before a browser's socket: what it asks, what it unwraps, what a close means to the line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openWebSocket } from "../../../public/js/transport-websocket.js";

class FakeSocket {
	static CONNECTING = 0;
	static OPEN = 1;
	static CLOSED = 3;

	readyState = FakeSocket.CONNECTING;
	sent = [];

	constructor(url, protocol) {
		Object.assign(this, { url, protocol });
		FakeSocket.last = this;
	}

	send(text) {
		this.sent.push(JSON.parse(text));
	}

	close(code) {
		this.readyState = FakeSocket.CLOSED;
		this.closedWith = code;
	}

	/* What the other side does. */
	accept() {
		this.readyState = FakeSocket.OPEN;
		this.onopen();
	}

	say(message) {
		this.onmessage?.({ data: JSON.stringify(message) });
	}

	drop(code, reason = "") {
		this.readyState = FakeSocket.CLOSED;
		this.onclose?.({ code, reason });
	}
}

/* An open transport: what it gave to the line, and the socket under it. */
const fixture = (t, request = {}) => {
	Object.assign(globalThis, { WebSocket: FakeSocket, location: { origin: "https://site.test" } });
	t.after(() => {
		delete globalThis.location;
	});
	const frames = [];
	const failures = [];
	const connection = openWebSocket({ role: "customer", channels: ["a", "b"], after: "e1/a=3", heartbeatS: 15, ...request },
		{ frame: (frame) => frames.push(frame), failed: (error) => failures.push(error) });
	return { connection, frames, failures, socket: FakeSocket.last };
};

const opened = { op: "reply", id: 1, ok: true, epoch: "e1", mode: "resumed", heads: { a: 4 }, denied: ["b"] };

/* Promises that were settled have been heard. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("CH-03 it subscribes when open; the reply, events and frames reach the line as over any transport", async (t) => {
	const { frames, socket } = fixture(t);
	assert.equal(socket.url, "wss://site.test/ws?as=customer");
	assert.equal(socket.protocol, "foodfast.v1");
	socket.accept();
	assert.deepEqual(socket.sent, [{ op: "subscribe", channels: ["a", "b"], after: "e1/a=3", id: 1 }]);

	socket.say(opened);
	await settled();
	socket.say({ op: "event", event: { channel: "a", seq: 4, type: "order.status", data: {} } });
	socket.say({ op: "stream", type: "stream.heartbeat", heads: { a: 4 } });
	socket.say({ op: "news that this page doesn't know yet" });
	assert.deepEqual(frames, [
		{ type: "stream.open", epoch: "e1", mode: "resumed", heads: { a: 4 }, denied: ["b"] },
		{ channel: "a", seq: 4, type: "order.status", data: {} },
		{ type: "stream.heartbeat", heads: { a: 4 } },
	]);
});

test("CH-03 nothing is said of a place where there is none", (t) => {
	const { socket } = fixture(t, { after: null });
	socket.accept();
	assert.deepEqual(socket.sent, [{ op: "subscribe", channels: ["a", "b"], id: 1 }]);
});

for (const [status, code] of [[401, "session_ended"], [403, "forbidden"], [400, "invalid_parameter"]])
	test(`CH-03 a subscribe that is refused with ${status} fails with it, once`, async (t) => {
		const { failures, socket } = fixture(t);
		socket.accept();
		socket.say({ op: "reply", id: 1, ok: false, error: { status, code, detail: "No." } });
		await settled();
		assert.deepEqual(failures.map((error) => [error.status, error.code, error.message]), [[status, code, "No."]]);
	});

/* By close code: what the line is told. */
const closes = [
	[4401, "", { status: 401, retryAfterS: 0 }],
	[4403, "", { status: 403, retryAfterS: 0 }],
	[4429, "", { status: 429, retryAfterS: 5 }],
	[1012, "come back in 2400 ms", { status: 503, retryAfterS: 2.4 }],
	[1012, "", { status: 503, retryAfterS: 0 }],
	[1006, "", null],
	[1009, "", null],
];

for (const [code, reason, expected] of closes)
	test(`CH-03 OT-15 close ${code} ${reason}`, async (t) => {
		const { failures, socket } = fixture(t);
		socket.accept();
		socket.say(opened);
		await settled();
		socket.drop(code, reason);
		await settled();
		assert.deepEqual(failures.map((error) => error && { status: error.status, retryAfterS: error.retryAfterS }), [expected]);
	});

for (const [what, drop] of [
	["a handshake that fails, which a browser does not explain", (socket) => socket.drop(1006)],
	["4408, nobody signed in", (socket) => {
		socket.accept();
		socket.drop(4408);
	}],
])
	test(`CH-03 AC-13 ${what}: a poll says why`, async (t) => {
		const asked = [];
		t.mock.method(globalThis, "fetch", async (url) => {
			asked.push(url);
			return new Response('{"code": "unauthenticated", "detail": "Sign in."}', { status: 401, headers: { "content-type": "application/problem+json" } });
		});
		const { failures, socket } = fixture(t);
		drop(socket);
		await new Promise((resolve) => {
			const look = () => (failures.length > 0 ? resolve() : setImmediate(look));
			look();
		});
		assert.match(asked[0], /^\/poll\?as=customer&channels=a%2Cb&after=e1%2Fa%3D3&wait=0$/);
		assert.deepEqual(failures.map(({ status }) => status), [401]);
	});

test("CH-03 messages go up, and each gets its own reply, in whatever order", async (t) => {
	const { connection, socket } = fixture(t);
	socket.accept();
	socket.say(opened);
	const first = connection.send({ channel: "a", type: "order.acknowledged", data: { order_id: "x" } });
	const second = connection.send({ channel: "a", type: "order.acknowledged", data: { order_id: "y" } });
	assert.deepEqual(socket.sent.slice(1).map(({ op, id, data }) => [op, id, data.order_id]), [["send", 2, "x"], ["send", 3, "y"]]);
	socket.say({ op: "reply", id: 3, ok: false, error: { status: 404, code: "not_found", detail: "No such order." } });
	socket.say({ op: "reply", id: 2, ok: true, data: { acknowledged: true } });
	assert.deepEqual(await first, { acknowledged: true });
	await assert.rejects(second, { status: 404, code: "not_found" });

	const third = connection.send({ channel: "a", type: "order.acknowledged", data: {} });
	socket.drop(1006);
	await assert.rejects(third, { code: "network" });
	await assert.rejects(connection.send({}), { code: "network" });
});

test("RL-07 closed by the page: nothing more is told, and a socket that still connects is closed once it is open", async (t) => {
	const { connection, frames, failures, socket } = fixture(t);
	connection.close();
	assert.equal(socket.closedWith, undefined);
	socket.accept();
	assert.equal(socket.closedWith, 1000);
	assert.deepEqual(socket.sent, []);

	const other = fixture(t);
	other.socket.accept();
	other.connection.close();
	assert.equal(other.socket.closedWith, 1000);
	other.socket.say(opened);
	other.socket.drop(1000);
	await settled();
	assert.deepEqual([frames, failures, other.frames, other.failures], [[], [], [], []]);
});
