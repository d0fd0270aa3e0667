/*
 * Reads TAP (https://testanything.org), as Node's runner, pgTAP and our unit tests print it, and counts what was
 * tested: a test that has subtests is counted by them, and by itself only when it failed though none of them did.
 */
const TEST = /^( *)(not )?ok\b *\d* *(?:- )?(.*?)(?: *# *(SKIP|TODO)\b.*)?$/i;
const PLAN = /^( *)1\.\.(\d+)/;

/*
 * Returns {passed, skipped, failures: [{name, details}], complaint}: details are the lines that follow a failed test;
 * complaint says what is wrong with the whole, or is null.
 */
export function parseTap(text) {
	const result = { passed: 0, skipped: 0, failures: [], complaint: null };
	const pending = new Map(); /* by depth: tests seen since the last test of a lesser depth, and how many failed */
	let failure = null, planned = null, seen = 0;

	const note = (line) => failure && failure.lines.push(line);
	const take = (depth, isFailed, name, directive) => {
		const children = [...pending].filter(([at]) => at > depth);
		children.forEach(([at]) => pending.delete(at));
		const here = pending.get(depth) ?? { failed: 0 };
		const hasFailedChild = children.some(([, { failed }]) => failed > 0);
		here.failed += isFailed ? 1 : 0;
		pending.set(depth, here);
		failure = null;
		if (directive)
			result.skipped++;
		else if (isFailed && !hasFailedChild)
			result.failures.push(failure = { name, lines: [] });
		else if (!isFailed && children.length === 0)
			result.passed++;
	};

	for (const line of text.split("\n")) {
		const test = TEST.exec(line), plan = PLAN.exec(line);
		if (test) {
			const depth = test[1].length;
			seen += depth === 0 ? 1 : 0;
			take(depth, Boolean(test[2]), test[3], test[4]);
		} else if (plan) {
			planned = plan[1] === "" ? Number(plan[2]) : planned;
		} else if (line.startsWith("Bail out!")) {
			result.complaint = line;
		} else {
			note(line);
		}
	}
	if (planned !== null && planned !== seen)
		result.complaint ??= `planned ${planned} tests, ran ${seen}`;
	else if (planned === null && !text.includes("# SKIP"))
		result.complaint ??= "no plan: it ended early, or printed no TAP";
	result.failures = result.failures.map(({ name, lines }) => ({ name, details: lines.join("\n") }));
	return result;
}
