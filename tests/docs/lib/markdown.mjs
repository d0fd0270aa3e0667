/* What the tests take out of a Markdown document: its fenced blocks and its links. */
import { readFileSync } from "node:fs";
import { ROOT } from "../../e2e/lib/instance.mjs";

const FENCE = /^```(\w*)\n(.*?)^```$/gms;
const LINK = /!?\[[^\]]*\]\(([^)\s]+)\)/g;

export const read = (path) => readFileSync(`${ROOT}${path}`, "utf8");

/* [{language, text}] in order. */
export const blocks = (markdown) => [...markdown.matchAll(FENCE)].map(([, language, text]) => ({ language, text }));

/* The targets of all links, those in code aside. */
export const links = (markdown) => [...markdown.replace(FENCE, "").matchAll(LINK)].map(([, target]) => target);

/* What a person types in the ```console blocks: the lines after "$ ", without the remark behind them. */
export const typed = (markdown) => blocks(markdown)
	.filter(({ language }) => language === "console")
	.flatMap(({ text }) => text.split("\n"))
	.filter((line) => line.startsWith("$ "))
	.map((line) => line.slice(2).replace(/\s+#.*/, ""));

/* The ```sh blocks, each with what the ```text block right after it says must be seen. */
export function steps(markdown) {
	const found = [];
	for (const { language, text } of blocks(markdown)) {
		if (language === "sh")
			found.push({ commands: text, expected: [] });
		else if (language === "text" && found.length)
			found.at(-1).expected.push(...text.trimEnd().split("\n"));
	}
	return found;
}

/* A line of a ```text block as a pattern: "…" stands for anything. */
export const pattern = (line) => new RegExp(line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*"));
