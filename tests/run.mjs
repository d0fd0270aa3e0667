/*
 * The test runner: starts an instance of its own on a free port, runs every suite against it, and ends with one line,
 * `N passed, N failed`.
 *
 *	tests/run [--long] [--asan] [SUITE…]
 *
 * A suite is a row of the table below: which files, and the command that runs one and prints TAP. Whatever speaks TAP
 * can be a test. Each sees FOODFAST_URL, FOODFAST_RUN_DIR and FOODFAST_BUILD of the instance, and with --long FOODFAST_LONG=1.
 * With --asan the programs are those of build/asan, FOODFAST_ASAN is 1, and every report of a sanitizer is a failure.
 * To add a suite: a row.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseTap } from "./tap.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const arguments_ = process.argv.slice(2);
const isLong = arguments_.includes("--long");
const isAsan = arguments_.includes("--asan");
const chosen = arguments_.filter((argument) => !argument.startsWith("--"));

const build = path.join(ROOT, isAsan ? "build/asan" : "build");
const runDir = path.resolve(process.env.TEST_RUN_DIR ?? path.join(ROOT, isAsan ? "var/asan" : "var/test"));
const reportDir = path.join(runDir, "reports");
const FILE_LIMIT_MS = (isLong ? 60 : 4) * 60_000;

const node = (file) => [process.execPath, `--import=${pathToFileURL(path.join(ROOT, "tests/at_exit.mjs"))}`, "--test-reporter=tap", file];
const tool = (...words) => [path.join(ROOT, "tools/foodfast"), "--run-dir", runDir, ...words];

/*
 * stage: suites of one stage run side by side, stage after stage; at_once: how many files of a suite do. isAsan: part of
 * `make asan` too. Those that load the machine most come last.
 */
const suites = [
	{ name: "unit", in: path.join(build, "tests"), match: /^unit_\w+$/, command: (file) => [file], stage: 1, at_once: 1, isAsan: true },
	{ name: "sql", in: "tests/sql", match: /\.sql$/, stage: 1, at_once: 1, database: "foodfast_test",
		command: (file) => tool("psql", "-XAtq", "-d", "dbname=foodfast_test", "-f", file) },
	{ name: "pages", in: "tests/browser/unit", match: /\.test\.mjs$/, command: node, stage: 1, at_once: 1 },
	{ name: "concurrency", in: "tests/sql/concurrency", match: /\.sh$/, command: (file) => [file], stage: 1, at_once: 1 },
	/* By itself: its servers wait for heartbeats no longer than the protocols' published suites let them. */
	{ name: "conformance", in: "tests/conformance", match: /\.test\.mjs$/, command: node, stage: 2, at_once: 2, isAsan: true },
	{ name: "e2e", in: "tests/e2e", match: /\.test\.mjs$/, command: node, stage: 3, at_once: 3, isAsan: true },
	{ name: "docs", in: "tests/docs", match: /\.test\.mjs$/, command: node, stage: 4, at_once: 1 },
	{ name: "browser", in: "tests/browser", match: /\.test\.mjs$/, command: node, stage: 4, at_once: 2 },
	{ name: "house", in: "tests/house", match: /\.test\.mjs$/, command: node, stage: 5, at_once: 1 },
	{ name: "fault", in: "tests/fault", match: /\.test\.mjs$/, command: node, stage: 5, at_once: 2, isAsan: true },
];

const total = { passed: 0, failed: 0, skipped: 0 };

function filesOf(suite) {
	const folder = path.resolve(ROOT, suite.in);
	if (!existsSync(folder))
		return [];
	return readdirSync(folder).filter((name) => suite.match.test(name)).sort().map((name) => path.join(folder, name));
}

