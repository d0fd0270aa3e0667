/* The AsyncAPI document by itself, and every message of it against frames that were really received. */
import assert from "node:assert/strict";
import { test } from "node:test";
import specifications from "@asyncapi/specs";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { problem } from "../e2e/lib/assert.mjs";
import { cardholder, orderByCard, refundReply } from "../e2e/lib/cards.mjs";
import { appointed, hire, newKitchen, staffAt } from "../e2e/lib/kitchens.mjs";
import { drive, move, place } from "../e2e/lib/orders.mjs";
import { customer } from "../e2e/lib/people.mjs";
import { Sandbox } from "../e2e/lib/sandbox.mjs";
import { poll, stream } from "../e2e/lib/stream.mjs";
import { asyncapi, conforms, messages, namesOn } from "./lib/asyncapi.mjs";
import { violations } from "./lib/violations.mjs";

/* The event may travel on its channel, says the document. */
function belongs(event) {
	const kind = event.channel.split(":")[0];
	assert.ok(namesOn(kind).includes(event.type), `${event.type} on ${kind}`);
}

test("OT-05 RN-06 asyncapi.yaml is valid AsyncAPI 3.0", () => {
	const validate = addFormats(new Ajv({ strict: false })).compile(specifications.schemasWithoutId["3.0.0"]);
	assert.ok(validate(asyncapi), JSON.stringify(validate.errors?.slice(0, 5), null, 1));
	for (const [key, message] of Object.entries(messages))
		for (const { payload } of message.examples ?? [])
			conforms(payload, messages[key].name);
});

for (const { channel, bindings } of Object.values(asyncapi.operations).filter((operation) => operation.bindings))
	test(`RL-11 ${channel.$ref.replace("#/channels", "")} takes the parameters that asyncapi.yaml has, within their limits`, async () => {
		const { address } = asyncapi.channels[channel.$ref.split("/").pop()];
		const { query } = bindings.http;
		const ana = await customer();
		const good = { channels: `user:${ana.user.id}`, after: "0" };
		const refused = async (parameters, name) => {
			const told = problem(await ana.fetch(`${address}?${new URLSearchParams(parameters)}`), 400, "invalid_parameter");
			assert.deepEqual(told.errors.map(({ parameter }) => parameter), [name]);
		};
		await refused({ after: "0" }, "channels");
		await refused({ ...good, colour: "green" }, "colour");
		for (const [name, schema] of Object.entries(query.properties).filter(([, { type }]) => type === "integer"))
			for (const { value } of violations(schema))
				await refused({ ...good, [name]: value }, name);
	});

/* A whole order, watched by its customer and its kitchen on every channel there is, and a colleague who leaves. */
async function wholeOrder(t) {
	const kitchen = await newKitchen();
	const leaver = await staffAt(kitchen);
	const other = await newKitchen();
	await hire(leaver, other, "staff");
	const ana = await customer();
	const board = await stream(t, leaver, [`restaurant:${kitchen.id}`, `restaurant:${other.id}`], { heartbeat: 15 });
	const own = await stream(t, ana, [`user:${ana.user.id}`], { heartbeat: 15 });
	const order = await place(ana, kitchen);
	const tracking = await stream(t, ana, [`order:${order.id}`], { after: 0 });
	await kitchen.owner.post(`/orders/${order.id}/acknowledge`);
	await drive(kitchen.owner, order);
	await ana.patch("/me", { name: "Ana Lovelace" });
	await own.event("user.updated");
	await tracking.closed();
	await board.event("order.status", { status: "delivered" });
	return { kitchen, leaver, ana, order, board, own, tracking };
}

/* An order by card, and a refund that the bank sends back, watched by its customer and an admin. */
async function refundedInVain(t, kitchen) {
	const admin = await appointed("admin");
	const ops = await stream(t, admin, "ops");
	const { ana, card } = await cardholder(kitchen.instance, "pm_card_refundFail");
	const { body: order } = await orderByCard(ana, kitchen, card);
	const tracking = await stream(t, ana, [`order:${order.id}`], { after: 0 });
	await move(kitchen.owner, order, "confirmed");
	await tracking.event("payment.status", { status: "captured" });
	await refundReply(admin, order, 100);
	await new Sandbox(kitchen.instance).settleRefunds();
	await ops.event("ops.escalation", { order_id: order.id });
	return [ops, tracking];
}

test("OT-05 OT-20 OT-23 RN-06 GW-05 every frame of a whole order is as asyncapi.yaml says, and every message of it is seen", async (t) => {
	const { kitchen, leaver, ana, order, board, own, tracking } = await wholeOrder(t);
	const byCard = await refundedInVain(t, kitchen);
	await kitchen.instance.psql(`delete from catalogue.membership where user_id = '${leaver.user.id}' and restaurant_id = '${kitchen.id}'`);
	await kitchen.instance.psql(`insert into account.revocation (kind, id) values ('user', '${leaver.user.id}')`);
	await board.until(() => board.frames.some(({ data }) => data.type === "stream.denied"));
	await Promise.all([board, own].map((reader) =>
		reader.until(() => reader.signals("stream.heartbeat").length > 0, { within: 20_000, what: "a heartbeat" })));
	const answer = await poll(ana, `order:${order.id}`, { after: 0 });
	conforms(answer, "poll");
	assert.ok(answer.final);

	const seen = new Set(["poll"]);
	for (const { data } of [board, own, tracking, ...byCard].flatMap((reader) => reader.frames)) {
		conforms(data, data.type);
		seen.add(data.type);
		if (data.seq !== undefined)
			belongs(data);
	}
	const oneWay = Object.keys(asyncapi.channels).filter((channel) => !["websocket", "socketio"].includes(channel));
	assert.deepEqual([...seen].sort(), [...new Set(oneWay.flatMap(namesOn))].sort());
	assert.deepEqual(answer.events, tracking.events, "the same events by SSE and by poll");
});
