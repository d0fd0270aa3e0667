import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionState, countBehind, Line } from "../../../public/js/stream-line.js";

/* Resolves once the line has made its NTH connection (from 1). */
const fixture = ({ isOnline = () => true } = {}) => {
	const log = [];
	const connections = [];
	const waiting = [];
	const open = (name) => (request, handlers) => {
		const connection = { name, request, ...handlers, isClosed: false };
		connections.push(connection);
		waiting.filter(({ count }) => count <= connections.length).forEach(({ resolve }) => resolve(connection));
		return {
			close: () => {
				connection.isClosed = true;
			},
		};
	};
	const note = (name) => (...args) => log.push([name, ...args]);
	const line = new Line({
		role: "customer",
		transport: "sse",
		transports: { sse: { open: open("sse") }, poll: { open: open("poll") } },
		isOnline,
		handlers: {
			onEvent: ({ channel, seq }) => log.push(["event", channel, seq]),
			onOpen: note("open"),
			onReset: (served) => log.push(["reset", ...served.keys()]),
			onDenied: note("denied"),
			onEnd: note("end"),
			onState: () => {},
			onSignedOut: note("signed out"),
		},
	});
	const connected = (count) => new Promise((resolve) => {
		if (connections.length >= count)
			resolve(connections[count - 1]);
		else
			waiting.push({ count, resolve });
	});
	return { line, log, connections, connected };
};

const at = (seq, epoch = "e1") => ({ epoch, seq });
const opened = (heads, mode = "resumed") => ({ type: "stream.open", epoch: "e1", mode, heads, denied: [] });
const event = (channel, seq) => ({ channel, seq, type: "order.status", data: {} });

test("OT-15 a lost line resumes after the last event that it passed on", async (t) => {
	const { line, log, connected } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(3)]]));
	const first = await connected(1);
	assert.equal(first.request.after, "e1/a=3");
	first.frame(opened({ a: 5 }));
	first.frame(event("a", 4));
	first.failed(null);

	const second = await connected(2);
	assert.equal(second.request.after, "e1/a=4");
	second.frame(opened({ a: 5 }));
	second.frame(event("a", 4));
	second.frame(event("a", 5));
	assert.deepEqual(log.filter(([kind]) => kind === "event"), [["event", "a", 4], ["event", "a", 5]]);
});

test("OT-15 a gap is asked for again instead of passed on", async (t) => {
	const { line, log, connected } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(3)]]));
	const first = await connected(1);
	first.frame(opened({ a: 3 }));
	first.frame(event("a", 5));
	assert.deepEqual(log.filter(([kind]) => kind === "event"), []);
	assert.equal((await connected(2)).request.after, "e1/a=3");
});

test("RL-07 another transport goes on where the last one stood, and the old one is closed", async (t) => {
	const { line, connected } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(0)]]));
	const first = await connected(1);
	first.frame(opened({ a: 2 }));
	first.frame(event("a", 1));
	line.use("poll");
	const second = await connected(2);
	assert.deepEqual([first.isClosed, second.name, second.request.after], [true, "poll", "e1/a=1"]);
	first.frame(event("a", 2));
	assert.equal(line.state.transport, "poll");
});

test("RL-08 a channel that joins starts where its state was loaded; wants of one moment make one connection", async (t) => {
	const { line, connections, connected } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(3)]]));
	line.want(new Map([["a", at(3)], ["b", at(8)]]));
	const { request } = await connected(1);
	assert.deepEqual(request.channels, ["a", "b"]);
	assert.equal(request.after, "e1/a=3,b=8");
	assert.equal(connections.length, 1);
});

test("RL-08 a tab that lacks events makes the line go back for them", async (t) => {
	const { line, connected } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(6)]]));
	(await connected(1)).frame(opened({ a: 6 }));
	line.want(new Map([["a", at(4)]]));
	assert.equal((await connected(2)).request.after, "e1/a=4");
});

