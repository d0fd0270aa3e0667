/* The line between the pages and streamd: many tabs, a network that goes, transports changed in mid-order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIFE, move, place } from "../e2e/lib/orders.mjs";
import {
	alarm, anotherTab, chooseTransport, connection, customerPage, newWindow, openPage, placedOrder, staffPage, streamRequests, ticketIn, tracker, TRANSPORTS,
	useTransport,
} from "./browser.mjs";
import { hungryCustomer, newKitchen, staffAt } from "./people.mjs";

const kitchen = await newKitchen();
const staff = kitchen.owner;

const restAnswers = (tab) => tab.evaluate(async () => {
	const role = location.pathname.includes("restaurant") ? "restaurant" : "customer";
	const answer = await fetch("/api/v1/me", { headers: { "session-role": role } });
	return answer.status;
});

test("RL-08 RL-09 twenty tabs of one browser, of two people: all are live over two connections, and REST still answers", async () => {
	const window = await newWindow();
	const own = await newKitchen();
	const ana = await hungryCustomer();
	const order = await place(ana, own);
	const customers = [await customerPage(window, ana, "#/orders")];
	const kitchens = [await staffPage(window, await staffAt(own))];
	while (customers.length < 12)
		customers.push(await anotherTab(window, "customer.html#/orders", ".tracker"));
	while (kitchens.length < 8)
		kitchens.push(await anotherTab(window, "restaurant.html", ".connection[data-state=live]"));
	const tabs = [...customers, ...kitchens];
	const allSee = (status) => Promise.all([
		...customers.map((tab) => tracker(tab, order, status).waitFor()),
		...kitchens.map((tab) => ticketIn(tab, order, status).waitFor()),
		...tabs.map((tab) => connection(tab, "live")),
	]);

	await move(own.owner, order, "confirmed");
	await allSee("confirmed");
	assert.equal(streamRequests(tabs).length, 2, "one stream a person");
	assert.deepEqual(await Promise.all(tabs.map(restAnswers)), Array(20).fill(200));

	await useTransport(customers[5], "websocket");
	await useTransport(kitchens[5], "socket.io");
	await move(own.owner, order, "preparing");
	await allSee("preparing");
	assert.equal(tabs.flatMap((tab) => tab.sockets).filter((socket) => !socket.isClosed()).length, 2, "one socket a person");
	assert.deepEqual(await Promise.all(tabs.map(restAnswers)), Array(20).fill(200));
	await window.close();
});

test("RL-08 the tab that led goes: another takes the lead where it stood", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const order = await place(ana, kitchen);
	const leader = await customerPage(window, ana, "#/orders");
	await connection(leader, "live");
	const left = [];
	while (left.length < 3)
		left.push(await anotherTab(window, "customer.html#/orders", ".tracker"));
	await Promise.all(left.map((tab) => connection(tab, "live")));
	assert.equal(streamRequests([leader]).length, 1);
	assert.equal(streamRequests(left).length, 0);

	await leader.close();
	await move(staff, order, "confirmed");
	await Promise.all(left.map((tab) => tracker(tab, order, "confirmed").waitFor()));
	assert.equal(left.filter((tab) => streamRequests([tab]).length > 0).length, 1, "one tab leads");
	await window.close();
});

test("RL-08 an order placed in one tab is followed in the others", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const other = await customerPage(window, ana, "#/orders");
	const page = await anotherTab(window, `customer.html#/restaurant/${kitchen.id}`, ".dish >> nth=0");
	await page.getByRole("button", { name: "Add Soup" }).click();
	await page.getByRole("button", { name: /^Order for/ }).click();
	const order = await placedOrder(page);

	await tracker(other, order, "placed").waitFor();
	await move(staff, order, "confirmed");
	await Promise.all([page, other].map((tab) => tracker(tab, order, "confirmed").waitFor()));
	assert.deepEqual([...page.wrongs, ...other.wrongs], []);
	await window.close();
});

test("RL-08 RN-03 eight staff tabs ring, and fall silent, together", async () => {
	const window = await newWindow();
	const own = await newKitchen();
	const tabs = [await staffPage(window, await staffAt(own))];
	while (tabs.length < 8)
		tabs.push(await anotherTab(window, "restaurant.html", ".connection[data-state=live]"));
	const order = await place(await hungryCustomer(), own);

	await Promise.all(tabs.map((tab) => ticketIn(tab, order, "placed").waitFor()));
	await Promise.all(tabs.map((tab) => tab.waitForFunction(() => document.title.includes("1 new"))));
	await tabs[3].bringToFront();
	await tabs[3].locator(".ticket").getByRole("button", { name: /^Seen/ }).click();
	await Promise.all(tabs.map((tab) => alarm(tab, "silent")));
	assert.equal(streamRequests(tabs).length, 1);
	await window.close();
});

test("RL-08 a browser without Web Locks (plain http from elsewhere): every tab leads itself, and is live", async () => {
	const window = await newWindow();
	await window.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
	const ana = await hungryCustomer();
	const order = await place(ana, kitchen);
	const tabs = [await customerPage(window, ana, "#/orders"), await anotherTab(window, "customer.html#/orders", ".tracker")];
	await Promise.all(tabs.map((tab) => connection(tab, "live")));

	await move(staff, order, "confirmed");
	await Promise.all(tabs.map((tab) => tracker(tab, order, "confirmed").waitFor()));
	assert.deepEqual(tabs.map((tab) => streamRequests([tab]).length), [1, 1]);
	await window.close();
});

for (const transport of TRANSPORTS)
	test(`OT-15 OT-10 RN-07 RL-10 CH-02 CH-03 network off and on in mid-order over ${transport}: the page says so, and misses nothing`, async () => {
		const windows = await Promise.all([newWindow(), newWindow()]);
		const ana = await hungryCustomer();
		const own = await newKitchen();
		const order = await place(ana, own);
		const page = await customerPage(windows[0], ana, "#/orders");
		const screen = await staffPage(windows[1], await staffAt(own));
		await connection(page, "live");
		await useTransport(page, transport);
		await useTransport(screen, transport);

		await Promise.all(windows.map((window) => window.setOffline(true)));
		await Promise.all([page, screen].map((each) => connection(each, "offline")));
		for (const status of LIFE.slice(0, 3))
			await move(own.owner, order, status);
		const meanwhile = await place(ana, own, { again: true });

		await Promise.all(windows.map((window) => window.setOffline(false)));
		await tracker(page, order, "ready").waitFor();
		for (const status of ["placed", "confirmed", "preparing", "ready"])
			await tracker(page, order).locator(`.step[data-status=${status}] time`).waitFor();
		await ticketIn(screen, order, "ready").waitFor();
		await ticketIn(screen, meanwhile, "placed").waitFor();
		await Promise.all([page, screen].map((each) => connection(each, "live")));
		await Promise.all(windows.map((window) => window.close()));
	});

test("RL-07 RL-09 OT-05 OT-10 CH-02 CH-03 transports are changed in the menu while the kitchen works; every step arrives once", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const order = await place(ana, kitchen);
	const page = await customerPage(window, ana, "#/orders");
	const second = await anotherTab(window, "customer.html#/orders", ".tracker");
	const announced = await page.evaluateHandle(() => {
		const said = [];
		new MutationObserver(() => said.push(document.getElementById("announcer").textContent))
			.observe(document.getElementById("announcer"), { childList: true });
		return said;
	});

	const choices = ["long-poll", "websocket", "short-poll", "socket.io", "sse"];
	for (const [index, status] of LIFE.entries()) {
		await Promise.all([move(staff, order, status), chooseTransport(index % 2 ? second : page, choices[index])]);
		await tracker(page, order, status).waitFor();
		await tracker(second, order, status).waitFor();
	}
	const said = (await announced.jsonValue()).filter((text) => text.includes(order.number));
	assert.equal(said.length, LIFE.length, said.join("\n"));

	await page.reload();
	await page.locator(".connection[data-transport]").waitFor();
	assert.equal(await page.locator(".connection").getAttribute("data-transport"), "sse", "the choice is kept");
	await window.close();
});

test("AC-25 AC-11 two roles by one click each, side by side in one browser", async () => {
	const window = await newWindow();
	const customer = await openPage(window, "");
	await customer.getByRole("button", { name: "Enter as demo customer" }).click();
	await customer.locator(".layout").waitFor();
	const kitchenPage = await openPage(window, "");
	await kitchenPage.getByRole("button", { name: "Enter as demo restaurant" }).click();
	await connection(kitchenPage, "live");

	const shown = await kitchenPage.locator("select[data-action=chooseRestaurant]").inputValue();
	await customer.goto(`customer.html#/restaurant/${shown}`);
	await customer.locator(".button-add:enabled").first().click();
	await customer.locator("[data-quantity]").last().waitFor();
	const add = customer.getByRole("button", { name: /^One more/ }).first();
	while (await customer.getByText("more for the minimum order").count())
		await add.click();
	await customer.getByLabel(/Note for/).first().fill(`test ${Date.now()}`);
	await customer.getByRole("button", { name: /^Order for/ }).click();
	const tracked = customer.locator(".tracker").first();
	await tracked.waitFor();
	const order = { id: await tracked.getAttribute("data-order") };

	await ticketIn(kitchenPage, order, "placed").getByRole("button", { name: /^Accept/ }).click();
	await tracker(customer, order, "confirmed").waitFor();
	await ticketIn(kitchenPage, order, "confirmed").getByRole("button", { name: /^Cancel/ }).click();
	await kitchenPage.getByLabel("Reason").fill("Only a test");
	await kitchenPage.getByRole("button", { name: "Cancel the order" }).click();
	await tracker(customer, order, "cancelled").waitFor();
	assert.deepEqual([...customer.wrongs, ...kitchenPage.wrongs], []);
	await window.close();
});
