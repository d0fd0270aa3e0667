/* The site by TLS (`make run TLS=1`), on an instance of its own: what it speaks, what it refuses, and that everything works over it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { freePort, Site } from "../fault/lib/site.mjs";
import { ok, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { SocketIoDialogue, WebSocketDialogue } from "./lib/dialogue.mjs";
import { exchange } from "./lib/http.mjs";
import { Http2 } from "./lib/http2.mjs";
import { newKitchen } from "./lib/kitchens.mjs";
import { drive, place } from "./lib/orders.mjs";
import { change, customer, PASSWORD } from "./lib/people.mjs";
import { EventStream, isEvent, stream } from "./lib/stream.mjs";

const site = await Site.create({ tlsPort: await freePort() });
after(() => site.forget());
await site.up();
const run = promisify(execFile);
const CA = `${site.runDir}/tls/ca.pem`;

/* What openssl s_client says of a handshake with OPTIONS: {isDone, protocol, cipher, output}. */
async function handshake(...options) {
	const words = ["s_client", "-connect", `127.0.0.1:${site.tlsPort}`, "-CAfile", CA, "-verify_return_error", ...options];
	const running = run("openssl", words, { timeout: 10_000 });
	running.child.stdin.end();
	const { stdout, stderr } = await running.catch((error) => error);
	const [, protocol, cipher] = /New, (\S+), Cipher is (\S+)/.exec(stdout) ?? [];
	return { isDone: cipher !== undefined && cipher !== "(NONE)", protocol, cipher, output: stdout + stderr };
}

const anyCipher = ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"];

test("AC-18 TLS 1.2 and 1.3 are spoken, what is older is refused", async () => {
	for (const option of ["-tls1_2", "-tls1_3"])
		assert.ok((await handshake(option)).isDone, option);
	for (const option of ["-tls1", "-tls1_1"]) {
		const { isDone, output } = await handshake(option, ...anyCipher);
		assert.ok(!isDone, option);
		assert.match(output, /alert protocol version|unsupported protocol/, option);
	}
});

test("AC-18 every cipher of TLS 1.2 that is taken has forward secrecy and AEAD", async () => {
	const { stdout } = await run("openssl", ["ciphers", "-s", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]);
	const ciphers = stdout.trim().split(":");
	assert.ok(ciphers.includes("AES128-SHA") && ciphers.includes("ECDHE-ECDSA-AES128-SHA"), "weak ones are tried too");
	const taken = [];
	for (const cipher of ciphers)
		if ((await handshake("-tls1_2", "-cipher", `${cipher}:@SECLEVEL=0`)).isDone)
			taken.push(cipher);
	assert.ok(taken.length >= 2, `${taken}`);
	for (const cipher of taken)
		assert.match(cipher, /^ECDHE-\w+-(AES\d+-GCM|CHACHA20)/);
});

test("AC-18 the server's own order of ciphers counts, nothing is compressed or renegotiated", async () => {
	const { output } = await handshake("-tls1_2");
	assert.match(output, /Compression: NONE/);
	assert.match(output, /Secure Renegotiation IS supported/);
	const weakFirst = await handshake("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384");
	assert.equal(weakFirst.cipher, "ECDHE-ECDSA-AES256-GCM-SHA384");
});

test("AC-18 the certificate that a first run makes names this machine, is trusted by its authority alone, and its key is its owner's", async () => {
	const folder = `${site.runDir}/tls`;
	for (const name of ["127.0.0.1", "localhost"])
		ok(await exchange(new URL("/api/v1/cities", `https://${name}:${site.tlsPort}`), { ca: site.ca }));
	await assert.rejects(exchange(new URL("/", site.url)), /self-signed|unable to verify|unable to get/);
	const { stdout } = await run("openssl", ["x509", "-in", `${folder}/certificate.pem`, "-noout", "-ext", "subjectAltName"]);
	assert.match(stdout, /DNS:localhost, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/);
	assert.equal(statSync(folder).mode & 0o777, 0o700);
	for (const name of ["ca.pem", "certificate.pem", "key.pem"])
		assert.equal(statSync(`${folder}/${name}`).mode & 0o777, 0o600, name);
	assert.throws(() => statSync(`${folder}/ca-key.pem`), /ENOENT/, "what signed it is forgotten");
});

