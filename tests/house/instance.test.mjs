/* `make run` and the control script under it: starting, stopping, two at once, hard places, and hard ends. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { here, Instance, ROOT, TOOL } from "../e2e/lib/instance.mjs";
import { until, within } from "../e2e/lib/wait.mjs";
import { freePort, Site } from "../fault/lib/site.mjs";
import { BUILD, isAlive } from "./lib/supervised.mjs";

const folders = [];

/* A path of its own for an instance, gone after the last test. */
function folder(name) {
	const top = mkdtempSync(path.join(os.tmpdir(), "foodfast-house-"));
	chmodSync(top, 0o755);
	folders.push(top);
	return path.join(top, name);
}

/* An instance in folder RUN_DIR, not started yet. */
async function instance(runDir, options = {}) {
	mkdirSync(runDir, { recursive: true });
	const site = new Site(`http://127.0.0.1:${await freePort()}`, runDir);
	return Object.assign(site, { streamds: 1, environment: {}, bind: "127.0.0.1", ...options });
}

/* What the tests below break, one after the other; each leaves it running. */
const site = await instance(folder(`${"long".repeat(30)}/with spaces & 'quotes'`));
before(() => site.up());
after(async () => {
	await site.forget();
	folders.forEach((top) => rmSync(top, { recursive: true, force: true }));
});

/* Runs the control script to its end. */
function tool(runDir, ...words) {
	return spawnSync(TOOL, ["--run-dir", runDir, "--build", BUILD, ...words], { encoding: "utf8", timeout: 30_000 });
}

/* The pids of everything that an instance started and that still lives. */
function alive(site) {
	const lock = statSync(`${site.runDir}/instance.lock`);
	return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isAlive(pid) && holds(pid, lock));
}

function holds(pid, file) {
	try {
		return readdirSync(`/proc/${pid}/fd`).some((fd) => {
			const open = statSync(`/proc/${pid}/fd/${fd}`);
			return open.ino === file.ino && open.dev === file.dev;
		});
	} catch {
		return false; /* it has just ended */
	}
}

const ready = async (site) => (await fetch(new URL("/readyz", site.url))).status;

test("a second start takes under 5 s and finds the data; a path may be long and hold spaces", async () => {
	await site.psql("create table public.kept as select 7 as number");
	await site.down();
	assert.deepEqual(alive(site), []);
	const started = performance.now();
	await site.up();
	const took_ms = performance.now() - started;
	assert.ok(took_ms < 5000, `${took_ms} ms`);
	assert.equal(await site.value("select number from public.kept"), "7");
	assert.equal(await ready(site), 200);
});

test("two at once know nothing of each other; RUN_DIR and port are refused while they are taken", async () => {
	assert.equal(await here.value("select to_regclass('public.kept') is null"), "t");
	assert.deepEqual([await ready(site), await ready(here)], [200, 200]);
	const again = tool(site.runDir, "--port", String(await freePort()), "run");
	assert.equal(again.status, 1);
	assert.match(again.stderr, /already running \(pid \d+\)/);
	const other = tool(folder("other"), "--port", String(site.port), "run");
	assert.equal(other.status, 1);
	assert.match(other.stderr, /port \d+ is in use; choose another/);
});

test("a stop takes under 5 s, though a stream is open", async () => {
	const login = await fetch(new URL("/api/v1/auth/login", site.url), {
		method: "POST", headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ email: "customer@foodfast.example", password: "foodfast-demo" }),
	});
	const { access_token: token, user } = await login.json();
	const stream = await fetch(new URL(`/stream?channels=user:${user.id}`, site.url), { headers: { Authorization: `Bearer ${token}` } });
	assert.equal(stream.status, 200);
	const started = performance.now();
	await site.down();
	assert.ok(performance.now() - started < 5000);
	assert.equal(site.process.exitCode, 0);
	assert.deepEqual(alive(site), []);
	await stream.body.cancel().catch(() => {});
	await site.up();
});

test("secrets are made once, are for their owner alone, and show in no command line", async () => {
	const text = () => ["jwt-keys", "hmac-key"].map((name) => readFileSync(`${site.runDir}/secrets/${name}`, "utf8"));
	const before = text();
	assert.match(before[0], /^[0-9a-f]{8} [0-9a-f]{64}\n$/);
	assert.match(before[1], /^[0-9a-f]{64}\n$/);
	assert.equal(statSync(`${site.runDir}/secrets`).mode & 0o777, 0o700);
	assert.equal(statSync(`${site.runDir}/secrets/jwt-keys`).mode & 0o777, 0o600);
	const { stdout: commandLines } = spawnSync("ps", ["-A", "-ww", "-o", "args"], { encoding: "utf8" });
	for (const secret of before.map((line) => line.trim().split(" ").at(-1)))
		assert.ok(!commandLines.includes(secret));
	await site.down();
	await site.up();
	assert.deepEqual(text(), before);
});

