/*
 * RL-11: every operation of openapi.yaml, and streamd's own doors, are asked nonsense by everybody who can sign in. Whatever comes is
 * answered as documented or refused as a problem; never a 500, never a crash, never a line of level error. FUZZ_SEED does it again.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { operations } from "../docs/lib/openapi.mjs";
import { ok, problem } from "../e2e/lib/assert.mjs";
import { Client } from "../e2e/lib/client.mjs";
import { WebSocketDialogue } from "../e2e/lib/dialogue.mjs";
import { appointed, newKitchen, staffAt } from "../e2e/lib/kitchens.mjs";
import { place } from "../e2e/lib/orders.mjs";
import { addressInAmsterdam, customer, driver } from "../e2e/lib/people.mjs";
import { Chance } from "./lib/chance.mjs";
import { Fuzzer } from "./lib/fuzz.mjs";
import { Site } from "./lib/site.mjs";

const SEED = process.env.FUZZ_SEED ?? "1";
const ROUNDS = process.env.FOODFAST_LONG === "1" ? 600 : process.env.FOODFAST_ASAN === "1" ? 30 : 60;

/* No limit and no wait for the gateway is what stops it. */
const site = await Site.create({ environment: { FOODFAST_LIMIT_REGISTER: "1000000", FOODFAST_LIMIT_LOGIN_ADDRESS: "1000000", FOODFAST_LIMIT_REQUESTS: "10000000", FOODFAST_LIMIT_CARDS: "1000000" } });
after(() => site.forget());
await site.up();

const kitchen = await newKitchen({ instance: site });
const people = new Map();

/* Who signs in anew when a request has ended his session, or him. */
const arrivals = {
	nobody: async () => new Client({ instance: site }),
	customer: () => customer({ instance: site }),
	driver: () => driver({ instance: site }),
	staff: () => staffAt(kitchen, "manager"),
	agent: () => appointed("agent", { instance: site }),
	admin: () => appointed("admin", { instance: site }),
};

async function person(role) {
	const known = people.get(role);
	if (known && (role === "nobody" || (await known.get("/me")).status === 200))
		return known;
	const arrived = await arrivals[role]();
	people.set(role, arrived);
	return arrived;
}

const ana = await person("customer");
const ids = {
	restaurant_id: [kitchen.id], menu_item_id: kitchen.items.map(({ id }) => id), user_id: [ana.user.id],
	address_id: [ok(await ana.post("/me/addresses", addressInAmsterdam()), 201).id],
	order_id: [(await place(ana, kitchen)).id, (await place(ana, kitchen, { again: true })).id],
};

/* What REPLY must be, whatever was asked. */
function judge(reply, what) {
	if (reply.status < 400)
		return assert.ok(reply.status >= 200, what);
	assert.ok(reply.status < 500 || reply.status === 503 || reply.status === 501, `${what}: ${reply.status} ${reply.text}`);
	try {
		problem(reply, reply.status);
	} catch (error) {
		error.message = `${what}: ${error.message}`;
		throw error;
	}
}

/* One request; an answer that the client's own library cannot send, or take, is none of ours. */
async function ask(client, { path, method, headers, body }) {
	const length = body !== undefined && !headers["Transfer-Encoding"] ? { "Content-Length": Buffer.byteLength(body) } : {};
	const merged = { ...(body === undefined && method !== "GET" && { "Content-Length": 0 }), ...length, ...headers };
	try {
		return await client.fetch(path, { method, body, headers: merged });
	} catch (error) {
		if (["ERR_INVALID_CHAR", "ERR_UNESCAPED_CHARACTERS", "ERR_INVALID_ARG_VALUE"].includes(error.code))
			return undefined;
		if (["ECONNRESET", "EPIPE"].includes(error.code) && Buffer.byteLength(body ?? "") > 64 << 10)
			return undefined;	/* lighttpd refused it before it was sent */
		throw error;
	}
}

