/* The developers' page: every transport is watched, cut, resumed and changed, frame by frame. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { place } from "../e2e/lib/orders.mjs";
import { change } from "../e2e/lib/people.mjs";
import { poll } from "../e2e/lib/stream.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { anotherTab, connection, customerPage, newWindow, openPage, signInOn, streamsPage, TRANSPORTS, useTransport } from "./browser.mjs";
import { counted, inState, isWhole, openPane, press, seqsOf } from "./panes.mjs";
import { hungryCustomer, newKitchen, staffAt } from "./people.mjs";

const kitchen = await newKitchen();

for (const transport of TRANSPORTS)
	test(`DV-12 OT-10 OT-15 RN-07 CH-02 CH-03 ${transport}: frames as they come; paused, cut, and resumed with nothing lost or doubled`, async () => {
		const window = await newWindow();
		const ana = await hungryCustomer();
		const page = await streamsPage(window, ana);
		const pane = await openPane(page, transport);

		await change(ana);
		await pane.locator(".frame[data-arrived=live]", { hasText: "user.updated" }).waitFor();
		await press(pane, "Pause");
		await inState(pane, "paused");
		await change(ana, 3);
		await press(pane, "Resume");
		assert.deepEqual(await counted(pane, 4), { live: 1, replayed: 3 });
		await pane.locator(".mark", { hasText: /Caught up after .* away: 3 events replayed/ }).waitFor();

		await press(pane, "Cut");
		await pane.locator(".mark", { hasText: /^.*Cut after .* The connection is gone/ }).waitFor();
		await change(ana, 2);
		await counted(pane, 6);
		await inState(pane, "live");
		await change(ana);
		await counted(pane, 7);
		await isWhole(pane, 7);
		assert.match(await pane.locator(".pane-cursor code").textContent(), new RegExp(`/user:${ana.user.id}=${(await seqsOf(pane)).at(-1)}$`));

		await pane.locator(".frame[data-arrived=live] summary").first().click();
		assert.equal(JSON.parse(await pane.locator(".frame[open] pre, .frame details[open] pre").textContent()).type, "user.updated");
		assert.deepEqual(page.wrongs, []);
		await window.close();
	});

test("DV-12 RL-07 RL-09 the transport of one channel is switched through all five while it goes on", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const page = await streamsPage(window, ana);
	const pane = await openPane(page, "short-poll");
	let changes = 0;
	for (const transport of [...TRANSPORTS, ...TRANSPORTS.slice().reverse()]) {
		await Promise.all([
			change(ana, 2),
			pane.locator("select").selectOption(transport),
		]);
		changes += 2;
		await counted(pane, changes);
		await inState(pane, "live");
		assert.equal(await pane.getAttribute("data-transport"), transport);
	}
	await isWhole(pane, changes);
	assert.deepEqual(page.wrongs, []);
	await window.close();
});

test("DV-12 RL-09 five panes, five transports, one channel: the same events, and the page says so", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const page = await streamsPage(window, ana);
	await page.getByRole("button", { name: "Open all five" }).click();
	const panes = TRANSPORTS.map((_, index) => page.locator(".pane").nth(index));
	await Promise.all(panes.map((pane) => inState(pane, "live")));

	await change(ana, 2);
	await Promise.all(panes.map((pane) => counted(pane, 2)));
	await press(panes[1], "Cut");
	await change(ana, 2);
	await Promise.all(panes.map((pane) => counted(pane, 4)));
	await page.locator(".comparison[data-common='4'][data-same=true]").waitFor();
	for (const pane of panes)
		await isWhole(pane, 4);
	assert.equal(new Set(await Promise.all(panes.map(async (pane) => String(await seqsOf(pane))))).size, 1);
	assert.deepEqual(page.wrongs, []);
	await window.close();
});

test("DV-12 OT-15 offline for a while, brought back by hand; and a start from the first event that is kept, and after a cursor", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	await change(ana, 3);
	const { length: kept } = (await poll(ana, `user:${ana.user.id}`, { after: 0 })).events;
	const page = await streamsPage(window, ana);
	await page.getByLabel("Start").selectOption("kept");
	const pane = await openPane(page, "websocket");
	await counted(pane, kept);
	await press(pane, "Offline 10 s");
	await inState(pane, "offline");
	await change(ana, 2);
	await press(pane, "Resume");
	assert.deepEqual(await counted(pane, kept + 2), { live: 0, replayed: kept + 2 });
	await isWhole(pane, kept + 2);

	const cursor = await pane.locator(".pane-cursor code").textContent();
	await page.getByLabel("Start").selectOption("cursor");
	await page.getByLabel("Cursor", { exact: true }).fill(cursor.replace(/=(\d+)$/, (_, seq) => `=${seq - 2}`));
	const other = await openPane(page, "long-poll");
	assert.deepEqual(await counted(other, 2), { live: 0, replayed: 2 });
	assert.deepEqual(await seqsOf(other), (await seqsOf(pane)).slice(-2));
	await window.close();
});

for (const transport of ["websocket", "socket.io"])
	test(`RN-05 CH-02 CH-03 staff acknowledge an order by a message over ${transport}, and see its answer and its event`, async () => {
		const window = await newWindow();
		const own = await newKitchen();
		const sanne = await staffAt(own);
		const page = await streamsPage(window, sanne);
		const pane = await openPane(page, transport);
		const order = await place(await hungryCustomer(), own);
		await pane.locator(".frame[data-arrived=live]", { hasText: "order.placed" }).waitFor();

		await press(pane, "Acknowledge by socket");
		await pane.locator(".frame[data-arrived=sent]", { hasText: "order.acknowledged" }).waitFor();
		await pane.locator(".frame[data-arrived=answered]").waitFor();
		await pane.locator(".frame[data-arrived=live]", { hasText: "order.acknowledged" }).waitFor();
		assert.ok(ok(await sanne.get(`/orders/${order.id}`)).acknowledged_at);
		assert.deepEqual(page.wrongs, []);
		await window.close();
	});

test("DV-12 the page makes something happen by itself: an order by a customer, seen and moved on by the kitchen", async () => {
	const window = await newWindow();
	const page = await openPage(window, "streams.html");
	await page.getByRole("button", { name: "Continue as demo restaurant" }).click();
	await page.locator(".setup .chip[aria-pressed=true]").nth(1).waitFor();
	await page.locator(".people summary").click();
	await page.getByRole("button", { name: "Sign in as somebody else too" }).click();
	await page.getByRole("button", { name: "Continue as demo customer" }).click();
	await page.getByLabel("Watch as").selectOption("restaurant");
	await page.locator(".setup .chip[aria-pressed=true]").nth(1).waitFor();
	const pane = await openPane(page, "sse");

	await page.getByRole("button", { name: "Place an order" }).click();
	await pane.locator(".frame[data-arrived=live]", { hasText: "order.placed" }).waitFor();
	await page.getByRole("button", { name: "Acknowledge an order" }).click();
	await pane.locator(".frame[data-arrived=live]", { hasText: "order.acknowledged" }).waitFor();
	await page.getByRole("button", { name: "Cancel the latest" }).click();
	await pane.locator(".frame[data-arrived=live]", { hasText: "order.status" }).waitFor();
	assert.deepEqual(page.wrongs, []);
	await window.close();
});

test("DV-12 what is not allowed, or no channel at all, is said in words", async () => {
	const window = await newWindow();
	const [ana, eve] = [await hungryCustomer(), await hungryCustomer()];
	const page = await streamsPage(window, ana);
	const refusedOver = async (transport, channels) => {
		await page.getByLabel("Channels", { exact: true }).fill(channels);
		await page.locator(".setup select[name=transport]").selectOption(transport);
		const before = await page.locator(".pane").count();
		await page.getByRole("button", { name: "Open a pane" }).click();
		const pane = page.locator(".pane").nth(before);
		await inState(pane, "refused");
		await pane.locator(".mark[data-tone=bad]", { hasText: "Refused: " }).waitFor();
	};
	for (const transport of TRANSPORTS)
		await refusedOver(transport, `user:${eve.user.id}`);
	await refusedOver("websocket", "<img/src=x/onerror=document.title='broken'>");
	assert.equal(await page.locator(".panes img").count(), 0);
	assert.doesNotMatch(await page.title(), /broken/);

	await page.getByLabel("Channels", { exact: true }).fill(`user:${eve.user.id}, user:${ana.user.id}`);
	const pane = await openPane(page, "socket.io");
	await pane.locator(".mark[data-tone=bad]", { hasText: "Denied: user:" }).waitFor();
	await change(ana);
	await counted(pane, 1);
	await window.close();
});

for (const transport of ["sse", "websocket", "socket.io"])
	test(`AC-13 signed out elsewhere over ${transport}: the pane says so, and the page asks who is there`, async () => {
		const window = await newWindow();
		const ana = await hungryCustomer();
		const page = await streamsPage(window, ana);
		await openPane(page, transport);
		ok(await ana.post("/auth/logout-all"), 204);
		await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
		await page.locator(".mark[data-tone=bad]", { hasText: "Refused: " }).waitFor();
		await window.close();
	});

test("CH-02 a site without Socket.IO's client says so in the menu, and the page goes on without it", async () => {
	const window = await newWindow();
	await window.route("**/vendor/**", (route) => route.fulfill({ status: 404, contentType: "application/problem+json", body: "{}" }));
	const ana = await hungryCustomer();
	await place(ana, kitchen);
	const page = await customerPage(window, ana, "#/orders");
	await connection(page, "live");
	await page.locator(".connection summary").click();
	await page.locator("input[name=transport][value='socket.io']").click(); /* not check(): the page takes the mark away again */
	await page.getByText("not installed on this site").waitFor();
	await page.locator(".connection[data-transport=sse][data-state=live]").waitFor();
	assert.ok(await page.locator("input[name=transport][value='socket.io']").isDisabled());

	const other = await anotherTab(window, "streams.html", ".setup .chip >> nth=0");
	await other.locator(".setup select[name=transport]").selectOption("socket.io");
	await other.getByRole("button", { name: "Open a pane" }).click();
	await other.locator(".mark[data-tone=bad]", { hasText: "not installed on this site" }).waitFor();
	await window.close();
});

