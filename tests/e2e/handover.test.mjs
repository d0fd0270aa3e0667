/*
 * Two streamds behind one balancer that sends each request to any of them: a Socket.IO session lives in one, and whatever reaches
 * the other goes on to it, socket and all. On an instance of its own, for one of them is killed.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { after, before, test } from "node:test";
import { io } from "socket.io-client";
import WebSocket from "ws";
import { Site } from "../fault/lib/site.mjs";
import { exchange } from "./lib/http.mjs";
import { change, customer } from "./lib/people.mjs";
import { inParallel, until, within } from "./lib/wait.mjs";

const ANSWER_MS = 20_000;
const CLIENTS = 50;
const HANDSHAKE = "/socket.io/?EIO=4&transport=polling";

const site = await Site.create({ streamds: 2 });
before(() => site.up());
after(() => site.forget());

/* A stock client who watches CHANNEL and, whenever he connects, goes on where he was. */
class Watcher {
	events = [];
	connects = 0;

	constructor(person, channel, transports) {
		Object.assign(this, { channel, transports });
		this.agent = new http.Agent({ keepAlive: true });
		this.socket = io(site.url.origin, { forceNew: true, transports, agent: this.agent, auth: { token: person.token }, reconnectionDelay: 50, reconnectionDelayMax: 500 });
		this.socket.on("event", (event) => this.events.push(event));
		this.socket.on("connect", () => this.#watch());
	}

	async #watch() {
		const after = this.epoch && `${this.epoch}/${this.channel}=${this.events.at(-1)?.seq ?? 0}`;
		const reply = await this.socket.timeout(ANSWER_MS).emitWithAck("subscribe", { channels: [this.channel], after }).catch(() => undefined);
		if (!reply)
			return;	/* cut once more */
		assert.equal(reply.ok, true, JSON.stringify(reply));
		assert.notEqual(reply.mode, "reset");
		this.epoch = reply.epoch;
		this.connects++;
	}

	/* The number of the streamd that has his session. */
	get streamd() {
		return Number(this.socket.io.engine.id.split(".")[0]);
	}

	close() {
		this.socket.disconnect();
		this.agent.destroy();
	}
}

const socketOf = (number) => `${site.runDir}/sockets/streamd-${number}.http`;

/* A request at the very streamd NUMBER. */
const at = (number, path, options) => exchange(new URL(path, "http://streamd"), { socketPath: socketOf(number), ...options });

/* A session at streamd NUMBER. */
async function sessionAt(number) {
	const { status, text } = await at(number, HANDSHAKE);
	assert.equal(status, 200);
	const { sid } = JSON.parse(text.slice(1));
	assert.ok(sid.startsWith(`${number}.`));
	return { sid, path: `${HANDSHAKE}&sid=${sid}` };
}

async function watchers(t) {
	const person = await customer({ instance: site });
	const channel = `user:${person.user.id}`;
	const all = Array.from({ length: CLIENTS }, (_, i) => new Watcher(person, channel, i % 2 === 0 ? ["polling"] : ["polling", "websocket"]));
	t.after(() => all.forEach((watcher) => watcher.close()));
	await until(() => all.every((watcher) => watcher.connects > 0), { within: ANSWER_MS, what: "all to watch" });
	return { person, all };
}

/* Each has the events 1 … COUNT, once and in order. */
async function assertAll(all, count) {
	await until(() => all.every((watcher) => watcher.events.length >= count), { within: ANSWER_MS, what: `${count} events each` });
	for (const { events } of all)
		assert.deepEqual(events.map(({ seq }) => seq), Array.from({ length: count }, (_, i) => i + 1));
}

test("CH-02 RN-12 fifty stock clients, polling and upgrading, have their sessions in two streamds", async (t) => {
	const { person, all } = await watchers(t);
	const upgrading = all.filter(({ transports }) => transports.includes("websocket"));
	await until(() => upgrading.every(({ socket }) => socket.io.engine.transport.name === "websocket"), { within: ANSWER_MS, what: "their upgrades" });
	assert.deepEqual([...new Set(all.map(({ streamd }) => streamd))].sort(), [1, 2]);
	await change(person, 20);
	await assertAll(all, 20);
	assert.ok(all.every(({ connects }) => connects === 1), "nobody was cut");
});