for (const operation of operations)
	test(`RL-11 ${operation.id} takes whatever comes`, async () => {
		const chance = new Chance(`${SEED}/${operation.id}`);
		const fuzzer = new Fuzzer(chance, ids);
		let answered = 0;
		for (let round = 0; round < ROUNDS; round++) {
			const role = chance.pick(Object.keys(arrivals));
			const request = fuzzer.request(operation);
			const reply = await ask(await person(role), request);
			if (reply === undefined)
				continue;
			answered++;
			judge(reply, `FUZZ_SEED=${SEED}, ${role}: ${JSON.stringify(request).slice(0, 1500)}`);
		}
		assert.ok(answered > ROUNDS / 2, `only ${answered} were asked`);
	});

const odd = ["", "x", "%00", "-1", "99999999999999999999", "0", "user:x", "order:%ff", "a,b,,", "restaurant:0190a000-0000-7000-8000-000000000000", "0/user:x=1", "x".repeat(3000), "[]", "1e9", "%F0%9F%8D%95"];

test("RL-11 streamd's doors take whatever comes", async () => {
	const chance = new Chance(`${SEED}/streamd`);
	const names = ["channels", "after", "heartbeat", "wait", "ticket", "as", "EIO", "transport", "sid", "t", "b64"];
	for (let round = 0; round < ROUNDS * 4; round++) {
		const path = chance.pick(["/stream", "/poll", "/ws", "/socket.io/", "/socket.io/x", "/stream/x", "/metrics/9"]);
		const query = names.filter(() => chance.is(0.35)).map((name) => `${name}=${name === "wait" ? 0 : chance.pick(odd)}`).join("&");
		const method = chance.pick(["GET", "GET", "GET", "POST", "OPTIONS", "PUT"]);
		const body = method === "POST" ? chance.pick(odd) : undefined;
		const client = await person(chance.pick(Object.keys(arrivals)));
		const url = `${path}?${query}`;
		const answer = await client.open(url, method === "GET" ? {} : { "Content-Length": 0 });
		assert.ok(answer.status < 500 || answer.status === 503, `FUZZ_SEED=${SEED}, ${url}: ${answer.status}`);
		answer.drop();
		if (method !== "GET")
			judgeLoosely(await ask(client, { path: url, method, body, headers: {} }), url);
	}
});

/* Engine.IO's refusals have a form of their own. */
function judgeLoosely(reply, what) {
	if (reply)
		assert.ok(reply.status < 500 || reply.status === 503 || reply.status === 501, `${what}: ${reply.status} ${reply.text}`);
}

test("RL-11 a WebSocket takes whatever is said on it", async (t) => {
	const chance = new Chance(`${SEED}/socket`);
	const fuzzer = new Fuzzer(chance, ids);
	const schema = { type: "object", required: ["op", "id"], properties: {
		op: { type: "string", enum: ["subscribe", "unsubscribe", "send", "auth", "x"] }, id: { type: "integer" }, channels: { type: "array", items: { type: "string", enum: odd } },
		after: { type: "string", enum: odd }, token: { type: "string", enum: odd }, channel: { type: "string", enum: odd }, type: { type: "string", enum: ["order.acknowledged", "chat.message", "x"] },
		client_id: { type: "string", format: "uuid" }, data: { type: "object", properties: { order_id: { type: "string", format: "uuid" } } },
	} };
	for (let round = 0; round < Math.ceil(ROUNDS / 4); round++) {
		const dialogue = await WebSocketDialogue.open(t, await person("customer"));
		for (let frame = 0; frame < 20 && !dialogue.closing; frame++)
			dialogue.socket.readyState === 1 && dialogue.say(JSON.stringify(fuzzer.value(schema)));
		dialogue.close();
		const { code } = await dialogue.ended();
		assert.ok(code !== 1011 && code !== 1006, `FUZZ_SEED=${SEED}, round ${round}: ${code}`);
	}
});

test("RL-11 after all that no program was restarted, and none has logged an error", async () => {
	const rows = readFileSync(`${site.runDir}/supervise.status`, "utf8").trimEnd().split("\n").map((line) => line.split("\t"));
	assert.deepEqual(rows.filter(([, , , restarts]) => Number(restarts) > 0), []);
	for (const name of ["accounts", "catalogue", "orders", "payments", "streamd-1", "timers", "settlement"])
		assert.deepEqual(site.log(name).split("\n").filter((line) => line.includes(" level=error ")), [], name);
	assert.equal((await new Client({ instance: site }).fetch("/readyz")).status, 200);
});
