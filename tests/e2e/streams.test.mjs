/* SSE: what a stream says, how it resumes, who may watch, how it ends. */
import assert from "node:assert/strict";
import test from "node:test";
import { ok, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { appointed, newId, newKitchen, staffAt } from "./lib/kitchens.mjs";
import { assertAsLogged, logged } from "./lib/log.mjs";
import { cancel, drive, move, orderBySomeone, place } from "./lib/orders.mjs";
import { addressInAmsterdam, customer, driver } from "./lib/people.mjs";
import { BadNetwork } from "./lib/proxy.mjs";
import { cursorOf, isEvent, poll, pollReply, pollUntil, refusedStream, stream } from "./lib/stream.mjs";
import { A_SECOND_MS, inParallel, until } from "./lib/wait.mjs";

const change = async (person, times = 1) => {
	for (let count = 0; count < times; count++)
		ok(await person.patch("/me", { name: `Ana ${Math.random()}` }));
};

test("OT-05 RN-06 a stream is text/event-stream, uncached, unbuffered, and opens with stream.open", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const reader = await stream(t, ana, channel);
	assert.match(reader.headers["content-type"], /^text\/event-stream\b/);
	assert.match(reader.headers["cache-control"], /no-cache|no-store/);
	const [open] = reader.frames;
	assert.equal(open.data.type, "stream.open");
	assert.equal(open.data.mode, "live");
	assert.match(open.data.epoch, /^[0-9a-f]{1,16}$/);
	assert.deepEqual(open.data.heads, { [channel]: 0 });
	assert.deepEqual(open.data.denied, []);
	assert.ok(open.id.startsWith(`${open.data.epoch}/`), open.id);
	assert.ok(reader.retries.length >= 1 && reader.retries.every((retry) => retry >= 500 && retry <= 30_000));
});

test("OT-05 retry differs between connections, so that they do not come back all at once", async (t) => {
	const ana = await customer();
	const readers = await Promise.all(Array.from({ length: 12 }, () => stream(t, ana, `user:${ana.user.id}`)));
	assert.ok(new Set(readers.map(({ retries }) => retries[0])).size > 1);
});

test("OT-05 RN-01 a change is there within a second, under the id that resumes after it", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const reader = await stream(t, ana, channel);
	await move(kitchen.owner, order, "confirmed");
	const event = await reader.event("order.status", { status: "confirmed" }, { within: A_SECOND_MS });
	assert.equal(event.channel, channel);
	assert.equal(reader.frames.at(-1).id, cursorOf(reader.epoch, [event]));
});

test("OT-16 acting is a call beside the stream, which shows the result", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const reader = await stream(t, ana, `order:${order.id}`);
	ok(await cancel(ana, order));
	await reader.event("order.status", { status: "cancelled" });
});

test("OT-15 RL-07 Last-Event-ID, and after=, resume with exactly what was missed", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 5);
	const events = (await logged(channel)).map((text) => JSON.parse(text));
	const { epoch } = await stream(t, ana, channel);
	for (let seen = 0; seen <= 5; seen++) {
		const cursor = `${epoch}/${channel}=${seen}`;
		for (const options of [{ after: cursor }, { lastEventId: cursor }, { after: `${epoch}/${channel}=5`, lastEventId: cursor }]) {
			const reader = await stream(t, ana, channel, options);
			assert.equal(reader.frames[0].data.mode, "resumed");
			assert.deepEqual(await reader.count(5 - seen), events.slice(seen));
		}
	}
});

test("OT-15 what is resumed and what comes live join without a seam", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 3);
	const writing = change(ana, 20);
	const readers = await Promise.all(Array.from({ length: 10 }, () => stream(t, ana, channel, { after: 0 })));
	await writing;
	for (const reader of readers) {
		await reader.count(23);
		await assertAsLogged(reader.events, channel);
	}
});

test("OT-15 after=0 starts at the beginning; without a cursor a stream starts now", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 3);
	const [all, live] = [await stream(t, ana, channel, { after: 0 }), await stream(t, ana, channel)];
	assert.deepEqual(live.frames[0].data.heads, { [channel]: 3 });
	await change(ana);
	await live.count(1);
	await all.count(4);
	assert.deepEqual(live.events.map(({ seq }) => seq), [4]);
	assert.deepEqual(all.events.map(({ seq }) => seq), [1, 2, 3, 4]);
});

