/* Clients who mean no good: much of what is never finished, more than was asked for, coming and going for ever. Others do not notice. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import test, { after, before, describe } from "node:test";
import WebSocket from "ws";
import { ok, problem } from "../e2e/lib/assert.mjs";
import { Client } from "../e2e/lib/client.mjs";
import { SocketIoDialogue, WebSocketDialogue } from "../e2e/lib/dialogue.mjs";
import { newKitchen } from "../e2e/lib/kitchens.mjs";
import { orderBySomeone } from "../e2e/lib/orders.mjs";
import { change, customer } from "../e2e/lib/people.mjs";
import { heldPoll, heldStatus, pollReply } from "../e2e/lib/stream.mjs";
import { Streamd } from "../e2e/lib/streamd.mjs";
import { inParallel, until } from "../e2e/lib/wait.mjs";
import { Site } from "./lib/site.mjs";

const PENDING = 100;	/* requests: more than streamd answers at once */
const INPUT_MAX = 16 << 10;	/* that streamd keeps of a client whose turn has not come */
const MIB = 1 << 20;
const HANDSHAKE = "/socket.io/?EIO=4&transport=polling";

const site = await Site.create();
before(() => site.up());
after(() => site.forget());

/* PostgreSQL hangs while WORK runs: the server, and those who serve streamd. */
async function hung(work) {
	const backends = (await site.psql("select pid from pg_stat_activity where application_name = 'streamd'")).flat().map(Number);
	return site.paused("postgres", async () => {
		backends.forEach((pid) => process.kill(pid, "SIGSTOP"));
		try {
			return await work();
		} finally {
			backends.forEach((pid) => process.kill(pid, "SIGCONT"));
		}
	});
}

/* A connection to where TO says, with BYTES sent: {text} of what comes, and its end. */
function talk(t, to, bytes) {
	const socket = net.connect(to).on("error", () => {});
	t.after(() => socket.destroy());
	const talk = { socket, text: "", isClosed: false };
	socket.on("data", (chunk) => { talk.text += chunk.toString("latin1"); });
	socket.on("close", () => { talk.isClosed = true; });
	socket.write(bytes);
	return talk;
}

