/*
 * The gateway over a bad network: a site of its own whose way to the sandbox leads through a proxy that loses, cuts and
 * delays. Whatever happens on the way, an order is charged once or not at all, and the site gets on.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import https from "node:https";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { promisify } from "node:util";
import { freePort, Site } from "../fault/lib/site.mjs";
import { ok } from "./lib/assert.mjs";
import { cardholder, orderByCard, orderOf } from "./lib/cards.mjs";
import { newKitchen } from "./lib/kitchens.mjs";
import { drive, place } from "./lib/orders.mjs";
import { customer } from "./lib/people.mjs";
import { BadNetwork } from "./lib/proxy.mjs";
import { Sandbox } from "./lib/sandbox.mjs";
import { inParallel, until } from "./lib/wait.mjs";

const PAUSE_MS = 5000;	/* the breaker's */
const sandboxPort = await freePort();
const network = await BadNetwork.start({ after }, new URL(`http://127.0.0.1:${sandboxPort}`));
const site = await Site.create({
	environment: { FOODFAST_GATEWAY_URL: network.url, FOODFAST_GATEWAY_WAIT_MS: "2500", FOODFAST_GATEWAY_TIMEOUT_MS: "2000" },
});
site.options = ["--sandbox-port", sandboxPort];
after(() => site.forget());
await site.up();
const sandbox = new Sandbox(site);
/* Whoever connects from now on waits less between tries. */
await site.psql("alter database foodfast set foodfast.payment_backoff_ms = '50'");
await site.kill("settlement");
const kitchen = await newKitchen({ instance: site });

/* The road is good again, whatever a test did. */
afterEach(async () => {
	network.up();
	network.cutAnswersAfter(Infinity);
	network.delayMs = 0;
	await sandbox.calm();
});

/* Resolves with the order once it is placed. */
const placed = (person, order) => until(async () => {
	const now = await orderOf(person, order);
	return now.status === "placed" && now;
}, { within: 60_000, what: `${order.id} is placed` });

/* The gateway has one PaymentIntent that holds the order's money, and no other. */
async function assertChargedOnce(order) {
	const held = (await sandbox.charges(order.id)).filter(({ status }) => ["requires_capture", "succeeded"].includes(status));
	assert.equal(held.length, 1, `${order.id}: ${JSON.stringify(held)}`);
	assert.equal(held[0].amount, order.total);
}

