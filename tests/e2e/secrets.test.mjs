/*
 * Secrets, on an instance of its own: what is made at first run and whose it is, that nothing tells them (command lines,
 * environments, logs, the database, what a crash leaves), and that signing keys are changed with nobody logged out.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { Site } from "../fault/lib/site.mjs";
import { ok, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { WebSocketDialogue } from "./lib/dialogue.mjs";
import { newId, newKitchen } from "./lib/kitchens.mjs";
import { basketOf, drive, place } from "./lib/orders.mjs";
import { change, customer, logIn, PASSWORD } from "./lib/people.mjs";
import { poll, refusedStream, stream } from "./lib/stream.mjs";
import { read } from "./lib/tokens.mjs";
import { until } from "./lib/wait.mjs";

const site = await Site.create({ environment: { FOODFAST_LOG_LEVEL: "debug" } });
after(() => site.forget());
await site.up();

const PAN = "4242424242424242";
const NEW_PASSWORD = "another horse, another battery";
const WRONG_PASSWORD = "a wrong horse entirely";

const NAMES = ["gateway-key", "hmac-key", "jwt-keys", "webhook-secret"];
const secretFile = (name) => readFileSync(`${site.runDir}/secrets/${name}`, "utf8");

/* The secret part of every line of every file. */
const keys = () => NAMES.flatMap((name) => secretFile(name).trim().split("\n").map((line) => line.split(" ").at(-1)));

/* The pids of all that runs of the instance: what the supervisor started, and what that started. */
function pids() {
	const parents = new Map(readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => [pid, parentOf(pid)]));
	const own = [String(site.pid("supervise"))];
	for (const pid of own)
		own.push(...[...parents].filter(([, parent]) => parent === pid).map(([child]) => child));
	return own;
}

const parentOf = (pid) => proc(pid, "stat").replace(/^.*\) . /s, "").split(" ")[0];

/* A file of /proc/PID; empty when it has just ended. */
function proc(pid, name) {
	try {
		return readFileSync(`/proc/${pid}/${name}`, "latin1");
	} catch (error) {
		if (!["ENOENT", "ESRCH"].includes(error.code))
			throw error;
		return "";
	}
}

test("AC-23 RL-12 secrets are made at first run, each in a file of its owner's alone, and again never", async () => {
	const before = NAMES.map(secretFile);
	assert.deepEqual(readdirSync(`${site.runDir}/secrets`).sort(), NAMES);
	assert.match(secretFile("jwt-keys"), /^[0-9a-f]{8} [0-9a-f]{64}\n$/);
	assert.match(secretFile("hmac-key"), /^[0-9a-f]{64}\n$/);
	assert.match(secretFile("gateway-key"), /^sk_test_[0-9a-f]{64}\n$/);
	assert.match(secretFile("webhook-secret"), /^whsec_[0-9a-f]{64}\n$/);
	assert.equal(statSync(`${site.runDir}/secrets`).mode & 0o777, 0o700);
	for (const name of NAMES)
		assert.equal(statSync(`${site.runDir}/secrets/${name}`).mode & 0o777, 0o600, name);
	await site.down();
	await site.up();
	assert.deepEqual(NAMES.map(secretFile), before);
});

/* All folders and files below FOLDER. (readdirSync's own recursion trips over sockets in Node 18.) */
function entriesBelow(folder) {
	return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() || entry.isDirectory()).flatMap((entry) => {
		const path = `${folder}/${entry.name}`;
		return entry.isDirectory() ? [path, ...entriesBelow(path)] : [path];
	});
}

test("RL-12 nothing that an instance writes is readable for others", () => {
	const entries = entriesBelow(site.runDir);
	assert.ok(entries.length > 100);
	assert.deepEqual(entries.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.mode & 0o007), []);
});