test("OT-15 RL-07 a cursor names several channels; one that it lacks starts now", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const [mine, its] = [`user:${ana.user.id}`, `order:${order.id}`];
	await change(ana, 2);
	await move(kitchen.owner, order, "confirmed");
	const { epoch } = await stream(t, ana, mine);
	const head = Number(await here.value(`select head from log.channel where name = '${mine}'`));
	const partly = await stream(t, ana, [mine, its], { after: `${epoch}/${its}=1` });
	await change(ana);
	await partly.until(({ events }) => events.some((event) => event.channel === mine && event.seq === head + 1));
	await assertAsLogged(partly.events, its, { after: 1 });
	await assertAsLogged(partly.events, mine, { after: head });
	const merged = await stream(t, ana, [mine, its], { after: `${epoch}/${mine}=${head}`, lastEventId: `${epoch}/${its}=1` });
	await merged.until(({ events }) => events.some(({ channel }) => channel === mine) && events.some(({ channel }) => channel === its));
	await assertAsLogged(merged.events, its, { after: 1 });
	await assertAsLogged(merged.events, mine, { after: head });
});

test("OT-15 each frame's id is a cursor of all channels, good for any transport", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channels = [`user:${ana.user.id}`, `order:${order.id}`];
	await change(ana, 2);
	await move(kitchen.owner, order, "confirmed");
	const reader = await stream(t, ana, channels, { after: 0 });
	const total = (await Promise.all(channels.map((channel) => logged(channel)))).flat().length;
	await reader.count(total);
	for (const { id, data } of reader.frames.filter((frame) => isEvent(frame.data))) {
		const rest = (await poll(ana, channels, { after: id })).events;
		const seen = reader.events.slice(0, reader.events.indexOf(data) + 1);
		assert.deepEqual(sorted([...seen, ...rest]), sorted(reader.events));
	}
});

const sorted = (events) => events.map(({ channel, seq }) => `${channel} ${seq}`).sort();

test("OT-15 RL-10 a network that is gone: all that happened arrives once, in order, on return", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const network = await BadNetwork.start(t, here.url, { delayMs: 50 });
	const phone = ana.through(network.url);
	const before = await stream(t, phone, channel, { after: 0 });
	await before.event("order.placed");
	network.down();
	await before.closed();
	await assert.rejects(stream(t, phone, channel, { lastEventId: before.lastId }));
	await drive(kitchen.owner, order);
	network.up();
	const after = await stream(t, phone, channel, { lastEventId: before.lastId });
	await after.closed();
	await assertAsLogged([...before.events, ...after.events], channel);
	assert.equal(after.signals("stream.end").length, 1);
});

test("RL-10 a line that breaks after any few bytes: the reader goes on where it was", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 30);
	const network = await BadNetwork.start(t, here.url);
	const phone = ana.through(network.url);
	const events = [];
	let lastEventId = `${(await stream(t, ana, channel)).epoch}/${channel}=0`;
	for (let bytes = 900; events.length < 30; bytes += 37) {
		network.cutAnswersAfter(bytes);
		const reader = await stream(t, phone, channel, { lastEventId }).catch(() => undefined);
		if (reader === undefined)
			continue;
		await reader.until(() => reader.isClosed || events.length + reader.events.length >= 30);
		lastEventId = reader.lastId;
		events.push(...reader.events);
		reader.drop();
	}
	await assertAsLogged(events, channel);
	assert.ok(network.connections > 1);
});

const RESETS = {
	"of another epoch": (epoch, channel) => `${epoch === "0" ? "1" : "0"}/${channel}=1`,
	"ahead of the log": (epoch, channel) => `${epoch}/${channel}=999999`,
};

for (const [name, cursor] of Object.entries(RESETS))
	test(`OT-15 RL-07 a cursor ${name} is answered by a reset, on every transport`, async (t) => {
		const ana = await customer();
		const channel = `user:${ana.user.id}`;
		await change(ana, 3);
		const { epoch } = await stream(t, ana, channel);
		const after = cursor(epoch, channel);
		for (const options of [{ after }, { lastEventId: after }]) {
			const reader = await stream(t, ana, channel, options);
			assert.equal(reader.frames[0].data.mode, "reset");
			assert.deepEqual(reader.frames[0].data.heads, { [channel]: 3 });
			assert.ok(reader.frames[0].id.startsWith(`${epoch}/`));
			await change(ana);
			await reader.count(1);
			await here.psql(`select 1`);
			assert.equal(reader.events[0].seq, (await logged(channel)).length);
			break;
		}
		assert.equal((await poll(ana, channel, { after, wait: 5 })).mode, "reset");
	});

