/*
 * The proof of the payments: programs are killed at every point of every scenario, before and after each run of statements and
 * each call of the gateway, while webhooks are lost, doubled, delayed and reordered, and two devices order the same.
 * Afterwards money, books, orders and kitchens agree, to the cent. `make test` tries a part, `make test-long` all.
 */
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { until } from "../e2e/lib/wait.mjs";
import { SCENARIOS, Saga, WEBHOOKS, audit } from "./lib/saga.mjs";
import { Site } from "./lib/site.mjs";

const IS_LONG = process.env.FOODFAST_LONG === "1";
const PROGRAMS = ["orders.fcgi", "payments.fcgi", "settlement"];
const MANY = 1_000_000;

const site = await Site.create({ environment: {
	FOODFAST_FAULT: "die-at-point", FOODFAST_ACCESS_TOKEN_S: "86400", FOODFAST_LIMIT_CARDS: "1000000", FOODFAST_GATEWAY_LEASE_MS: "700", FOODFAST_GATEWAY_TIMEOUT_MS: "600", FOODFAST_GATEWAY_WAIT_MS: "2000",
} });
let saga;
before(async () => {
	await site.up();
	saga = await Saga.prepare(site);
});
after(async () => {
	saga?.end();
	await site.forget();
});

let turns = 0;

/* Plays SCENARIO once, with PROGRAM dying at its COUNTth point; false: it has fewer. */
async function tryPoint(scenario, program, count) {
	const webhooks = WEBHOOKS[turns++ % WEBHOOKS.length];
	await saga.sandbox.webhooks(webhooks);
	saga.points.arm(count, program);
	const outcome = await SCENARIOS[scenario](saga).catch((error) => { throw new Error(`${program} dying at its point ${count}, webhooks ${JSON.stringify(webhooks)}: ${error.message}`, { cause: error }); });
	const hasDied = saga.points.left() === 0;
	saga.points.disarm();
	await saga.sandbox.release();
	await audit(saga, outcome);
	return hasDied;
}

/* How many points PROGRAM passes in SCENARIO. */
async function countPoints(scenario, program) {
	saga.points.arm(MANY, program);
	await audit(saga, await SCENARIOS[scenario](saga));
	const passed = MANY - saga.points.left();
	saga.points.disarm();
	return passed;
}

/* Where programs are killed in a part of the enumeration: other points in each scenario. */
const sample = (index) => [["orders.fcgi", 1 + (5 * index) % 13], [PROGRAMS[1 + index % 2], 1 + (7 * index) % 24]];

for (const [index, scenario] of Object.keys(SCENARIOS).entries()) {
	test(`PY-03 ${scenario}: nobody dies, whatever becomes of the webhooks`, async () => {
		for (const webhooks of IS_LONG ? WEBHOOKS : [WEBHOOKS[index % WEBHOOKS.length]]) {
			await saga.sandbox.webhooks(webhooks);
			const outcome = await SCENARIOS[scenario](saga);
			await saga.sandbox.release();
			await audit(saga, outcome);
		}
	});

	if (!IS_LONG)
		test(`PY-03 ${scenario}: programs die at some of its points`, async () => {
			let deaths = 0;
			for (const [program, count] of sample(index))
				deaths += await tryPoint(scenario, program, count);
			assert.ok(deaths > 0);
		});

	for (const program of IS_LONG ? PROGRAMS : [])
		test(`PY-03 ${scenario}: ${program} dies at each of its points`, async (t) => {
			await saga.sandbox.webhooks({ mode: "on" });
			const points = await countPoints(scenario, program);
			let deaths = 0;
			for (let count = 1; count <= points; count++)
				deaths += await tryPoint(scenario, program, count);
			t.diagnostic(`${points} points, ${deaths} deaths`);
			assert.ok(points === 0 || deaths > 0);
		});
}

test("PY-03 PY-05 all scenarios at once, and again and again somebody dies", async (t) => {
	const rounds = IS_LONG ? 10 : 2;
	let deaths = 0, isOver = false;
	const reaper = (async () => {
		for (let turn = 1; !isOver; turn++) {
			saga.points.arm(1 + (turn * 37) % 60, PROGRAMS[turn % PROGRAMS.length]);
			await until(() => isOver || saga.points.left() === 0, { within: 60_000 });
			deaths += !isOver;
		}
		saga.points.disarm();
	})();
	const outcomes = [];
	for (let round = 0; round < rounds; round++) {
		await saga.sandbox.webhooks(WEBHOOKS[(round + 1) % WEBHOOKS.length]);
		outcomes.push(...await Promise.all(Object.values(SCENARIOS).map((play) => play(saga))));
		await saga.sandbox.release();
	}
	isOver = true;
	await reaper;
	for (const outcome of outcomes)
		await audit(saga, outcome);
	t.diagnostic(`${outcomes.length} orders, ${deaths} deaths`);
	assert.ok(deaths > 3);
});

test("PY-04 the books: every transaction comes to nothing, and nobody changes what was written", async () => {
	assert.equal(await saga.value("select count(*) from (select transaction_id from payment.ledger_entry group by transaction_id having sum(amount) <> 0) as wrong"), "0");
	assert.equal(await saga.value("select count(*) from payment.ledger_transaction where transaction_id not in (select transaction_id from payment.ledger_entry)"), "0");
	for (const change of ["update payment.ledger_entry set amount = 1", "delete from payment.ledger_entry", "delete from payment.ledger_transaction", "truncate payment.ledger_entry"])
		await assert.rejects(site.psql(change), change);
});
