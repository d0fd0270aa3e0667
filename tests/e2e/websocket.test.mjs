/* The WebSocket at /ws, subprotocol foodfast.v1: what is watched, sent and refused over it, and every way in which it ends. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { ok, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { WebSocketDialogue } from "./lib/dialogue.mjs";
import { here } from "./lib/instance.mjs";
import { newId, newKitchen, staffAt } from "./lib/kitchens.mjs";
import { assertAsLogged, logged } from "./lib/log.mjs";
import { cancel, drive, move, orderBySomeone, place } from "./lib/orders.mjs";
import { change, customer, logIn, PASSWORD } from "./lib/people.mjs";
import { cursorOf, stream } from "./lib/stream.mjs";
import { Streamd } from "./lib/streamd.mjs";
import { A_SECOND_MS, until } from "./lib/wait.mjs";

const socket = (t, client, options) => WebSocketDialogue.open(t, client, options);

/* Their time passes while the other tests run: the last ones look at them. */
const slow = (async () => {
	const ana = await customer();
	return { ana, silent: await socket(undefined, new Client()), beating: await socket(undefined, ana) };
})();

const agreed = (reply) => {
	assert.equal(reply.ok, true, JSON.stringify(reply));
	return reply;
};

/* The reply is a refusal with CODE; gives the problem back. */
const refused = (reply, status, code) => {
	assert.equal(reply.ok, false, JSON.stringify(reply));
	for (const member of ["type", "title", "detail", "code"])
		assert.equal(typeof reply.error[member], "string", JSON.stringify(reply));
	assert.deepEqual([reply.error.status, reply.error.code], [status, code], JSON.stringify(reply));
	return reply.error;
};

const refusedHandshake = async (t, client, options, status, code) => {
	const error = await socket(t, client, options).then(() => assert.fail("it was to be refused"), (reason) => reason);
	assert.equal(error.status, status, `${error} ${error.text}`);
	assert.equal(JSON.parse(error.text).code, code, error.text);
	return error;
};

test("OT-10 RN-07 CH-03 a WebSocket brings an order's events: those of SSE, those of the log, then stream.end, and stays", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const [other, reader] = [await stream(t, ana, channel, { after: 0 }), await socket(t, ana)];
	assert.equal(reader.socket.protocol, "foodfast.v1");
	const reply = agreed(await reader.ask("subscribe", { channels: [channel], after: "0" }));
	assert.deepEqual(reply, { op: "reply", id: 1, ok: true, epoch: other.epoch, mode: "resumed", heads: { [channel]: 1 }, denied: [] });
	await drive(kitchen.owner, order);
	await reader.until(() => reader.signals("stream.end").length > 0);
	await other.closed();
	assert.deepEqual(reader.events, other.events);
	await assertAsLogged(reader.events, channel);
	assert.deepEqual(reader.raw.at(-1), { op: "stream", type: "stream.end" });
	agreed(await reader.ask("subscribe", { channels: [`user:${ana.user.id}`] }));
	await change(ana);
	await reader.event("user.updated");
	assert.equal(reader.signals("stream.end").length, 1, "it is said once");
	assert.equal(reader.isClosed, false);
});

test("OT-10 the bytes of an event are those of the log, compressed or not", async (t) => {
	const kitchen = await newKitchen();
	const channel = `restaurant:${kitchen.id}`;
	const readers = await Promise.all([true, false].map((perMessageDeflate) => socket(t, kitchen.owner, { perMessageDeflate })));
	assert.deepEqual(readers.map(({ socket: { extensions } }) => extensions), ["permessage-deflate", ""]);
	const texts = readers.map(({ socket: each }) => {
		const all = [];
		each.on("message", (text) => all.push(String(text)));
		return all;
	});
	for (const reader of readers)
		agreed(await reader.ask("subscribe", { channels: [channel] }));
	const { order } = await orderBySomeone(kitchen);
	await drive(kitchen.owner, order);
	const wanted = (await logged(channel)).map((envelope) => `{"op":"event","event":${envelope}}`);
	for (const [index, reader] of readers.entries()) {
		await reader.count(wanted.length);
		assert.deepEqual(texts[index].slice(1), wanted);
	}
});

