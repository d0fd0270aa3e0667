/*
 * Which test proves which row of the checklist. A test's name begins with the ids of the rows that it proves, in every
 * language that tests are written in here; run as a program, this prints the list.
 */
import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { ROOT } from "../e2e/lib/instance.mjs";

const range = (prefix, ...numbers) => numbers.map((number) => `${prefix}-${String(number).padStart(2, "0")}`);
const from = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/* The rows that this release promises. */
export const ROWS = [
	...range("AC", ...from(1, 11), ...from(13, 25)),
	...range("OT", ...from(1, 23)),
	...range("RN", ...from(1, 16)),
	...range("CH", 2, 3, 17, 19),
	...range("GW", 5),
	...range("DA", 15),
	...range("RL", 1, 5, ...from(7, 11)),
	...range("DV", 2, 3, 10, 12),
];

const SOURCE = /\.(mjs|sql|c|sh|bats)$|\/[^./]+$/;
const NAME = /(["'`])((?:[A-Z]{2}-\d\d\b[ ,]*)+)((?:(?!\1).)*)/g;

function* sources(folder) {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = `${folder}/${entry.name}`;
		if (entry.isDirectory() && entry.name !== "node_modules")
			yield* sources(path);
		else if (entry.isFile() && SOURCE.test(path))
			yield path;
	}
}

/* Map: row → ["tests/…: name of the test"]. */
export function testsByRow() {
	const found = new Map(ROWS.map((row) => [row, []]));
	for (const path of sources(`${ROOT}tests`))
		for (const [, , ids, title] of readFileSync(path, "utf8").matchAll(NAME))
			for (const row of ids.match(/[A-Z]{2}-\d\d/g))
				found.set(row, [...(found.get(row) ?? []), `${path.slice(ROOT.length)}: ${title.trim()}`]);
	return found;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
	for (const [row, tests] of testsByRow())
		console.log(`${row}\n${tests.map((test) => `    ${test}\n`).join("") || "    (none)\n"}`);
