/* What lighttpd does by itself: its refusals, its headers, its log. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import { test } from "node:test";
import { here } from "../e2e/lib/instance.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { Site } from "../fault/lib/site.mjs";

/* Sends bytes as they are; resolves with all that comes back. */
async function raw(bytes) {
	const socket = net.connect(here.port, "127.0.0.1");
	let answer = "";
	socket.on("data", (chunk) => { answer += chunk; });
	socket.on("error", () => {});
	socket.write(bytes);
	await once(socket, "close");
	return answer;
}

async function problemOf(path, options, status, code) {
	const answer = await fetch(new URL(path, here.url), options);
	assert.equal(answer.status, status, path);
	assert.equal(answer.headers.get("content-type"), "application/problem+json", path);
	const problem = await answer.json();
	assert.deepEqual([problem.status, problem.code, problem.type], [status, code, `/problems/${code}`]);
	return answer;
}

test("RL-11 what lighttpd refuses is a problem too", async () => {
	await problemOf("/nothing/here", {}, 404, "not_found");
	await problemOf("/api/v1/nothing", {}, 404, "not_found");
	await problemOf("/api/v1/ordersXYZ", {}, 404, "not_found");
	await problemOf("/customer.html", { method: "DELETE" }, 501, "method_unknown");
	await problemOf("/js/", {}, 403, "forbidden");
	await problemOf("/vendor/nothing.js", {}, 404, "not_found");
	await problemOf("/vendor/", {}, 403, "forbidden");
	const large = { method: "POST", headers: { "Content-Type": "application/json" }, body: Buffer.alloc(65 * 1024, 32) };
	await problemOf("/api/v1/orders", large, 413, "content_too_large");
	for (const [bytes, status] of [["GARBAGE\r\n\r\n", 400], [`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431]]) {
		const answer = await raw(bytes);
		assert.match(answer, new RegExp(`^HTTP/1\\.[01] ${status} `));
		assert.match(answer, /\r\nContent-Type: application\/problem\+json\r\n/i);
		assert.equal(JSON.parse(answer.split("\r\n\r\n")[1]).status, status);
	}
});

test("RL-11 a body that is announced too large is refused before it is sent", async () => {
	const answer = await raw("POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
	assert.match(answer, /^HTTP\/1\.1 413 /);
});

test("pages carry a strict Content-Security-Policy, their type and an ETag", async () => {
	const page = await fetch(new URL("/customer.html", here.url));
	assert.equal(page.status, 200);
	assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
	const policy = page.headers.get("content-security-policy");
	for (const rule of ["default-src 'none'", "script-src 'self'", "form-action", "base-uri 'none'", "frame-ancestors 'none'"])
		assert.ok(policy.includes(rule), rule);
	assert.ok(!policy.includes("unsafe"));
	assert.equal(page.headers.get("x-content-type-options"), "nosniff");
	assert.ok(page.headers.get("referrer-policy"));
	const again = await fetch(page.url, { headers: { "If-None-Match": page.headers.get("etag") } });
	assert.equal(again.status, 304);
	const script = await fetch(new URL("/js/api.js", here.url));
	assert.equal(script.headers.get("content-type"), "text/javascript; charset=utf-8");
});

test("/metrics is for this machine alone", async (t) => {
	const address = Object.values(os.networkInterfaces()).flat().find(({ family, internal }) => family === "IPv4" && !internal)?.address;
	if (!address)
		return t.skip("this machine has no other address");
	const site = await Site.start({ bind: "0.0.0.0" });
	const elsewhere = (path) => fetch(`http://${address}:${site.port}${path}`);
	assert.equal((await elsewhere("/readyz")).status, 200);
	for (const path of ["/metrics", "/metrics/1"])
		assert.equal((await elsewhere(path)).status, 403);
	assert.equal((await fetch(new URL("/metrics", site.url))).status, 200);
});

test("the access log holds paths, times and request ids, and never a query", async () => {
	const path = "/api/v1/me", id = `house-${process.pid}`;
	await fetch(new URL(`${path}?ticket=confidential`, here.url), { headers: { "X-Request-Id": id } });
	const log = () => readFileSync(`${here.runDir}/log/access.log`, "utf8");
	await until(() => log().includes(id), { within: 10_000, what: "the request in the access log" });
	assert.match(log(), new RegExp(`at=\\S+Z address=127\\.0\\.0\\.1 method=GET path="${path}" status=401 bytes=\\d+ us=\\d+ request_id=${id}`));
	assert.ok(!log().includes("confidential"));
});