test("OT-15 OT-21 a cursor older than what is kept is answered by a reset", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 5);
	await here.psql(`begin; delete from log.event where channel = '${channel}' and seq <= 3; update log.channel set oldest = 4 where name = '${channel}'; commit`);
	const { epoch } = await stream(t, ana, channel);
	const mode = async (seq) => (await stream(t, ana, channel, { after: `${epoch}/${channel}=${seq}` })).frames[0].data.mode;
	assert.deepEqual([await mode(2), await mode(3), await mode(5)], ["reset", "resumed", "resumed"]);
	const all = await stream(t, ana, channel, { after: 0 });
	assert.deepEqual((await all.count(2)).map(({ seq }) => seq), [4, 5]);
});

test("RL-11 OT-15 what is no cursor, no channel and no number is refused before the stream; an odd Last-Event-ID is a reset", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const bad = [[channel, { after: "garbage" }], [channel, { after: "1" }], [channel, { after: "x/y" }], [channel, { after: `0/${channel}=-1` }], [channel, { after: `0/${channel}=x` }],
		[channel, { after: `0/${channel}=99999999999999999999999` }], ["", {}], ["nonsense", {}], ["order:", {}], [`order:${"x".repeat(200)}`, {}], ["ORDER:1", {}], [",", {}],
		[Array.from({ length: 51 }, () => `order:${newId()}`), {}], [channel, { heartbeat: "14" }], [channel, { heartbeat: "56" }], [channel, { heartbeat: "x" }]];
	for (const [channels, options] of bad) {
		const reply = await refusedStream(ana, channels, options);
		assert.ok([400, 403].includes(reply.status), `${channels} ${JSON.stringify(options)}: ${reply.status} ${reply.text}`);
		problem(reply, reply.status);
	}
	for (const lastEventId of ["garbage", "0/=1", "\u00e9"])
		assert.equal((await stream(t, ana, channel, { lastEventId })).frames[0].data.mode, "reset");
	problem(await ana.fetch("/stream"), 400);
	problem(await ana.fetch(`/stream?channels=${channel}`, { method: "POST" }), 405);
	problem(await new Client().fetch(`/stream?channels=${channel}`), 401, "unauthenticated");
});

test("AC-22 who may watch what: the whole table, over SSE and long-poll", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const people = { ana, other: await customer(), staff: await staffAt(kitchen), stranger: await staffAt(await newKitchen()), driver: await driver(), agent: await appointed("agent"), admin: await appointed("admin") };
	const driverId = people.driver.user.id;
	const table = [
		[`order:${order.id}`, ["ana", "staff", "agent", "admin"]],
		[`restaurant:${kitchen.id}`, ["staff", "agent", "admin"]],
		[`user:${ana.user.id}`, ["ana"]],
		[`driver:${driverId}`, ["driver", "admin"]],
		["announcements", Object.keys(people)],
		["ops", ["admin"]],
		[`order:${newId()}`, []], [`restaurant:${newId()}`, ["agent", "admin"]], [`user:${newId()}`, []], [`chat:${newId()}`, []], [`upload:${newId()}`, []],
		["announcements:role:admin", []],
	];
	for (const [channel, allowed] of table)
		for (const [name, person] of Object.entries(people)) {
			if (allowed.includes(name)) {
				const reader = await stream(t, person, channel);
				assert.deepEqual(reader.frames[0].data.denied, [], `${name} ${channel}`);
				reader.drop();
			} else
				problem(await refusedStream(person, channel), 403);
			ok(await pollReply(person, [channel, `user:${person.user.id}`]));
		}
});

test("AC-22 denied is named beside what is allowed; nothing allowed is 403, whether or not it exists", async (t) => {
	const kitchen = await newKitchen();
	const { order } = await orderBySomeone(kitchen);
	const eve = await customer();
	const [real, imagined, own] = [`order:${order.id}`, `order:${newId()}`, `user:${eve.user.id}`];
	const [first, second] = [await refusedStream(eve, real), await refusedStream(eve, imagined)];
	assert.equal(problem(first, 403).code, problem(second, 403).code);
	assert.equal(first.text.replaceAll(real, "X"), second.text.replaceAll(imagined, "X"));
	const reader = await stream(t, eve, [real, own, imagined], { after: 0 });
	assert.deepEqual([...reader.frames[0].data.denied].sort(), [real, imagined].sort());
	assert.deepEqual(Object.keys(reader.frames[0].data.heads), [own]);
	await move(kitchen.owner, order, "confirmed");
	await change(eve);
	await reader.event("user.updated");
	assert.ok(reader.events.every(({ channel }) => channel === own));
});

