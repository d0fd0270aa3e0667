/*
 * Accounts while their program dies: before and after each of its writes, and between the statements of one. Whoever asks
 * again has his answer, and nothing is there by half. And all of it without streamd.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import test, { after, before } from "node:test";
import { promisify } from "node:util";
import { ok, problem } from "../e2e/lib/assert.mjs";
import { API, Client } from "../e2e/lib/client.mjs";
import { logged } from "../e2e/lib/log.mjs";
import { mailTo, tokenFor } from "../e2e/lib/mail.mjs";
import { PASSWORD, addressInAmsterdam, customer, demo, freshEmail, logIn, register } from "../e2e/lib/people.mjs";
import { Transaction } from "../e2e/lib/transaction.mjs";
import { until, within } from "../e2e/lib/wait.mjs";
import { Site } from "./lib/site.mjs";

const NEW = `${PASSWORD} 2`;
const POINTS_MAX = 20;

const site = await Site.create({ environment: { FOODFAST_FAULT: "die-at-point", FOODFAST_MAIL_LEASE_MS: "1000" } });
before(() => site.up());
after(() => site.forget());

const here = { instance: site };
const armed = `${site.runDir}/die-at`;

/* Sends until there is an answer that is no "try again", always the same request under the same key. */
async function insist(client, method, path, body) {
	const headers = { "Idempotency-Key": randomUUID() };
	return until(async () => {
		const reply = await client.send(method, path, body, headers).catch(() => null);
		const mayTryAgain = reply === null || [500, 502, 503, 504].includes(reply.status) || reply.body?.code === "idempotency_in_progress";
		return !mayTryAgain && reply;
	}, { within: 20_000, what: `an answer to ${method} ${path}` });
}

const count = (sql) => site.value(`select count(*) from ${sql}`).then(Number);

/* Of WHO's account there is one, and it is whole: a person has a session, a session a token, a mail its row. */
async function assertWhole(email) {
	assert.equal(await count(`account.users where email = '${email}'`), 1);
	const halves = await site.psql(`select session_id from account.session join account.users using (user_id)
		where email = '${email}' and not exists (select from account.refresh_token where session_id = session.session_id)`);
	assert.deepEqual(halves, []);
	assert.equal(await count(`account.email join account.users using (user_id) where users.email = '${email}' and purpose = 'confirm'`), 1);
}

/*
 * name: what is done; prepare: for whom; act: the request that is repeated; check: what has to be there, once. Each is tried with a
 * death at its first point, its second, and so on, until it passes fewer than that.
 */
