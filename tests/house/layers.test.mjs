/* The build enforces the layers: an include across them does not compile. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { ROOT } from "../e2e/lib/instance.mjs";

/* layer → a header of each other layer, and whether it may see it */
const sight = {
	lib: { lib: true, "cgi-bin": false, streamd: false, workers: false },
	"cgi-bin": { lib: true, "cgi-bin": true, streamd: false, workers: false },
	streamd: { lib: true, "cgi-bin": false, streamd: true, workers: false },
	workers: { lib: true, "cgi-bin": false, streamd: false, workers: true },
};

test("a layer sees lib/ and itself, nothing else", (t) => {
	const folder = mkdtempSync(path.join(os.tmpdir(), "foodfast-layers-"));
	t.after(() => rmSync(folder, { recursive: true }));
	cpSync(`${ROOT}Makefile`, `${folder}/Makefile`);
	cpSync(`${ROOT}tools/install-packages`, `${folder}/tools/install-packages`);
	for (const layer of Object.keys(sight)) {
		mkdirSync(`${folder}/${layer}`);
		writeFileSync(`${folder}/${layer}/of_${layer}.h`, "extern int unused;\n");
	}
	for (const [layer, others] of Object.entries(sight)) {
		for (const [other, mayInclude] of Object.entries(others)) {
			const name = `${layer}/includes_${other}`;
			writeFileSync(`${folder}/${name}.c`, `#include "of_${other}.h"\n`);
			const { status, stderr } = spawnSync("make", ["-s", `build/obj/${name}.o`], { cwd: folder, encoding: "utf8" });
			assert.equal(status === 0, mayInclude, `${name}.c: ${stderr}`);
		}
	}
});
