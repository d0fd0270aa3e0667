/* The panes of the developers' page, as tests see them. */
import assert from "node:assert/strict";
import { until } from "../e2e/lib/wait.mjs";

/* Opens one more pane over TRANSPORT, with what the form says otherwise, and waits until it is live. */
export async function openPane(page, transport) {
	await page.locator(".setup select[name=transport]").selectOption(transport);
	const before = await page.locator(".pane").count();
	await page.getByRole("button", { name: "Open a pane" }).click();
	const pane = page.locator(".pane").nth(before);
	await inState(pane, "live");
	return pane;
}

/* Waits until PANE says that it is in STATE. (Its element changes, so its attribute is asked for.) */
export const inState = (pane, state) =>
	until(async () => (await pane.getAttribute("data-state")) === state, { within: 15_000, what: `a pane that is ${state}` });

const figure = async (pane, name) => Number(await pane.locator(`[data-figure=${name}] dd`).textContent());

/* Waits until COUNT events have come, live or replayed, and gives how many of each. */
export async function counted(pane, count) {
	const figures = async () => ({ live: await figure(pane, "live"), replayed: await figure(pane, "replayed") });
	const isAll = async () => {
		const { live, replayed } = await figures();
		return live + replayed >= count;
	};
	await until(isAll, { within: 15_000, what: `${count} events in a pane` });
	return figures();
}

/* The numbers of the events in the order in which they came. */
export const seqsOf = async (pane) => (await pane.locator(".frame:not([data-arrived=control]) .frame-where b").allTextContents()).map(Number);

const countFrom = (first, count) => Array.from({ length: count }, (_, i) => first + i);

/* COUNT events, and nothing lost, nothing doubled, nothing out of order. */
export async function isWhole(pane, count) {
	const seqs = await seqsOf(pane);
	assert.deepEqual(seqs, countFrom(seqs[0], count));
	assert.deepEqual([await figure(pane, "doubled"), await figure(pane, "skipped")], [0, 0]);
}

export const press = (pane, name) => pane.getByRole("button", { name }).click();