test("CH-02 the stock client begins with polling and moves up to a WebSocket", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	await place(ana, kitchen);
	const page = await customerPage(window, ana, "#/orders");
	assert.equal(page.asked.filter((request) => request.url().includes("/vendor/")).length, 0, "loaded only when it is chosen");
	await useTransport(page, "socket.io");
	await until(() => page.sockets.length === 1, { what: "the upgrade" });
	const first = page.asked.find((request) => request.url().includes("/socket.io/"));
	assert.equal(new URL(first.url()).searchParams.get("transport"), "polling");
	assert.deepEqual(page.wrongs, []);
	await window.close();
});

/* Presses Tab until what has the focus fits; a person would give up after a hundred. */
async function tabTo(page, selector) {
	for (let i = 0; i < 100; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector))
			return;
	}
	assert.fail(`the keyboard doesn't reach ${selector}`);
}

test("DV-10 DV-12 a pane by keyboard alone: opened, cut, read, closed", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const page = await signInOn(window, "streams.html", ana);
	await page.locator(".setup .chip[aria-pressed=true]").waitFor();
	await tabTo(page, ".setup select[name=transport]");
	await page.keyboard.press("ArrowDown");
	await tabTo(page, ".setup [data-look=primary]");
	await page.keyboard.press("Enter");
	const pane = page.locator(".pane[data-transport=websocket]");
	await inState(pane, "live");

	await tabTo(page, "[data-action=cutPane]");
	await page.keyboard.press("Enter");
	await pane.locator(".mark", { hasText: "Cut after" }).waitFor();
	await tabTo(page, ".log");
	await tabTo(page, ".frame summary");
	await page.keyboard.press("Enter");
	await pane.locator(".frame details[open] pre").waitFor();
	await page.keyboard.press("Shift+Tab");
	const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
	assert.notEqual(outline, "none");
	await page.locator("#announcer", { hasText: /WebSocket: / }).waitFor({ state: "attached" });

	await tabTo(page, "[data-action=closePane]");
	await page.keyboard.press("Enter");
	await pane.waitFor({ state: "detached" });
	assert.ok(await page.evaluate(() => document.activeElement.matches("button")), "the focus is not lost");
	assert.deepEqual(page.wrongs, []);
	await window.close();
});
