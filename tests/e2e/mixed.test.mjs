/* All transports side by side in one server: the same events, the same numbers, and none of them disturbs another. */
import assert from "node:assert/strict";
import test from "node:test";
import { ok } from "./lib/assert.mjs";
import { SocketIoDialogue, WebSocketDialogue } from "./lib/dialogue.mjs";
import { here } from "./lib/instance.mjs";
import { newKitchen, staffAt } from "./lib/kitchens.mjs";
import { assertAllHaveAll, assertAsLogged, logged } from "./lib/log.mjs";
import { drive, move, orderBySomeone, place } from "./lib/orders.mjs";
import { change, customer } from "./lib/people.mjs";
import { BadNetwork } from "./lib/proxy.mjs";
import { ALL_TRANSPORTS, TRANSPORTS } from "./lib/reader.mjs";
import { inParallel, until, within } from "./lib/wait.mjs";
import { Watcher } from "./lib/watcher.mjs";

const IS_LONG = process.env.FOODFAST_LONG === "1";

const connected = (watchers) => until(() => watchers.every(({ connects }) => connects > 0), { what: "every reader to be connected" });
const headOf = async (channel) => (await logged(channel)).length;

test("OT-10 RN-07 RL-09 CH-02 CH-03 an order over every transport: the same events with the same numbers, to its customer and to the staff", async (t) => {
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen);
	const { ana, order } = await orderBySomeone(kitchen);
	const customers = ALL_TRANSPORTS.map((transport) => new Watcher(t, ana, `order:${order.id}`, { transport }));
	const screens = ALL_TRANSPORTS.map((transport) => new Watcher(t, staff, `restaurant:${kitchen.id}`, { transport }));
	await connected([...customers, ...screens]);
	ok(await kitchen.owner.post(`/orders/${order.id}/acknowledge`));
	await drive(kitchen.owner, order);
	await assertAllHaveAll([...customers, ...screens]);
	await until(() => customers.every(({ isStopped }) => isStopped), { what: "every customer's stream to end with the order" });
	assert.ok(screens.every(({ isStopped }) => !isStopped), "a restaurant's never ends");
	for (const { connects, transport } of customers)
		assert.equal(connects, 1, `${transport} came back after the end`);
});

test("OT-15 RN-10 RL-10 the network is gone while twenty orders come: over every transport all of them are there on return, once, in order", async (t) => {
	const kitchen = await newKitchen();
	const ana = await customer();
	const network = await BadNetwork.start(t, here.url, { delayMs: 20 });
	const phone = kitchen.owner.through(network.url);
	const channel = `restaurant:${kitchen.id}`;
	const screens = ALL_TRANSPORTS.map((transport) => new Watcher(t, phone, channel, { transport }));
	await place(ana, kitchen);
	await Promise.all(screens.map((screen) => screen.caughtUp(channel, 1)));
	network.down();
	await inParallel(20, 4, () => place(ana, kitchen, { again: true }));
	assert.ok(screens.every((screen) => screen.at(channel) === 1), "nothing comes while there is no network");
	network.up();
	await assertAllHaveAll(screens);
});

test("OT-15 RL-07 what was missed before the first connect comes too, whatever the transport: after=0, and after a cursor of another one", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 4);
	const first = TRANSPORTS.map((transport) => new Watcher(t, ana, channel, { transport }));
	await assertAllHaveAll(first);
	await change(ana, 3);
	await Promise.all(first.map((watcher) => watcher.caughtUp(channel, 7)));
	for (const [index, { place: { epoch } }] of first.entries()) {
		const later = new Watcher(t, ana, channel, { transport: TRANSPORTS[(index + 1) % TRANSPORTS.length], after: `${epoch}/${channel}=4` });
		await later.caughtUp(channel, 7);
		assert.deepEqual(later.events.map(({ seq }) => seq), [5, 6, 7], later.transport);
	}
});

test("OT-15 RL-07 a cursor of another epoch, or ahead of the log, is answered by a reset on every transport, and then by what is new", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	await change(ana, 3);
	const known = new Watcher(t, ana, channel);
	await known.caughtUp(channel, 3);
	const cursors = [`0/${channel}=1`, `${known.place.epoch}/${channel}=999999`];
	const watchers = TRANSPORTS.flatMap((transport) => cursors.map((after) => new Watcher(t, ana, channel, { transport, after })));
	await connected(watchers);
	await change(ana);
	for (const watcher of watchers) {
		await until(() => watcher.events.length > 0, { what: `the new event over ${watcher.transport}` });
		assert.deepEqual([watcher.resets, watcher.events.map(({ seq }) => seq)], [1, [4]], watcher.transport);
	}
});

test("RL-08 twenty tabs of one browser, over every transport, are all live, and REST answers beside them", async (t) => {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const tabs = Array.from({ length: 20 }, (_, index) => new Watcher(t, ana, channel, { transport: TRANSPORTS[index % TRANSPORTS.length] }));
	await connected(tabs);
	await change(ana, 5);
	ok(await ana.get("/me"));
	await assertAllHaveAll(tabs);
});