test("CH-02 RL-09 one streamd is killed: its clients come back, and miss nothing", async (t) => {
	const { person, all } = await watchers(t);
	await change(person, 3);
	await assertAll(all, 3);
	const cut = all.filter(({ streamd }) => streamd === 1);
	assert.ok(cut.length > 0 && cut.length < CLIENTS);
	const changing = change(person, 7);
	await site.kill("streamd-1");
	await changing;
	await assertAll(all, 10);
	assert.ok(all.filter((watcher) => !cut.includes(watcher)).some(({ connects }) => connects === 1), "the others were left in peace");
});

test("CH-02 polls, posts in pieces and WebSockets go on to whose they are", async () => {
	const { sid, path } = await sessionAt(1);
	assert.equal((await at(2, path, { method: "POST", body: "40" })).text, "ok");
	const socket = net.connect(socketOf(2));
	socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n4`);
	const answer = once(socket, "data");
	/* The rest of the body, when the head has gone over: a later request of the same way has been answered. */
	assert.match((await at(2, path)).text, /^44\{/);
	socket.write("1\x1e");
	socket.write("6");
	assert.match(String((await within(ANSWER_MS, answer, "an answer"))[0]), /^HTTP\/1\.1 200 /);
	socket.destroy();
	const other = await sessionAt(2);
	const websocket = new WebSocket(`ws+unix:${socketOf(1)}:/socket.io/?EIO=4&transport=websocket&sid=${other.sid}`);
	await within(ANSWER_MS, once(websocket, "open"), "a WebSocket");
	websocket.send("2probe");
	assert.equal(String((await within(ANSWER_MS, once(websocket, "message"), "an answer to the probe"))[0]), "3probe");
	websocket.terminate();
	assert.notEqual(sid, other.sid);
});

test("CH-02 a crowd that comes to the wrong one at once is passed on whole", async () => {
	const sessions = await inParallel(300, 20, () => sessionAt(1));
	const answers = await Promise.all(sessions.map(({ path }) => at(2, path, { method: "POST", body: "40" })));
	assert.deepEqual([...new Set(answers.map(({ status, text }) => `${status} ${text}`))], ["200 ok"]);
});

test("CH-02 while its streamd stands still, what is for it waits, and nobody else does", async () => {
	const sessions = await inParallel(40, 10, () => sessionAt(1));
	const asked = await site.paused("streamd-1", async () => {
		const answers = sessions.map(({ path }) => at(2, path, { method: "POST", body: "40" }));
		await sessionAt(2);
		return answers;
	});
	assert.deepEqual([...new Set((await Promise.all(asked)).map(({ text }) => text))], ["ok"]);
});

test("CH-02 a session whose streamd is away, or was, is unknown", async () => {
	const gone = await sessionAt(1);
	const unknown = { code: 1, message: "Session ID unknown" };
	for (const sid of ["3.aaaaaaaaaaaaaaaaaaaa", "9999.a", "10000.a", "0.a", "1", "-1.a", "2.", "1.%2e%2e"]) {
		const { status, text } = await at(2, `${HANDSHAKE}&sid=${sid}`);
		assert.equal(status, 400, sid);
		assert.deepEqual(JSON.parse(text), unknown, sid);
	}
	await site.kill("streamd-1");
	await until(async () => (await at(1, HANDSHAKE).catch(() => ({}))).status === 200, { what: "streamd-1 to listen" });
	const { status, text } = await at(2, gone.path);
	assert.deepEqual([status, JSON.parse(text)], [400, unknown]);
	const found = await sessionAt(1);
	assert.equal((await at(2, found.path, { method: "POST", body: "6" })).text, "ok");
});
