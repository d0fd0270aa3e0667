/* SSE: what a stream says, how it resumes, and that nothing is lost between what was loaded and what is streamed. */
import assert from "node:assert/strict";
import test from "node:test";
import { ok } from "./lib/assert.mjs";
import { here } from "./lib/instance.mjs";
import { newKitchen } from "./lib/kitchens.mjs";
import { assertAsLogged, logged } from "./lib/log.mjs";
import { cancel, drive, move, orderBySomeone, place } from "./lib/orders.mjs";
import { change, customer } from "./lib/people.mjs";
import { BadNetwork } from "./lib/proxy.mjs";
import { cursorOf, isEvent, poll, pollReply, pollUntil, stream } from "./lib/stream.mjs";
import { A_SECOND_MS, inParallel, until } from "./lib/wait.mjs";

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
	test(`OT-15 RL-07 a cursor ${name} is answered by a reset, on every transport, and then by what is new`, async (t) => {
		const ana = await customer();
		const channel = `user:${ana.user.id}`;
		await change(ana, 3);
		const { epoch } = await stream(t, ana, channel);
		const after = cursor(epoch, channel);
		const readers = [await stream(t, ana, channel, { after }), await stream(t, ana, channel, { lastEventId: after })];
		for (const { frames: [open] } of readers) {
			assert.equal(open.data.mode, "reset");
			assert.deepEqual(open.data.heads, { [channel]: 3 });
			assert.equal(open.id, `${epoch}/${channel}=3`);
		}
		assert.equal((await poll(ana, channel, { after, wait: 5 })).mode, "reset");
		await change(ana);
		for (const reader of readers)
			assert.deepEqual((await reader.count(1)).map(({ seq }) => seq), [4]);
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

test("OT-15 OT-18 load, then stream after it: whatever is written meanwhile, nothing is between", async (t) => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const order = await place(ana, kitchen);
	const channel = `order:${order.id}`;
	let isWriting = true;
	const writing = here.psql(`do $$ begin
		for n in 1..2000 loop
			perform event_append(array[row('${channel}', 'order.status', jsonb_build_object('order_id', '${order.id}', 'status', 'placed', 'previous', 'placed', 'by', n), false)::new_event]);
			commit;
		end loop; end $$`).finally(() => { isWriting = false; });
	const readers = [];
	while (isWriting && readers.length < 50) {
		const loaded = await ana.get(`/orders/${order.id}`);
		const cursor = loaded.headers["stream-cursor"];
		readers.push({ cursor, reader: await stream(t, ana, channel, { after: cursor }) });
	}
	await writing;
	assert.ok(readers.length >= 3);
	const head = (await logged(channel)).length;
	assert.ok(head >= 2001);
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
	assert.deepEqual(Object.keys(placed).sort(), ["currency", "eta", "items", "number", "order_id", "payment", "placed_at", "status", "subtotal", "total"]);
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