test("OT-15 reset: everything is loaded anew, and goes on from the heads", async (t) => {
	const { line, log, connected } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(40, "old")]]));
	const first = await connected(1);
	first.frame(opened({ a: 2 }, "reset"));
	assert.deepEqual(log, [["reset", "a"]]);
	first.frame(event("a", 3));
	assert.deepEqual(log.at(-1), ["event", "a", 3]);
	assert.deepEqual([...line.served], [["a", at(3)]]);
});

for (const status of [400, 422])
	test(`OT-15 a cursor that the server can't read (${status}): the line goes on from now, and has everything loaded anew`, async (t) => {
		const { line, log, connected } = fixture();
		t.after(() => line.close());
		line.want(new Map([["a", at(40)]]));
		(await connected(1)).failed({ status });
		const second = await connected(2);
		assert.equal(second.request.after, null);
		second.frame(opened({ a: 2 }, "live"));
		assert.deepEqual(log, [["reset", "a"]]);
	});

test("OT-08 the end of all channels ends the line", async (t) => {
	const { line, log, connected, connections } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(0)]]));
	const first = await connected(1);
	first.frame(opened({ a: 0 }));
	first.frame({ type: "stream.end" });
	assert.deepEqual(log.at(-1), ["end", ["a"]]);
	assert.equal(line.state.connection, "idle");
	assert.equal(first.isClosed, true);
	assert.equal(connections.length, 1);
});

test("AC-13 an ended session ends the line, and is told", async (t) => {
	const { line, log, connected } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(0)]]));
	(await connected(1)).failed({ status: 401 });
	assert.deepEqual(log, [["signed out"]]);
});

test("OT-15 what is denied is told, and the rest goes on", async (t) => {
	const { line, log, connected } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(0)], ["b", at(0)]]));
	const first = await connected(1);
	first.frame({ ...opened({ a: 0 }), denied: ["b"] });
	assert.deepEqual(log[0], ["denied", "b"]);
	first.frame({ type: "stream.denied", channel: "a" });
	assert.equal(line.state.connection, "idle");
});

test("RL-07 a transport that this site lacks is marked as missing, and the line goes on over the first", async (t) => {
	const { line, connected } = fixture();
	t.after(() => line.close());
	line.use("poll");
	line.want(new Map([["a", at(3)]]));
	(await connected(1)).failed({ status: 404, code: "not_installed" });
	const second = await connected(2);
	assert.deepEqual([second.name, second.request.after], ["sse", "e1/a=3"]);
	assert.deepEqual([line.state.transport, line.state.missing], ["sse", ["poll"]]);
});

test("RN-02 the indicator tells the truth", () => {
	const known = { isWanted: true, isOpen: true, hasOpened: true, isOnline: true, behindBy: 0 };
	assert.equal(connectionState(known), "live");
	assert.equal(connectionState({ ...known, behindBy: 2 }), "behind");
	assert.equal(connectionState({ ...known, isOpen: false }), "reconnecting");
	assert.equal(connectionState({ ...known, isOpen: false, hasOpened: false }), "connecting");
	assert.equal(connectionState({ ...known, isOpen: false, isOnline: false }), "offline");
	assert.equal(connectionState({ ...known, isWanted: false }), "idle");
});

test("RN-02 heads ahead of what came mean behind; channels that start now are not", () => {
	const positions = new Map([["a", at(3)], ["b", null], ["c", at(9)]]);
	assert.equal(countBehind(positions, { a: 5, b: 7, c: 9, other: 4 }), 2);
});

test("RN-02 a heartbeat that is ahead shows as behind until the events are here", async (t) => {
	const { line, connected } = fixture();
	t.after(() => line.close());
	line.want(new Map([["a", at(0)]]));
	const first = await connected(1);
	first.frame(opened({ a: 0 }));
	first.frame({ type: "stream.heartbeat", heads: { a: 1 } });
	assert.deepEqual([line.state.connection, line.state.behindBy], ["behind", 1]);
	first.frame(event("a", 1));
	assert.equal(line.state.connection, "live");
});
