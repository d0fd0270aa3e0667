/* The main job, seen through the pages: ordered here, on the kitchen's screens at once, followed to the door. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { move, moveReply, place } from "../e2e/lib/orders.mjs";
import { alarm, connection, customerPage, newWindow, placedOrder, signInOn, staffPage, ticket, ticketIn, tracker } from "./browser.mjs";
import { hungryCustomer, newKitchen, staffAt } from "./people.mjs";

const kitchen = await newKitchen();
const [sanne, tom, ana] = await Promise.all([staffAt(kitchen), staffAt(kitchen), hungryCustomer({ name: "Ana Vos" })]);

test("RN-02 RN-03 RN-04 RN-05 OT-04 OT-20 OT-23 AC-22 two staff screens and a customer: one order, from basket to door", async () => {
	const windows = await Promise.all([newWindow(), newWindow(), newWindow()]);
	const [first, second] = await Promise.all([staffPage(windows[0], sanne), staffPage(windows[1], tom)]);
	const page = await customerPage(windows[2], ana, `#/restaurant/${kitchen.id}`);
	const loads = [first, second].map((screen) => screen.asked.filter((request) => request.isNavigationRequest()).length);

	await page.getByRole("button", { name: "Add Soup" }).click();
	await page.getByLabel("Note for Soup").fill("no salt");
	await page.getByRole("button", { name: /^Order for/ }).click();
	const order = await placedOrder(page);
	await connection(page, "live");

	for (const screen of [first, second]) {
		await ticketIn(screen, order, "placed").getByText("no salt").waitFor();
		await ticket(screen, order).getByText("Ana Vos").waitFor();
		await alarm(screen, "sounding");
		await screen.waitForFunction(() => document.title.includes("1 new"));
	}

	await ticket(first, order).getByRole("button", { name: /^Seen/ }).click();
	for (const screen of [first, second]) {
		await alarm(screen, "silent");
		assert.doesNotMatch(await screen.title(), /new/);
	}
	await tracker(page, order).getByText("It has seen your order").waitFor();

	const steps = [["Accept", "confirmed"], ["Start preparing", "preparing"], ["Ready", "ready"], ["Handed over", "picked_up"], ["Delivered", "delivered"]];
	for (const [index, [label, status]] of steps.entries()) {
		const screen = [first, second][index % 2];
		await ticket(screen, order).getByRole("button", { name: new RegExp(`^${label}`) }).click();
		await tracker(page, order, status).waitFor();
		const step = tracker(page, order).locator(`.step[data-status=${status}]`);
		await step.locator("time").waitFor();
		await step.getByText(`by ${[sanne, tom][index % 2].user.name}`).waitFor();
	}
	for (const screen of [first, second]) {
		await screen.locator(`.finished [data-order="${order.id}"][data-status=delivered]`).waitFor({ state: "attached" });
		assert.equal(await ticket(screen, order).count(), 0);
	}
	await connection(page, "idle");

	const loadsAfter = [first, second].map((screen) => screen.asked.filter((request) => request.isNavigationRequest()).length);
	assert.deepEqual(loadsAfter, loads, "no screen navigated");
	for (const screen of [first, second, page])
		assert.deepEqual(screen.wrongs, []);
	await Promise.all(windows.map((window) => window.close()));
});

test("RN-04 a colleague who accepts second is told, and sees what the first has made of it", async () => {
	const window = await newWindow();
	const screen = await staffPage(window, sanne);
	const order = await place(ana, kitchen, { again: true });
	await ticketIn(screen, order, "placed").waitFor();

	await screen.route("**/transitions", async (route) => {
		ok(await moveReply(tom, order, "confirmed"));
		await route.continue();
	}, { times: 1 });
	await ticket(screen, order).getByRole("button", { name: /^Accept/ }).click();
	await screen.locator(".notice[data-kind=bad]", { hasText: `${tom.user.name} was first` }).waitFor();
	await ticketIn(screen, order, "confirmed").getByRole("button", { name: /^Start preparing/ }).waitFor();
	await window.close();
});

