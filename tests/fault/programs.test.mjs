/* What happens when programs are killed, stopped and restarted under load. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import test, { after, before } from "node:test";
import { promisify } from "node:util";
import { ok, problem } from "../e2e/lib/assert.mjs";
import { API, Client } from "../e2e/lib/client.mjs";
import { newKitchen } from "../e2e/lib/kitchens.mjs";
import { assertAsLogged } from "../e2e/lib/log.mjs";
import { LIFE, basketOf, drive, move, place } from "../e2e/lib/orders.mjs";
import { PASSWORD, customer, freshEmail, logIn } from "../e2e/lib/people.mjs";
import { TRANSPORTS } from "../e2e/lib/reader.mjs";
import { refusedStream, stream } from "../e2e/lib/stream.mjs";
import { read } from "../e2e/lib/tokens.mjs";
import { inParallel, until, within } from "../e2e/lib/wait.mjs";
import { Watcher } from "../e2e/lib/watcher.mjs";
import { assertHonest, crowd, persist, rush } from "./lib/rush.mjs";
import { Site, freePort } from "./lib/site.mjs";

const site = await Site.create({ environment: { FOODFAST_FAULT: "die-after-commit" } });
let people;
before(async () => {
	await site.up();
	people = await crowd(site, 6);
});
after(() => site.forget());

/*
 * Kills the programs called NAMES in turn, the next each time that another EVERY answers have come through, until
 * WORK(onAnswer) is done; resolves with what it gave.
 */
async function underFire(names, every, work) {
	let isDone = false, answers = 0, kills = 0;
	const working = work(() => { answers++; });
	working.catch(() => {}).finally(() => { isDone = true; });
	while (!isDone) {
		await site.kill(names[kills % names.length]);
		kills++;
		const enough = answers + every;
		await until(() => isDone || answers >= enough, { within: 30_000, what: `${every} answers after kill ${kills}` });
	}
	assert.ok(kills > 1, `${kills} kills`);
	return working;
}

/* Every order is in the log once and its watchers have all of it. */
async function assertSeen(orders, watchers) {
	for (const kitchen of new Set(orders.map((order) => order.kitchen))) {
		const channel = `restaurant:${kitchen.id}`;
		const head = Number(await site.value(`select head from log.channel where name = '${channel}'`));
		for (const watcher of watchers.filter(({ channels }) => channels.includes(channel))) {
			await watcher.caughtUp(channel, head);
			await assertAsLogged(watcher.events, channel, { instance: site });
			const placed = watcher.of(channel).filter(({ type }) => type === "order.placed").map(({ data }) => data.order_id);
			const wanted = orders.filter((order) => order.kitchen === kitchen).map(({ id }) => id);
			assert.deepEqual(placed.sort(), wanted.sort());
			assert.equal(watcher.resets, 0);
		}
	}
}

const everyWay = (t, client, channel) => TRANSPORTS.map((transport) => new Watcher(t, client, channel, { transport }));

test("OT-18 RN-12 the orders program killed again and again: each order once, in state and in log", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const watchers = everyWay(t, kitchen.owner, `restaurant:${kitchen.id}`);
	const { orders } = await underFire(["orders"], 15, (onAnswer) => rush({ people, kitchens: [kitchen], count: 60, onAnswer }));
	const rows = (await site.psql(`select order_id from ordering.orders where restaurant_id = '${kitchen.id}'`)).flat();
	assert.deepEqual(rows.sort(), orders.map(({ id }) => id).sort());
	await assertSeen(orders, watchers);
});

test("OT-15 RN-10 RL-10 streamd killed again and again: its watchers come back and have every event once, in order", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const watchers = everyWay(t, kitchen.owner, `restaurant:${kitchen.id}`);
	await until(() => watchers.every(({ connects }) => connects > 0));
	const { orders } = await underFire(["streamd-1"], 15, (onAnswer) => rush({ people, kitchens: [kitchen], count: 60, width: 2, onAnswer }));
	await assertSeen(orders, watchers);
	assert.ok(watchers[0].connects > 1);
});