/* What the site's programs have logged of calls: an array of {operation, outcome, …}. */
const calls = () => ["orders", "payments", "settlement"].flatMap((name) => site.log(name).split("\n"))
	.filter((line) => /message=gateway /.test(line))
	.map((line) => Object.fromEntries([...line.matchAll(/(\w+)=("[^"]*"|\S*)/g)].map(([, key, value]) => [key, value])));

const hasLogged = (text) => ["orders", "payments", "settlement"].some((name) => site.log(name).includes(text));

test("PY-05 connections to the gateway are kept and used again", async () => {
	const { ana, card } = await cardholder(site);
	await placed(ana, ok(await orderByCard(ana, kitchen, card), 201));
	const before = network.connections;
	for (let count = 0; count < 12; count++)
		ok(await orderByCard(ana, kitchen, card, { items: [{ menu_item_id: kitchen.items[0].id, quantity: count + 1 }] }), 201);
	assert.ok(network.connections - before < 12, `${network.connections - before} new ones for 12 orders`);
});

test("PY-05 an answer that is lost on its way: the order is charged once", async () => {
	const { ana, card } = await cardholder(site);
	network.cutAnswersAfter(0);
	const placing = orderByCard(ana, kitchen, card);
	await until(async () => calls().length > 0 && (await site.value("select count(*) from sandbox.intent where not exists (select from payment.intent i where i.gateway_id = intent.id)")) !== "0",
		{ what: "the gateway has made a PaymentIntent that nobody here knows" });
	network.cutAnswersAfter(Infinity);
	const order = ok(await placing, 201);
	await assertChargedOnce(await placed(ana, order));
});

test("PY-05 a request that never arrives: the order waits, and is charged once when the way is free", async () => {
	const { ana, card } = await cardholder(site);
	network.down();
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	assert.equal(order.status, "awaiting_payment");
	assert.deepEqual(await sandbox.charges(order.id), []);
	network.up();
	await assertChargedOnce(await placed(ana, order));
});

test("PY-05 a gateway slower than a request may wait: the order waits, and is charged once", async () => {
	const { ana, card } = await cardholder(site);
	network.delayMs = 3000;
	const order = ok(await orderByCard(ana, kitchen, card), 201);
	assert.equal(order.status, "awaiting_payment");
	network.delayMs = 0;
	await assertChargedOnce(await placed(ana, order));
});

for (const [name, fault] of Object.entries({
	"cut before it has done it": { do: "cut_before" },
	"cut when it has done it": { do: "cut_after" },
	"an error": { do: "error" },
	"an error that it keeps for the key": { do: "stored_error" },
	"such an error though it has done it": { do: "stored_error", effect: true },
	"too many calls": { do: "rate_limit" },
}))
	test(`PY-05 the gateway's own trouble, ${name}: the order is charged once`, async () => {
		const { ana, card } = await cardholder(site);
		await sandbox.fault({ method: "POST", path: "/v1/payment_intents", times: 1, ...fault });
		await assertChargedOnce(await placed(ana, ok(await orderByCard(ana, kitchen, card), 201)));
	});

test("PY-05 cut at random for a while: every order is charged once, and captured once", async () => {
	const people = await inParallel(6, 2, () => cardholder(site));
	const storm = setInterval(() => network.cut(), 40);
	const orders = await Promise.all(people.map(async ({ ana, card }) => ok(await orderByCard(ana, kitchen, card), 201)));
	clearInterval(storm);
	await Promise.all(orders.map(async (order, index) => {
		const now = await placed(people[index].ana, order);
		await assertChargedOnce(now);
		await drive(kitchen.owner, now, "confirmed");
		await until(async () => (await orderOf(people[index].ana, order)).payment.status === "captured", { within: 60_000, what: `${order.id} is captured` });
		await assertChargedOnce(now);
	}));
});

test("PY-05 a gateway that keeps failing is left alone for a while, and cash orders do not notice", async () => {
	const people = await inParallel(8, 2, () => cardholder(site));
	const ben = await customer({ instance: site });
	network.down();
	const orders = await Promise.all(people.map(async ({ ana, card }) => ok(await orderByCard(ana, kitchen, card), 201)));
	await until(() => hasLogged("the gateway keeps failing: calls pause"), { what: "the breaker of a program opens" });
	assert.equal((await place(ben, kitchen)).status, "placed");
	await until(() => calls().some(({ outcome, tries }) => outcome === "unavailable" && tries === "0"),
		{ within: 2 * PAUSE_MS, what: "a call that is not even tried" });
	network.up();
	for (const [index, order] of orders.entries())
		await assertChargedOnce(await placed(people[index].ana, order));
	await until(() => hasLogged("the gateway is back"), { within: 3 * PAUSE_MS, what: "the breaker closes" });
});

test("PY-05 neither the key nor a card is in a log, nor what is sent and answered", () => {
	const key = readFileSync(`${site.runDir}/secrets/gateway-key`, "utf8").trim();
	const logs = ["orders", "payments", "settlement"].map((name) => site.log(name)).join("\n");
	assert.ok(logs.includes("operation=payment_intent.create"));
	for (const secret of [key, "sk_test_", "whsec_", "pm_card_visa", "amount=", "requires_capture"])
		assert.ok(!logs.includes(secret), secret);
});

test("PY-05 a gateway whose certificate nobody vouches for gets nothing", async (t) => {
	const folder = mkdtempSync(path.join(os.tmpdir(), "foodfast-tls-"));
	t.after(() => rmSync(folder, { recursive: true }));
	await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost",
		"-addext", "subjectAltName=IP:127.0.0.1", "-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`]);
	let requests = 0;
	const impostor = https.createServer({ key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`) },
		(request, response) => { requests++; response.end("{}"); }).listen(0, "127.0.0.1");
	t.after(() => impostor.close());
	await once(impostor, "listening");
	const careless = await Site.create({ environment: { FOODFAST_GATEWAY_URL: `https://127.0.0.1:${impostor.address().port}`, FOODFAST_GATEWAY_WAIT_MS: "500" } });
	careless.options = ["--sandbox-port", 0];
	t.after(() => careless.forget());
	await careless.up();
	const ana = await customer({ instance: careless });
	await ana.post("/me/payment-methods", { token: "pm_card_visa" });
	await until(() => /outcome=unavailable .*trouble=.*certificate/i.test(careless.log("payments") + careless.log("settlement")),
		{ within: 10_000, what: "the certificate is refused" });
	assert.equal(requests, 0);
});
