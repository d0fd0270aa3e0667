/* docs/security.md: every row of ASVS 4.0.3 that level 2 asks for, once; what it says is shown by tests that exist. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "../e2e/lib/instance.mjs";
import { read } from "./lib/markdown.mjs";
import { testsByRow } from "./rows.mjs";

/* SECTION:NUMBER OF ITS LAST ROW, and after a minus those that level 2 does not ask for, or that 4.0.3 has no more. */
const LEVEL_2 = `1.1:7 1.2:4 1.4:5-2,3 1.5:4 1.6:4 1.7:2 1.8:2 1.9:2 1.10:1 1.11:2 1.12:2-1 1.14:6 2.1:12 2.2:3 2.3:3 2.4:5 2.5:7 2.6:3 2.7:6 2.8:7 2.9:3 2.10:4
	3.1:1 3.2:4 3.3:4 3.4:5 3.5:3 3.7:1 4.1:5-4 4.2:2 4.3:3 5.1:5 5.2:8 5.3:10 5.4:3 5.5:4 6.1:3 6.2:6 6.3:2 6.4:2 7.1:4 7.2:2 7.3:4-2 7.4:3 8.1:4 8.2:3 8.3:8
	9.1:3 9.2:4 10.2:2 10.3:3 11.1:8 12.1:3 12.2:1 12.3:6 12.4:2 12.5:2 12.6:1 13.1:5-2 13.2:6-4 13.3:2 13.4:2 14.1:4 14.2:6 14.3:3-1 14.4:7 14.5:4`;

const wanted = LEVEL_2.split(/\s+/).flatMap((words) => {
	const [, section, last, left = ""] = /^([\d.]+):(\d+)(?:-([\d,]+))?$/.exec(words);
	return Array.from({ length: Number(last) }, (_, index) => index + 1)
		.filter((number) => !left.split(",").includes(String(number))).map((number) => `${section}.${number}`);
});

const document = read("docs/security.md");
const standard = document.slice(document.indexOf("## ASVS"));
const rows = [...standard.matchAll(/^\| ([\d., ]+) \| (.*) \| ?(.*) ?\|$/gm)]
	.map(([, ids, how, shown]) => ({ ids: ids.trim().split(/, */), how, shown: shown.trim() }));

test("RL-12 every row of ASVS 4.0.3 level 2 is answered, once", () => {
	assert.equal(wanted.length, 259);
	assert.deepEqual(rows.flatMap(({ ids }) => ids).sort(), [...wanted].sort());
});

test("RL-12 each row says how, and what is met is shown by something that exists", () => {
	const proven = new Set([...testsByRow()].filter(([, proofs]) => proofs.length > 0).map(([row]) => row));
	for (const { ids, how, shown } of rows) {
		assert.notEqual(how, "", `${ids}`);
		assert.ok(shown !== "" || /^(Not met|In part|No |None|Nothing|As |OAuth)/.test(how), `${ids}: by what is it shown?`);
		for (const [row] of shown.matchAll(/\b[A-Z]{2}-\d\d\b/g))
			assert.ok(proven.has(row), `${ids}: no test of ${row}`);
		for (const [, file] of shown.matchAll(/`((?:tests|\.ci)\/[\w./-]+)`/g))
			assert.ok(existsSync(ROOT + file), `${ids}: no ${file}`);
	}
});

test("RL-12 what is not met stands in one table, with why", () => {
	const section = document.slice(document.indexOf("## What is not met"), document.indexOf("## ASVS"));
	const named = new Set([...section.matchAll(/^\| ([\d., ]+) \|/gm)].flatMap(([, ids]) => ids.trim().split(/, */)));
	for (const { ids, how } of rows.filter(({ how: words }) => /^(Not met|In part)/.test(words)))
		for (const id of ids)
			assert.ok(named.has(id), `${id}: ${how}`);
});