test("AC-23 RL-12 what a program leaves when it crashes holds none of its memory", () => {
	const running = pids().filter((pid) => proc(pid, "cmdline") !== "");
	assert.ok(running.length > 8, `${running}`);
	for (const pid of running) {
		assert.match(proc(pid, "limits"), /^Max core file size +0 +0 /m, proc(pid, "cmdline"));
		assert.match(proc(pid, "coredump_filter"), /^0+\n$/, proc(pid, "cmdline"));
	}
});

/* Somebody does everything that a secret is needed for; resolves with all that must show nowhere. */
async function tour(t) {
	const kitchen = await newKitchen({ instance: site });
	const ana = await customer({ instance: site });
	problem(await new Client({ instance: site }).post("/auth/login", { email: ana.email, password: WRONG_PASSWORD }), 401);
	const renewed = ok(await ana.post("/auth/refresh", { refresh_token: ana.refreshToken }));
	const jar = new Client({ instance: site });
	ok(await jar.post("/auth/login", { email: ana.email, password: PASSWORD, cookie: true }));
	const { ticket } = ok(await ana.post("/stream-tickets", {}), 201);
	await stream(t, new Client({ instance: site }), `user:${ana.user.id}`, { ticket });
	const socket = await WebSocketDialogue.open(t, new Client({ instance: site }));
	assert.equal((await socket.ask("auth", { token: renewed.access_token })).ok, true);
	await paid(ana, kitchen);
	await drive(kitchen.owner, await place(ana, kitchen, { again: true }));
	ok(await ana.put("/me/password", { current: PASSWORD, new: NEW_PASSWORD }), 204);
	const again = await logIn({ instance: site, email: ana.email, password: NEW_PASSWORD });
	ok(await again.post("/auth/logout"), 204);
	return [PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, ana.token, ana.refreshToken, renewed.access_token, renewed.refresh_token,
		[...jar.cookies.values()][0], ticket, again.token, again.refreshToken, PAN, ana.email];
}

/* ANA pays by card; before that she types its number where none belongs. */
async function paid(ana, kitchen) {
	problem(await ana.post("/me/payment-methods", { token: PAN }), 422, "raw_card_data");
	problem(await ana.post("/orders", basketOf(kitchen, { payment: { method: "card", payment_method_id: PAN } })), 422, "raw_card_data");
	const method = ok(await ana.post("/me/payment-methods", { token: "pm_card_visa" }), 201);
	ok(await ana.post("/orders", basketOf(kitchen, { payment: { method: "card", payment_method_id: method.id } })), 201);
}

/* Every text that the database holds, as a thief of it would have it. */
async function dump() {
	const socket = await site.value("show unix_socket_directories");
	const { stdout } = await promisify(execFile)("pg_dump", ["-h", socket, "-U", "postgres", "foodfast"], { maxBuffer: 256 << 20 });
	return stdout;
}

test("AC-06 AC-23 RL-12 no password, token, key or card number is in a log, a command line, an environment or the database", async (t) => {
	const said = await tour(t);
	const logged = () => readdirSync(`${site.runDir}/log`).map((name) => [`log/${name}`, readFileSync(`${site.runDir}/log/${name}`, "utf8")]);
	await until(() => logged().some(([name, text]) => name === "log/access.log" && text.includes("/api/v1/auth/logout")), { within: 10_000, what: "the tour in the access log" });
	const running = pids().flatMap((pid) => ["cmdline", "environ"].map((name) => [`${name} of ${proc(pid, "comm").trim()}`, proc(pid, name)]));
	const places = [...logged(), ...running, ["supervise's output", site.output.join("\n")]];
	const isIn = (texts, secret) => texts.filter(([, text]) => text.includes(secret)).map(([name]) => name);
	for (const secret of [...said, ...keys()])
		assert.deepEqual(isIn(places, secret), [], `${secret} shows`);
	const database = await dump();
	const mayBeKept = new Set([said.at(-1)]);	/* the e-mail address */
	for (const secret of [...said, ...keys()].filter((one) => !mayBeKept.has(one)))
		assert.ok(!database.includes(secret), `${secret} is in the database`);
	assert.match(database, /\$argon2id\$v=19\$m=\d+,t=\d+,p=1\$/, "the dump has what it should");
});

