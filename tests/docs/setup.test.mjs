/*
 * The setup instructions, followed word for word on a fresh copy: cloned, started, asked, stopped. What is cloned is the
 * working tree as it is, so that a change is tested before it is committed.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { Instance, ROOT } from "../e2e/lib/instance.mjs";
import { demo } from "../e2e/lib/people.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { read, steps, typed } from "./lib/markdown.mjs";
import { assertSeen, runSteps } from "./lib/shell.mjs";

const BUILD_MS = 180_000;

const git = (cwd, ...args) => execFileSync("git", ["-C", cwd, "-c", "user.name=test", "-c", "user.email=test@example.com", ...args],
	{ encoding: "utf8", maxBuffer: 64 << 20 });

/* A repository whose one commit is the working tree. */
function published(folder) {
	const files = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
		.split("\0").filter((name) => name !== "" && existsSync(ROOT + name)).join("\0");
	execFileSync("bash", ["-c", 'mkdir "$2" && tar -C "$1" --null -T - -c | tar -C "$2" -x', "copy", ROOT, folder], { input: files });
	git(folder, "init", "--quiet", "--initial-branch=main");
	git(folder, "add", "--all");
	git(folder, "commit", "--quiet", "--message=working tree");
	return folder;
}

async function freePort() {
	const server = net.createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address();
	server.close();
	return port;
}

/* A command typed into a terminal of its own: Ctrl-C reaches all of it. */
function typedInto(cwd, command, env) {
	const terminal = spawn("bash", ["-c", command], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
	terminal.output = "";
	for (const stream of [terminal.stdout, terminal.stderr])
		stream.on("data", (chunk) => { terminal.output += chunk; });
	return terminal;
}

/* However it ended: no process is left, and none of its data, which may be outside the folder (a home that user postgres can't enter). */
async function forgotten(terminal, folder, env) {
	if (terminal.exitCode === null && terminal.signalCode === null) {
		process.kill(-terminal.pid, "SIGKILL");
		await once(terminal, "close");
	}
	execFileSync("make", ["reset"], { cwd: `${folder}/foodfast`, env, stdio: "ignore" });
	rmSync(folder, { recursive: true });
}

/* Runs the operations page's commands. Somebody who was signed in before stays so, and finds another epoch in his cursor. */
async function restored(cwd, env) {
	const instance = new Instance(`http://127.0.0.1:${env.PORT}`, env.RUN_DIR);
	const ana = await demo("customer", instance);
	const epoch = async () => {
		const reply = await ana.get("/me");
		ok(reply);
		return reply.headers["stream-cursor"].split("/")[0];
	};
	const before = await epoch();
	const commands = steps(read("docs/operations.md"));
	assertSeen(commands, await runSteps(commands, { cwd, env }));
	assert.notEqual(await epoch(), before);
	await until(async () => (await ana.fetch("/readyz")).status === 200, { what: "streamd to be back" });
}

test("DV-02 the setup instructions, followed literally on a fresh clone, end with a site that answers", async (t) => {
	const document = read("docs/setup_instructions.md");
	const [clone, enter, start, ...variations] = typed(document);
	assert.deepEqual([enter, start], ["cd foodfast", "make run"]);
	assert.ok(variations.every((command) => command.startsWith("make run ")));

	const folder = mkdtempSync(`${tmpdir()}/setup-`);
	const { FOODFAST_URL, FOODFAST_RUN_DIR, FOODFAST_BUILD, NODE_TEST_CONTEXT, MAKEFLAGS, MAKELEVEL, MFLAGS, ...clean } = process.env;
	const env = { ...clean, REPOSITORY: published(`${folder}/origin`), PORT: String(await freePort()), RUN_DIR: `${folder}/run` };
	execFileSync("bash", ["-c", clone], { cwd: folder, env, stdio: "ignore" });

	const terminal = typedInto(`${folder}/foodfast`, start, env);
	t.after(() => forgotten(terminal, folder, env));
	await until(() => terminal.exitCode !== null || terminal.output.includes("FoodFast is up"), { within: BUILD_MS, what: "FoodFast is up" });
	assert.equal(terminal.exitCode, null, terminal.output);
	assert.match(terminal.output, /customer@foodfast\.example/);

	const commands = steps(document);
	assertSeen(commands, await runSteps(commands, { cwd: `${folder}/foodfast`, env }));

	await t.test("DV-02 the operations page's backup and restore work, and are a new history", () => restored(`${folder}/foodfast`, env));

	const processes = readFileSync(`${env.RUN_DIR}/supervise.status`, "utf8").trim().split("\n").map((line) => Number(line.split("\t")[1]));
	process.kill(-terminal.pid, "SIGINT");
	await once(terminal, "close");
	for (const pid of processes.filter((one) => one > 0))
		assert.throws(() => process.kill(pid, 0), { code: "ESRCH" }, `${pid} outlived Ctrl-C`);
});