const DEEDS = [
	{
		name: "a registration",
		prepare: async () => ({ client: new Client(here), email: freshEmail() }),
		act: ({ client, email }) => insist(client, "POST", "/auth/register", { email, password: PASSWORD, name: "Ana" }),
		check: async ({ client, email }, reply) => {
			client.token = ok(reply, 201).access_token;
			assert.equal(ok(await client.get("/me")).email, email);
			await assertWhole(email);
			assert.equal(await count(`account.session join account.users using (user_id) where email = '${email}'`), 1);
		},
	},
	{
		name: "a login",
		prepare: () => customer(here),
		act: (ana) => insist(new Client(here), "POST", "/auth/login", { email: ana.email, password: PASSWORD }),
		check: async (ana, reply) => {
			ok(reply);
			await assertWhole(ana.email);
			assert.equal(await count(`account.session where user_id = '${ana.user.id}'`), 2);
		},
	},
	{
		name: "a refresh",
		prepare: () => customer(here),
		act: (ana) => insist(new Client(here), "POST", "/auth/refresh", { refresh_token: ana.refreshToken }),
		check: async (ana, reply) => {
			ok(await new Client({ ...here, token: ok(reply).access_token }).get("/me"));
			assert.equal(await count(`account.refresh_token join account.session using (session_id) where user_id = '${ana.user.id}'`), 2);
		},
	},
	{
		name: "a change of the profile",
		prepare: () => customer(here),
		act: (ana) => insist(ana, "PATCH", "/me", { name: "Ana Changed" }),
		check: async (ana, reply) => {
			assert.equal(ok(reply).name, "Ana Changed");
			assert.equal((await logged(`user:${ana.user.id}`, here)).length, 1, "told once");
		},
	},
	{
		name: "a new address",
		prepare: () => customer(here),
		act: (ana) => insist(ana, "POST", "/me/addresses", addressInAmsterdam()),
		check: async (ana, reply) => assert.deepEqual(ok(await ana.get("/me/addresses")).items, [ok(reply, 201)]),
	},
	{
		name: "a change of the password",
		prepare: async () => {
			const ana = await customer(here);
			ana.desk = await logIn({ ...here, email: ana.email });
			return ana;
		},
		act: (ana) => insist(ana, "PUT", "/me/password", { current: PASSWORD, new: NEW }),
		check: async (ana, reply) => {
			ok(reply, 204);
			ok(await ana.get("/me"));
			problem(await ana.desk.get("/me"), 401, "session_ended");
			ok(await new Client(here).post("/auth/login", { email: ana.email, password: NEW }));
			assert.equal(await count(`account.email where user_id = '${ana.user.id}' and purpose = 'password_changed'`), 1);
		},
	},
	{
		name: "a confirmation",
		prepare: async () => {
			const ana = await customer(here);
			return Object.assign(ana, { secret: await tokenFor(ana.email, "confirm", here) });
		},
		act: (ana) => insist(new Client(here), "POST", "/auth/confirm-email", { token: ana.secret }),
		check: async (ana, reply) => {
			ok(reply, 204);
			assert.equal(ok(await ana.get("/me")).email_confirmed, true);
			assert.equal((await logged(`user:${ana.user.id}`, here)).length, 1, "told once");
		},
	},
	{
		name: "a new password by a link",
		prepare: async () => {
			const ana = await customer(here);
			ok(await ana.post("/auth/forgot-password", { email: ana.email }), 202);
			return Object.assign(ana, { secret: await tokenFor(ana.email, "reset", here) });
		},
		act: (ana) => insist(new Client(here), "POST", "/auth/reset-password", { token: ana.secret, password: NEW }),
		check: async (ana, reply) => {
			ok(reply, 204);
			problem(await ana.get("/me"), 401, "session_ended");
			ok(await new Client(here).post("/auth/login", { email: ana.email, password: NEW }));
		},
	},
	{
		name: "a suspension",
		prepare: async () => Object.assign(await customer(here), { admin: await demo("admin", site) }),
		act: (ana) => insist(ana.admin, "PATCH", `/users/${ana.user.id}`, { suspended: true }),
		check: async (ana, reply) => {
			assert.equal(ok(reply).suspended, true);
			problem(await ana.get("/me"), 401, "session_ended");
			assert.equal((await logged(`user:${ana.user.id}`, here)).length, 1, "told once");
		},
	},
	{
		name: "an erasure",
		prepare: () => customer(here),
		act: (ana) => insist(ana, "DELETE", "/me", { password: PASSWORD }),
		check: async (ana, reply) => {
			assert.ok(reply.status === 204 || reply.body.code === "session_ended", reply.text);
			assert.equal(await count(`account.users where user_id = '${ana.user.id}' and erased_at is not null and name = 'Erased'`), 1);
			assert.equal(await count(`account.session where user_id = '${ana.user.id}'`), 0);
			ok(await new Client(here).post("/auth/register", { email: ana.email, password: PASSWORD, name: "Ana" }), 201);
		},
	},
];

for (const { name, prepare, act, check } of DEEDS)
	test(`AC-14 AC-17 ${name}, its program killed before and after each write: done once, and answered`, async () => {
		let points = 0;
		for (; points < POINTS_MAX; points++) {
			const who = await prepare();
			const pid = site.pid("accounts");
			writeFileSync(armed, `${points + 1} accounts.fcgi`);
			const reply = await act(who);
			const hasDied = !existsSync(armed);
			rmSync(armed, { force: true });
			if (hasDied)
				await until(() => site.pid("accounts") > 0 && site.pid("accounts") !== pid, { what: "the next accounts program" });
			await check(who, reply);
			if (!hasDied)
				break;
		}
		assert.ok(points >= 2 && points < POINTS_MAX, `it died at ${points} points`);
	});

/* Holds up a registration at its write to TABLE, and resolves when it stands there. */
async function standAt(t, table, email) {
	const hold = await Transaction.begin(t, site);
	await hold.run(`lock table ${table} in exclusive mode`);
	const lost = new Client(here).post("/auth/register", { email, password: PASSWORD, name: "Ana" }, { "Idempotency-Key": "k" }).catch(() => null);
	const backend = await until(() => site.value(`select pid from pg_locks join pg_stat_activity using (pid)
		where not granted and usename = 'foodfast_accounts' and relation = '${table}'::regclass`), { what: `the registration to reach ${table}` });
	return { hold, lost, backend };
}

const KILLERS = {
	"its program": async () => site.kill("accounts"),
	"its database session": async (backend) => site.psql(`select pg_terminate_backend(${backend})`),
};