test("AC-22 what stops concerning a reader is announced, and the rest goes on", async (t) => {
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen);
	const channels = [`restaurant:${kitchen.id}`, `user:${staff.user.id}`];
	const reader = await stream(t, staff, channels);
	await here.psql(`delete from catalogue.membership where user_id = '${staff.user.id}'`);
	const denied = await reader.until(() => reader.signals("stream.denied")[0], { what: "stream.denied" });
	assert.deepEqual(denied, { type: "stream.denied", channel: channels[0] });
	await orderBySomeone(kitchen);
	await change(staff);
	await reader.event("user.updated");
	assert.ok(reader.events.every(({ channel }) => channel === channels[1]));
	problem(await refusedStream(staff, channels[0], {}, { "Last-Event-ID": reader.lastId }), 403);
});

test("AC-13 AC-22 a person who is suspended loses his streams within a second", async (t) => {
	const ana = await customer();
	const reader = await stream(t, ana, `user:${ana.user.id}`);
	await here.psql(`update account.users set is_suspended = true where user_id = '${ana.user.id}'`);
	const started = performance.now();
	await reader.closed({ within: 3000 });
	assert.ok(performance.now() - started < 1500, "the sweep is a second apart");
	problem(await ana.get("/me"), 401);
});

test("OT-23 OT-08 a finished order ends its stream: all of it, stream.end, the close, then 204", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const reader = await stream(t, ana, channel, { after: 0 });
	await drive(kitchen.owner, order);
	await reader.closed();
	assert.equal(reader.frames.at(-1).data.type, "stream.end");
	await assertAsLogged(reader.events, channel);
	const late = await stream(t, ana, channel, { after: `${reader.epoch}/${channel}=2` });
	await late.closed();
	await assertAsLogged(late.events, channel, { after: 2 });
	assert.equal(late.frames.at(-1).data.type, "stream.end");
	const nothing = await refusedStream(ana, channel, {}, { "Last-Event-ID": late.lastId });
	ok(nothing, 204);
	assert.equal(nothing.text, "");
	ok(await refusedStream(ana, channel, { after: reader.lastId }), 204);
});

test("OT-23 a stream ends when all its channels are finished, not before", async (t) => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const [first, second] = [await place(ana, kitchen), await place(ana, kitchen, { again: true })];
	const reader = await stream(t, ana, [`order:${first.id}`, `order:${second.id}`], { after: 0 });
	ok(await cancel(ana, first));
	await reader.event("order.status", { order_id: first.id, status: "cancelled" });
	await move(kitchen.owner, second, "confirmed");
	await reader.event("order.status", { order_id: second.id, status: "confirmed" });
	assert.equal(reader.isClosed, false);
	ok(await cancel(ana, second));
	await reader.closed();
	assert.equal(reader.frames.at(-1).data.type, "stream.end");
});

test("OT-13 the heartbeat tells the heads, and a client chooses its interval", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 2);
	const readers = await Promise.all([15, 55, undefined].map((heartbeat) => stream(t, ana, channel, { heartbeat })));
	const [beat] = await readers[0].until(({ frames }) => frames.length > 1 && frames.slice(1).map(({ data }) => data), { within: 17_000 });
	assert.deepEqual(beat, { type: "stream.heartbeat", heads: { [channel]: 2 } });
	assert.equal(readers[1].frames.length, 1, "55 s are not over");
	assert.equal(readers[2].frames.length, 1, "25 s are not over");
	assert.ok(readers[0].frames[1].at - readers[0].frames[0].at > 10_000, "not before its time");
});

