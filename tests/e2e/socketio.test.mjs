/* Socket.IO at /socket.io/ with the stock client, as it comes from npm: over polling, over a WebSocket, and from the one to the other. */
import assert from "node:assert/strict";
import test from "node:test";
import { ok, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { SocketIoDialogue } from "./lib/dialogue.mjs";
import { here } from "./lib/instance.mjs";
import { newId, newKitchen, staffAt } from "./lib/kitchens.mjs";
import { assertAsLogged } from "./lib/log.mjs";
import { drive, move, orderBySomeone } from "./lib/orders.mjs";
import { change, customer, PASSWORD } from "./lib/people.mjs";
import { cursorOf, stream } from "./lib/stream.mjs";
import { Streamd } from "./lib/streamd.mjs";
import { A_SECOND_MS, until } from "./lib/wait.mjs";

/* How the stock client may be told to go. */
const ways = { "polling, then websocket": ["polling", "websocket"], "websocket only": ["websocket"], "polling only": ["polling"] };

const socket = (t, client, options) => SocketIoDialogue.open(t, client, options);
const transportOf = (dialogue) => dialogue.socket.io.engine.transport.name;

const agreed = (reply) => {
	assert.equal(reply.ok, true, JSON.stringify(reply));
	return reply;
};

const refused = (reply, status, code) => {
	assert.equal(reply.ok, false, JSON.stringify(reply));
	assert.deepEqual([reply.error.status, reply.error.code], [status, code], JSON.stringify(reply));
	assert.deepEqual(Object.keys(reply).sort(), ["error", "ok"], "no op, no id");
	return reply.error;
};

/* The connect is refused with CODE, as the client's own connect_error has it. */
const refusedConnect = async (t, client, options, code) => {
	const error = await socket(t, client, options).then(() => assert.fail("it was to be refused"), (reason) => reason);
	assert.equal(error.message, code);
	assert.equal(error.data?.code, code, JSON.stringify(error.data));
	return error;
};

for (const [way, transports] of Object.entries(ways))
	test(`CH-02 OT-10 RN-07 ${way}: an order's events are those of SSE and of the log, then stream.end`, async (t) => {
		const kitchen = await newKitchen();
		const { ana, order } = await orderBySomeone(kitchen);
		const channel = `order:${order.id}`;
		const [other, reader] = [await stream(t, ana, channel, { after: 0 }), await socket(t, ana, { transports })];
		assert.deepEqual(agreed(await reader.ask("subscribe", { channels: [channel], after: "0" })), { ok: true, epoch: other.epoch, mode: "resumed", heads: { [channel]: 1 }, denied: [] });
		await drive(kitchen.owner, order);
		await reader.until(() => reader.signals("stream.end").length > 0);
		await other.closed();
		assert.deepEqual(reader.events, other.events);
		await assertAsLogged(reader.events, channel);
		assert.deepEqual(reader.raw.at(-1), { name: "stream", data: { type: "stream.end" } });
		assert.ok(reader.raw.slice(0, -1).every(({ name }) => name === "event"));
		await until(() => transportOf(reader) === transports.at(-1));
		agreed(await reader.ask("subscribe", { channels: [`user:${ana.user.id}`] }));
		await change(ana);
		await reader.event("user.updated");
	});

test("CH-02 RN-07 events on their way while the transport is upgraded come once and in order", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	for (let round = 0; round < 5; round++) {
		const { heads } = agreed(await (await socket(t, ana, { transports: ["websocket"] })).ask("subscribe", { channels: [channel] }));
		const reader = await socket(t, ana);
		agreed(await reader.ask("subscribe", { channels: [channel] }));
		const changing = change(ana, 20);
		await until(() => transportOf(reader) === "websocket");
		await changing;
		await reader.count(20);
		await assertAsLogged(reader.events, channel, { after: heads[channel] });
		reader.close();
	}
});