test("OT-15 a subscription begins now, goes on from a cursor, starts at the beginning, or is a reset", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 3);
	const reader = await socket(t, ana);
	const { epoch, ...now } = agreed(await reader.ask("subscribe", { channels: [channel] }));
	assert.deepEqual([now.mode, now.heads], ["live", { [channel]: 3 }]);
	await change(ana);
	await reader.count(1);
	const cases = [["resumed", `${epoch}/${channel}=2`, [3, 4]], ["resumed", "0", [1, 2, 3, 4]], ["resumed", cursorOf(epoch, reader.events), []],
		["live", `${epoch}/`, []], ["reset", `${epoch}/${channel}=99`, []], ["reset", `0f0f0f/${channel}=2`, []]];
	for (const [mode, after, seqs] of cases) {
		const late = await socket(t, ana);
		assert.equal(agreed(await late.ask("subscribe", { channels: [channel], after })).mode, mode, after);
		await late.count(seqs.length);
		assert.deepEqual(late.events.map(({ seq }) => seq), seqs, after);
	}
	for (const after of ["garbage", "1", "x/y", `${epoch}/${channel}=-1`, ""])
		assert.deepEqual(refused(await reader.ask("subscribe", { channels: [channel], after }), 422, "invalid_fields").errors.map(({ pointer }) => pointer), ["/after"], after);
});

test("OT-15 a channel that is subscribed again stays as it is, or starts anew where its place says", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 2);
	const reader = await socket(t, ana);
	const { epoch } = agreed(await reader.ask("subscribe", { channels: [channel], after: "0" }));
	await reader.count(2);
	assert.deepEqual(agreed(await reader.ask("subscribe", { channels: [channel] })).heads, { [channel]: 2 });
	await change(ana);
	await reader.count(3);
	agreed(await reader.ask("subscribe", { channels: [channel], after: `${epoch}/${channel}=1` }));
	await reader.count(5);
	await change(ana);
	await reader.count(6);
	assert.deepEqual(reader.events.map(({ seq }) => seq), [1, 2, 3, 2, 3, 4]);
});

test("AC-22 denied is named beside what is allowed; nothing allowed is 403, whether or not it exists", async (t) => {
	const { order } = await orderBySomeone(await newKitchen());
	const eve = await customer();
	const [real, imagined, own] = [`order:${order.id}`, `order:${newId()}`, `user:${eve.user.id}`];
	const reader = await socket(t, eve);
	const answers = [await reader.ask("subscribe", { channels: [real] }), await reader.ask("subscribe", { channels: [imagined] })];
	assert.deepEqual(...answers.map((reply) => refused(reply, 403, "forbidden")));
	const reply = agreed(await reader.ask("subscribe", { channels: [real, own, imagined], after: "0" }));
	assert.deepEqual([reply.denied.sort(), Object.keys(reply.heads)], [[real, imagined].sort(), [own]]);
	await change(eve);
	await reader.event("user.updated");
	assert.ok(reader.events.every(({ channel }) => channel === own));
});

test("AC-22 what stops concerning a reader is announced by stream.denied, and the rest goes on", async (t) => {
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen);
	const channels = [`restaurant:${kitchen.id}`, `user:${staff.user.id}`];
	const reader = await socket(t, staff);
	agreed(await reader.ask("subscribe", { channels }));
	await here.psql(`delete from catalogue.membership where user_id = '${staff.user.id}'`);
	await reader.until(() => reader.signals("stream.denied").length > 0);
	assert.deepEqual(reader.raw.at(-1), { op: "stream", type: "stream.denied", channel: channels[0] });
	await orderBySomeone(kitchen);
	await change(staff);
	await reader.event("user.updated");
	assert.ok(reader.events.every(({ channel }) => channel === channels[1]));
	refused(await reader.ask("subscribe", { channels: [channels[0]] }), 403, "forbidden");
});