test("OT-03 OT-16 the kitchen cancels with a reason, the customer is told it", async () => {
	const windows = await Promise.all([newWindow(), newWindow()]);
	const order = await place(ana, kitchen, { again: true });
	const screen = await staffPage(windows[0], sanne);
	const page = await customerPage(windows[1], ana, "#/orders");
	await tracker(page, order, "placed").waitFor();

	await ticket(screen, order).getByRole("button", { name: /^Cancel/ }).click();
	await screen.getByLabel("Reason").fill("The oven is broken");
	await screen.getByRole("button", { name: "Cancel the order" }).click();

	await tracker(page, order, "cancelled").getByText("The oven is broken").waitFor();
	await tracker(page, order, "cancelled").getByText("nothing to pay").waitFor();
	await screen.locator(`.finished [data-order="${order.id}"][data-status=cancelled]`).waitFor({ state: "attached" });
	await Promise.all(windows.map((window) => window.close()));
});

test("OT-16 OT-03 the customer cancels after a question, and the kitchen's screen shows it", async () => {
	const windows = await Promise.all([newWindow(), newWindow()]);
	const order = await place(ana, kitchen, { again: true });
	const screen = await staffPage(windows[0], sanne);
	const page = await customerPage(windows[1], ana, "#/orders");
	await ticketIn(screen, order, "placed").waitFor();

	await tracker(page, order).getByRole("button", { name: "Cancel order" }).click();
	await page.getByRole("button", { name: "Keep the order" }).click();
	await tracker(page, order, "placed").waitFor();
	await tracker(page, order).getByRole("button", { name: "Cancel order" }).click();
	await page.getByRole("button", { name: "Cancel the order" }).click();

	await tracker(page, order, "cancelled").waitFor();
	await screen.locator(`.finished [data-order="${order.id}"][data-status=cancelled]`).waitFor({ state: "attached" });
	await Promise.all(windows.map((window) => window.close()));
});

test("RN-14 a reloaded board shows every order where it was", async () => {
	const window = await newWindow();
	const orders = [];
	for (const to of ["placed", "confirmed", "preparing"]) {
		const order = await place(ana, kitchen, { again: true });
		if (to !== "placed")
			await move(tom, order, "confirmed");
		if (to === "preparing")
			await move(tom, order, "preparing");
		orders.push([order, to]);
	}
	const screen = await staffPage(window, sanne);
	await screen.reload();
	await connection(screen, "live");
	for (const [order, status] of orders)
		await ticketIn(screen, order, status).waitFor();
	await window.close();
});

test("AC-22 a customer's account on the kitchen's page is shown the way to its own", async () => {
	const window = await newWindow();
	const screen = await signInOn(window, "restaurant.html", ana);
	await screen.getByRole("link", { name: "Open its page" }).click();
	await screen.locator(".layout").waitFor();
	await window.close();
});

test("RN-04 pausing the restaurant stops new orders at once, and shows to customers", async () => {
	const own = await newKitchen();
	const windows = await Promise.all([newWindow(), newWindow()]);
	const screen = await staffPage(windows[0], await staffAt(own, "manager"));
	const page = await customerPage(windows[1], ana, `#/restaurant/${own.id}`);
	await page.getByRole("button", { name: "Add Soup" }).click();

	await screen.getByRole("switch").click();
	await screen.getByText("Paused").waitFor();
	await page.getByRole("button", { name: /^Order for/ }).click();
	await page.locator(".basket [role=alert] p").first().waitFor();
	await page.reload();
	await page.getByText("takes no orders at the moment").waitFor();

	await screen.getByRole("switch").click();
	await screen.getByText("Accepting orders").waitFor();
	await Promise.all(windows.map((window) => window.close()));
});
