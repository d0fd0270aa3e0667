/* Layers: the build enforces those of the whole, an include across them does not compile; streamd's own are a list in its main.c. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/* Headers of streamd that lower layers see, as main.c says, and files that are in no layer. */
const seenFromBelow = ["server", "routes", "admission"];
const inNone = ["list", "hash", "memory", "counters", "tally", "position"];

/* The rows of main.c's list, each a list of names; one that ends in … stands for all that begin so. */
function streamdLayers(text) {
	const list = /^ \* Layers,[^]*?\*\//m.exec(text)[0];
	return [...list.matchAll(/^ \*\t([^\t\n]+)\t/gm)].map(([, names]) => names.split(", "));
}

/* The number of FILE's layer; 0: none. A name in full counts before one that stands for many. */
function layerOf(layers, file) {
	const exact = layers.findIndex((names) => names.includes(file));
	return 1 + (exact >= 0 ? exact : layers.findIndex((names) => names.some((name) => name.endsWith("…") && file.startsWith(name.slice(0, -1)))));
}

test("streamd's layers are those that its main.c lists, and each knows only those before it", () => {
	const folder = `${ROOT}streamd/`, layers = streamdLayers(readFileSync(`${folder}main.c`, "utf8"));
	assert.ok(layers.length > 5);
	for (const path of readdirSync(folder).filter((name) => name !== "main.c")) {
		const file = path.slice(0, -2), layer = layerOf(layers, file);
		assert.equal(layer > 0, !inNone.includes(file), `${path} is in main.c's list, or in no layer`);
		for (const [, seen] of readFileSync(`${folder}${path}`, "utf8").matchAll(/^#include "(\w+)\.h"/gm)) {
			const isAllowed = seen === file || seenFromBelow.includes(seen) || layerOf(layers, seen) <= layer;
			assert.ok(isAllowed, `${path} includes ${seen}.h, of a layer above`);
		}
	}
	for (const file of layers.flat().map((name) => name.replace("…", "")))
		assert.ok(readdirSync(folder).some((name) => name.startsWith(file)), `${file} of main.c's list exists`);
});
