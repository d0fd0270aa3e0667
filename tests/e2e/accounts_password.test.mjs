/* Passwords and mail: changing a password, forgetting it, confirming an e-mail address. */
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import test from "node:test";
import { ok, pointsAt, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { mailTo, tokenFor, tokensTo } from "./lib/mail.mjs";
import { PASSWORD, customer, freshEmail, logIn } from "./lib/people.mjs";
import { stream } from "./lib/stream.mjs";
import { A_SECOND_MS, until } from "./lib/wait.mjs";

const NEW = "a better battery staple";

const change = (person, current, next, headers) => person.put("/me/password", { current, new: next }, headers);
const forget = (email, headers, client = new Client()) => client.post("/auth/forgot-password", { email }, headers);
const reset = (token, password = NEW, headers = {}) => new Client().post("/auth/reset-password", { token, password }, headers);
const confirm = (token, headers) => new Client().post("/auth/confirm-email", { token }, headers);
const login = (email, password) => new Client().post("/auth/login", { email, password });

test("AC-24 AC-13 a changed password ends the other sessions and their streams, and not this one", async (t) => {
	const phone = await customer();
	const desk = await logIn({ email: phone.email });
	const mine = await stream(t, phone, `user:${phone.user.id}`);
	const other = await stream(t, desk, `user:${phone.user.id}`);
	ok(await change(phone, PASSWORD, NEW), 204);
	await other.closed({ within: A_SECOND_MS });
	assert.deepEqual((await mine.event("user.updated", {}, { within: A_SECOND_MS })).data.fields, ["password"]);
	problem(await desk.get("/me"), 401, "session_ended");
	problem(await desk.post("/auth/refresh", { refresh_token: desk.refreshToken }), 401);
	assert.equal(ok(await phone.get("/me/sessions")).items.length, 1);
	assert.equal(mine.isClosed, false);
	problem(await login(phone.email, PASSWORD), 401, "invalid_credentials");
	ok(await login(phone.email, NEW));
	await until(() => mailTo(phone.email).some((mail) => mail.includes("Subject: Your password was changed")), { what: "a word of it by mail" });
});

test("AC-16 a wrong current password is 403 and changes nothing; both are checked", async () => {
	const ana = await customer();
	const desk = await logIn({ email: ana.email });
	problem(await change(ana, "not it at all", NEW), 403, "wrong_password");
	pointsAt(problem(await change(ana, PASSWORD, "short"), 422), "/new");
	pointsAt(problem(await change(ana, undefined, NEW), 422), "/current");
	problem(await ana.put("/me/password", { current: PASSWORD, new: NEW, email: "x" }), 422, "unknown_field");
	problem(await new Client().put("/me/password", { current: PASSWORD, new: NEW }), 401);
	ok(await desk.get("/me"));
	ok(await login(ana.email, PASSWORD));
});

test("AC-17 a change that is repeated because its answer was lost gets the same answer", async () => {
	const ana = await customer();
	ok(await change(ana, PASSWORD, NEW), 204);
	ok(await change(ana, PASSWORD, NEW), 204);
	problem(await change(ana, PASSWORD, `${NEW}!`), 403, "wrong_password");
	ok(await login(ana.email, NEW));
});

test("AC-23 guesses of the current password count as failed logins do", async () => {
	const ana = await customer();
	for (let guess = 0; guess < 10; guess++)
		problem(await change(ana, `guess number ${guess}`, NEW), 403, "wrong_password");
	problem(await change(ana, PASSWORD, NEW), 429, "rate_limited");
	problem(await ana.send("DELETE", "/me", { password: PASSWORD }), 429, "rate_limited");
	problem(await login(ana.email, PASSWORD), 429, "rate_limited");
});

test("AC-23 an e-mail address is confirmed by the link that was sent to it, once", async (t) => {
	const ana = await customer();
	assert.equal(ana.user.email_confirmed, false);
	const screen = await stream(t, ana, `user:${ana.user.id}`);
	const token = await tokenFor(ana.email, "confirm");
	ok(await confirm(token), 204);
	assert.equal(ok(await ana.get("/me")).email_confirmed, true);
	assert.deepEqual((await screen.event("user.updated", {}, { within: A_SECOND_MS })).data.fields, ["email_confirmed"]);
	pointsAt(problem(await confirm(token), 422, "link_invalid"), "/token");
	problem(await ana.post("/me/email-confirmation"), 409, "already_confirmed");
});

test("AC-17 a link that is shown again under the same key has its effect once, and the same answer", async () => {
	const ana = await customer();
	const key = { "Idempotency-Key": randomUUID() };
	const token = await tokenFor(ana.email, "confirm");
	ok(await confirm(token, key), 204);
	const again = await confirm(token, key);
	ok(again, 204);
	assert.equal(again.headers["idempotent-replayed"], "true");
	ok(await forget(ana.email), 202);
	const secret = await tokenFor(ana.email, "reset");
	ok(await reset(secret, NEW, key), 204);
	ok(await reset(secret, NEW, key), 204);
	problem(await reset(secret, PASSWORD, key), 422, "idempotency_mismatch");
	ok(await login(ana.email, NEW));
});

test("AC-23 the confirmation is sent again when asked for, and any of them is good until one was used", async () => {
	const ana = await customer();
	const first = await tokenFor(ana.email, "confirm");
	ok(await ana.post("/me/email-confirmation"), 202);
	const second = await tokenFor(ana.email, "confirm", { count: 2 });
	assert.notEqual(first, second);
	ok(await confirm(first), 204);
	problem(await confirm(second), 422, "link_invalid");
});

test("AC-23 a forgotten password: the link sets a new one, once, and ends all sessions", async (t) => {
	const ana = await customer();
	const thief = await logIn({ email: ana.email });
	const reader = await stream(t, thief, `user:${ana.user.id}`);
	ok(await forget(`  ${ana.email.toUpperCase()} `), 202);
	const token = await tokenFor(ana.email, "reset");
	pointsAt(problem(await reset(token, "short"), 422), "/password");
	ok(await reset(token), 204);
	await reader.closed({ within: A_SECOND_MS });
	for (const person of [ana, thief])
		problem(await person.get("/me"), 401, "session_ended");
	problem(await login(ana.email, PASSWORD), 401, "invalid_credentials");
	const back = await logIn({ email: ana.email, password: NEW });
	assert.equal(back.user.email_confirmed, true, "the mail was read where it was sent to");
	pointsAt(problem(await reset(token, `${NEW}!`), 422, "link_invalid"), "/token");
	ok(await login(ana.email, NEW));
});

test("AC-23 of several links the first that is used ends the others; of two at once one is late", async () => {
	const ana = await customer();
	for (let times = 0; times < 2; times++)
		ok(await forget(ana.email), 202);
	const [first, second] = [await tokenFor(ana.email, "reset"), await tokenFor(ana.email, "reset", { count: 2 })];
	const replies = await Promise.all([reset(first), reset(first), reset(second)]);
	assert.equal(replies.filter(({ status }) => status === 204).length, 1);
	for (const reply of replies.filter(({ status }) => status !== 204))
		problem(reply, 422, "link_invalid");
});

test("AC-23 a link is good for its purpose and its time alone", async () => {
	const ana = await customer();
	ok(await forget(ana.email), 202);
	const [mine, secret] = [await tokenFor(ana.email, "confirm"), await tokenFor(ana.email, "reset")];
	problem(await confirm(secret), 422, "link_invalid");
	problem(await reset(mine), 422, "link_invalid");
	for (const wrong of ["x", `${secret}x`, secret.slice(0, -1), secret.toUpperCase(), "' or true --"])
		problem(await reset(wrong), 422, "link_invalid");
	await here.psql(`update account.email set expires_at = now() where user_id = '${ana.user.id}'`);
	problem(await reset(secret), 422, "link_invalid");
	problem(await confirm(mine), 422, "link_invalid");
	ok(await login(ana.email, PASSWORD));
});

test("AC-16 asking for a new password tells nobody who has an account: the same answer, to the byte", async () => {
	const ana = await customer();
	const stranger = freshEmail();
	const [known, unknown] = [await forget(ana.email), await forget(stranger)];
	ok(known, 202);
	ok(unknown, 202);
	assert.equal(known.text, unknown.text);
	const names = ({ headers }) => Object.keys(headers).sort();
	assert.deepEqual(names(known), names(unknown));
	await tokenFor(ana.email, "reset");
	assert.deepEqual(mailTo(stranger), []);
	for (const path of ["/auth/forgot-password"])
		pointsAt(problem(await new Client().post(path, {}), 422), "/email");
});

test("AC-16 and after the same work: a mail to nobody is written, and thrown away", async () => {
	const ofNobody = () => here.value("select count(*) from account.email where user_id is null");
	const pid = here.pid("mail");
	process.kill(pid, "SIGSTOP");
	try {
		ok(await forget(freshEmail()), 202);
		assert.ok(Number(await ofNobody()) > 0);
	} finally {
		process.kill(pid, "SIGCONT");
	}
	await until(async () => await ofNobody() === "0", { what: "it to be thrown away" });
});

test("AC-23 nobody is buried in mail: five of a kind an hour, and the answer does not tell", async () => {
	const ana = await customer();
	for (let times = 0; times < 8; times++)
		ok(await forget(ana.email), 202);
	await tokenFor(ana.email, "reset", { count: 5 });
	await until(async () => await here.value("select count(*) from account.email where sent_at is null") === "0", { within: 10_000, what: "an empty outbox" });
	assert.equal(tokensTo(ana.email, "reset").length, 5);
});

test("AC-23 tokens are derived by a key that the database has not, and kept as hashes", async () => {
	const ana = await customer();
	const token = await tokenFor(ana.email, "confirm");
	const [[hash]] = await here.psql(`select encode(token_hash, 'hex') from account.email where user_id = '${ana.user.id}'`);
	assert.equal(createHash("sha256").update(token).digest("hex"), hash);
	const dump = await here.tool("psql", "-XAqtc", "select email from account.email; select answer from api.idempotent_answer answer");
	assert.ok(!dump.includes(token));
	for (const program of ["mail", "accounts", "access", "postgres"])
		assert.ok(!here.log(program).includes(token), `${program} logs no token`);
});

test("AC-23 a mail is a whole letter, and for its reader alone", async () => {
	const email = `ana.müller-${freshEmail()}`;
	await customer({ email, name: "Click http://evil.example now" });
	const [letter] = await until(() => mailTo(email).length > 0 && mailTo(email), { what: "the mail" });
	const [head, body] = letter.split(/\r\n\r\n(.*)/s);
	for (const header of [/^From: \S/m, /^Subject: \S/m, /^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r$/m, /^Message-ID: <\S+@\S+>\r$/m,
		/^MIME-Version: 1\.0\r$/m, /^Content-Type: text\/plain; charset=utf-8\r$/m])
		assert.match(head, header);
	assert.ok(letter.split("\r\n").every((line) => Buffer.byteLength(line) <= 998 && !/[\r\n]/.test(line)), "lines as RFC 5322 has them");
	assert.ok(body.includes(`${here.url.origin}/account.html#confirm=`), body);
	assert.ok(!letter.includes("evil.example"), "nobody writes to others in our name");
	const folder = `${here.runDir}/mail`;
	assert.equal(statSync(folder).mode & 0o777, 0o700);
	for (const name of readdirSync(folder))
		assert.equal(statSync(`${folder}/${name}`).mode & 0o777, 0o600);
	assert.ok(!readFileSync(`${here.runDir}/log/mail.log`, "utf8").includes(email));
});

test("AC-23 a killed sender's mail is sent by the next, and each mail once", async () => {
	const ana = await customer();
	const pid = here.pid("mail");
	process.kill(pid, "SIGKILL");
	ok(await ana.post("/me/email-confirmation"), 202);
	await tokenFor(ana.email, "confirm", { count: 2 });
	const [[abandoned]] = await here.psql(`insert into account.email (email_id, user_id, purpose, lease, run_at, tries)
		values (log.uuid_v7(), '${ana.user.id}', 'password_changed', gen_random_uuid(), now() + interval '1 s', 1) returning email_id`);
	await until(() => mailTo(ana.email).some((mail) => mail.includes(abandoned)), { what: "the mail whose sender was killed" });
	assert.equal(new Set(mailTo(ana.email).map((mail) => /^Message-ID: .*$/m.exec(mail)[0])).size, 3);
	assert.equal(mailTo(ana.email).length, 3);
});
