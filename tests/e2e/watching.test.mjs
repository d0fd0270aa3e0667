/* Who may watch, tickets, refusals, how a stream ends, heartbeats and metrics. */
import assert from "node:assert/strict";
import test from "node:test";
import { ok, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { appointed, newId, newKitchen, staffAt } from "./lib/kitchens.mjs";
import { assertAsLogged } from "./lib/log.mjs";
import { cancel, drive, move, orderBySomeone, place } from "./lib/orders.mjs";
import { change, customer, driver } from "./lib/people.mjs";
import { poll, pollReply, refusedStream, stream } from "./lib/stream.mjs";
import { A_SECOND_MS, until } from "./lib/wait.mjs";

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
	for (const name of ["connections", 'streams{transport="sse"}', "events_out_total", "gaps_total", "sweeps_found_total", "redis_up", "database_up"])
		assert.ok(text.includes(`\nfoodfast_streamd_${name} `), name);
	for (const name of ["gaps_sent_total", "duplicates_sent_total"])
		assert.match(text, new RegExp(`^foodfast_streamd_${name} 0$`, "m"));
});

test("RN-16 the metrics tell how many orders nobody has acknowledged, and since when the oldest waits", async () => {
	const kitchen = await newKitchen();
	const { order } = await orderBySomeone(kitchen);
	const A_YEAR_S = 365 * 86_400;
	const metrics = async () => (await new Client().fetch("/metrics")).text;
	const figure = async (name) => Number((await metrics()).match(new RegExp(`^${name} (\\d+)$`, "m"))[1]);
	await here.psql(`update ordering.orders set placed_at = placed_at - interval '1 year 2 days' where order_id = '${order.id}'`);
	assert.ok(await figure("foodfast_orders_unacknowledged") >= 1);
	assert.ok(await figure("foodfast_orders_unacknowledged_oldest_seconds") > A_YEAR_S);
	ok(await kitchen.owner.post(`/orders/${order.id}/acknowledge`));
	assert.ok(await figure("foodfast_orders_unacknowledged_oldest_seconds") < A_YEAR_S);
	const text = await metrics();
	for (const name of ["foodfast_orders_unacknowledged", "foodfast_orders_unacknowledged_oldest_seconds"])
		assert.match(text, new RegExp(`^# HELP ${name} .+\n# TYPE ${name} gauge\n${name} \\d+$`, "m"));
});