test("CH-03 unsubscribe says what is left, and nothing more of the rest comes", async (t) => {
	const kitchen = await newKitchen();
	const [first, second] = [`restaurant:${kitchen.id}`, `user:${kitchen.owner.user.id}`];
	const reader = await socket(t, kitchen.owner);
	const { heads } = agreed(await reader.ask("subscribe", { channels: [first, second, "announcements"] }));
	assert.ok(heads["announcements:role:restaurant"] !== undefined);
	assert.deepEqual(agreed(await reader.ask("unsubscribe", { channels: ["announcements", "ops"] })).channels.sort(), [first, second].sort());
	assert.deepEqual(agreed(await reader.ask("unsubscribe", { channels: [first] })).channels, [second]);
	await orderBySomeone(kitchen);
	await change(kitchen.owner);
	await reader.event("user.updated");
	assert.ok(reader.events.every(({ channel }) => channel === second));
	assert.deepEqual(agreed(await reader.ask("unsubscribe", { channels: [second] })).channels, []);
});

test("RL-11 CH-03 a socket watches 200 channels and not one more", async (t) => {
	const admin = await logIn({ email: "admin@foodfast.example", password: "foodfast-demo" });
	const reader = await socket(t, admin);
	const names = (count) => Array.from({ length: count }, () => `restaurant:${newId()}`);
	assert.deepEqual(refused(await reader.ask("subscribe", { channels: names(201) }), 422, "invalid_fields").errors.map(({ pointer }) => pointer), ["/channels"]);
	const all = names(200);
	assert.equal(Object.keys(agreed(await reader.ask("subscribe", { channels: [...all, ...all] })).heads).length, 200);
	refused(await reader.ask("subscribe", { channels: ["ops"] }), 422, "too_many_channels");
	agreed(await reader.ask("subscribe", { channels: [all[7]] }));
	agreed(await reader.ask("unsubscribe", { channels: [all[0]] }));
	agreed(await reader.ask("subscribe", { channels: ["ops"] }));
});

test("RN-05 RN-07 an order is acknowledged by WebSocket: the reply has it, every screen learns it, and twice is once", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const [restaurant, channel] = [`restaurant:${kitchen.id}`, `order:${order.id}`];
	const [cook, screen, phone] = [await socket(t, kitchen.owner), await stream(t, kitchen.owner, restaurant), await socket(t, ana)];
	agreed(await cook.ask("subscribe", { channels: [restaurant] }));
	agreed(await phone.ask("subscribe", { channels: [channel] }));
	const send = (reader, fields) => reader.ask("send", { channel: restaurant, type: "order.acknowledged", data: { order_id: order.id }, ...fields });
	const { data } = agreed(await send(cook));
	assert.equal(data.id, order.id);
	assert.ok(data.acknowledged_at);
	assert.deepEqual(agreed(await send(cook, { channel, client_id: "x" })).data, data);
	assert.deepEqual(ok(await kitchen.owner.post(`/orders/${order.id}/acknowledge`)), data);
	for (const reader of [cook, screen, phone])
		assert.equal((await reader.event("order.acknowledged", { order_id: order.id })).data.by.id, kitchen.owner.user.id);
	await move(kitchen.owner, order, "confirmed");
	for (const reader of [cook, screen, phone]) {
		await reader.event("order.status", { status: "confirmed" });
		assert.equal(reader.events.filter(({ type }) => type === "order.acknowledged").length, 1);
	}
	await assertAsLogged(phone.events, channel, { after: 1 });
});

test("RN-05 AC-22 who may not acknowledge is told what REST tells him, and nothing happens", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const people = [[ana, 403, "forbidden"], [await customer(), 404, "not_found"], [await staffAt(await newKitchen()), 404, "not_found"]];
	for (const [person, status, code] of people) {
		const reader = await socket(t, person);
		refused(await reader.ask("send", { channel, type: "order.acknowledged", data: { order_id: order.id } }), status, code);
	}
	const cook = await socket(t, kitchen.owner);
	const send = (fields) => cook.ask("send", { channel, type: "order.acknowledged", data: { order_id: order.id }, ...fields });
	refused(await send({ data: { order_id: newId() } }), 404, "not_found");
	refused(await send({ channel: `restaurant:${newId()}` }), 422, "wrong_channel");
	refused(await send({ type: "order.eaten" }), 422, "unknown_type");
	assert.deepEqual(refused(await send({ data: { order_id: 7 } }), 422, "invalid_fields").errors.map(({ pointer }) => pointer), ["/data/order_id"]);
	refused(await send({ data: { order_id: order.id, more: 1 } }), 422, "unknown_field");
	assert.equal(ok(await kitchen.owner.get(`/orders/${order.id}`)).acknowledged_at, null);
	agreed(await send());
});

