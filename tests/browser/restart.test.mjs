/* The pages on an instance of the test's own: its streamds are restarted and killed, and it is reached from elsewhere. */
import assert from "node:assert/strict";
import os from "node:os";
import { after, before, test } from "node:test";
import { change, customer } from "../e2e/lib/people.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { Site } from "../fault/lib/site.mjs";
import { newWindow, streamsPage, TRANSPORTS } from "./browser.mjs";
import { counted, inState, isWhole } from "./panes.mjs";

const site = await Site.create({ streamds: 2, bind: "0.0.0.0" });
before(() => site.up());
after(() => site.forget());

/* SIGNAL ends the program called NAME; resolves when the supervisor has it running again. */
async function ended(name, signal) {
	const pid = site.signal(name, signal);
	await until(() => site.pid(name) > 0 && site.pid(name) !== pid, { within: 15_000, what: `${name} to be back` });
}

const allLive = (panes) => Promise.all(panes.map((pane) => inState(pane, "live")));

/* A pane a transport, all live. */
async function openAll(page) {
	await page.getByRole("button", { name: "Open all five" }).click();
	const panes = TRANSPORTS.map((_, index) => page.locator(".pane").nth(index));
	await allLive(panes);
	return panes;
}

test("CH-17 CH-02 CH-03 OT-10 OT-19 DV-12 a pane a transport; both streamds restart, then both are killed: all resume, on whichever is there", async () => {
	const window = await newWindow({ baseURL: site.url.href });
	const ana = await customer({ instance: site });
	const page = await streamsPage(window, ana);
	const panes = await openAll(page);
	let changes = 0;
	for (const [name, signal] of [["streamd-1", "SIGTERM"], ["streamd-2", "SIGTERM"], ["streamd-1", "SIGKILL"], ["streamd-2", "SIGKILL"]]) {
		await Promise.all([ended(name, signal), change(ana, 3)]);
		changes += 3;
		await Promise.all(panes.map((pane) => counted(pane, changes)));
		await allLive(panes);
	}
	for (const pane of panes)
		await isWhole(pane, changes);
	await page.locator(`.comparison[data-common='${changes}'][data-same=true]`).waitFor();
	assert.ok(await page.locator(".mark", { hasText: "Lost after" }).count() > 0);
	await window.close();
});

test("RL-12 CH-02 CH-03 OT-10 from another machine over plain http, where a browser says less of where a request comes from: all five transports", async (t) => {
	const address = Object.values(os.networkInterfaces()).flat().find(({ family, internal }) => family === "IPv4" && !internal)?.address;
	if (!address)
		return t.skip("this machine has no other address");
	const window = await newWindow({ baseURL: `http://${address}:${site.port}` });
	const ana = await customer({ instance: site });
	const page = await streamsPage(window, ana);
	assert.equal(await page.evaluate(() => globalThis.isSecureContext), false);
	const panes = await openAll(page);
	await change(ana, 2);
	await Promise.all(panes.map((pane) => counted(pane, 2)));
	await window.close();
});