/* Runs a command; resolves with its output and how it ended. */
async function run(command, { limit_ms = FILE_LIMIT_MS } = {}) {
	const child = spawn(command[0], command.slice(1), { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
	let output = "", errors = "", isLate = false;
	child.stdout.on("data", (chunk) => { output += chunk; });
	child.stderr.on("data", (chunk) => { errors += chunk; });
	const timer = setTimeout(() => { isLate = true; child.kill("SIGKILL"); }, limit_ms);
	const [code, signal] = await once(child, "close");
	clearTimeout(timer);
	return { output, errors, code, ending: isLate ? `took more than ${limit_ms / 1000} s` : signal ?? `ended with ${code}` };
}

const indent = (text, lines) => text.trimEnd().split("\n").slice(0, lines).map((line) => `        ${line}`).join("\n");

function report(label, { passed, failures, skipped }, started) {
	const seconds = ((Date.now() - started) / 1000).toFixed(1);
	console.log(`${failures.length > 0 ? "FAIL" : " ok "} ${label.padEnd(44)} ${String(passed).padStart(4)} passed ${
		failures.length > 0 ? `${failures.length} failed ` : ""}${skipped > 0 ? `${skipped} skipped ` : ""}(${seconds} s)`);
	for (const { name, details } of failures)
		console.log(`    not ok ${name}\n${indent(details, 60)}`);
	total.passed += passed;
	total.failed += failures.length;
	total.skipped += skipped;
}

async function runFile(suite, file) {
	const started = Date.now();
	const { output, errors, code, ending } = await run(suite.command(file));
	const result = parseTap(output);
	if (result.failures.length === 0 && (code !== 0 || result.complaint))
		result.failures.push({ name: "the file itself", details: `${result.complaint ?? ending}\n${errors}\n${output.slice(-2000)}` });
	report(`${suite.name}/${path.basename(file)}`, result, started);
}

async function runSuite(suite) {
	const files = filesOf(suite);
	if (files.length > 0 && suite.database)
		await prepareDatabase(suite.database);
	const worker = async () => {
		for (let file = files.shift(); file; file = files.shift())
			await runFile(suite, file);
	};
	await Promise.all(Array.from({ length: suite.at_once }, worker));
}

/* A second database in the same cluster, migrated the same way, for tests that roll back what they do. */
async function prepareDatabase(name) {
	await must(tool("migrate", name));
	await must(tool("psql", "-Xq", "-d", `dbname=${name}`, "-c", "create extension if not exists pgtap"));
}

async function must(command) {
	const { output, errors, code, ending } = await run(command);
	if (code !== 0)
		throw new Error(`${command.join(" ")} ${ending}\n${output}${errors}`);
	return output;
}

async function freePort() {
	const server = net.createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address();
	server.close();
	return port;
}

/* Starts the instance and resolves, with its process, when it is up. */
async function startInstance() {
	const port = await freePort();
	const options = ["--port", String(port), "--build", build, "--with-parent", "run"];
	const instance = spawn(tool(...options)[0], tool(...options).slice(1), { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
	let output = "";
	const isUp = new Promise((resolve, reject) => {
		instance.stdout.on("data", (chunk) => {
			output = (output + chunk).slice(-8000);
			if (output.includes("FoodFast is up"))
				resolve();
		});
		instance.once("exit", () => reject(new Error(`the instance did not start:\n${output}`)));
	});
	await isUp;
	Object.assign(process.env, { FOODFAST_URL: `http://127.0.0.1:${port}`, FOODFAST_RUN_DIR: runDir });
	return instance;
}

async function stopInstance(instance) {
	const started = Date.now();
	const failures = [];
	if (instance.exitCode === null) {
		instance.kill("SIGTERM");
		await once(instance, "exit");
	}
	if (instance.exitCode !== 0)
		failures.push({ name: "the instance stops cleanly", details: `it ended with ${instance.exitCode ?? instance.signalCode}; logs: ${runDir}/log` });
	report("house/the instance stops cleanly", { passed: 1 - failures.length, failures, skipped: 0 }, started);
}

/* Each file that a sanitizer wrote is a failure. */
function judgeReports() {
	const failures = readdirSync(reportDir).map((name) =>
		({ name: `sanitizer report ${name}`, details: readFileSync(path.join(reportDir, name), "utf8") }));
	report("asan/no report of a sanitizer", { passed: failures.length > 0 ? 0 : 1, failures, skipped: 0 }, Date.now());
}

function setEnvironment() {
	Object.assign(process.env, { FOODFAST_BUILD: build, FOODFAST_LONG: isLong ? "1" : "0", FOODFAST_ASAN: isAsan ? "1" : "0", NO_COLOR: "1" });
	if (!isAsan)
		return;
	const common = `abort_on_error=1:log_path=${reportDir}/report`;
	Object.assign(process.env, {
		ASAN_OPTIONS: `${common}:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1`,
		UBSAN_OPTIONS: `${common}:print_stacktrace=1`,
	});
}

async function main() {
	const selected = suites.filter((suite) => (chosen.length > 0 ? chosen.includes(suite.name) : !isAsan || suite.isAsan));
	const started = Date.now();
	if (existsSync(runDir))
		await must(tool("reset"));
	rmSync(reportDir, { recursive: true, force: true });
	mkdirSync(reportDir, { recursive: true });
	setEnvironment();
	const instance = await startInstance();
	process.once("SIGINT", () => instance.kill("SIGTERM"));
	console.log(`instance of the tests: ${process.env.FOODFAST_URL}, ${runDir}`);
	for (const stage of new Set(selected.map((suite) => suite.stage)))
		await Promise.all(selected.filter((suite) => suite.stage === stage).map(runSuite));
	await stopInstance(instance);
	if (isAsan)
		judgeReports();
	console.log(`${total.skipped > 0 ? `${total.skipped} skipped; ` : ""}${((Date.now() - started) / 1000).toFixed(0)} s`);
}

try {
	await main();
} catch (error) {
	console.log(error.stack);
	total.failed++;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
