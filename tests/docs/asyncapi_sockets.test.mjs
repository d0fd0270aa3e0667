/* What asyncapi.yaml says of /ws and /socket.io/, held against conversations that were really had. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../e2e/lib/client.mjs";
import { SocketIoDialogue, WebSocketDialogue } from "../e2e/lib/dialogue.mjs";
import { hire, newKitchen, staffAt } from "../e2e/lib/kitchens.mjs";
import { cancel, place } from "../e2e/lib/orders.mjs";
import { customer } from "../e2e/lib/people.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { asyncapi, conforms, messages, namesOn, resolved } from "./lib/asyncapi.mjs";
import { violations } from "./lib/violations.mjs";

/* How each of the two names what is told unasked, and the answers. */
const KINDS = {
	websocket: { Dialogue: WebSocketDialogue, prefix: "ws.", told: (frame) => [`ws.${frame.op}`, frame], answer: "ws.reply", frame: (op, fields) => ({ op, id: 1, ...fields }) },
	socketio: { Dialogue: SocketIoDialogue, prefix: "", told: ({ name, data }) => [name, data], answer: "ack", frame: (op, fields) => fields },
};

/* A colleague watches two kitchens and an order by DIALOGUE, acknowledges it, leaves one, loses the other; the order is cancelled. Every command and answer is TOLD. */
async function conversation(t, Dialogue, tell) {
	const [kitchen, other] = [await newKitchen(), await newKitchen()];
	const staff = await staffAt(kitchen);
	await hire(staff, other, "staff");
	const ana = await customer();
	const order = await place(ana, kitchen);
	const board = await Dialogue.open(t, staff);
	const ask = async (op, fields) => {
		const reply = await board.ask(op, fields);
		tell(op, fields, reply);
		return reply;
	};
	const [mine, its, others] = [`restaurant:${kitchen.id}`, `order:${order.id}`, `restaurant:${other.id}`];
	const opened = await ask("subscribe", { channels: [mine, its], after: "0" });
	assert.equal(opened.ok, true);
	assert.deepEqual((await ask("subscribe", { channels: [others, "ops"] })).denied, ["ops"]);
	assert.equal((await ask("subscribe", { channels: ["ops"] })).error.status, 403);
	assert.equal((await ask("send", { channel: mine, type: "order.acknowledged", data: { order_id: order.id } })).ok, true);
	await board.event("order.acknowledged");
	assert.equal((await ask("unsubscribe", { channels: [mine] })).ok, true);
	await cancel(ana, order);
	await board.event("order.status", { status: "cancelled" });
	await kitchen.instance.psql(`delete from catalogue.membership where user_id = '${staff.user.id}' and restaurant_id = '${other.id}'`);
	await kitchen.instance.psql(`insert into account.revocation (kind, id) values ('user', '${staff.user.id}')`);
	await board.until(() => board.signals("stream.denied").length > 0, { what: "stream.denied" });
	await board.until(() => board.signals("stream.end").length > 0, { what: "stream.end" });
	return { board, staff, ask };
}

for (const [channel, { Dialogue, prefix, told, answer, frame }] of Object.entries(KINDS))
	test(`CH-02 CH-03 GW-05 RN-07 every message of ${asyncapi.channels[channel].address} is as asyncapi.yaml says, both ways, and every one is seen`, async (t) => {
		const seen = new Set();
		const { board, staff, ask } = await conversation(t, Dialogue, (op, fields, reply) => {
			conforms(frame(op, fields), prefix + op);
			conforms(reply, answer);
			seen.add(prefix + op).add(answer);
		});
		if (channel === "websocket")
			await ask("auth", { token: staff.token });
		for (const came of board.raw) {
			const [name, value] = told(came);
			conforms(value, name);
			seen.add(name);
		}
		assert.deepEqual([...seen].sort(), namesOn(channel).sort());
	});

/* The commands that CHANNEL takes, each with fields that are right. */
async function commands(channel) {
	const kitchen = await newKitchen();
	const order = await place(await customer(), kitchen);
	const mine = `restaurant:${kitchen.id}`;
	return { kitchen, fields: {
		subscribe: { channels: [mine], after: "0" },
		unsubscribe: { channels: [mine] },
		send: { channel: mine, type: "order.acknowledged", client_id: "one", data: { order_id: order.id } },
		...(channel === "websocket" && { auth: { token: kitchen.owner.token } }),
	} };
}

