/* What the compiler and the linker put between a mistake of ours and its abuse, and what our sources leave alone. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "../e2e/lib/instance.mjs";
import { BUILD } from "./lib/supervised.mjs";

const programs = readdirSync(BUILD).filter((name) => /^(\w+\.fcgi|streamd|timers|settlement|mail|supervise)$/.test(name)).map((name) => `${BUILD}/${name}`);
const readelf = (program, ...options) => execFileSync("readelf", ["-W", ...options, program], { encoding: "utf8" });

test("RL-12 every program is position-independent, its tables read-only, its stack guarded and not executable", () => {
	assert.ok(programs.length >= 7, `${programs}`);
	for (const program of programs) {
		assert.match(readelf(program, "-h"), /Type:\s+DYN/, program);
		const headers = readelf(program, "-l");
		assert.match(headers, /GNU_RELRO/, program);
		assert.match(headers, /GNU_STACK\s+(?:0x\w+ ){5}RW\s/, program);
		assert.match(readelf(program, "-d"), /BIND_NOW|Flags:.*NOW/, program);
		assert.match(readelf(program, "--dyn-syms"), /__stack_chk_fail/, program);
	}
});

test("RL-12 no source calls what cannot know the size of its buffer, or runs another program", () => {
	const BANNED = /\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtok|system|popen|mktemp|tmpnam|alloca)\s*\(/;
	const sources = ["lib", "cgi-bin", "streamd", "workers"].flatMap((folder) => readdirSync(`${ROOT}${folder}`).filter((name) => /\.[ch]$/.test(name)).map((name) => `${folder}/${name}`));
	assert.ok(sources.length > 100);
	for (const source of sources) {
		const code = readFileSync(`${ROOT}${source}`, "utf8").replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"/g, "");
		assert.doesNotMatch(code, BANNED, source);
	}
});