/* A stock client that was told to say again what nobody acknowledged, and how often the kitchen's log has it in the end. */
test("RL-05 CH-02 OT-10 a send whose acknowledgement the network loses is sent again by the stock client: done once, seen once", async (t) => {
	const kitchen = await newKitchen();
	const { order } = await orderBySomeone(kitchen);
	const channel = `restaurant:${kitchen.id}`;
	const network = await BadNetwork.start(t, here.url);
	const { socket } = await SocketIoDialogue.open(t, kitchen.owner.through(network.url), { reconnection: true, reconnectionDelay: 50, retries: 20, ackTimeout: 500 });
	network.answersLost = true;
	const acknowledged = socket.emitWithAck("send", { channel, type: "order.acknowledged", data: { order_id: order.id } });
	await until(async () => (await logged(channel)).some((text) => JSON.parse(text).type === "order.acknowledged"), { what: "the effect, whose answer is lost" });
	network.cut();
	network.answersLost = false;
	assert.equal((await within(20_000, acknowledged, "acknowledgement")).ok, true);
	const types = (await logged(channel)).map((text) => JSON.parse(text).type);
	assert.deepEqual(types, ["order.placed", "order.acknowledged"]);
});

test("RL-05 CH-03 a send over a WebSocket that broke before its reply is sent again over the next: done once, seen once", async (t) => {
	const kitchen = await newKitchen();
	const { order } = await orderBySomeone(kitchen);
	const channel = `restaurant:${kitchen.id}`;
	const say = async () => (await WebSocketDialogue.open(t, kitchen.owner)).ask("send", { channel, type: "order.acknowledged", client_id: "one", data: { order_id: order.id } });
	const hasty = await WebSocketDialogue.open(t, kitchen.owner);
	hasty.say(JSON.stringify({ op: "send", id: 1, channel, type: "order.acknowledged", client_id: "one", data: { order_id: order.id } }));
	hasty.socket.terminate();
	assert.deepEqual((await Promise.all([say(), say()])).map(({ ok: isOk }) => isOk), [true, true]);
	assert.deepEqual((await logged(channel)).map((text) => JSON.parse(text).type), ["order.placed", "order.acknowledged"]);
});

test("RL-09 RL-13 a mixed load: long-poll, short poll, SSE, WebSocket and Socket.IO at once, while orders are placed and moved", async (t) => {
	const each = IS_LONG ? 200 : 15;
	const orders = IS_LONG ? 1000 : 40;
	const kitchens = await inParallel(4, 2, () => newKitchen());
	const people = await inParallel(4, 4, () => customer());
	const watchers = TRANSPORTS.flatMap((transport) => Array.from({ length: each }, (_, index) => {
		const kitchen = kitchens[index % kitchens.length];
		return new Watcher(t, kitchen.owner, `restaurant:${kitchen.id}`, { transport });
	}));
	await until(() => watchers.every(({ connects }) => connects > 0), { within: 30_000, what: "all readers" });
	await inParallel(orders, 8, async (turn) => {
		const kitchen = kitchens[turn % kitchens.length];
		const order = await place(people[turn % people.length], kitchen, { again: true });
		await move(kitchen.owner, order, "confirmed");
	});
	await assertAllHaveAll(watchers);
	for (const transport of TRANSPORTS) {
		const slowest = Math.max(...watchers.filter((watcher) => watcher.transport === transport).map((watcher) => watcher.slowest()));
		t.diagnostic(`${transport}: ${each} readers, the slowest event ${slowest} ms after its commit`);
		assert.ok(slowest < 5000, transport);
	}
});

test("OT-13 what a whole order costs over each transport, in bytes and in wake-ups of the radio", async (t) => {
	const kitchen = await newKitchen();
	const network = await Promise.all(ALL_TRANSPORTS.map(() => BadNetwork.start(t, here.url)));
	const { ana, order } = await orderBySomeone(kitchen);
	const channel = `order:${order.id}`;
	const watchers = ALL_TRANSPORTS.map((transport, index) => new Watcher(t, ana.through(network[index].url), channel, { transport }));
	await connected(watchers);
	await drive(kitchen.owner, order);
	const head = await headOf(channel);
	await Promise.all(watchers.map((watcher) => watcher.caughtUp(channel, head)));
	for (const [index, transport] of ALL_TRANSPORTS.entries()) {
		const { upBytes, downBytes, downChunks } = network[index];
		t.diagnostic(`${transport}: ${upBytes} bytes up, ${downBytes} down in ${downChunks} pieces`);
		assert.ok(transport === "short-poll" || upBytes + downBytes < 20_000, `${transport}: ${upBytes + downBytes} bytes`);
	}
	await assertAsLogged(watchers[0].events, channel);
});