test("RL-11 CH-03 what is no command is answered by its code, and the connection goes on", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const reader = await socket(t, ana);
	const replies = () => reader.raw.filter(({ op }) => op === "reply");
	const deep = `{"op":"subscribe","id":5,"channels":${"[".repeat(50)}${"]".repeat(50)}}`;
	const table = [
		["", null, "malformed_json"], ["{", null, "malformed_json"], ["[]", null, "malformed_json"], ["null", null, "malformed_json"], ["42", null, "malformed_json"],
		['{"op":"subscribe","id":1,"id":2}', null, "malformed_json"], ['{"op":"subscribe"} {}', null, "malformed_json"], ["{'op':'subscribe'}", null, "malformed_json"], [deep, null, "malformed_json"],
		['{"op":"a\\u0000b","id":3}', null, "malformed_json"],
		["{}", null, "unknown_op"], ['{"id":4}', 4, "unknown_op"], ['{"op":"dance","id":4}', 4, "unknown_op"], ['{"op":7,"id":4}', 4, "unknown_op"], ['{"op":"SUBSCRIBE","id":4}', 4, "unknown_op"],
		['{"op":"subscribe","id":"x","channels":["ops"]}', null, "invalid_fields"], ['{"op":"subscribe","id":-1,"channels":["ops"]}', null, "invalid_fields"],
		['{"op":"subscribe","id":1.5,"channels":["ops"]}', null, "invalid_fields"], ['{"op":"subscribe","id":9007199254740992,"channels":["ops"]}', null, "invalid_fields"],
		['{"op":"subscribe","id":6}', 6, "invalid_fields"], ['{"op":"subscribe","id":6,"channels":[]}', 6, "invalid_fields"], ['{"op":"subscribe","id":6,"channels":"ops"}', 6, "invalid_fields"],
		['{"op":"subscribe","id":6,"channels":["a b"]}', 6, "invalid_fields"], ['{"op":"subscribe","id":6,"channels":["a,b"]}', 6, "invalid_fields"], ['{"op":"subscribe","id":6,"channels":["\\"],["]}', 6, "invalid_fields"],
		['{"op":"subscribe","id":6,"channels":[""]}', 6, "invalid_fields"], ['{"op":"subscribe","id":6,"channels":[null]}', 6, "invalid_fields"], ['{"op":"subscribe","id":6,"channels":["ops"],"after":7}', 6, "invalid_fields"],
		['{"op":"subscribe","id":6,"channels":["ops"],"then":1}', 6, "unknown_field"], ['{"op":"unsubscribe","id":7,"channels":["ops"],"after":"0"}', 7, "unknown_field"],
		['{"op":"send","id":8,"channel":"ops","type":"x"}', 8, "invalid_fields"], ['{"op":"send","id":8,"channel":"ops","type":"x","data":[]}', 8, "invalid_fields"],
		['{"op":"auth","id":9,"token":""}', 9, "invalid_fields"], ['{"op":"auth","id":9}', 9, "invalid_fields"],
	];
	for (const [text, id, code] of table) {
		const before = replies().length;
		reader.say(text);
		await until(() => replies().length > before, { what: `a reply to ${text}` });
		const reply = replies().at(-1);
		assert.deepEqual([reply.id, reply.ok, reply.error.code], [id, false, code], `${text}: ${JSON.stringify(reply)}`);
	}
	agreed(await reader.ask("subscribe", { channels: [channel] }));
	reader.say(JSON.stringify({ op: "unsubscribe", channels: [channel] }));
	assert.deepEqual(agreed(await reader.ask("unsubscribe", { channels: [channel] })).channels, [], "an op without an id is done, and not answered");
	assert.equal(reader.isClosed, false);
});

