/* The mails of a development instance, which land under its run directory. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { here } from "../e2e/lib/instance.mjs";
import { until } from "../e2e/lib/wait.mjs";

const FOLDER = path.join(here.runDir, "mail");

const names = async () => (await readdir(FOLDER).catch(() => [])).filter((name) => name.endsWith(".eml"));

const isTo = (text, email) => new RegExp(`^To:.*${RegExp.escape?.(email) ?? email.replaceAll(/[.+]/g, "\\$&")}`, "mi").test(text);

/* The address in the latest mail to EMAIL that is for KIND ('confirm' or 'reset'). */
export async function linkOf(email, kind) {
	return until(async () => {
		const texts = await Promise.all((await names()).sort().map((name) => readFile(path.join(FOLDER, name), "utf8")));
		const links = texts.filter((text) => isTo(text, email)).map((text) => text.match(new RegExp(`\\S+/(account\\.html#${kind}=[\\w.-]+)`))?.[1]);
		return links.filter(Boolean).at(-1);
	}, { within: 10_000, what: `a mail to ${email} with a link to ${kind}` });
}
