/* What another site's page may have a browser do here: nothing. Every route of openapi.yaml that changes something is tried with a cookie. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { operations } from "../docs/lib/openapi.mjs";
import { ok, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { newId } from "./lib/kitchens.mjs";
import { customer, freshEmail, PASSWORD } from "./lib/people.mjs";

const evil = "https://evil.example";
const FOREIGN = [{ Origin: evil }, { Origin: "null" }, { Origin: evil, "Sec-Fetch-Site": "cross-site" }, { "Sec-Fetch-Site": "cross-site" },
	{ "Sec-Fetch-Site": "same-site" }, { Origin: `${here.url.origin}.evil.example` }, { Origin: `http://127.0.0.1:${here.port + 1}` }];

const unsafe = operations.filter(({ method, isOpen }) => method !== "GET" && !isOpen);
const filled = (path) => path.replace(/\{\w+\}/g, () => newId());

const ana = await customer();
const jar = new Client();
ok(await jar.post("/auth/login", { email: ana.email, password: PASSWORD, cookie: true }));

test("there are routes to be tried", () => assert.ok(unsafe.length > 20, `${unsafe.map(({ id }) => id)}`));

for (const { id, method, path, takesBody } of unsafe)
	test(`AC-11 ${id}: a cookie alone does nothing, nor does one that another site's page sends`, async () => {
		const body = takesBody ? { body: "{}", headers: { "Content-Type": "application/json" } } : {};
		for (const headers of [{}, ...FOREIGN])
			problem(await jar.fetch(filled(path), { method, ...body, headers: { ...body.headers, ...headers } }), 403, "cross_site");
		const own = await jar.fetch(filled(path), { method, body: "[]", headers: { "Content-Type": "application/json", "Content-Length": 2, "Sec-Fetch-Site": "cross-site", Origin: here.url.origin, "Session-Role": "driver" } });
		problem(own, 401);
	});

test("AC-11 a page of another site signs nobody in: no cookie is set, no account made, and its own page may", async () => {
	const form = () => ({ email: freshEmail(), password: PASSWORD, name: "Eve", cookie: true });
	for (const headers of FOREIGN) {
		const login = await new Client().post("/auth/login", { email: ana.email, password: PASSWORD, cookie: true }, headers);
		const register = await new Client().post("/auth/register", form(), headers);
		for (const reply of [login, register]) {
			problem(reply, 403, "cross_site");
			assert.equal(reply.headers["set-cookie"], undefined);
		}
	}
	for (const headers of [{ Origin: here.url.origin }, { "Sec-Fetch-Site": "same-origin", Origin: here.url.origin }, {}])
		assert.ok(ok(await new Client().post("/auth/register", form(), headers), 201).user.id);
});

test("AC-11 a form of another site cannot speak JSON, and no page of one may read what we answer", async () => {
	for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
		problem(await new Client().post("/auth/login", JSON.stringify({ email: ana.email, password: PASSWORD, cookie: true }), { "Content-Type": type }), 415);
	for (const path of ["/api/v1/me", "/api/v1/cities", `/poll?channels=user:${ana.user.id}&wait=0`, "/customer.html"]) {
		const reply = await ana.fetch(path, { headers: { Origin: evil } });
		assert.equal(reply.headers["access-control-allow-origin"], undefined, path);
		assert.equal(reply.headers["cross-origin-resource-policy"], "same-origin", path);
	}
	const preflight = await new Client().fetch("/api/v1/orders", { method: "OPTIONS", headers: { Origin: evil, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type" } });
	assert.equal(preflight.headers["access-control-allow-origin"], undefined);
});