test("RL-11 garbage of every kind ends its own connection at most", async (t) => {
	const pid = here.pid("streamd-1");
	const ana = await customer();
	const pieces = ['{"op":', '"subscribe"', ',"id":1', ',"channels":[', '"user:', "]}", "\u0000", "\u{10ffff}", "{}", '"', "0e0", "\\ud800", "null", " ".repeat(500)];
	for (let round = 0; round < 20; round++) {
		const reader = await socket(t, ana, { perMessageDeflate: round % 2 === 0 });
		for (let count = 0; count < 40; count++) {
			const parts = Array.from({ length: randomBytes(1)[0] % 8 }, () => pieces[randomBytes(1)[0] % pieces.length]);
			reader.socket.send(count === 39 && round % 4 === 0 ? randomBytes(200) : parts.join(""));
		}
		if (round % 3 === 0)
			reader.socket._socket.write(randomBytes(300));
		reader.socket.close();
		await reader.ended();
	}
	agreed(await (await socket(t, ana)).ask("subscribe", { channels: [`user:${ana.user.id}`] }));
	assert.equal(here.pid("streamd-1"), pid, "streamd is still the same process");
});

test("RL-11 AC-09 who brings no credentials says who he is by `auth`, first of all", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const reader = await socket(t, new Client());
	refused(await reader.ask("subscribe", { channels: [channel] }), 401, "unauthenticated");
	refused(await reader.ask("unsubscribe", { channels: [channel] }), 401, "unauthenticated");
	refused(await reader.ask("send", { channel, type: "order.acknowledged", data: {} }), 401, "unauthenticated");
	refused(await reader.ask("auth", { token: "nonsense" }), 401, "token_invalid");
	agreed(await reader.ask("auth", { token: ana.token }));
	agreed(await reader.ask("auth", { token: ana.token }));
	agreed(await reader.ask("subscribe", { channels: [channel] }));
	const again = await logIn({ email: ana.email });
	agreed(await reader.ask("auth", { token: again.token }));
	ok(await ana.post("/auth/logout"), 204);
	await change(again);
	await reader.event("user.updated");
	refused(await reader.ask("auth", { token: ana.token }), 401, "session_ended");
	refused(await reader.ask("auth", { token: (await customer()).token }), 403, "forbidden");
	assert.deepEqual(await reader.ended(), { code: 4403, reason: "forbidden" });
});

test("AC-13 a session that ends closes its sockets within a second, however they were opened: 4401", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const { ticket } = ok(await ana.post("/stream-tickets"), 201);
	const readers = [await socket(t, ana), await socket(t, new Client()), await socket(t, new Client(), { path: `/ws?ticket=${ticket}` }), await socket(t, ana)];
	agreed(await readers[1].ask("auth", { token: ana.token }));
	for (const reader of readers.slice(0, 3))
		agreed(await reader.ask("subscribe", { channels: [channel] }));
	ok(await ana.post("/auth/logout"), 204);
	const started = performance.now();
	for (const reader of readers)
		assert.deepEqual(await reader.ended(), { code: 4401, reason: "session_ended" });
	assert.ok(performance.now() - started < A_SECOND_MS);
	await refusedHandshake(t, ana, {}, 401, "session_ended");
});

test("AC-13 a suspended person's command is refused, and his socket closed", async (t) => {
	const ana = await customer();
	const reader = await socket(t, ana);
	await here.psql(`update account.users set is_suspended = true where user_id = '${ana.user.id}'`);
	const reply = await reader.ask("subscribe", { channels: [`user:${ana.user.id}`] }).catch(() => undefined);
	if (reply)
		assert.equal(reply.error.status, 401);
	assert.equal((await reader.ended(3000)).code, 4401);
});

