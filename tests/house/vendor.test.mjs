/* What pages load that is not ours comes by npm; where npm has no registry, the build goes on without it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { ROOT } from "../e2e/lib/instance.mjs";

const VENDOR = "build/vendor/socket.io.esm.min.js";

test("without npm's registry everything else is built, and make says what is missing", (t) => {
	const folder = mkdtempSync(path.join(os.tmpdir(), "foodfast-vendor-"));
	t.after(() => rmSync(folder, { recursive: true }));
	for (const name of ["Makefile", "tools/install-packages", "tools/browser"])
		cpSync(`${ROOT}${name}`, `${folder}/${name}`, { recursive: true });
	const unreachable = { npm_config_registry: "http://127.0.0.1:1/", npm_config_cache: `${folder}/cache` };
	const { status, stdout } = spawnSync("make", ["-s", VENDOR], { cwd: folder, encoding: "utf8", env: { ...process.env, ...unreachable }, timeout: 60_000 });
	assert.equal(status, 0);
	assert.match(stdout, /npm cannot get socket\.io-client: all goes on without it/);
	assert.ok(!existsSync(`${folder}/${VENDOR}`));
});