test("AC-09 a ticket opens one stream, once, soon, and nothing else", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const page = new Client();
	const { ticket, expires_in } = ok(await ana.post("/stream-tickets"), 201);
	assert.equal(expires_in, 30);
	const reader = await stream(t, page, channel, { ticket });
	await change(ana);
	await reader.event("user.updated");
	problem(await refusedStream(page, channel, { ticket }), 401);
	for (const wrong of ["x", ticket.slice(1), `${ticket}x`, "a".repeat(200)])
		problem(await refusedStream(page, channel, { ticket: wrong }), 401);
	const old = ok(await ana.post("/stream-tickets"), 201).ticket;
	await here.psql(`update account.ticket set expires_at = now() - interval '1 second' from account.session s where ticket.session_id = s.session_id and s.user_id = '${ana.user.id}'`);
	problem(await refusedStream(page, channel, { ticket: old }), 401);
	const [raced] = [ok(await ana.post("/stream-tickets"), 201).ticket];
	const replies = await Promise.all(Array.from({ length: 5 }, () => page.open(`/stream?channels=${channel}&ticket=${raced}`)));
	assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 401, 401, 401, 401]);
	replies.forEach((reply) => reply.drop());
	problem(await page.get(`/me?ticket=${ok(await ana.post("/stream-tickets"), 201).ticket}`), 401);
});

test("AC-13 a stream opened by a ticket ends with the session that asked for it", async (t) => {
	const ana = await customer();
	const { ticket } = ok(await ana.post("/stream-tickets"), 201);
	const reader = await stream(t, new Client(), `user:${ana.user.id}`, { ticket });
	ok(await ana.post("/auth/logout"), 204);
	await reader.closed({ within: A_SECOND_MS });
});

test("OT-15 OT-18 load, then stream after it: whatever is written meanwhile, nothing is between", async (t) => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const order = await place(ana, kitchen);
	const channel = `order:${order.id}`;
	let isWriting = true;
	const writing = here.psql(`do $$ begin
		for n in 1..3000 loop
			perform event_append(array[row('${channel}', 'order.status', jsonb_build_object('order_id', '${order.id}', 'status', 'placed', 'previous', 'placed', 'by', n), false)::new_event]);
			commit;
		end loop; end $$`).finally(() => { isWriting = false; });
	const readers = [];
	while (isWriting) {
		const loaded = await ana.get(`/orders/${order.id}`);
		const cursor = loaded.headers["stream-cursor"];
		readers.push({ cursor, reader: await stream(t, ana, channel, { after: cursor }) });
	}
	await writing;
	assert.ok(readers.length >= 3);
	const head = (await logged(channel)).length;
	assert.ok(head >= 3001);
	for (const { cursor, reader } of readers) {
		const after = Number(cursor.split("=")[1]);
		await reader.until(() => reader.events.at(-1)?.seq === head || after === head, { what: `event ${head} after ${after}`, within: 10_000 });
		assert.deepEqual(reader.events.map(({ seq }) => seq), Array.from({ length: head - after }, (_, index) => after + index + 1));
	}
});

test("OT-15 OT-18 state and cursor are one snapshot: an order's status is that of its last event", async () => {
	const kitchen = await newKitchen();
	await inParallel(20, 2, async () => {
		const { ana, order } = await orderBySomeone(kitchen);
		const driving = drive(kitchen.owner, order);
		let status;
		do {
			const reply = await ana.get(`/orders/${order.id}`);
			({ status } = ok(reply));
			const seq = Number(reply.headers["stream-cursor"].split("=")[1]);
			const events = (await poll(ana, `order:${order.id}`, { after: 0 })).events.filter((event) => event.seq <= seq && event.data.status && event.type.startsWith("order."));
			assert.equal(events.at(-1).data.status, status);
		} while (status !== "delivered");
		await driving;
	});
});

test("RN-08 RN-10 a board's list has a cursor too: load it, then stream", async (t) => {
	const kitchen = await newKitchen();
	const channel = `restaurant:${kitchen.id}`;
	await orderBySomeone(kitchen);
	const listed = await kitchen.owner.get(`/orders?restaurant_id=${kitchen.id}`);
	const cursor = listed.headers["stream-cursor"];
	const { order } = await orderBySomeone(kitchen);
	const reader = await stream(t, kitchen.owner, channel, { after: cursor });
	await reader.event("order.placed", { order_id: order.id });
	assert.ok(!reader.events.some(({ data }) => data.order_id === ok(listed).items[0].id && data.status === "placed"));
});

test("RL-07 RL-09 the same bytes to every reader, over every transport", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const live = [await stream(t, ana, channel), await stream(t, kitchen.owner, channel)];
	const polling = pollUntil(ana, channel, (events) => events.length >= 6, { after: 0 });
	await drive(kitchen.owner, order);
	await Promise.all(live.map((reader) => reader.closed()));
	const replayed = await stream(t, ana, channel, { after: 0 });
	await replayed.closed();
	const texts = ({ frames }) => frames.filter(({ data }) => isEvent(data)).map(({ text }) => text);
	const log = await logged(channel);
	assert.deepEqual(texts(replayed), log);
	for (const reader of live)
		assert.deepEqual(texts(reader), log.slice(1));
	await polling;
	const raw = (await pollReply(ana, channel, { after: 0 })).text;
	for (const text of log)
		assert.ok(raw.includes(text), `${text} in ${raw}`);
});

