/* The documents as a whole: nothing in them leads nowhere, and what they promise has a test. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { here, ROOT } from "../e2e/lib/instance.mjs";
import { blocks, links, read, steps } from "./lib/markdown.mjs";
import { assertSeen, runSteps } from "./lib/shell.mjs";
import { ROWS, testsByRow } from "./rows.mjs";

const documents = ["README.md", ...readdirSync(`${ROOT}docs`, { recursive: true })
	.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)].sort();
const programs = readdirSync(process.env.FOODFAST_BUILD ?? `${ROOT}build`).filter((name) => /^(\w+\.fcgi|streamd|timers)$/.test(name));
const help = (program) => execFileSync(join(process.env.FOODFAST_BUILD ?? `${ROOT}build`, program), ["--help"], { encoding: "utf8" });

/* A heading's anchor, as forges make it. */
const anchors = (markdown) => [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
	title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));

for (const document of documents)
	test(`DV-02 the links of ${document} lead somewhere`, () => {
		for (const link of links(read(document)).filter((target) => !/^https?:/.test(target))) {
			const [path, anchor] = link.split("#");
			const target = path === "" ? document : join(dirname(document), path);
			assert.ok(existsSync(ROOT + target), `${link}: no ${target}`);
			if (anchor !== undefined)
				assert.ok(anchors(read(target)).includes(anchor), `${link}: no such heading`);
		}
	});

test("DV-02 every folder and file that a document names is there", () => {
	/* What is in capitals stands for a name. */
	const NAMED = /`((?:lib|sql|cgi-bin|streamd|workers|public|tests|tools|bench|docs)\/[\w./-]*)`/g;
	for (const document of documents)
		for (const [, path] of read(document).matchAll(NAMED))
			assert.ok(existsSync(ROOT + path) || /[A-Z]{4}/.test(path), `${document}: ${path}`);
});

test("DV-02 every setting that a document names is in --help of every program, with that default", () => {
	const known = programs.map(help);
	assert.ok(known.length > 3, `the programs are built: ${programs}`);
	for (const document of documents) {
		for (const [name] of read(document).matchAll(/\bFOODFAST_(?!URL|RUN_DIR|BUILD)[A-Z_]+\b/g))
			for (const text of known)
				assert.match(text, new RegExp(`^  ${name} `, "m"), `${document}: ${name}`);
		for (const [, name, fallback] of read(document).matchAll(/^\| `(FOODFAST_[A-Z_]+)` \| (\S+) \|/gm))
			assert.match(known[0], new RegExp(`^  ${name} .*\\[${fallback}\\]$`, "m"), `${document}: the default of ${name}`);
	}
});

test("DV-02 every make target and control command that a document names exists", () => {
	const targets = new Set([...read("Makefile").matchAll(/^([a-z-]+):.*## /gm)].map(([, name]) => name));
	const commands = new Set([...execFileSync(`${ROOT}tools/foodfast`, ["--help"], { encoding: "utf8" })
		.matchAll(/^\s{2}([a-z-]+) /gm)].map(([, name]) => name));
	for (const document of documents) {
		const code = [...blocks(read(document)).map(({ text }) => text), ...[...read(document).matchAll(/`([^`\n]+)`/g)].map(([, text]) => text)];
		for (const text of code) {
			for (const [, target] of text.matchAll(/(?:^|[$;&] ?)make ([a-z][a-z-]*)/gm))
				assert.ok(targets.has(target), `${document}: make ${target}`);
			for (const [, command] of text.matchAll(/tools\/foodfast ([a-z][a-z-]*)/g))
				assert.ok(commands.has(command), `${document}: tools/foodfast ${command}`);
		}
	}
});

test("DV-03 the testing guide's commands do what it says", async () => {
	const guide = steps(read("docs/testing_guide.md"));
	const result = await runSteps(guide, { cwd: ROOT, env: { PORT: String(here.port) } });
	assertSeen(guide, result);
});

test("DV-03 the testing guide names every suite", () => {
	const suites = [...read("tests/run.mjs").matchAll(/\{ name: "(\w+)", in: /g)].map(([, name]) => name);
	const told = [...read("docs/testing_guide.md").matchAll(/^\| `(\w+)` \| `tests\//gm)].map(([, name]) => name);
	assert.deepEqual(told, suites);
});

for (const [row, proofs] of testsByRow())
	if (ROWS.includes(row))
		test(`DV-03 ${row} has a test`, () => assert.notEqual(proofs.length, 0));
