/* What proves who asks: tokens and their forgeries, refreshing, logging out, cookies. */
import assert from "node:assert/strict";
import test from "node:test";
import { ok, problem } from "./lib/assert.mjs";
import { API, Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { newKitchen, staffAt } from "./lib/kitchens.mjs";
import { place } from "./lib/orders.mjs";
import { PASSWORD, customer, logIn, signedIn } from "./lib/people.mjs";
import { heldPoll, heldStatus, refusedStream, stream } from "./lib/stream.mjs";
import { read, reforge, sign } from "./lib/tokens.mjs";
import { A_SECOND_MS, within } from "./lib/wait.mjs";

/* One route of each program that reads tokens; streamd's two. */
const doors = (client) => ({
	accounts: client.get("/me"),
	catalogue: client.patch("/restaurants/0190a000-0000-7000-8000-000000000000", { accepting_orders: true }),
	orders: client.get("/orders"),
	stream: refusedStream(client, `user:${client.user.id}`),
	poll: client.fetch(`/poll?channels=user:${client.user.id}&wait=0`),
	status: client.get("/orders/0190a000-0000-7000-8000-000000000000/status"),
});

async function refusedEverywhere(client, token, code) {
	const forger = new Client({ token });
	forger.user = client.user;
	for (const [door, reply] of Object.entries(doors(forger)))
		try {
			problem(await reply, 401, code);
		} catch (error) {
			error.message = `${door}: ${error.message}`;
			throw error;
		}
}

const now = () => Math.floor(Date.now() / 1000);
const withSignature = (token, signature) => [...token.split(".").slice(0, 2), signature].join(".");

const FORGERIES = {
	"alg none": (token) => reforge(here, token, { header: { alg: "none" } }),
	"alg None, with a signature": (token) => withSignature(reforge(here, token, { header: { alg: "None" } }), token.split(".")[2]),
	"no alg": (token) => reforge(here, token, { header: { alg: undefined } }),
	"HS384 by the right key": (token) => reforge(here, token, { header: { alg: "HS384" } }),
	"HS512 by the right key": (token) => reforge(here, token, { header: { alg: "HS512" } }),
	"alg RS256": (token) => reforge(here, token, { header: { alg: "RS256" } }),
	"an unknown kid": (token) => reforge(here, token, { header: { kid: "nobody" } }),
	"a kid that is a path": (token) => reforge(here, token, { header: { kid: "../../../../dev/null" }, secret: "" }),
	"no kid": (token) => reforge(here, token, { header: { kid: undefined } }),
	"a kid that is no text": (token) => reforge(here, token, { header: { kid: 1 } }),
	"an empty key": (token) => reforge(here, token, { secret: "" }),
	"the key's hex as the key": (token) => reforge(here, token, { secret: here.signingKeys()[0].secret.toString("hex") }),
	"another key": (token) => reforge(here, token, { secret: "x".repeat(32) }),
	"a signature cut short": (token) => token.slice(0, -4),
	"no signature": (token) => withSignature(token, ""),
	"another token's signature": (token) => withSignature(token, reforge(here, token, { claims: { iat: 1 } }).split(".")[2]),
	"another session claimed": (token) => withSignature(reforge(here, token, { claims: { sid: "0190a000-0000-7000-8000-000000000000" } }), token.split(".")[2]),
	"a role claimed": (token) => withSignature(reforge(here, token, { claims: { role: "admin" } }), token.split(".")[2]),
	"no expiry": (token) => reforge(here, token, { claims: { exp: undefined } }),
	"an expiry that is a text": (token) => reforge(here, token, { claims: { exp: "tomorrow" } }),
	"no session": (token) => reforge(here, token, { claims: { sid: undefined } }),
	"a session that is none": (token) => reforge(here, token, { claims: { sid: "' or true --" } }),
	"a cookie's token": (token) => reforge(here, token, { claims: { use: "cookie" } }),
	"no use": (token) => reforge(here, token, { claims: { use: undefined } }),
	"claims that are no object": (token) => sign({ ...read(token).header }, "[]", here.signingKeys()[0].secret),
	"two parts": (token) => token.split(".").slice(0, 2).join("."),
	"four parts": (token) => `${token}.x`,
	"words": () => "let-me-in",
	"4 kB of nothing": () => "a".repeat(4000),
};

for (const [name, forge] of Object.entries(FORGERIES))
	test(`AC-09 a forged token is refused by every program: ${name}`, async () => {
		const ana = await someone();
		await refusedEverywhere(ana, forge(ana.token), "token_invalid");
	});

let somebody;
const someone = () => (somebody ??= customer());

test("AC-09 an expired token is told apart from a forged one, by every program", async () => {
	const ana = await someone();
	await refusedEverywhere(ana, reforge(here, ana.token, { claims: { iat: now() - 1000, exp: now() - 1 } }), "token_expired");
	await refusedEverywhere(ana, reforge(here, ana.token, { claims: { exp: now() - 1 }, secret: "x".repeat(32) }), "token_invalid");
});

test("AC-09 a token proves a session and its claims are its own", async () => {
	const ana = await someone();
	const { header, claims } = read(ana.token);
	assert.deepEqual(Object.keys(claims).sort(), ["exp", "iat", "role", "sid", "sub", "use"]);
	assert.equal(header.alg, "HS256");
	assert.ok(header.kid);
	assert.equal(claims.sub, ana.user.id);
	assert.ok(claims.exp - claims.iat <= 900);
	const other = reforge(here, ana.token, { claims: { sid: "0190a000-0000-7000-8000-000000000000" } });
	problem(await new Client({ token: other }).get("/me"), 401, "session_ended");
});

test("AC-09 odd Authorization headers are refused as 401, never worse", async () => {
	const ana = await someone();
	for (const header of ["Bearer", "Bearer ", "Basic YTpi", ana.token, `Bearer ${ana.token} ${ana.token}`, `Bearer\t${ana.token}x`, "Bearer \u00ff", "Digest x"])
		problem(await new Client().get("/me", { Authorization: header }), 401);
	ok(await new Client().get("/me", { Authorization: `bearer ${ana.token}` }));
});

test("AC-09 a token that names a role which its holder does not have opens nothing", async () => {
	const ana = await customer();
	const kitchen = await newKitchen();
	const crowned = new Client({ token: reforge(here, ana.token, { claims: { role: "restaurant" } }) });
	const refused = await crowned.patch(`/restaurants/${kitchen.id}`, { accepting_orders: false });
	assert.ok([401, 403, 404].includes(refused.status), refused.text);
	const admin = new Client({ token: reforge(here, ana.token, { claims: { role: "admin" } }) });
	problem(await refusedStream(admin, "ops"), 403);
});

const refresh = (client, token = client.refreshToken) => client.post("/auth/refresh", { refresh_token: token });

test("AC-10 refreshing gives two new tokens for the same session", async () => {
	const ana = await customer();
	const first = ok(await refresh(ana));
	assert.notEqual(first.refresh_token, ana.refreshToken);
	assert.equal(first.token_type, "Bearer");
	assert.equal(read(first.access_token).claims.sid, read(ana.token).claims.sid);
	ok(await new Client({ token: first.access_token }).get("/me"));
	const second = ok(await refresh(ana, first.refresh_token));
	ok(await new Client({ token: second.access_token }).get("/me"));
	ok(await ana.get("/me"));
});

test("AC-10 a lost answer does not log out: the old token gives the same successor again", async () => {
	const ana = await customer();
	const lost = ok(await refresh(ana));
	for (let again = 0; again < 3; again++)
		assert.equal(ok(await refresh(ana)).refresh_token, lost.refresh_token);
	ok(await refresh(ana, lost.refresh_token));
});

test("AC-10 two tabs that refresh at once both stay signed in", async () => {
	const ana = await customer();
	const replies = await Promise.all(Array.from({ length: 10 }, () => refresh(new Client(), ana.refreshToken)));
	const tokens = new Set(replies.map((reply) => ok(reply).refresh_token));
	assert.equal(tokens.size, 1);
	for (const reply of replies)
		ok(await new Client({ token: reply.body.access_token }).get("/me"));
	ok(await refresh(ana, [...tokens][0]));
});

test("AC-10 a token used again after its successor was is theft: the whole session ends", async () => {
	const ana = await customer();
	const desk = await logIn({ email: ana.email });
	const next = ok(await refresh(ana));
	const last = ok(await refresh(ana, next.refresh_token));
	problem(await refresh(ana), 401, "refresh_reused");
	problem(await refresh(ana, last.refresh_token), 401);
	for (const token of [ana.token, next.access_token, last.access_token])
		problem(await new Client({ token }).get("/me"), 401, "session_ended");
	ok(await desk.get("/me"));
});

test("AC-10 a token used again after ten minutes is theft too", async () => {
	const ana = await customer();
	const next = ok(await refresh(ana));
	await here.psql(`update account.refresh_token set used_at = used_at - interval '10 minutes 1 second'
		where used_at is not null and session_id = '${read(ana.token).claims.sid}'`);
	problem(await refresh(ana), 401, "refresh_reused");
	problem(await refresh(ana, next.refresh_token), 401);
	problem(await ana.get("/me"), 401, "session_ended");
});

test("AC-10 what is no refresh token gives 401, and says nothing more", async () => {
	const ana = await customer();
	for (const token of ["nothing", ana.refreshToken.slice(0, -1), `${ana.refreshToken}x`, "A".repeat(43)])
		problem(await refresh(ana, token), 401, "token_invalid");
	for (const token of ["", ana.token, null])
		problem(await refresh(ana, token), 422);
	ok(await refresh(ana));
});

test("AC-13 logging out ends the access token in every program at once", async () => {
	const staff = await staffAt(await newKitchen());
	ok(await staff.post("/auth/logout"), 204);
	await refusedEverywhere(staff, staff.token, "session_ended");
	problem(await refresh(staff), 401);
});

test("AC-13 OT-05 logging out closes that session's streams and held polls within a second, and no others", async (t) => {
	const kitchen = await newKitchen();
	const phone = await customer();
	const desk = await logIn({ email: phone.email });
	const order = await place(phone, kitchen);
	const channels = [`user:${phone.user.id}`, `order:${order.id}`];
	const mine = [await stream(t, phone, channels), await stream(t, phone, channels)];
	const others = await stream(t, desk, channels);
	const polls = [await heldPoll(t, phone, channels), await heldStatus(t, phone, order.id, "placed")];
	ok(await phone.post("/auth/logout"), 204);
	await within(A_SECOND_MS, Promise.all([
		...mine.map((reader) => reader.closed()),
		...polls.map((held) => held.body.catch(() => {})),
	]), "close of what was open");
	ok(await desk.patch("/me", { name: "Still here" }));
	await others.event("user.updated");
	problem(await refusedStream(phone, channels, {}, { "Last-Event-ID": mine[0].lastId }), 401, "session_ended");
});

test("AC-13 logging out everywhere ends every device, and its streams within a second", async (t) => {
	const phone = await customer();
	const desk = await logIn({ email: phone.email });
	const eve = await customer();
	const readers = await Promise.all([phone, desk].map((device) => stream(t, device, `user:${phone.user.id}`)));
	const bystander = await stream(t, eve, `user:${eve.user.id}`);
	ok(await desk.post("/auth/logout-all"), 204);
	await within(A_SECOND_MS, Promise.all(readers.map((reader) => reader.closed())), "close of all streams");
	for (const device of [phone, desk]) {
		problem(await device.get("/me"), 401, "session_ended");
		problem(await refresh(device), 401);
	}
	await logIn({ email: phone.email });
	assert.equal(bystander.isClosed, false);
});

/* A browser's jar: people of several roles in one Client. */
async function browser(...people) {
	const jar = new Client();
	for (const { email } of people) {
		const reply = await jar.post("/auth/login", { email, password: PASSWORD, cookie: true }, { Origin: here.url.origin });
		const body = ok(reply);
		for (const secret of ["access_token", "refresh_token"])
			assert.equal(body[secret], undefined, "with a cookie no token is in the body");
		const [line] = reply.headers["set-cookie"];
		for (const attribute of [/;\s*HttpOnly/i, /;\s*SameSite=(Lax|Strict)/i, /;\s*Path=\//i])
			assert.match(line, attribute);
		jar.user = body.user;
	}
	return jar;
}

test("AC-11 AC-25 a customer and a restaurant are signed in side by side in one browser", async (t) => {
	const ana = await customer();
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen);
	const jar = await browser(ana, staff);
	assert.equal(jar.cookies.size, 2);
	for (const [role, person] of [["customer", ana], ["restaurant", staff]]) {
		assert.ok([...jar.cookies.keys()].some((name) => name.includes(role) && name.includes(String(here.port))), `${role} and port in the name`);
		assert.equal(ok(await jar.get("/me", { "Session-Role": role })).id, person.user.id);
		assert.equal(ok(await jar.get(`/me?as=${role}`)).id, person.user.id);
		await stream(t, jar, `user:${person.user.id}`, { as: role });
	}
	problem(await jar.get("/me"), 401);
	problem(await jar.get("/me?as=driver"), 401);
	problem(await refusedStream(jar, `user:${ana.user.id}`, { as: "restaurant" }), 403);
	const order = await place(jarAs(jar, "customer"), kitchen);
	assert.equal(ok(await jar.get(`/orders/${order.id}?as=restaurant`)).id, order.id);
	ok(await jarAs(jar, "customer").post("/auth/logout"), 204);
	problem(await jar.get("/me?as=customer"), 401);
	ok(await jar.get("/me?as=restaurant"));
});

/* The jar as a page of ROLE uses it: its fetch sends the role and, being a page of this site, the Origin. */
function jarAs(jar, role) {
	const page = Object.create(jar);
	page.send = (method, path, body, headers) => jar.send(method, path, body, { Origin: here.url.origin, "Session-Role": role, ...headers });
	return page;
}

test("AC-11 with a cookie an unsafe request needs proof that our own page sent it", async () => {
	const ana = await customer();
	const jar = await browser(ana);
	const forged = [{}, { Origin: "https://evil.example" }, { Origin: "null" }, { Origin: `${here.url.origin}.evil.example` },
		{ "Sec-Fetch-Site": "cross-site" }, { "Sec-Fetch-Site": "same-site" }, { "Sec-Fetch-Site": "none" },
		{ Origin: `http://127.0.0.1:${here.port + 1}` }, { Referer: `${here.url.origin}/customer.html` }];
	for (const headers of forged)
		for (const [method, path, body] of [["PATCH", "/me", { name: "Eve" }], ["POST", "/auth/logout", undefined], ["POST", "/stream-tickets", {}], ["DELETE", "/me/addresses/0190a000-0000-7000-8000-000000000000", undefined]])
			problem(await jar.send(method, path, body, headers), 403, "cross_site");
	assert.equal(ok(await jar.get("/me")).name, "Ana Test");
	for (const headers of [{ Origin: here.url.origin }, { "Sec-Fetch-Site": "same-origin" }])
		ok(await jar.patch("/me", { name: "Ana" }, headers));
});

test("AC-11 a cookie's token is no bearer token, and a bearer token no cookie", async () => {
	const ana = await customer();
	const jar = await browser(ana);
	const [[name, value]] = jar.cookies;
	problem(await new Client({ token: value }).get("/me"), 401, "token_invalid");
	problem(await new Client().get("/me", { Cookie: `${name}=${ana.token}` }), 401, "token_invalid");
	for (const odd of [`${name}=`, name, `${name}=${value}x`, ";;;", `x${name}=${value}`])
		problem(await new Client().get("/me", { Cookie: odd }), 401);
	ok(await new Client().get("/me", { Cookie: `theme=dark; ${name}=${value}; x=y` }));
});

test("AC-11 AC-13 logging out by cookie clears it, ends the session and its streams", async (t) => {
	const ana = await customer();
	const jar = await browser(ana);
	const stolen = new Map(jar.cookies);
	const reader = await stream(t, jar, `user:${ana.user.id}`);
	ok(await jar.post("/auth/logout", undefined, { Origin: here.url.origin }), 204);
	await reader.closed({ within: A_SECOND_MS });
	assert.equal(jar.cookies.size, 0);
	const thief = new Client();
	thief.cookies = stolen;
	problem(await thief.get("/me"), 401, "session_ended");
});

test("AC-11 registering with cookie: true signs a page in as well", async () => {
	const jar = new Client();
	const { email } = await customer();
	const reply = await jar.post("/auth/register", { email: `x${email}`, password: PASSWORD, name: "Ana", cookie: true });
	signedIn(jar, ok(reply, 201));
	assert.equal(jar.token, undefined);
	assert.equal(ok(await jar.get("/me")).id, jar.user.id);
	assert.ok(reply.text.length > 0 && !reply.text.includes("refresh"));
	assert.equal(ok(await jar.fetch(`${API}/me`)).id, jar.user.id);
});