/* A WebSocket at STREAMD, past its handshake; then BYTES are sent. */
async function handshaken(t, streamd, person, bytes) {
	const head = ["GET /ws HTTP/1.1", "Host: localhost", `Authorization: Bearer ${person.token}`, "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""].join("\r\n");
	const client = talk(t, { port: streamd.port, host: "127.0.0.1" }, head);
	await until(() => client.text.startsWith("HTTP/1.1 101 "), { what: "the handshake" });
	client.text = "";
	client.socket.write(bytes);
	return client;
}

/* The head of a text's frame, masked with zeros: the payload goes as it is. SIZE is below 126, or beyond 65535. */
function frameHead(size) {
	if (size < 126)
		return Buffer.from([0x81, 0x80 | size, 0, 0, 0, 0]);
	const head = Buffer.alloc(14);
	head.set([0x81, 0xff]);
	head.writeBigUInt64BE(BigInt(size), 2);
	return head;
}

/* The code of the Close that came; undefined: none did. */
const closeCode = ({ text }) => (text.charCodeAt(0) === 0x88 ? text.charCodeAt(2) << 8 | text.charCodeAt(3) : undefined);

const held = async (client) => Number(/^foodfast_streamd_unfinished_input_bytes (\d+)/m.exec((await client.fetch("/metrics")).text)[1]);

test("RL-11 who sends more behind his request than is kept while he waits for his turn is answered all the same", async (t) => {
	const ana = await customer({ instance: site });
	const channel = `user:${ana.user.id}`;
	const head = `GET /poll?channels=${channel}&wait=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ana.token}\r\n\r\n`;
	let pending, clients;
	await hung(async () => {
		pending = Array.from({ length: PENDING }, () => pollReply(ana, channel, { wait: 0 }));
		await until(async () => await site.metric("foodfast_streamd_requests_waiting") > 0, { what: "requests that wait for their turn" });
		const waiting = await site.metric("foodfast_streamd_requests_waiting");
		clients = [INPUT_MAX - head.length, INPUT_MAX, 20 * INPUT_MAX].map((size) => talk(t, { path: site.socketOf("streamd-1") }, head + "x".repeat(size)));
		await until(async () => await site.metric("foodfast_streamd_requests_waiting") === waiting + clients.length, { what: "them to wait, too" });
		assert.deepEqual(clients.map(({ isClosed }) => isClosed), [false, false, false]);
		const [gone] = clients.splice(0, 1);
		gone.socket.destroy();
		await until(async () => await site.metric("foodfast_streamd_requests_waiting") === waiting + clients.length, { what: "the end of one to be noticed" });
	});
	await Promise.all(pending);
	for (const client of clients) {
		await until(() => client.isClosed, { what: "an answer" });
		assert.match(client.text, /^HTTP\/1\.1 (200|503) /);
	}
});

test("RL-11 RN-15 what all clients together hold of unfinished messages has a bound: the next one is closed with 1013, and who sends little is heard", async (t) => {
	const streamd = await Streamd.start(t, { FOODFAST_STREAM_MEMORY_BYTES: 1024 * MIB, FOODFAST_STREAM_MESSAGE_BYTES: 16 * MIB, FOODFAST_STREAM_BYTES_S: 64 * MIB }, { instance: site });
	const person = await customer({ instance: site });
	const ana = person.through(streamd.origin);
	const part = Buffer.concat([frameHead(15 * MIB), Buffer.alloc(14 * MIB, " ")]);
	const crowd = [];
	while (crowd.length < 9) {
		crowd.push(await handshaken(t, streamd, ana, part));
		await until(async () => await held(ana) >= crowd.length * 14 * MIB, { within: 20_000, what: "a part to be held" });
	}
	crowd.push(await handshaken(t, streamd, ana, part));
	await until(() => closeCode(crowd.at(-1)) === 1013, { within: 20_000, what: "a refusal" });
	assert.ok(await held(ana) <= 129 * MIB, `${await held(ana)} bytes`);
	const { sid } = JSON.parse((await ana.fetch(HANDSHAKE)).text.slice(1));
	const post = `POST ${HANDSHAKE}&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n4`;
	const halves = Array.from({ length: 40 }, () => talk(t, { port: streamd.port, host: "127.0.0.1" }, post + "x".repeat(90_000)));
	await until(() => halves.some(({ text }) => /^HTTP\/1\.1 503 .*"too_busy"/s.test(text)), { what: "a refusal of half a body" });
	const calm = await WebSocketDialogue.open(t, ana);
	assert.equal((await calm.ask("subscribe", { channels: [`user:${person.user.id}`] })).ok, true);
	calm.socket.send('{"op":"unsubscribe",', { fin: false });
	calm.socket.send(`"id":77,"channels":["a"]}`, { fin: true });
	await until(() => calm.raw.some(({ id }) => id === 77), { what: "the answer to a message in two parts" });
	[...crowd, ...halves].forEach(({ socket }) => socket.destroy());
	await until(async () => await held(ana) === 0, { what: "all to be forgotten" });
});

/* A Socket.IO session on a WebSocket that announces an attachment, sends none, and answers each ping. */
async function promising(t, person) {
	const socket = new WebSocket(`ws://127.0.0.1:${site.port}/socket.io/?EIO=4&transport=websocket`);
	t.after(() => socket.terminate());
	const ended = once(socket, "close");
	let pings = 0;
	socket.on("message", (packet) => {
		const text = String(packet);
		if (text.startsWith("0{"))
			socket.send(`40{"token":"${person.token}"}`);
		if (text.startsWith("40{"))
			socket.send('451-1["subscribe",{"_placeholder":true,"num":0}]');
		if (text === "2" && ++pings > 0)
			socket.send("3");
	});
	await ended;
	return pings;
}

/* Each takes two heartbeats: side by side. */
describe("what never comes", { concurrency: true }, () => {
	test("RL-11 a packet whose attachments never come ends its session, however alive its client is", { timeout: 120_000 }, async (t) => {
		const pings = await promising(t, await customer({ instance: site }));
		assert.ok(pings >= 1 && pings <= 2, `${pings} pings`);
	});

	test("RL-11 a message that is not whole by the second ping ends the socket with 1008; one that takes its time but comes does not", { timeout: 120_000 }, async (t) => {
		const ana = await customer({ instance: site });
		const streamd = { port: site.port };
		const [never, late] = await Promise.all([handshaken(t, streamd, ana, frameHead(10)), handshaken(t, streamd, ana, frameHead(10))]);
		const pings = ({ text }) => text.split("\x89\x04ping").length - 1;
		never.socket.write(" ");
		late.socket.write(" ");
		await until(() => pings(late) === 1, { within: 30_000, what: "a ping" });
		late.socket.write(" ".repeat(9));
		await until(() => /malformed_json/.test(late.text), { what: "an answer to what took its time" });
		late.socket.write(Buffer.concat([Buffer.from([0x8a, 0x84, 0, 0, 0, 0]), Buffer.from("ping")]));
		never.socket.write(" ");
		const before = never.text.length;
		await until(() => never.text.length > before && /\x88.\x03\xf0a message takes too long$/s.test(never.text), { within: 35_000, what: "1008" });
		await until(() => pings(late) === 2, { what: "another ping for who has finished" });
	});
});

test("RL-11 handshakes of Socket.IO count for their address, whether or not anybody says who he is", async (t) => {
	const streamd = await Streamd.start(t, { FOODFAST_STREAM_PER_ADDRESS: "3" }, { instance: site });
	const ana = (await customer({ instance: site })).through(streamd.origin);
	const nobody = new Client({ instance: site }).through(streamd.origin);
	for (let count = 0; count < 3; count++)
		ok(await nobody.fetch(HANDSHAKE));
	const refused = await nobody.fetch(HANDSHAKE);
	problem(refused, 429, "too_many_streams");
	assert.ok(refused.headers["retry-after"] > 0);
	await assert.rejects(WebSocketDialogue.open(t, ana), { status: 429 });
	/* Whoever stays nameless is gone within ten seconds. */
	const dialogue = await until(() => SocketIoDialogue.open(t, ana).catch(() => false), { within: 20_000, what: "room again" });
	dialogue.close();
	await until(async () => (await inParallel(3, 3, () => nobody.fetch(HANDSHAKE))).every(({ status }) => status === 200), { within: 20_000, what: "room for three" });
});

test("RL-11 a session that connects and disconnects without end is closed, and its neighbour hears what happens", async (t) => {
	const ana = await customer({ instance: site });
	const calm = await SocketIoDialogue.open(t, ana);
	assert.equal((await calm.ask("subscribe", { channels: [`user:${ana.user.id}`] })).ok, true);
	for (const pair of [["40", "41"], ["40/nowhere,", "40/nowhere,"]]) {
		const { sid } = JSON.parse((await ana.fetch(HANDSHAKE)).text.slice(1));
		const connect = pair[0] === "40" ? `40{"token":"${ana.token}"}` : pair[0];
		const body = Array.from({ length: 320 }, (_, i) => (i % 2 ? pair[1] : connect)).join("\x1e");
		ok(await ana.fetch(`${HANDSHAKE}&sid=${sid}`, { method: "POST", body, headers: { "Content-Type": "text/plain" } }));
		const { text } = await ana.fetch(`${HANDSHAKE}&sid=${sid}`);
		const packets = text.split("\x1e");
		assert.equal(packets.at(-1), "1", text.slice(-100));
		assert.ok(packets.length <= 101, `${packets.length} packets`);
	}
	await change(ana);
	await calm.event("user.updated");
});

test("OT-09 RL-10 a poll whose streamd is killed in the middle is cut for its client too, not a whole answer; HTTP/1.0 takes it as it is", async (t) => {
	const { ana, order } = await orderBySomeone(await newKitchen({ instance: site }));
	const channel = `order:${order.id}`;
	const { body: { cursor } } = await pollReply(ana, channel, { wait: 0 });
	const held = await Promise.all([heldPoll(t, ana, channel, { after: cursor }), heldStatus(t, ana, order.id, order.status)]);
	await site.kill("streamd-1");
	for (const { body } of held)
		await assert.rejects(body, { code: "ECONNRESET" });
	await until(() => pollReply(ana, channel, { wait: 0 }).then(({ status }) => status === 200, () => false), { what: "another streamd" });
	const old = talk(t, { path: site.socketOf("streamd-1") }, `GET /poll?channels=${channel}&wait=0&after=0 HTTP/1.0\r\nAuthorization: Bearer ${ana.token}\r\n\r\n`);
	await until(() => old.isClosed, { what: "the end" });
	const [head, body] = old.text.split("\r\n\r\n");
	assert.doesNotMatch(head, /^transfer-encoding/im);
	assert.equal(JSON.parse(body).events[0].seq, 1);
});
