/* Long-poll: /poll and an order's status. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { isTime, ok, problem } from "./lib/assert.mjs";
import { here } from "./lib/instance.mjs";
import { newKitchen } from "./lib/kitchens.mjs";
import { assertAsLogged } from "./lib/log.mjs";
import { cancel, drive, move, orderBySomeone } from "./lib/orders.mjs";
import { customer } from "./lib/people.mjs";
import { BadNetwork } from "./lib/proxy.mjs";
import { heldPoll, heldStatus, poll, pollReply, pollUntil, stream } from "./lib/stream.mjs";
import { A_SECOND_MS, inParallel, within } from "./lib/wait.mjs";

const IS_LONG = process.env.FOODFAST_LONG === "1";

const status = (person, order, { last, wait } = {}) =>
	person.fetch(`/api/v1/orders/${order.id}/status?${new URLSearchParams({ ...(last && { last }), ...(wait !== undefined && { wait }) })}`, { within: 70_000 });

test("OT-07 the last known status decides: another one answers at once, the same waits for the change", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const now = ok(await within(A_SECOND_MS, status(ana, order, { last: "confirmed", wait: 60 })));
	assert.deepEqual([now.status, now.final], ["placed", false]);
	isTime(now.at);
	assert.equal(ok(await within(A_SECOND_MS, status(ana, order))).status, "placed");
	const held = await heldStatus(t, ana, order.id, "placed");
	assert.equal(held.status, 200);
	await move(kitchen.owner, order, "confirmed");
	const changed = await within(A_SECOND_MS, held.body, "the change");
	assert.deepEqual([changed.status, changed.final], ["confirmed", false]);
});

test("OT-07 acknowledging is no change of status: the poll stays held", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const held = await heldStatus(t, ana, order.id, "placed");
	const watcher = await stream(t, ana, `order:${order.id}`);
	ok(await kitchen.owner.post(`/orders/${order.id}/acknowledge`));
	await watcher.event("order.acknowledged");
	await move(kitchen.owner, order, "confirmed");
	assert.equal((await within(A_SECOND_MS, held.body)).status, "confirmed");
});

test("OT-06 an unchanged status comes back unchanged at the end of wait", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const started = performance.now();
	const unchanged = ok(await status(ana, order, { last: "placed", wait: 2 }));
	const seconds = (performance.now() - started) / 1000;
	assert.equal(unchanged.status, "placed");
	assert.ok(seconds >= 1.9 && seconds < 4, `${seconds} s`);
	assert.equal(ok(await within(A_SECOND_MS, status(ana, order, { last: "placed", wait: 0 }))).status, "placed");
});

test("OT-06 a poll waits sixty seconds and no longer", { skip: !IS_LONG && "FOODFAST_LONG=1" }, async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const started = performance.now();
	assert.equal(ok(await status(ana, order, { last: "placed", wait: 60 })).status, "placed");
	const seconds = (performance.now() - started) / 1000;
	assert.ok(seconds >= 59 && seconds < 63, `${seconds} s`);
});

test("OT-08 a final status says so, and is never waited for", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const held = await heldStatus(t, ana, order.id, "placed");
	ok(await cancel(ana, order));
	assert.deepEqual((({ status: s, final }) => [s, final])(await held.body), ["cancelled", true]);
	const again = ok(await within(A_SECOND_MS, status(ana, order, { last: "cancelled", wait: 60 })));
	assert.deepEqual([again.status, again.final], ["cancelled", true]);
	const body = await within(A_SECOND_MS, poll(ana, `order:${order.id}`, { after: 0, wait: 60 }));
	assert.equal(body.final, true);
	assert.equal((await within(A_SECOND_MS, poll(ana, `order:${order.id}`, { after: body.cursor, wait: 60 }))).final, true);
});

test("RL-11 status: what is no wait and no order of one's own is refused", async () => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	for (const query of ["wait=61", "wait=-1", "wait=x", "wait=1.5"])
		problem(await ana.get(`/orders/${order.id}/status?${query}`), 400);
	problem(await (await customer()).get(`/orders/${order.id}/status`), 404);
	problem(await ana.send("POST", `/orders/${order.id}/status`, {}), 405);
});

test("OT-06 RL-09 /poll: status and headers at once, the body when something happens", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const { cursor } = await poll(ana, channel, { after: 0 });
	const held = await heldPoll(t, ana, channel, { after: cursor });
	assert.equal(held.status, 200);
	assert.match(held.headers["content-type"], /^application\/json\b/);
	await move(kitchen.owner, order, "confirmed");
	const body = await within(A_SECOND_MS, held.body, "the event");
	assert.deepEqual(body.events.map(({ data }) => data.status), ["confirmed"]);
	assert.equal(body.final, false);
	assert.deepEqual(body.heads, { [channel]: body.events[0].seq });
	assert.notEqual(body.cursor, cursor);
});

test("OT-06 /poll: nothing happened is an empty list and the same cursor, at the end of wait", async () => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const { cursor, events } = await poll(ana, channel);
	assert.deepEqual(events, []);
	const started = performance.now();
	const empty = await poll(ana, channel, { after: cursor, wait: 2 });
	assert.ok(performance.now() - started >= 1900);
	assert.deepEqual([empty.events, empty.cursor, empty.final], [[], cursor, false]);
	for (const wait of ["61", "-1", "x"])
		problem(await pollReply(ana, channel, { wait }), 400);
});

test("OT-09 OT-15 a poll that is dropped is taken over by the next: no change is missed", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const { cursor } = await poll(ana, channel, { after: 0 });
	const held = await heldPoll(t, ana, channel, { after: cursor });
	held.drop();
	await move(kitchen.owner, order, "confirmed");
	await move(kitchen.owner, order, "preparing");
	const next = await poll(ana, channel, { after: cursor, wait: 5 });
	assert.deepEqual(next.events.map(({ data }) => data.status), ["confirmed", "preparing"]);
});

test("OT-15 RL-07 a chain of polls over a bad line sees every event once, in order", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const network = await BadNetwork.start(t, here.url, { delayMs: 20 });
	const phone = ana.through(network.url);
	const driving = drive(kitchen.owner, order);
	const events = [];
	let after = 0;
	for (let round = 0, isFinal = false; !isFinal; round++) {
		if (round % 2)
			network.cut();
		const body = await poll(phone, channel, { after, wait: 1 }).catch(() => undefined);
		if (body === undefined)
			continue;
		events.push(...body.events);
		({ cursor: after, final: isFinal } = body);
	}
	await driving;
	await assertAsLogged(events, channel);
});

test("RL-07 a client changes transport in mid-stream and loses nothing", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const first = await poll(ana, channel, { after: 0 });
	await move(kitchen.owner, order, "confirmed");
	const reader = await stream(t, ana, channel, { after: first.cursor });
	await reader.event("order.status", { status: "confirmed" });
	reader.drop();
	await move(kitchen.owner, order, "preparing");
	const second = await poll(ana, channel, { after: reader.lastId });
	await move(kitchen.owner, order, "ready");
	const third = await stream(t, ana, channel, { lastEventId: second.cursor });
	await third.event("order.status", { status: "ready" });
	await assertAsLogged([...first.events, ...reader.events, ...second.events, ...third.events], channel);
});

test("RL-07 a phone that was away gets exactly the difference, a desk that was not gets nothing twice", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const phone = await poll(ana, channel, { after: 0 });
	const desk = await stream(t, ana, channel, { after: 0 });
	await drive(kitchen.owner, order, "ready");
	await desk.event("order.status", { status: "ready" });
	const { events } = await pollUntil(ana, channel, (seen) => seen.some(({ data }) => data.status === "ready"), { after: phone.cursor });
	await assertAsLogged([...phone.events, ...events], channel);
	await assertAsLogged(desk.events, channel);
});

test("OT-09 RL-09 five hundred held polls and streams at once hold no thread, and each is answered", async (t) => {
	const kitchen = await newKitchen();
	const { ana, order } = await orderBySomeone(kitchen);
	const threads = () => /^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${here.pid("streamd-1")}/status`, "utf8"))[1];
	const before = threads();
	const { cursor } = await poll(ana, `order:${order.id}`, { after: 0 });
	const held = await inParallel(300, 50, () => heldPoll(t, ana, `order:${order.id}`, { after: cursor }));
	const statuses = await inParallel(100, 50, () => heldStatus(t, ana, order.id, "placed"));
	const streams = await inParallel(100, 50, () => stream(t, ana, `order:${order.id}`));
	assert.equal(threads(), before);
	await move(kitchen.owner, order, "confirmed");
	for (const { body } of held)
		assert.deepEqual((await within(5000, body)).events.map(({ data }) => data.status), ["confirmed"]);
	for (const { body } of statuses)
		assert.equal((await within(5000, body)).status, "confirmed");
	for (const reader of streams)
		await reader.event("order.status", { status: "confirmed" });
});