test("OT-18 RN-12 a program that dies between COMMIT and PUBLISH delays its event by a second at most", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const channel = `restaurant:${kitchen.id}`;
	const watcher = new Watcher(t, kitchen.owner, channel);
	await until(() => watcher.connects > 0);
	for (let round = 1; round <= 3; round++) {
		const dying = site.pid("orders");
		writeFileSync(`${site.runDir}/fault-armed`, "");
		const reply = await persist(people[round], "/orders", basketOf(kitchen, { again: true }));
		assert.equal(reply.headers["idempotent-replayed"], "true", "it had committed before it died");
		assert.notEqual(site.pid("orders"), dying);
		await watcher.caughtUp(channel, round);
		const event = watcher.events.at(-1);
		assert.ok(event.receivedAt - Date.parse(event.at) < 2000, `${event.receivedAt - Date.parse(event.at)} ms after its commit`);
	}
	await assertAsLogged(watcher.events, channel, { instance: site });
});

test("AC-14 AC-17 the accounts program killed during registrations: no half account, and each answer in the end", async () => {
	const forms = Array.from({ length: 20 }, () => ({ email: freshEmail(), password: PASSWORD, name: "Ana" }));
	const replies = await underFire(["accounts"], 6, (onAnswer) => inParallel(forms.length, 4, async (turn) => {
		const reply = await persist(new Client({ instance: site }), "/auth/register", forms[turn]);
		onAnswer();
		return reply;
	}));
	for (const [turn, reply] of replies.entries()) {
		assert.equal(ok(reply, 201).user.email, forms[turn].email);
		ok(await new Client({ instance: site, token: reply.body.access_token }).get("/me"));
	}
	const halves = await site.psql(`select u.email from account.users u
		left join account.session s using (user_id) left join account.refresh_token r using (session_id)
		group by u.email, u.user_id having count(s) = 0 or count(r) = 0`);
	const demo = halves.flat().filter((email) => !email.endsWith("@foodfast.example"));
	assert.deepEqual(demo, []);
});

test("AC-15 OT-18 restarting a program politely fails no request", async () => {
	const [ana] = people;
	const kitchen = await newKitchen({ instance: site });
	let isDone = false;
	const ask = async () => {
		const statuses = new Map();
		while (!isDone) {
			const reply = await ana.get(`/orders?limit=1&restaurant_id=${kitchen.id}`);
			statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
		}
		return statuses;
	};
	const asking = [ask(), ask(), ask(), ask()];
	for (let restarts = 0; restarts < 3; restarts++) {
		const old = site.signal("orders", "SIGTERM");
		await until(() => site.pid("orders") > 0 && site.pid("orders") !== old, { what: "the next orders program" });
		ok(await ana.get("/orders"));
	}
	isDone = true;
	for (const statuses of await Promise.all(asking))
		assert.deepEqual([...statuses.keys()], [200], JSON.stringify([...statuses]));
});

test("OT-15 RN-10 streamd that is restarted politely tells its clients when to come back, spread out", async () => {
	const readers = await inParallel(10, 10, () => stream(undefined, people[0], `user:${people[0].user.id}`));
	const old = site.signal("streamd-1", "SIGTERM");
	await Promise.all(readers.map((reader) => reader.closed()));
	const retries = readers.map((reader) => reader.retries.at(-1));
	assert.ok(new Set(retries).size > 1, `all at ${retries}`);
	await until(() => site.pid("streamd-1") > 0 && site.pid("streamd-1") !== old);
});