for (const table of ["account.users", "account.email", "account.session", "account.refresh_token", "api.idempotent_answer"])
	for (const [victim, kill] of Object.entries(KILLERS))
		test(`AC-14 a registration that stands before its write to ${table}, and ${victim} is killed: no half account`, async (t) => {
			const email = freshEmail();
			const { hold, lost, backend } = await standAt(t, table, email);
			await kill(backend);
			await hold.commit();
			await lost;
			assert.ok([0, 1].includes(await count(`account.users where email = '${email}'`)));
			const client = new Client(here);
			const reply = await until(async () => {
				const answer = await client.post("/auth/register", { email, password: PASSWORD, name: "Ana" }, { "Idempotency-Key": "k" });
				return ![409, 500, 503].includes(answer.status) && answer;
			}, { within: 15_000, what: "the registration's answer" });
			client.token = ok(reply, 201).access_token;
			assert.equal(ok(await client.get("/me")).email, email);
			await assertWhole(email);
		});

test("AC-23 the mail's sender killed before and after each write: every mail once", async () => {
	const ana = await customer(here);
	await tokenFor(ana.email, "confirm", here);
	for (let point = 1; point <= 6; point++) {
		writeFileSync(armed, `${point} mail`);
		await site.psql(`insert into account.email (email_id, user_id, purpose) values (log.uuid_v7(), '${ana.user.id}', 'password_changed')`);
		await until(() => !existsSync(armed), { within: 10_000, what: "the sender's death" });
		await until(async () => await count("account.email where sent_at is null") === 0, { within: 30_000, what: "an empty outbox" });
	}
	const ids = mailTo(ana.email, site).map((mail) => /^Message-ID: <(.*)@/m.exec(mail)[1]);
	assert.equal(ids.length, 7);
	assert.equal(new Set(ids).size, 7);
});

test("AC-08 AC-24 an account's whole life by REST alone, while streamd is stopped", async () => {
	await site.paused("streamd-1", async () => {
		const email = freshEmail();
		const ana = await register({ ...here, email });
		ok(await ana.post("/auth/confirm-email", { token: await tokenFor(email, "confirm", here) }), 204);
		assert.equal(ok(await ana.patch("/me", { name: "Without streams", phone: "+31612345678" })).email_confirmed, true);
		const home = ok(await ana.post("/me/addresses", addressInAmsterdam()), 201);
		ok(await ana.patch(`/me/addresses/${home.id}`, { label: "Work" }));
		const card = ok(await ana.post("/me/payment-methods", { token: "pm_card_visa" }), 201);
		assert.deepEqual(ok(await ana.get("/me/payment-methods")).items, [card]);
		ok(await ana.delete(`/me/payment-methods/${card.id}`), 204);
		const desk = await logIn({ ...here, email, device: "Desk" });
		const other = ok(await ana.get("/me/sessions")).items.find(({ device }) => device === "Desk");
		ok(await ana.delete(`/me/sessions/${other.id}`), 204);
		problem(await desk.get("/me"), 401, "session_ended");
		ok(await ana.put("/me/password", { current: PASSWORD, new: NEW }), 204);
		assert.equal(ok(await ana.get("/me/export")).addresses[0].label, "Work");
		ok(await ana.delete(`/me/addresses/${home.id}`), 204);
		ok(await ana.post("/auth/forgot-password", { email }), 202);
		ok(await ana.post("/auth/reset-password", { token: await tokenFor(email, "reset", here), password: PASSWORD }), 204);
		const back = await logIn({ ...here, email });
		ok(await back.send("DELETE", "/me", { password: PASSWORD }), 204);
		problem(await back.get("/me"), 401, "session_ended");
	});
});

/* What the kernel holds of TCP connections that are established. */
const connections = async () => (await promisify(execFile)("ss", ["-tnH", "state", "established"])).stdout;

test("AC-19 AC-02 after a login no connection stays open: the site closes what idles", async () => {
	const ana = await customer(here);
	const body = JSON.stringify({ email: ana.email, password: PASSWORD });
	const socket = net.connect({ port: site.port, host: "127.0.0.1", localAddress: "127.0.0.19" });
	await once(socket, "connect");
	const port = socket.localPort;
	socket.write(`POST ${API}/auth/login HTTP/1.1\r\nHost: ${site.url.host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
	const [first] = await once(socket, "data");
	assert.match(first.toString(), /^HTTP\/1\.1 200 OK\r\n/);
	assert.doesNotMatch(first.toString(), /^Connection: close\r$/im, "it is kept alive, for what else the client may ask at once");
	socket.resume();
	await within(30_000, once(socket, "close"), "close by the site");
	assert.doesNotMatch(await connections(), new RegExp(`127\\.0\\.0\\.19:${port}\\b`));
});
