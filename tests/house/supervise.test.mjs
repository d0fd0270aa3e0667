/* build/supervise by itself, over small shell programs. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import net from "node:net";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { test } from "node:test";
import { until } from "../e2e/lib/wait.mjs";
import { BUILD, isAlive, row, Supervised } from "./lib/supervised.mjs";

const forever = "exec sleep 1000";

test("a program that dies is back at once, and its lines carry its name", async (t) => {
	const site = await new Supervised(t, [row("cook", `echo hot; ${forever}`), row("waiter", forever)]).start().isUp();
	await until(() => /^cook +\| hot$/m.test(site.output));
	await new Promise((resolve) => setTimeout(resolve, 1000)); /* it has to have been steady */
	const pid = site.pid("cook");
	const killed = performance.now();
	process.kill(pid, "SIGKILL");
	await until(() => site.pid("cook") > 0 && site.pid("cook") !== pid);
	assert.ok(performance.now() - killed < 1000, "far less on a quiet machine; this one is testing");
	assert.match(site.output, /cook was killed by signal 9; restart in 10 ms/);
	assert.equal(site.of("cook").restarts, 1);
	await until(() => readFileSync(`${site.runDir}/log/cook.log`, "utf8") === "hot\nhot\n");
});

test("one that keeps dying is restarted ever more slowly, for ever once the site was up", async (t) => {
	const site = await new Supervised(t, [row("steady", forever), row("last", `kill -0 $PPID; ${forever}`)]).start().isUp();
	const deaths = async () => {
		const pid = site.pid("last");
		process.kill(pid, "SIGKILL");
		await until(() => site.pid("last") > 0 && site.pid("last") !== pid);
	};
	for (let i = 0; i < 4; i++)
		await deaths();
	const waits = [...site.output.matchAll(/restart in (\d+) ms/g)].map(([, ms]) => Number(ms));
	assert.deepEqual(waits, [10, 100, 200, 400]);
});

test("the listening socket outlives its program: who connects meanwhile is served by the next one", async (t) => {
	const listen = `/tmp/foodfast-house-${process.pid}.sock`;
	t.after(() => rmSync(listen));
	const site = await new Supervised(t, [row("server", forever, { listen })]).start().isUp();
	process.kill(site.pid("server"), "SIGKILL");
	const client = net.connect(listen);
	await once(client, "connect");
	client.destroy();
	assert.equal((await site.stop()).code, 0);
});

test("a step must end well before the next row starts; where it fails, all is stopped and the exit status is 1", async (t) => {
	const site = new Supervised(t, [
		row("first", forever), row("step", "sleep 0.2; echo done", { kind: "step" }), row("second", `echo after; ${forever}`),
		row("bad", "sleep 0.2; exit 3", { kind: "step" }), row("never", "echo never"),
	]).start();
	const [code] = await site.ended;
	assert.equal(code, 1);
	assert.match(site.output, /done[^]*after[^]*bad ended with 3[^]*stopping, for the start has failed/);
	assert.doesNotMatch(site.output, /never/);
	assert.equal(isAlive(site.pid("first")), false);
});

test("a program that cannot start ends the start, and is named", async (t) => {
	const site = new Supervised(t, [row("ghost", "exec /nowhere/ghost"), row("wait", "sleep 30", { kind: "step" })]).start();
	const [code] = await site.ended;
	assert.equal(code, 1);
	assert.match(site.output, /ghost does not start; its log: .*ghost\.log/);
});

test("stops from the last row to the first, each with its own signal; the deaf are killed; all within 5 s", async (t) => {
	const site = await new Supervised(t, [
		row("first", "trap 'echo first ends; exit' TERM; echo ready; while :; do sleep 0.05; done"),
		row("deaf", "trap '' TERM INT; echo ready; while :; do sleep 0.05; done"),
		row("last", "trap 'echo last ends; exit' INT; echo ready; while :; do sleep 0.05; done", { signal: "INT" }),
	]).start().isUp();
	await until(() => site.output.split("ready").length === 4);
	const pids = ["first", "deaf", "last"].map((name) => site.pid(name));
	const { code, took_ms } = await site.stop();
	assert.equal(code, 0);
	assert.ok(took_ms < 5000, `${took_ms} ms`);
	assert.match(site.output, /last ends[^]*deaf does not end: killing it[^]*first ends[^]*stopped\n$/);
	assert.deepEqual(pids.map(isAlive), [false, false, false]);
});

test("kill -9 of the supervisor takes every program with it", async (t) => {
	const site = await new Supervised(t, [row("one", forever), row("deaf", "trap '' TERM INT HUP; while :; do sleep 0.05; done")]).start().isUp();
	const pids = ["one", "deaf"].map((name) => site.pid(name));
	site.process.kill("SIGKILL");
	await until(() => !pids.some(isAlive));
});

test("a log that nobody reads stops no program", async (t) => {
	const site = await new Supervised(t, [row("chatty", `yes | head -c 1000000; ${forever}`)]).start().isUp();
	site.process.stdout.pause();
	await until(() => readFileSync(`${site.runDir}/log/chatty.log`).length === 1_000_000);
	site.process.stdout.resume();
	assert.equal((await site.stop()).code, 0);
});

test("a table that makes no sense is refused with its row", async (t) => {
	const site = new Supervised(t, [row("good", forever), "bad\tkeep"]).start();
	const [code] = await site.ended;
	assert.equal(code, 1);
	assert.match(site.output, /row 2 makes no sense/);
});

test("--help says how it is used; wrong arguments exit with 2", () => {
	const help = spawnSync(`${BUILD}/supervise`, ["--help"], { encoding: "utf8" });
	assert.equal(help.status, 0);
	assert.match(help.stdout, /usage: supervise/);
	assert.equal(spawnSync(`${BUILD}/supervise`, []).status, 2);
	assert.equal(spawnSync(`${BUILD}/supervise`, ["--nonsense", "x"]).status, 2);
});