test("CH-02 permessage-deflate on and off bring the same events", async (t) => {
	const kitchen = await newKitchen();
	const channel = `restaurant:${kitchen.id}`;
	const readers = await Promise.all([{ threshold: 0 }, false].map((perMessageDeflate) => socket(t, kitchen.owner, { transports: ["websocket"], perMessageDeflate })));
	assert.deepEqual(readers.map((reader) => reader.socket.io.engine.transport.ws.extensions), ["permessage-deflate", ""]);
	for (const reader of readers)
		agreed(await reader.ask("subscribe", { channels: [channel] }));
	const { order } = await orderBySomeone(kitchen);
	await drive(kitchen.owner, order);
	for (const reader of readers)
		await reader.event("order.status", { status: "delivered" });
	assert.deepEqual(readers[0].events, readers[1].events);
	await assertAsLogged(readers[0].events, channel);
});

for (const [way, transports] of Object.entries(ways))
	test(`RN-05 CH-02 ${way}: an order is acknowledged by Socket.IO, by an acknowledgement, and twice is once`, async (t) => {
		const kitchen = await newKitchen();
		const { ana, order } = await orderBySomeone(kitchen);
		const [restaurant, channel] = [`restaurant:${kitchen.id}`, `order:${order.id}`];
		const [cook, screen] = [await socket(t, kitchen.owner, { transports }), await stream(t, kitchen.owner, restaurant)];
		agreed(await cook.ask("subscribe", { channels: [restaurant] }));
		const send = (reader, fields) => reader.ask("send", { channel: restaurant, type: "order.acknowledged", data: { order_id: order.id }, ...fields });
		const { data, ...rest } = agreed(await send(cook));
		assert.deepEqual([data.id, rest], [order.id, { ok: true }]);
		assert.ok(data.acknowledged_at);
		assert.deepEqual(agreed(await send(cook, { channel })).data, data);
		await move(kitchen.owner, order, "confirmed");
		for (const reader of [cook, screen]) {
			await reader.event("order.status", { status: "confirmed" });
			assert.equal(reader.events.filter(({ type }) => type === "order.acknowledged").length, 1);
		}
		refused(await send(await socket(t, ana, { transports })), 403, "forbidden");
		refused(await send(await socket(t, await customer(), { transports })), 404, "not_found");
		refused(await send(cook, { data: { order_id: newId() } }), 404, "not_found");
	});

test("CH-02 RL-11 what is no command is answered by its code in the acknowledgement, and the connection goes on", async (t) => {
	const ana = await customer();
	const reader = await socket(t, ana);
	const { socket: stock } = reader;
	const emit = (...words) => stock.timeout(5000).emitWithAck(...words);
	refused(await emit("dance", {}), 422, "unknown_op");
	refused(await emit("subscribe"), 400, "malformed_json");
	refused(await emit("subscribe", 42), 400, "malformed_json");
	refused(await emit("subscribe", null), 400, "malformed_json");
	refused(await emit("subscribe", [{ channels: ["ops"] }]), 400, "malformed_json");
	refused(await emit("subscribe", { channels: ["ops"] }, { channels: ["ops"] }), 400, "malformed_json");
	refused(await emit("subscribe", { channels: ["ops"], op: "subscribe" }), 422, "unknown_field");
	refused(await emit("subscribe", { channels: "ops" }), 422, "invalid_fields");
	refused(await emit("send", { channel: "ops", type: "dance", data: {} }), 422, "unknown_type");
	refused(await emit("subscribe", { channels: Buffer.from("ops") }), 422, "binary_refused");
	refused(await emit("send", { channel: "ops", type: "order.acknowledged", data: new Uint8Array(1000) }), 422, "binary_refused");
	stock.emit("dance");
	stock.emit("dance", Buffer.from("x"));
	stock.emit("subscribe", { channels: [`user:${ana.user.id}`] });
	assert.deepEqual(agreed(await emit("unsubscribe", { channels: ["ops"] })).channels, [`user:${ana.user.id}`], "an event without an acknowledgement is done");
	assert.equal(reader.isClosed, false);
});