test("AC-09 AC-11 who is asking: header, cookie and role, ticket; and what is wrong with each", async (t) => {
	const ana = await customer();
	const jar = new Client();
	for (const email of [ana.email, "restaurant@foodfast.example"])
		ok(await jar.post("/auth/login", { email, password: email === ana.email ? PASSWORD : "foodfast-demo", cookie: true }, { Origin: here.url.origin }));
	const Cookie = [...jar.cookies].map((pair) => pair.join("=")).join("; ");
	const own = { Cookie, Origin: here.url.origin };
	const subscribes = async (path, options) =>
		agreed(await (await socket(t, new Client(), { path, ...options })).ask("subscribe", { channels: [`user:${ana.user.id}`] }));
	await subscribes("/ws?as=customer", { headers: own });
	await subscribes("/ws?as=customer", { headers: { Cookie, "Sec-Fetch-Site": "same-origin" } });
	const nobody = await socket(t, new Client(), { headers: own });
	refused(await nobody.ask("subscribe", { channels: ["ops"] }), 401, "unauthenticated");
	await refusedHandshake(t, new Client(), { path: "/ws?as=customer", headers: { Cookie } }, 403, "cross_site");
	const { ticket } = ok(await ana.post("/stream-tickets"), 201);
	await subscribes(`/ws?ticket=${ticket}`);
	await refusedHandshake(t, new Client(), { path: `/ws?ticket=${ticket}` }, 401, "token_invalid");
	await refusedHandshake(t, new Client({ token: "nonsense" }), {}, 401, "token_invalid");
	await refusedHandshake(t, ana, { path: "/ws?channels=ops" }, 400, "invalid_parameter");
});

test("AC-11 RL-11 a page of another site gets no WebSocket, whatever it brings along", async (t) => {
	const ana = await customer();
	for (const Origin of ["https://evil.example", "null", `${here.url.origin}.evil.example`, "http://127.0.0.1:1", "garbage"])
		for (const [client, headers] of [[ana, { Authorization: `Bearer ${ana.token}` }], [new Client(), {}]])
			await refusedHandshake(t, client, { headers: { ...headers, Origin } }, 403, "cross_site");
	await socket(t, ana, { headers: { Authorization: `Bearer ${ana.token}`, Origin: here.url.origin } });
	problem(await ana.fetch("/ws"), 426);
	problem(await ana.fetch("/ws", { method: "POST" }), 405);
});

test("CH-03 a socket may send more in all its life than one request may be long", async (t) => {
	const reader = await socket(t, await customer(), { perMessageDeflate: false });
	for (let count = 0; count < 5; count++)
		refused(await reader.ask("subscribe", { channels: ["ops"], after: "x".repeat(40_000) }), 422, "invalid_fields");
	assert.equal(reader.isClosed, false);
});

test("RL-11 too many messages, or too many bytes, end the socket with 4429; others do not notice", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const [calm, busy, loud] = [await socket(t, ana), await socket(t, ana), await socket(t, ana, { perMessageDeflate: false })];
	agreed(await calm.ask("subscribe", { channels: [channel] }));
	for (let count = 0; count < 2000; count++)
		busy.say('{"op":"dance"}');
	assert.deepEqual(await busy.ended(), { code: 4429, reason: "too_many_requests" });
	assert.ok(busy.raw.length < 1000, `${busy.raw.length} of 2000 were answered`);
	for (let count = 0; count < 30; count++)
		loud.say(JSON.stringify({ op: "x".repeat(60_000) }));
	assert.equal((await loud.ended()).code, 4429);
	await change(ana);
	await calm.event("user.updated");
});

test("RL-11 a message that is too big, and one that is no text, end the socket with 1009 and 1003", async (t) => {
	const ana = await customer();
	for (const perMessageDeflate of [false, true]) {
		const big = await socket(t, ana, { perMessageDeflate });
		big.say(JSON.stringify({ op: "x".repeat(70_000) }));
		assert.equal((await big.ended()).code, 1009);
	}
	const binary = await socket(t, ana);
	binary.socket.send(Buffer.from('{"op":"subscribe"}'));
	assert.equal((await binary.ended()).code, 1003);
});