test("AC-08 AC-03 accounts and orders need no streamd: all of it works while streamd is stopped", async () => {
	const kitchen = await newKitchen({ instance: site });
	await site.paused("streamd-1", async () => {
		const ana = await customer({ instance: site });
		ok(await ana.patch("/me", { name: "Without streams" }));
		assert.equal(ok(await ana.get("/me")).name, "Without streams");
		const refreshed = ok(await ana.post("/auth/refresh", { refresh_token: ana.refreshToken }));
		ana.token = refreshed.access_token;
		const order = await place(ana, kitchen);
		await drive(kitchen.owner, order);
		assert.equal(ok(await ana.get(`/orders/${order.id}`)).status, "delivered");
		const desk = await logIn({ instance: site, email: ana.email });
		ok(await ana.post("/auth/logout"), 204);
		problem(await ana.get("/me"), 401);
		ok(await desk.post("/auth/logout-all"), 204);
	});
});

function problemOfLighttpd({ status, headers, body }) {
	assert.equal(status, 503);
	assert.equal(headers["content-type"], "application/problem+json");
	assert.equal(headers["retry-after"], "1");
	assert.deepEqual([body.status, body.code], [503, "unavailable"]);
}

test("RL-11 where a program cannot be reached, lighttpd's own 503 is a problem too", async () => {
	const [ana] = people;
	const { FOODFAST_SOCKET_DIR: sockets } = site.environmentOf("orders");
	renameSync(`${sockets}/orders.fcgi`, `${sockets}/orders.away`);
	try {
		problemOfLighttpd(await ana.get("/orders"));
		ok(await ana.get("/me"));
	} finally {
		renameSync(`${sockets}/orders.away`, `${sockets}/orders.fcgi`);
	}
	await until(async () => (await ana.get("/orders")).status === 200, { what: "orders to be back" });
	renameSync(`${sockets}/streamd-1.http`, `${sockets}/streamd-1.away`);
	try {
		problemOfLighttpd(await refusedStream(ana, `user:${ana.user.id}`));
	} finally {
		renameSync(`${sockets}/streamd-1.away`, `${sockets}/streamd-1.http`);
	}
	await until(async () => (await ana.fetch("/healthz")).status === 200, { what: "streamd to be back" });
});

test("AC-20 two pools of the accounts program behind a load balancer share every session", async (t) => {
	const environment = site.environmentOf("accounts");
	const port = await freePort();
	const settings = Object.entries(environment).filter(([name]) => /^(FOODFAST|PATH)/.test(name)).map((pair) => pair.map((text) => `"${text}"`).join(" => "));
	const config = `${site.runDir}/pools.conf`;
	writeFileSync(config, `server.port = ${port}
server.bind = "127.0.0.1"
server.document-root = "/var/empty"
server.modules = ("mod_fastcgi")
fastcgi.balance = "round-robin"
fastcgi.server = ("${API}" => (${[1, 2].map((number) => `(
	"bin-path" => "/proc/${site.pid("accounts")}/exe", "socket" => "${environment.FOODFAST_SOCKET_DIR}/pool${number}", "max-procs" => 1,
	"check-local" => "disable", "bin-environment" => (${settings})
)`)}))
`);
	const balancer = spawn("/usr/sbin/lighttpd", ["-D", "-f", config], { stdio: "ignore" });
	t.after(() => balancer.kill("SIGTERM"));
	const direct = await customer({ instance: site });
	const ana = direct.through(`http://127.0.0.1:${port}`);
	await until(() => ana.get("/me").then(({ status }) => status === 200, () => false), { what: "the pools" });
	const { stdout } = await promisify(execFile)("pgrep", ["-P", String(balancer.pid)]);
	const pools = stdout.trim().split("\n").map(Number);
	assert.equal(pools.length, 2);
	const worked = (pid) => Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, "utf8"))[1]);	/* bytes of requests read, among others */
	const before = pools.map(worked);
	for (let round = 0; round < 10; round++) {
		const name = `Ana ${round}`;
		ok(await ana.patch("/me", { name }));
		assert.equal(ok(await ana.get("/me")).name, name);
	}
	ana.token = ok(await ana.post("/auth/refresh", { refresh_token: direct.refreshToken })).access_token;
	ok(await ana.post("/auth/logout"), 204);
	for (let round = 0; round < 6; round++)
		problem(await ana.get("/me"), 401, "session_ended");
	for (const [index, pid] of pools.entries())
		assert.ok(worked(pid) > before[index], "both pools answered");
});

