/*
 * Runs the commands of a document as its reader does: one shell, one block after the other, literally. Nothing is
 * put into them; what a document lets its reader choose, it takes from the environment.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { pattern } from "./markdown.mjs";

const DEADLINE_MS = 120_000;

/*
 * Runs STEPS ([{commands}]) in one bash in CWD. Resolves with {code, outputs, errors}: outputs[i] is all that was printed
 * from step i on (what runs in the background prints when it has something), code the first failing status or 0.
 */
export async function runSteps(steps, { cwd, env = {} }) {
	const mark = (index) => `=== step ${index} ===`;
	const script = steps.map(({ commands }, index) => `echo '${mark(index)}'\n${commands}`).join("");
	const shell = spawn("bash", ["-e", "-o", "pipefail", "-c", script], {
		cwd, detached: true, stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, ...env },
	});
	const [output, errors, code] = await Promise.all([
		collect(shell.stdout), collect(shell.stderr), ended(shell),
	]);
	return { code, errors, outputs: steps.map((_, index) => output.slice(output.indexOf(mark(index)))) };
}

async function collect(readable) {
	let text = "";
	for await (const chunk of readable.setEncoding("utf8"))
		text += chunk;
	return text;
}

/* The exit status; a shell that hangs is killed with all that it started. */
function ended(shell) {
	const late = setTimeout(() => process.kill(-shell.pid, "SIGKILL"), DEADLINE_MS);
	return new Promise((resolve) => shell.on("exit", (code, signal) => {
		clearTimeout(late);
		resolve(code ?? signal);
	}));
}

/* What STEPS say must be seen was seen, each line after the one before, and nothing failed or complained. */
export function assertSeen(steps, { code, outputs, errors }) {
	assert.equal(code, 0, `${outputs[0]}\n${errors}`);
	assert.equal(errors, "");
	for (const [index, { commands, expected }] of steps.entries()) {
		let rest = outputs[index];
		for (const line of expected) {
			const found = pattern(line).exec(rest);
			assert.ok(found, `after\n${commands}\nno "${line}" in\n${rest}`);
			rest = rest.slice(found.index + found[0].length);
		}
	}
}