test("kill -9 of the supervisor leaves no process, not even a busy backend of PostgreSQL, and the next start is whole", async () => {
	const busy = site.psql("select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000) b").catch(() => {});
	await until(async () => await site.value("select count(*) from pg_stat_activity where query like '%100000000%'") > 1);
	assert.ok(alive(site).length > 8);
	process.kill(site.pid("supervise"), "SIGKILL");
	await once(site.process, "exit");
	await site.up();
	await busy;
	assert.equal(await ready(site), 200);
	assert.equal(await site.value("select number from public.kept"), "7");
	process.kill(site.pid("supervise"), "SIGKILL");
	await until(() => alive(site).length === 0, { what: "all of it to be gone" });
	await site.up();
});

test("kill -9 of make stops the whole instance, in order", async () => {
	await site.down();
	rmSync(`${site.runDir}/supervise.status`);
	const make = spawn("make", ["-s", "run", `RUN_DIR=${site.runDir}`, `PORT=${site.port}`], { cwd: ROOT, stdio: "ignore" });
	await until(() => existsSync(`${site.runDir}/supervise.status`) && readFileSync(`${site.runDir}/supervise.status`, "utf8").includes("\tup\t"),
		{ within: 30_000, what: "make run to be up" });
	make.kill("SIGKILL");
	await until(() => alive(site).length === 0, { what: "all of it to be gone" });
	assert.match(site.log("postgres"), /database system is shut down\n$/);
	await site.up();
});

test("an ordinary user runs it as root does", { skip: process.getuid() !== 0 && "needs root, to become somebody else" }, async (t) => {
	const nobody = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"];
	const theirs = await instance(folder("nobody"));
	spawnSync("chown", ["nobody", theirs.runDir]);
	if (spawnSync("setpriv", [...nobody, "test", "-r", `${ROOT}lighttpd.conf`, "-a", "-x", `${BUILD}/supervise`]).status !== 0)
		return t.skip("the sources are not readable for other users");
	const words = [TOOL, "--run-dir", theirs.runDir, "--build", BUILD, "--port", String(theirs.port), "run"];
	const running = spawn("setpriv", [...nobody, ...words], { stdio: ["ignore", "pipe", "inherit"] });
	t.after(() => running.kill("SIGTERM"));
	let output = "";
	running.stdout.on("data", (chunk) => { output += chunk; });
	await until(() => output.includes("FoodFast is up"), { within: 40_000, what: "FoodFast is up" });
	assert.equal(await ready(theirs), 200);
	for (const pid of alive(theirs))
		assert.notEqual(statSync(`/proc/${pid}`).uid, 0);
	assert.match(tool(theirs.runDir, "psql", "-c", "select 1").stderr, /belong to nobody: be that user/);
	running.kill("SIGTERM");
	await within(5000, once(running, "exit"), "end");
	assert.equal(running.exitCode, 0);
	assert.deepEqual(alive(theirs), []);
});

test("a folder that PostgreSQL's user cannot enter keeps its data elsewhere; several streamds stand behind one address",
	{ skip: process.getuid() !== 0 && "needs root" }, async (t) => {
		const home = folder("home");
		mkdirSync(home, { mode: 0o700 });
		const hidden = await instance(`${home}/foodfast/var`, { streamds: 3 });
		t.after(() => hidden.forget());
		await hidden.up();
		for (let i = 0; i < 6; i++)
			assert.equal(await ready(hidden), 200);
		assert.ok(["streamd-1", "streamd-2", "streamd-3"].every((name) => hidden.pid(name) > 0));
		assert.match(readFileSync(`${hidden.runDir}/supervise.table`, "utf8"), /\/var\/lib\/foodfast\/[0-9a-f]{12}\b/);
		await hidden.down();
		await hidden.tool("reset");
		assert.deepEqual(readdirSync(hidden.runDir), []);
	});

test("status, signal, logs, psql and redis serve people", async () => {
	const status = tool(here.runDir, "status");
	assert.equal(status.status, 0, status.stderr);
	for (const name of ["postgres", "redis", "accounts", "catalogue", "orders", "streamd-1", "timers", "lighttpd"])
		assert.match(status.stdout, new RegExp(`^${name} +\\d+ +running`, "m"));
	const pid = here.pid("timers");
	await here.tool("signal", "timers", "TERM");
	await until(() => here.pid("timers") > 0 && here.pid("timers") !== pid);
	assert.equal(await here.redis("ping"), "PONG");
	assert.equal(await here.value("select current_user"), "postgres");
	assert.match(tool(here.runDir, "logs", "nothing").stderr, /no log/);
	assert.equal(tool(here.runDir, "reset").status, 1, "a running instance is not forgotten");
	assert.equal(tool("/nowhere/at/all", "status").status, 1);
});

test("every program explains itself", () => {
	const programs = ["accounts.fcgi", "catalogue.fcgi", "orders.fcgi", "streamd", "timers", "sandbox", "supervise"].map((name) => `${BUILD}/${name}`);
	for (const program of [...programs, TOOL]) {
		const help = spawnSync(program, ["--help"], { encoding: "utf8", timeout: 5000 });
		assert.equal(help.status, 0, program);
		assert.ok(help.stdout.length > 200, program);
		assert.equal(spawnSync(program, ["--nonsense"], { timeout: 5000 }).status, 2, program);
	}
});
