/* The developers' page: how each frame came, and what a harmed connection asks for when it is back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { howArrived, Probe, shortChannel } from "../../../public/js/stream-probe.js";

const CHANNEL = "user:0190a000-0000-7000-8000-00000000abcd";

/* Timers that run when the test says so: tick(ms). */
const clock = (t) => {
	const timers = new Map();
	let now = 0;
	let lastId = 0;
	t.mock.method(globalThis, "setTimeout", (act, ms) => timers.set(++lastId, { act, at: now + ms }) && lastId);
	t.mock.method(globalThis, "clearTimeout", (id) => timers.delete(id));
	return (ms) => {
		now += ms;
		for (const [id, { act, at }] of timers)
			if (at <= now && timers.delete(id))
				act();
	};
};

/* A probe whose connections are ours; `rows` holds its log. */
const fixture = (t, { after = "", channels = ["a"] } = {}) => {
	const tick = clock(t);
	const rows = [];
	const connections = [];
	const open = (name) => (request, handlers) => {
		const connection = { name, request, ...handlers, isClosed: false };
		connections.push(connection);
		return {
			close: () => {
				connection.isClosed = true;
			},
			...(name === "socket" && { send: async ({ type }) => ({ did: type }) }),
		};
	};
	const probe = new Probe({
		role: "customer",
		channels,
		after,
		transport: "sse",
		heartbeatS: 15,
		transports: { sse: { label: "SSE", open: open("sse") }, socket: { label: "Socket", open: open("socket") } },
		handlers: { onRow: (row) => rows.push(row), onChange: () => {}, onSignedOut: () => rows.push({ kind: "signed out" }) },
	});
	t.after(() => probe.stop());
	probe.start();
	const arrivals = () => rows.filter(({ kind, arrived }) => kind === "frame" && arrived !== "control").map(({ frame, arrived }) => [frame.seq, arrived]);
	return { probe, rows, connections, arrivals, tick, last: () => connections.at(-1) };
};

const opened = (heads, mode = "resumed") => ({ type: "stream.open", epoch: "e1", mode, heads, denied: [] });
const event = (seq, channel = "a") => ({ channel, seq, type: "user.updated", data: {} });

test("DV-12 an event is live, replayed, doubled, or after a hole", () => {
	assert.equal(howArrived(5, 4, 4), "live");
	assert.equal(howArrived(5, 4, 5), "replayed");
	assert.equal(howArrived(4, 4, 9), "doubled");
	assert.equal(howArrived(6, 4, 9), "skipped");
	assert.equal(howArrived(7, undefined, 9), "replayed");
	assert.equal(howArrived(undefined, 4, 9), "live");
});

test("DV-12 OT-15 cut: it comes back after the last event, and what was missed is replayed once", (t) => {
	const { probe, rows, last, connections, arrivals, tick } = fixture(t);
	assert.equal(last().request.after, null);
	last().frame(opened({ a: 3 }, "live"));
	last().frame(event(4));
	probe.cut();
	assert.equal(connections[0].isClosed, true);
	assert.equal(probe.status, "reconnecting");
	connections[0].frame(event(5));

	tick(1000);
	assert.equal(last().request.after, "e1/a=4");
	last().frame(opened({ a: 6 }));
	assert.equal(probe.behindBy, 2);
	last().frame(event(5));
	last().frame(event(6));
	last().frame(event(7));
	assert.deepEqual(arrivals(), [[4, "live"], [5, "replayed"], [6, "replayed"], [7, "live"]]);
	assert.ok(rows.some(({ text }) => /^Caught up after .* 2 events replayed/.test(text)), "the gap is told");
	assert.deepEqual([probe.counters.connections, probe.counters.doubled, probe.counters.skipped], [2, 0, 0]);
	assert.equal(probe.cursor, "e1/a=7");
});

test("DV-12 what comes twice is counted as doubled, what never came as missing", (t) => {
	const { probe, last } = fixture(t);
	last().frame(opened({ a: 3 }, "live"));
	last().frame(event(3));
	last().frame(event(7));
	assert.deepEqual([probe.counters.doubled, probe.counters.skipped], [1, 3]);
	assert.equal(probe.cursor, "e1/a=7");
});

test("DV-12 paused it stays away, offline it stays away for as long as was said", (t) => {
	const { probe, last, connections, tick } = fixture(t);
	last().frame(opened({ a: 1 }, "live"));
	probe.pause();
	tick(600_000);
	assert.deepEqual([probe.status, connections.length], ["paused", 1]);
	probe.resume();
	last().frame(opened({ a: 1 }));
	assert.deepEqual([probe.status, connections.length], ["live", 2]);

	probe.goOffline(10);
	tick(9999);
	assert.deepEqual([probe.status, connections.length], ["offline", 2]);
	tick(1);
	assert.deepEqual([connections.length, last().request.after], [3, "e1/a=1"]);
});

test("DV-12 RL-07 another transport goes on from the cursor", (t) => {
	const { probe, last, connections } = fixture(t);
	last().frame(opened({ a: 1 }, "live"));
	last().frame(event(2));
	probe.use("socket");
	assert.deepEqual([connections[0].isClosed, last().name, last().request.after], [true, "socket", "e1/a=2"]);
});