test("RL-11 one user's and one address' sockets count with his other streams, and are refused beyond the limit", async (t) => {
	const streamd = await Streamd.start(t, { FOODFAST_STREAM_PER_USER: "2", FOODFAST_STREAM_PER_ADDRESS: "3" });
	const [ana, bea] = [await customer(), await customer()].map((person) => person.through(streamd.origin));
	const first = await socket(t, ana);
	await socket(t, ana);
	assert.equal((await refusedHandshake(t, ana, {}, 429, "too_many_streams")).headers["retry-after"], "5");
	const late = await socket(t, new Client().through(streamd.origin));
	refused(await late.ask("auth", { token: ana.token }), 429, "too_many_streams");
	await refusedHandshake(t, bea, {}, 429, "too_many_streams");
	first.close();
	await first.ended();
	await until(() => socket(t, bea).then(() => true, () => false), { what: "room for one more" });
});

test("OT-15 a streamd that stops says when to come back (1012), spread out, and the cursor leads on", async (t) => {
	const streamd = await Streamd.start(t);
	const ana = await customer();
	const there = ana.through(streamd.origin);
	const channel = `user:${ana.user.id}`;
	const readers = [await socket(t, there), await socket(t, there), await socket(t, there), await socket(t, new Client().through(streamd.origin))];
	const { epoch } = agreed(await readers[0].ask("subscribe", { channels: [channel] }));
	await change(ana);
	await readers[0].event("user.updated");
	await streamd.stop();
	const delays = new Set();
	for (const reader of readers) {
		const { code, reason } = await reader.ended();
		assert.equal(code, 1012);
		delays.add(Number(reason.match(/^come back in (\d+) ms$/)[1]));
	}
	assert.ok(delays.size > 1 && [...delays].every((delay) => delay >= 500 && delay <= 5000), `${[...delays]}`);
	await change(ana);
	await streamd.up();
	const again = await socket(t, there);
	assert.equal(agreed(await again.ask("subscribe", { channels: [channel], after: cursorOf(epoch, readers[0].events) })).mode, "resumed");
	await again.event("user.updated");
	await assertAsLogged([...readers[0].events, ...again.events], channel);
});

test("OT-23 stream.end comes when all that is watched is finished, and not before", async (t) => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const [first, second] = [await place(ana, kitchen), await place(ana, kitchen, { again: true })];
	const reader = await socket(t, ana);
	agreed(await reader.ask("subscribe", { channels: [`order:${first.id}`, `order:${second.id}`] }));
	ok(await cancel(ana, first));
	await reader.event("order.status", { order_id: first.id, status: "cancelled" });
	await move(kitchen.owner, second, "confirmed");
	await reader.event("order.status", { order_id: second.id, status: "confirmed" });
	assert.equal(reader.signals("stream.end").length, 0);
	ok(await cancel(ana, second));
	await reader.until(() => reader.signals("stream.end").length > 0);
	assert.deepEqual(agreed(await reader.ask("unsubscribe", { channels: ["ops"] })).channels, []);
	agreed(await reader.ask("subscribe", { channels: [`order:${first.id}`], after: "0" }));
	await reader.until(() => reader.signals("stream.end").length === 2);
	assert.equal(reader.isClosed, false);
});

test("RL-11 who says nothing for ten seconds is closed with 4408", async () => {
	const { silent } = await slow;
	assert.deepEqual(await silent.ended(15_000), { code: 4408, reason: "unauthenticated" });
});

test("OT-13 a heartbeat tells the heads every 25 s, a ping comes with it", async (t) => {
	const { ana, beating } = await slow;
	t.after(() => beating.close());
	const pings = [];
	beating.socket.on("ping", () => pings.push(performance.now()));
	const channel = `user:${ana.user.id}`;
	agreed(await beating.ask("subscribe", { channels: [channel] }));
	await beating.until(() => beating.signals("stream.heartbeat").some(({ heads }) => channel in heads), { within: 40_000 });
	assert.deepEqual(beating.raw.at(-1), { op: "stream", type: "stream.heartbeat", heads: { [channel]: 0 } });
	await until(() => pings.length > 0, { within: 1000 });
});

test("RL-10 a phone that is gone is noticed within 60 s", { skip: process.env.FOODFAST_LONG !== "1" }, async (t) => {
	const streamd = await Streamd.start(t);
	const ana = (await customer()).through(streamd.origin);
	const gone = await socket(t, ana, { autoPong: false });
	await gone.ended(60_000);
});