test("OT-20 an event has channel, seq, type, time and data, and nothing besides", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	await drive(kitchen.owner, order);
	const { events } = await poll(ana, `order:${order.id}`, { after: 0 });
	assert.ok(events.length >= 6);
	for (const event of events)
		assert.deepEqual(Object.keys(event), ["channel", "seq", "type", "at", "data"]);
	const placed = events[0].data;
	assert.deepEqual(Object.keys(placed).sort(), ["currency", "items", "number", "order_id", "payment", "placed_at", "status", "subtotal", "total"]);
});

test("RN-03 five screens of one staff, and each gets each order", async (t) => {
	const kitchen = await newKitchen();
	const screens = await Promise.all([0, 1, 2, 3, 4].map(() => stream(t, kitchen.owner, `restaurant:${kitchen.id}`)));
	const placed = await Promise.all([0, 1, 2].map(() => orderBySomeone(kitchen)));
	for (const screen of screens) {
		for (const { order } of placed)
			await screen.event("order.placed", { order_id: order.id }, { within: 5000 });
		await assertAsLogged(screen.events, `restaurant:${kitchen.id}`);
	}
});

test("RN-10 twenty orders while the staff is away: all twenty on return, once, in order", async (t) => {
	const kitchen = await newKitchen();
	const channel = `restaurant:${kitchen.id}`;
	const before = await stream(t, kitchen.owner, channel);
	before.drop();
	const ana = await customer();
	for (let count = 0; count < 20; count++)
		await place(ana, kitchen, { again: true });
	const back = await stream(t, kitchen.owner, channel, { lastEventId: before.lastId });
	await back.count(20);
	await assertAsLogged(back.events, channel);
	assert.ok(back.events.every(({ type }) => type === "order.placed"));
});

test("RL-08 twenty tabs of one person are all live, and REST answers beside them", async (t) => {
	const ana = await customer();
	const tabs = await Promise.all(Array.from({ length: 20 }, () => stream(t, ana, `user:${ana.user.id}`)));
	await change(ana);
	await Promise.all(tabs.map((tab) => tab.event("user.updated")));
	ok(await ana.get("/me"));
});

test("RN-09 streamd subscribes only to what somebody watches", async (t) => {
	const ana = await customer();
	const channel = `event:user:${ana.user.id}`;
	const watchers = async () => Number((await here.redis("PUBSUB", "NUMSUB", channel)).split("\n").at(-1));
	assert.equal(await watchers(), 0);
	const reader = await stream(t, ana, `user:${ana.user.id}`);
	await until(async () => await watchers() === 1);
	const second = await stream(t, ana, `user:${ana.user.id}`);
	assert.equal(await watchers(), 1);
	reader.drop();
	second.drop();
	await until(async () => await watchers() === 0, { what: "the subscription to go", within: 10_000 });
});

test("RN-16 OT-12 the metrics tell connections, deliveries, repairs and whether Redis is there", async (t) => {
	const ana = await customer();
	const reader = await stream(t, ana, `user:${ana.user.id}`);
	await change(ana);
	await reader.event("user.updated");
	const { text } = await ana.fetch("/metrics");
	for (const line of text.trim().split("\n"))
		assert.match(line, /^(# (HELP|TYPE) [a-z_:]+ .+|[a-z_:]+(\{[^}]*\})? [0-9.eE+-]+(Inf|NaN)?)$/, line);
	for (const name of ["connections", "streams", "events_out_total", "gaps_total", "sweeps_found_total", "redis_up", "database_up"])
		assert.match(text, new RegExp(`^foodfast_streamd_${name} \\d`, "m"));
});

test("OT-13 an idle stream costs no bytes but its heartbeats, and the address book plays no part in it", async (t) => {
	const ana = await customer();
	const reader = await stream(t, ana, `user:${ana.user.id}`);
	ok(await ana.post("/me/addresses", addressInAmsterdam()), 201);
	await change(ana);
	await reader.event("user.updated");
	const events = reader.events.filter(({ type }) => type === "user.updated");
	assert.ok(events.length <= 2);
});