/* One route of each program that reads tokens, as DEVICE's holder may ask it. */
const doors = (t, device, orderId) => ({
	accounts: async () => ok(await device.get("/me")),
	catalogue: async () => problem(await device.patch(`/restaurants/${newId()}`, { accepting_orders: true }), 403),
	orders: async () => ok(await device.get("/orders")),
	payments: async () => ok(await device.get(`/orders/${orderId}/payments`)),
	stream: () => stream(t, device, `user:${device.user.id}`, device.as),
	poll: () => poll(device, `user:${device.user.id}`, { wait: 0, ...device.as }),
	socket: async () => assert.equal((await (await WebSocketDialogue.open(t, device)).ask("subscribe", { channels: [`user:${device.user.id}`] })).ok, true),
	status: async () => ok(await device.get(`/orders/${orderId}/status`)),
});

test("AC-09 AC-23 tools/foodfast rotate-keys: a new key signs within a second, every program knows it at once, nobody is logged out", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const ana = await customer({ instance: site });
	const { id } = await place(ana, kitchen);
	const jar = new Client({ instance: site });
	ok(await jar.post("/auth/login", { email: ana.email, password: PASSWORD, cookie: true }));
	const watching = await stream(t, ana, `user:${ana.user.id}`);
	const started = ["accounts", "orders", "streamd-1"].map((name) => site.pid(name));
	const devices = [ana];
	for (let round = 0; round < 3; round++) {
		const { kid: old } = site.signingKeys()[0];
		await until(() => site.tool("rotate-keys").then(() => true, () => false), { what: "a second of its own for the key" });
		const { kid } = site.signingKeys()[0];
		assert.notEqual(kid, old);
		const fresh = await until(async () => {
			const { access_token: token } = ok(await ana.post("/auth/refresh", { refresh_token: ana.refreshToken }));
			return read(token).header.kid === kid && Object.assign(new Client({ instance: site, token }), { user: ana.user });
		}, { within: 2000, what: "a token signed by the new key" });
		devices.push(fresh);
		for (const device of devices)
			for (const enter of Object.values(doors(t, device, id)))
				await enter();
		ok(await jar.get("/me"));
	}
	assert.equal(site.signingKeys().length, 4);
	assert.equal(new Set(devices.map(({ token }) => read(token).header.kid)).size, 4);
	await change(ana);
	await watching.event("user.updated");
	assert.deepEqual(["accounts", "orders", "streamd-1"].map((name) => site.pid(name)), started, "nothing was restarted");
});

test("AC-09 a key is forgotten 31 days after another took its place, and what it signed with it", async () => {
	const ana = await customer({ instance: site });
	const DAY_S = 86_400, now = Math.floor(Date.now() / 1000);
	const hex = (seconds) => seconds.toString(16).padStart(8, "0");
	const [current] = secretFile("jwt-keys").split("\n");
	const made = [now - 10, now - 30 * DAY_S, now - 32 * DAY_S, now - 60 * DAY_S].map((second) => `${hex(second)} ${current.split(" ")[1]}`);
	writeFileSync(`${site.runDir}/secrets/jwt-keys`, `${made.join("\n")}\n${current}\n`, { mode: 0o600 });
	await site.tool("rotate-keys");
	const kids = site.signingKeys().map(({ kid }) => kid);
	assert.deepEqual(kids.slice(1), [now - 10, now - 30 * DAY_S, now - 32 * DAY_S].map(hex), "the third was in use until 30 days ago");
	await until(async () => (await ana.get("/me")).status === 401, { within: 2000, what: "the programs to forget the key" });
	problem(await ana.get("/me"), 401, "token_invalid");
	await until(async () => (await ana.fetch("/poll?channels=ops&wait=0")).status === 401, { within: 2000, what: "streamd to forget it" });
	problem(await refusedStream(ana, `user:${ana.user.id}`), 401, "token_invalid");
});