test("AC-18 what asks by plain HTTP is sent to HTTPS by a 308, its path and query kept", async () => {
	for (const [method, path] of [["GET", "/"], ["GET", "/customer.html?a=b%20c"], ["POST", "/api/v1/auth/login"], ["PATCH", "/api/v1/me"], ["GET", "/stream?channels=a,b"], ["GET", "/vendor/x.js"]]) {
		const body = method === "GET" ? undefined : "{}";
		const headers = { Host: `foodfast.example:${site.port}`, ...(body && { "Content-Length": 2 }) };
		const answer = await exchange(new URL(path, site.plain), { method, body, headers });
		assert.equal(answer.status, 308, `${method} ${path}`);
		assert.equal(answer.headers.location, `https://foodfast.example:${site.tlsPort}${path}`);
		assert.equal(answer.headers["strict-transport-security"], undefined, "RFC 6797, 7.2");
	}
});

test("AC-18 this machine's own probes stay plain", async () => {
	for (const path of ["/healthz", "/readyz", "/metrics", "/metrics/1"])
		assert.equal((await exchange(new URL(path, site.plain))).status, 200, path);
	assert.equal((await exchange(new URL("/api/v1/me", site.plain))).status, 308);
});

test("AC-18 RL-12 every answer by HTTPS carries HSTS and nosniff and tells no version: a page, an answer of each program, a refusal", async () => {
	const client = new Client({ instance: site });
	for (const path of ["/", "/js/api.js", "/nothing", "/js/", "/api/v1/cities", "/api/v1/me", "/api/v1/orders", "/api/v1/me/payment-methods", "/api/v1/nothing", "/readyz", "/poll", "/stream", "/socket.io/"]) {
		const { headers } = await client.fetch(path);
		assert.equal(headers["strict-transport-security"], "max-age=31536000; includeSubDomains", path);
		assert.equal(headers["x-content-type-options"], "nosniff", path);
		assert.equal(headers["cross-origin-resource-policy"], "same-origin", path);
		assert.equal(headers.server, "lighttpd", path);
		assert.ok(headers["content-type"], path);
	}
});

test("RL-12 a method that no route has is refused: TRACE, and what nobody knows", async () => {
	const client = new Client({ instance: site });
	for (const method of ["TRACE", "PROPFIND", "PURGE"])
		for (const path of ["/customer.html", "/api/v1/me", "/stream"]) {
			const reply = await client.fetch(path, { method });
			assert.ok([405, 501].includes(reply.status), `${method} ${path}: ${reply.status}`);
			assert.ok(!reply.text.includes("TRACE "), "nothing is echoed");
		}
});

test("AC-11 AC-18 a cookie by HTTPS is Secure, HttpOnly and bound to its host; it signs in over HTTP/2, for streams too", async (t) => {
	const ana = await customer({ instance: site });
	const guest = await Http2.connect(t, site);
	const login = await guest.ask("/api/v1/auth/login", { method: "POST", body: { email: ana.email, password: PASSWORD, cookie: true } });
	ok(login);
	const [line] = login.headers["set-cookie"];
	assert.match(line, new RegExp(`^__Host-foodfast_customer_${site.port}=`));
	for (const attribute of [/;\s*Secure/i, /;\s*HttpOnly/i, /;\s*SameSite=Lax/i, /;\s*Path=\/(;|$)/i])
		assert.match(line, attribute);
	assert.doesNotMatch(line, /Domain=/i);
	const page = await Http2.connect(t, site, { cookie: line.split(";")[0] });
	assert.equal(ok(await page.ask("/api/v1/me")).id, ana.user.id);
	ok(await page.ask("/api/v1/me", { method: "PATCH", body: { name: "Ana" }, headers: { origin: site.url.origin } }));
	problem(await page.ask("/api/v1/me", { method: "PATCH", body: { name: "Eve" }, headers: { origin: site.plain.origin } }), 403, "cross_site");
	problem(await page.ask("/api/v1/me", { method: "PATCH", body: { name: "Eve" } }), 403, "cross_site");
	assert.equal((await page.open(`/stream?channels=user:${ana.user.id}`)).status, 200);
});

