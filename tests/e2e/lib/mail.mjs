/* Mail, as a development instance delivers it: a file a mail in RUN_DIR/mail. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { here } from "./instance.mjs";
import { until } from "./wait.mjs";

/* All mail that ADDRESS got, as texts. */
export function mailTo(address, instance = here) {
	const folder = `${instance.runDir}/mail`;
	if (!existsSync(folder))
		return [];
	return readdirSync(folder).filter((name) => name.endsWith(".eml")).sort()
		.map((name) => readFileSync(`${folder}/${name}`, "utf8"))
		.filter((mail) => mail.includes(`\r\nTo: ${address}\r\n`));
}

/* The tokens of PURPOSE (confirm, reset) that ADDRESS was sent. */
export const tokensTo = (address, purpose, instance = here) => mailTo(address, instance)
	.map((mail) => new RegExp(`/account\\.html#${purpose}=([\\w-]+)\r\n`).exec(mail)?.[1]).filter(Boolean);

/* The token of PURPOSE in mail number COUNT of that kind, once it is there. */
export async function tokenFor(address, purpose, { instance = here, count = 1 } = {}) {
	const tokens = await until(() => {
		const found = tokensTo(address, purpose, instance);
		return found.length >= count && found;
	}, { within: 10_000, what: `${purpose} mail number ${count}` });
	return tokens[count - 1];
}