test("DV-12 it starts after a cursor", (t) => {
	const { last } = fixture(t, { after: "e1/a=7" });
	assert.equal(last().request.after, "e1/a=7");
	const typed = fixture(t, { after: "no cursor" });
	assert.equal(typed.last().request.after, "no cursor", "the server says what it thinks of it");
});

test("DV-12 it starts from the first event that is kept, and goes on from what came", (t) => {
	const kept = fixture(t, { after: "0", channels: ["a", "b"] });
	assert.equal(kept.last().request.after, "0");
	kept.last().frame(opened({ a: 6, b: 2 }));
	kept.last().frame(event(5));
	kept.last().frame(event(6));
	assert.deepEqual(kept.arrivals(), [[5, "replayed"], [6, "replayed"]]);
	assert.equal(kept.probe.counters.skipped, 0);
	kept.probe.cut();
	kept.tick(1000);
	assert.equal(kept.last().request.after, "e1/a=6,b=0", "of b nothing has come yet");
});

test("DV-12 a name that stands for several channels is resumed on all of them", (t) => {
	const { probe, last, tick } = fixture(t, { channels: ["announcements"] });
	last().frame(opened({ "announcements": 4, "announcements:role:customer": 2 }, "live"));
	last().frame(event(3, "announcements:role:customer"));
	probe.cut();
	tick(1000);
	assert.equal(last().request.after, "e1/announcements=4,announcements:role:customer=3");
	last().frame(opened({ "announcements": 4, "announcements:role:customer": 5 }));
	assert.equal(probe.behindBy, 2);
});

test("DV-12 what is denied is no longer asked for, and where nothing is left it is over", (t) => {
	const { probe, last, connections, tick } = fixture(t, { channels: ["a", "b"] });
	last().frame({ ...opened({ a: 4 }, "live"), denied: ["b"] });
	probe.cut();
	tick(1000);
	assert.deepEqual([last().request.channels, last().request.after], [["a"], "e1/a=4"]);
	last().frame({ type: "stream.denied", channel: "a" });
	assert.deepEqual([probe.status, connections[1].isClosed], ["refused", true]);
});

test("DV-12 a reset begins anew from the heads", (t) => {
	const { probe, last, arrivals } = fixture(t, { after: "old/a=70" });
	last().frame(opened({ a: 4 }, "reset"));
	last().frame(event(5));
	assert.deepEqual(arrivals(), [[5, "live"]]);
	assert.equal(probe.cursor, "e1/a=5");
});

test("DV-12 what is refused says why and is not asked for again; an ended session is told", (t) => {
	const { probe, rows, last, connections, tick } = fixture(t);
	last().failed({ status: 422, message: "Wrong.", errors: [{ pointer: "/channels/0", detail: "must be a name" }] });
	tick(600_000);
	assert.deepEqual([probe.status, connections.length], ["refused", 1]);
	assert.ok(rows.some(({ text }) => text === "Refused: Wrong. /channels/0 must be a name"));

	probe.resume();
	last().failed({ status: 401, message: "The session has ended." });
	assert.equal(rows.at(-1).kind, "signed out");
});

test("DV-12 a server that says when to come back is obeyed", (t) => {
	const { probe, last, connections, tick } = fixture(t);
	last().frame(opened({ a: 1 }, "live"));
	last().failed({ status: 503, retryAfterS: 4, message: "The server restarts." });
	tick(4000);
	assert.equal(connections.length, 1);
	tick(1000);
	assert.deepEqual([probe.status, connections.length], ["reconnecting", 2]);
});

test("DV-12 the end is the end, and silence is a loss", (t) => {
	const { probe, last, connections, tick } = fixture(t);
	last().frame(opened({ a: 1 }, "live"));
	tick(49_999);
	last().frame({ type: "stream.heartbeat", heads: { a: 1 } });
	tick(49_999);
	assert.equal(probe.status, "live");
	tick(1);
	assert.equal(probe.status, "reconnecting");
	tick(1000);
	last().frame(opened({ a: 1 }));
	last().frame({ type: "stream.end" });
	tick(600_000);
	assert.deepEqual([probe.status, connections.length], ["ended", 2]);
});

test("DV-12 CH-03 what is sent over a socket, and its answer, are rows of the log", async (t) => {
	const { probe, rows, last } = fixture(t);
	assert.equal(probe.canSend, false);
	probe.use("socket");
	last().frame(opened({ a: 1 }, "live"));
	assert.equal(probe.canSend, true);
	await probe.send({ channel: "a", type: "order.acknowledged", data: {} });
	const messages = rows.filter(({ kind }) => kind === "message");
	assert.deepEqual(messages.map(({ direction, body }) => [direction, body.type ?? body.did]), [["sent", "order.acknowledged"], ["answered", "order.acknowledged"]]);
});

test("DV-12 a channel is shown by its kind and the end of its id", () => {
	assert.equal(shortChannel(CHANNEL), "user:…00abcd");
	assert.equal(shortChannel("announcements:role:driver"), "announcements:role:driver");
});
