/* The README's tour, run word for word against the instance under test. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { promisify } from "node:util";
import { here, ROOT } from "../e2e/lib/instance.mjs";
import { read, steps, typed } from "./lib/markdown.mjs";
import { assertSeen, runSteps } from "./lib/shell.mjs";

const readme = read("README.md");

test("DV-02 DV-03 the README's tour does what it says", async (t) => {
	const cwd = mkdtempSync(`${tmpdir()}/readme-`);
	t.after(() => rmSync(cwd, { recursive: true }));
	const tour = steps(readme);
	assertSeen(tour, await runSteps(tour, { cwd, env: { PORT: String(here.port) } }));
});

test("DV-02 OT-04 make demo tells one whole order", async () => {
	const { stdout } = await promisify(execFile)("make", ["demo", `PORT=${here.port}`], { cwd: ROOT });
	for (const status of ["placed", "confirmed", "preparing", "ready", "picked_up", "delivered"])
		assert.match(stdout, new RegExp(status));
});

test("DV-02 the README begins with the two commands", () => {
	assert.deepEqual(typed(readme), ["make run", "make test"]);
});