test("CH-02 RL-11 who has no valid identity hears why in connect_error, by its code; an unknown namespace is the protocol's error", async (t) => {
	const ana = await customer();
	const [nobody, odd] = [new Client(), new Client({ token: "nonsense" })];
	for (const transports of Object.values(ways)) {
		const { data } = await refusedConnect(t, nobody, { transports }, "unauthenticated");
		assert.deepEqual([data.status, typeof data.detail], [401, "string"]);
		await refusedConnect(t, odd, { transports }, "token_invalid");
		await refusedConnect(t, nobody, { transports, extraHeaders: { Authorization: "Bearer nonsense" } }, "token_invalid");
		await refusedConnect(t, nobody, { transports, auth: { token: 7 } }, "unauthenticated");
	}
	const other = await socket(t, ana, { forceNew: true });
	const custom = other.socket.io.socket("/custom", { auth: { token: ana.token } });
	const error = await new Promise((resolve) => custom.on("connect_error", resolve).connect());
	assert.equal(error.message, "Invalid namespace");
	agreed(await other.ask("subscribe", { channels: [`user:${ana.user.id}`] }));
	ok(await ana.post("/auth/logout"), 204);
	await refusedConnect(t, ana, {}, "session_ended");
});

test("AC-09 AC-11 who is asking: auth, header, cookie and role, ticket", async (t) => {
	const ana = await customer();
	const channels = [`user:${ana.user.id}`];
	const jar = new Client();
	ok(await jar.post("/auth/login", { email: ana.email, password: PASSWORD, cookie: true }, { Origin: here.url.origin }));
	const Cookie = [...jar.cookies].map((pair) => pair.join("=")).join("; ");
	for (const transports of Object.values(ways)) {
		const ticket = ok(await ana.post("/stream-tickets"), 201).ticket;
		for (const options of [
			{ auth: { token: ana.token } }, { extraHeaders: { Authorization: `Bearer ${ana.token}` } },
			{ extraHeaders: { Cookie, Origin: here.url.origin }, query: { as: "customer" } }, { query: { ticket } },
		])
			agreed(await (await socket(t, new Client(), { transports, ...options })).ask("subscribe", { channels }));
		await refusedConnect(t, new Client(), { transports, extraHeaders: { Cookie, Origin: here.url.origin }, query: { as: "driver" } }, "unauthenticated");
	}
	const reader = await socket(t, ana);
	agreed(await reader.ask("auth", { token: ana.token }));
	refused(await reader.ask("auth", { token: "nonsense" }), 401, "token_invalid");
	refused(await reader.ask("auth", { token: (await customer()).token }), 403, "forbidden");
	assert.equal((await reader.ended()).reason, "io server disconnect");
});

test("AC-11 RL-11 a page of another site gets no handshake, by polling or WebSocket, whatever it brings along", async (t) => {
	const ana = await customer();
	for (const Origin of ["https://evil.example", "null", `${here.url.origin}.evil.example`]) {
		problem(await ana.fetch("/socket.io/?EIO=4&transport=polling", { headers: { Origin } }), 403, "cross_site");
		const error = await socket(t, ana, { transports: ["websocket"], extraHeaders: { Origin } }).then(() => assert.fail("it was to be refused"), (reason) => reason);
		assert.match(String(error.description?.message ?? error), /403/);
	}
	problem(await ana.fetch("/socket.io/?EIO=4&transport=polling", { method: "PUT" }), 405);
	await socket(t, ana, { extraHeaders: { Origin: here.url.origin } });
});

for (const [way, transports] of Object.entries(ways))
	test(`AC-13 ${way}: a session that ends disconnects within a second, and the client stays away`, async (t) => {
		const ana = await customer();
		const reader = await socket(t, ana, { transports, reconnection: true, reconnectionDelay: 10 });
		agreed(await reader.ask("subscribe", { channels: [`user:${ana.user.id}`] }));
		await until(() => transportOf(reader) === transports.at(-1));
		const attempts = [];
		reader.socket.io.on("reconnect_attempt", () => attempts.push(1));
		ok(await ana.post("/auth/logout"), 204);
		const started = performance.now();
		assert.equal((await reader.ended()).reason, "io server disconnect");
		assert.ok(performance.now() - started < A_SECOND_MS);
		assert.deepEqual(attempts, []);
	});

