/* The metrics: as Prometheus' own tool wants them, and each of them in the operations page. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Client } from "../e2e/lib/client.mjs";
import { ROOT } from "../e2e/lib/instance.mjs";
import { change, customer } from "../e2e/lib/people.mjs";
import { TRANSPORTS } from "../e2e/lib/reader.mjs";
import { Watcher } from "../e2e/lib/watcher.mjs";
import { read } from "./lib/markdown.mjs";

const PROMTOOL = `${ROOT}build/tools/promtool`;
const EVENTS = 20;

/* /metrics while readers of every transport are at it. */
async function metricsUnderLoad(t) {
	const ana = await customer();
	const channel = `user:${ana.user.id}`;
	const watchers = TRANSPORTS.map((transport) => new Watcher(t, ana, channel, { transport }));
	await change(ana, EVENTS);
	await Promise.all(watchers.map((watcher) => watcher.caughtUp(channel, EVENTS)));
	const { text } = await new Client().fetch("/metrics");
	return text;
}

test("RN-16 promtool check metrics finds nothing to complain of, while readers of every transport are at it", async (t) => {
	const { status, stdout, stderr, error } = spawnSync(PROMTOOL, ["check", "metrics"], { input: await metricsUnderLoad(t), encoding: "utf8" });
	assert.equal(error, undefined, `make build/tools/promtool: ${error}`);
	assert.deepEqual([status, stdout + stderr], [0, ""]);
});

test("RN-16 DV-03 every metric is in the operations page, and every metric of the page is told", async (t) => {
	const text = await metricsUnderLoad(t);
	const told = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
	const documented = [...read("docs/operations.md").matchAll(/^\| `((?:foodfast|process)_\w+)`/gm)].map(([, name]) => name);
	assert.deepEqual(documented.sort(), told.sort());
});