for (const [channel, { Dialogue, prefix }] of Object.entries(KINDS))
	test(`RL-11 ${asyncapi.channels[channel].address} refuses what asyncapi.yaml does not allow, field by field`, async (t) => {
		const { kitchen, fields } = await commands(channel);
		for (const [op, good] of Object.entries(fields)) {
			const dialogue = await Dialogue.open(t, kitchen.owner);
			const schema = resolved(messages[Object.keys(messages).find((key) => messages[key].name === prefix + op)].payload);
			const refused = async (bad, name, rule) => {
				const { ok, error } = await dialogue.ask(op, bad);
				assert.equal(ok, false, `${op} ${name}, ${rule}`);
				assert.equal(error.status, 422, `${op} ${name}, ${rule}: ${JSON.stringify(error)}`);
				const isNamed = error.code === "unknown_type" ? name === "type" : error.errors?.some(({ pointer }) => pointer.startsWith(`/${name}`));
				assert.ok(isNamed, `${op} ${name}, ${rule}: ${JSON.stringify(error)}`);
			};
			await refused({ ...good, colour: "green" }, "colour", "unknown");
			for (const name of schema.required.filter((one) => one !== "op"))
				await refused({ ...good, [name]: undefined }, name, "required");
			for (const [name, property] of Object.entries(schema.properties).filter(([one]) => !["op", "id"].includes(one)))
				for (const { rule, value } of violations(property, resolved))
					await refused({ ...good, [name]: value }, name, rule);
			assert.equal((await dialogue.ask(op, good)).ok, true, `${op} as it should be`);
			dialogue.close();
		}
	});

test("RL-11 /ws answers what it cannot read, and what it does not know, with the id where there is one", async (t) => {
	const dialogue = await WebSocketDialogue.open(t, await customer());
	const said = [["{", null], ["[]", null], ['"x"', null], ['{"op":"nonsense","id":7}', 7], ['{"op":"subscribe","id":"seven","channels":["ops"]}', null], ['{"id":8}', 8]];
	for (const [index, [text, id]] of said.entries()) {
		dialogue.say(text);
		const reply = await until(() => dialogue.raw[index], { what: `a reply to ${text}` });
		conforms(reply, "ws.reply");
		assert.deepEqual([reply.id, reply.ok], [id, false], text);
		assert.ok([400, 422].includes(reply.error.status), text);
	}
});

/* A frame by hand, as a client's must be: masked. */
function frame(opcode, payload, { isMasked = true } = {}) {
	const head = Buffer.from([0x80 | opcode, (isMasked ? 0x80 : 0) | payload.length]);
	return Buffer.concat([head, ...(isMasked ? [Buffer.alloc(4)] : []), payload]);
}

const raw = (dialogue, bytes) => dialogue.socket._socket.write(bytes);

/* How a client is brought to be closed with each code. The other rows of x-closes are proven in tests/fault. */
const closes = {
	1002: async (dialogue) => raw(dialogue, frame(1, Buffer.from("{}"), { isMasked: false })),
	1003: async (dialogue) => dialogue.socket.send(Buffer.from([1, 2, 3])),
	1007: async (dialogue) => raw(dialogue, frame(1, Buffer.from([0xc3, 0x28]))),
	1009: async (dialogue) => dialogue.say(JSON.stringify({ op: "subscribe", id: 1, channels: ["x".repeat(70_000)] })),
	4401: async (dialogue, person) => person.post("/auth/logout"),
	4403: async (dialogue) => dialogue.ask("auth", { token: (await customer()).token }),
	4408: async () => {},
	4429: async (dialogue) => {
		for (let count = 0; count < 500; count++)
			dialogue.say('{"op":"unsubscribe","channels":["ops"]}');
	},
};

test("CH-03 RL-11 AC-13 /ws closes with the codes that asyncapi.yaml names, each for its reason", async (t) => {
	const documented = Object.keys(asyncapi.channels.websocket["x-closes"]).filter((code) => !["1008", "1012", "1013"].includes(code));
	assert.deepEqual(Object.keys(closes), documented);
	await Promise.all(Object.entries(closes).map(async ([code, provoke]) => {
		const person = await customer();
		const dialogue = await WebSocketDialogue.open(t, code === "4408" ? new Client() : person);
		await provoke(dialogue, person);
		assert.equal((await dialogue.ended(15_000)).code, Number(code));
	}));
});

const tokens = { "no token": undefined, "a token that is none": "let-me-in" };

for (const [name, token] of Object.entries(tokens))
	test(`CH-02 RL-11 Socket.IO: ${name} is a connect error, with the problem as its data`, async (t) => {
		const refused = await SocketIoDialogue.open(t, new Client({ token })).then(() => assert.fail("connected"), (error) => error);
		conforms({ ok: false, error: refused.data }, "ack");
		assert.equal(refused.data.status, 401);
		assert.equal(refused.message, refused.data.code);
	});