for (const [way, transports] of Object.entries(ways))
	test(`CH-02 RN-07 ${way}: the stock client reconnects by itself and goes on from its cursor, also after streamd was stopped`, async (t) => {
		const streamd = await Streamd.start(t);
		const ana = await customer();
		const channel = `user:${ana.user.id}`;
		const reader = await socket(t, ana.through(streamd.origin), { transports, reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 });
		const connects = [];
		const subscribe = async (after) => agreed(await reader.ask("subscribe", { channels: [channel], after }));
		const { epoch } = await subscribe("0");
		reader.socket.on("connect", async () => connects.push((await subscribe(cursorOf(epoch, reader.events))).mode));
		await change(ana, 2);
		await reader.count(2);
		reader.socket.io.engine.close();
		await change(ana, 2);
		await until(() => reader.events.length === 4);
		await streamd.stop();
		await change(ana, 2);
		await streamd.up();
		await until(() => reader.events.length === 6, { within: 15_000 });
		await assertAsLogged(reader.events, channel);
		assert.deepEqual(connects, ["resumed", "resumed"]);
	});

test("RL-11 too many events disconnect the client; others do not notice", async (t) => {
	const ana = await customer();
	for (const transports of Object.values(ways)) {
		const [calm, busy] = [await socket(t, ana, { transports }), await socket(t, ana, { transports })];
		agreed(await calm.ask("subscribe", { channels: [`user:${ana.user.id}`] }));
		await until(() => transportOf(busy) === transports.at(-1));
		for (let count = 0; count < 1000; count++)
			busy.socket.emit("dance", {});
		assert.equal((await busy.ended()).reason, "io server disconnect");
		await change(ana);
		await calm.event("user.updated");
	}
});

test("AC-22 CH-02 denied channels, unsubscribing, and what is taken away, as over every transport", async (t) => {
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen);
	const [restaurant, own] = [`restaurant:${kitchen.id}`, `user:${staff.user.id}`];
	const reader = await socket(t, staff);
	refused(await reader.ask("subscribe", { channels: ["ops"] }), 403, "forbidden");
	assert.deepEqual(agreed(await reader.ask("subscribe", { channels: [restaurant, own, "ops"] })).denied, ["ops"]);
	await here.psql(`delete from catalogue.membership where user_id = '${staff.user.id}'`);
	await reader.until(() => reader.signals("stream.denied").length > 0);
	assert.deepEqual(reader.raw.at(-1), { name: "stream", data: { type: "stream.denied", channel: restaurant } });
	assert.deepEqual(agreed(await reader.ask("unsubscribe", { channels: [newId()] })).channels, [own]);
	assert.deepEqual(agreed(await reader.ask("unsubscribe", { channels: [own] })).channels, []);
});

test("RL-11 a packet that breaks the protocol closes its own session, and no other", async (t) => {
	const ana = await customer();
	const calm = await socket(t, ana);
	const pid = here.pid("streamd-1");
	const path = "/socket.io/?EIO=4&transport=polling";
	for (const text of ["", "9", "4", "4x", "42", "42[", "42[]", "42[7]", "41", "45-[]", "451-[\"a\",{\"_placeholder\":true,\"num\":0}]", "4".repeat(5000), "40{\"token\":", "40/custom,", "2\x1e2\x1e\x1e", "bAAA", "\u0000", "42[\"a\"]\x1e42[\"b\"]"]) {
		const hello = await ana.fetch(path);
		const { sid } = JSON.parse(hello.text.slice(1));
		const posted = await ana.fetch(`${path}&sid=${sid}`, { method: "POST", body: text, headers: { "Content-Type": "text/plain;charset=UTF-8" } });
		assert.ok([200, 400].includes(posted.status), `${text}: ${posted.status}`);
	}
	for (const [query, status] of [["", 400], ["?EIO=3&transport=polling", 400], ["?EIO=4&transport=dance", 400], ["?EIO=4&transport=polling&sid=x", 400], ["?EIO=4&transport=polling&sid=1.nothing", 400], ["?EIO=4&transport=websocket", 400]])
		assert.equal((await ana.fetch(`/socket.io/${query}`)).status, status, query);
	agreed(await calm.ask("subscribe", { channels: [`user:${ana.user.id}`] }));
	assert.equal(here.pid("streamd-1"), pid);
});