test("AC-18 an order from the tap to the door over HTTPS, followed over every transport", async (t) => {
	const kitchen = await newKitchen({ instance: site });
	const ana = await customer({ instance: site });
	const order = await place(ana, kitchen);
	const channel = `order:${order.id}`;
	const eventStream = await stream(t, ana, channel);
	const socket = await WebSocketDialogue.open(t, ana);
	const gathering = await SocketIoDialogue.open(t, ana);
	for (const dialogue of [socket, gathering])
		assert.equal((await dialogue.ask("subscribe", { channels: [channel] })).ok, true);
	await drive(kitchen.owner, order);
	for (const reader of [eventStream, socket, gathering])
		await reader.event("order.status", { status: "delivered" });
	ok(await ana.fetch(`/poll?channels=${channel}&after=0&wait=0`));
});

test("RL-08 over one HTTP/2 connection: a stream, a WebSocket and a poll are held, and REST answers beside them", async (t) => {
	const ana = await customer({ instance: site });
	const channel = `user:${ana.user.id}`;
	const connection = await Http2.connect(t, site, { authorization: `Bearer ${ana.token}` });
	assert.equal(connection.session.alpnProtocol, "h2");
	assert.equal(connection.settings.enableConnectProtocol, true, "RFC 8441");
	const events = new EventStream(responseOf(await connection.open(`/stream?channels=${channel}`)));
	await events.until(() => events.frames.length > 0);
	const socket = await connection.webSocket("/ws", { "sec-websocket-protocol": "foodfast.v1" });
	assert.equal(socket.headers["sec-websocket-protocol"], "foodfast.v1");
	socket.say({ op: "subscribe", id: 1, channels: [channel] });
	await socket.until(() => socket.frames.some(({ data }) => data.op === "reply" && data.ok));
	const poll = await connection.open(`/poll?channels=${channel}&wait=60`);
	for (let round = 0; round < 20; round++)
		assert.equal(ok(await connection.ask("/api/v1/me")).id, ana.user.id);
	await change(ana);
	await events.until(() => events.frames.some(({ data }) => isEvent(data)));
	await socket.until(() => socket.frames.some(({ data }) => data.op === "event" && data.event.type === "user.updated"));
	const polled = JSON.parse(Buffer.concat(await poll.stream.toArray()));
	assert.equal(polled.events[0].type, "user.updated");
});

/* An HTTP/2 answer in the shape that EventStream reads. */
const responseOf = ({ status, headers, stream: response }) => ({ status, headers, response, drop: () => response.close() });

test("AC-18 the control script knows the site by its HTTPS address", async () => {
	assert.equal(readFileSync(`${site.runDir}/url`, "utf8").trim(), site.url.origin);
	assert.match(await site.tool("status"), /"status": ?"ok"|ready/);
});

test("AC-18 a certificate of one's own is served as it is; a start without its key says so", async () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), "foodfast-tls-"));
	after(() => rmSync(folder, { recursive: true }));
	const [certificate, key] = [`${folder}/site.pem`, `${folder}/site-key.pem`];
	await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "1",
		"-subj", "/CN=foodfast.example", "-addext", "subjectAltName=IP:127.0.0.1"]);
	await site.down();
	site.options = ["--tls-certificate", certificate, "--tls-key", `${folder}/nothing`];
	await assert.rejects(site.up());
	assert.match(site.output.join("\n"), /--tls-certificate and --tls-key: two files that I may read/);
	site.options = ["--tls-certificate", certificate, "--tls-key", key];
	await site.up();
	ok(await exchange(new URL("/api/v1/cities", site.url), { ca: readFileSync(certificate) }));
	await assert.rejects(exchange(new URL("/", site.url), { ca: site.ca }));
});