test("AC-09 keys rotate by kid: a new one signs within a second, and nobody is logged out", async (t) => {
	const ana = await customer({ instance: site });
	const old = read(ana.token).header.kid;
	const file = `${site.runDir}/secrets/jwt-keys`;
	const keys = readFileSync(file, "utf8");
	const fresh = `rotated ${"0123456789abcdef".repeat(4)}`;
	writeFileSync(`${file}.new`, `${fresh}\n${keys}`, { mode: 0o600 });
	renameSync(`${file}.new`, file);
	const desk = await until(async () => {
		const signedInNow = await logIn({ instance: site, email: ana.email });
		return read(signedInNow.token).header.kid === "rotated" && signedInNow;
	}, { within: 3000, what: "a token signed by the new key" });
	for (const device of [ana, desk]) {
		await until(async () => (await device.get("/orders")).status === 200, { within: 2000, what: "the other programs to know the key" });
		ok(await device.get("/me"));
		await stream(t, device, `user:${ana.user.id}`);
	}
	writeFileSync(`${file}.new`, `${fresh}\n`, { mode: 0o600 });
	renameSync(`${file}.new`, file);
	await until(async () => (await ana.get("/me")).status === 401, { within: 3000, what: "the old key to be forgotten" });
	problem(await ana.get("/me"), 401, "token_invalid");
	ok(await desk.get("/me"));
	assert.notEqual(old, "rotated");
	writeFileSync(`${file}.new`, `${fresh}\n${keys}`, { mode: 0o600 });
	renameSync(`${file}.new`, file);
	await until(async () => (await ana.get("/me")).status === 200, { within: 3000, what: "the old key to be back" });
});

test("RN-12 RL-11 everything killed in turn under load: each order seen by each screen, in a short form", async (t) => {
	const kitchens = [await newKitchen({ instance: site }), await newKitchen({ instance: site })];
	const watchers = kitchens.flatMap((kitchen) => everyWay(t, kitchen.owner, `restaurant:${kitchen.id}`));
	const count = process.env.FOODFAST_LONG === "1" ? 3000 : 60;
	const { orders } = await underFire(["orders", "redis", "streamd-1", "accounts", "catalogue", "timers", "lighttpd"], 8, (onAnswer) => rush({ people, kitchens, count, onAnswer }));
	await assertSeen(orders, watchers);
	const log = (name) => site.log(name);
	for (const program of ["orders", "streamd-1", "accounts", "catalogue"])
		assert.doesNotMatch(log(program), /AddressSanitizer|runtime error|assertion/i, program);
});

test("OT-02 OT-18 orders driven through their life while the program dies: no step is lost or done twice", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const order = await place(people[0], kitchen);
	const watcher = new Watcher(t, people[0], `order:${order.id}`);
	for (const to of LIFE) {
		const [reply] = await Promise.all([persist(kitchen.owner, `/orders/${order.id}/transitions`, { to }), site.kill("orders")]);
		assert.equal(ok(reply).status, to);
	}
	const head = Number(await site.value(`select head from log.channel where name = 'order:${order.id}'`));
	await watcher.caughtUp(`order:${order.id}`, head);
	await assertAsLogged(watcher.events, `order:${order.id}`, { instance: site });
	assert.deepEqual(watcher.events.filter(({ type }) => type === "order.status").map(({ data }) => data.status), LIFE);
});

test("AC-08 OT-09 a stream of requests beside a stopped streamd is not held up by it", async () => {
	const kitchen = await newKitchen({ instance: site });
	await site.paused("streamd-1", async () => {
		const refusals = [];
		const reply = await within(5000, persist(people[0], "/orders", basketOf(kitchen), { refusals }));
		ok(reply, 201);
		assertHonest(refusals);
		ok(await kitchen.owner.post(`/orders/${reply.body.id}/acknowledge`));
		await move(kitchen.owner, reply.body, "confirmed");
	});
});
