/* The customer's page: signing in, ordering once whatever the line does, following, and what is past. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { cancel, drive, LIFE, move, place } from "../e2e/lib/orders.mjs";
import { freshEmail, PASSWORD } from "../e2e/lib/people.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { connection, customerPage, newWindow, openPage, placedOrder, signInOn, streamRequests, tracker, TRANSPORTS, useTransport } from "./browser.mjs";
import { hungryCustomer, newKitchen } from "./people.mjs";

const kitchen = await newKitchen();
const staff = kitchen.owner;

const ordersOf = async (person) => ok(await person.get("/orders?limit=100")).items;

const orderSoup = async (page) => {
	await page.getByRole("button", { name: "Add Soup" }).click();
	await page.getByRole("button", { name: /^Order for/ }).click();
};

test("AC-01 AC-11 registers on the page, gives an address, orders; no script can read the session", async () => {
	const window = await newWindow();
	const page = await openPage(window, `customer.html#/restaurant/${kitchen.id}`);
	await page.getByRole("button", { name: "Create an account" }).click();
	await page.getByLabel("Your name").fill("Ben Test");
	await page.getByLabel("E-mail").fill(freshEmail("ben"));
	await page.getByLabel("Password").fill(PASSWORD);
	await page.getByRole("button", { name: "Create account" }).click();

	await page.getByRole("button", { name: "Add Soup" }).click();
	await page.getByLabel("Name it").fill("Home");
	await page.getByLabel("Street and number").fill("Damrak 1");
	await page.getByLabel("Postal code").fill("1012 LG");
	await page.getByRole("button", { name: "Save address" }).click();
	await page.getByRole("button", { name: /^Order for/ }).click();
	await placedOrder(page);

	assert.equal(await page.evaluate(() => document.cookie), "");
	const session = (await window.cookies()).find(({ name }) => name.includes("customer"));
	assert.equal(session.httpOnly, true);
	assert.match(session.sameSite, /Lax|Strict/);
	assert.deepEqual(page.wrongs, []);
	await window.close();
});

test("AC-16 a wrong password is said in words, beside the form", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const page = await signInOn(window, "customer.html", ana, "not my password");
	await page.locator(".sign-in [role=alert] p").waitFor();
	assert.equal(await page.locator(".layout").count(), 0);
	await window.close();
});

test("OT-01 AC-17 the answer to an order is lost twice: the page tries again, and it is one order", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const page = await customerPage(window, ana, `#/restaurant/${kitchen.id}`);
	const keys = [];
	await page.route("**/api/v1/orders", async (route) => {
		keys.push(route.request().headers()["idempotency-key"]);
		await route.fetch();
		await route.abort("connectionreset");
	}, { times: 2 });
	page.on("request", (request) => {
		if (request.method() === "POST" && request.url().endsWith("/orders"))
			keys.push(request.headers()["idempotency-key"]);
	});

	await orderSoup(page);
	await placedOrder(page);
	assert.equal(new Set(keys).size, 1, "always the same key");
	assert.equal((await ordersOf(ana)).length, 1);
	await window.close();
});

test("OT-01 the same basket again within a minute is asked about", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const page = await customerPage(window, ana, `#/restaurant/${kitchen.id}`);
	await orderSoup(page);
	await placedOrder(page);

	await page.goto(`customer.html#/restaurant/${kitchen.id}`);
	await orderSoup(page);
	await page.getByRole("button", { name: "No, once is enough" }).click();
	assert.equal((await ordersOf(ana)).length, 1);
	await page.getByRole("button", { name: /^Order for/ }).click();
	await page.getByRole("button", { name: "Order it again" }).click();
	await page.locator(".tracker").nth(1).waitFor();
	assert.equal((await ordersOf(ana)).length, 2);
	await window.close();
});

/* By transport: how long silence must last, in ms, to be sure that nothing asks any more. */
const silence = { "sse": 1000, "websocket": 1000, "socket.io": 1000, "long-poll": 1000, "short-poll": 4000 };

for (const transport of TRANSPORTS)
	test(`OT-08 OT-10 OT-23 OT-20 CH-02 CH-03 an order followed over ${transport}: times of every step, then silence`, async () => {
		const window = await newWindow();
		const ana = await hungryCustomer();
		const order = await place(ana, kitchen);
		const page = await customerPage(window, ana, "#/orders");
		await connection(page, "live");
		await useTransport(page, transport);

		await tracker(page, order, "placed").getByText("Expected").waitFor();
		await drive(staff, order);
		for (const status of ["placed", ...LIFE])
			await tracker(page, order, "delivered").locator(`.step[data-status=${status}] time`).waitFor();
		await connection(page, "idle");
		await page.waitForLoadState("networkidle");
		await until(() => page.sockets.every((socket) => socket.isClosed()), { what: "no socket to be open" });

		const later = page.waitForRequest(() => true, { timeout: silence[transport] });
		await assert.rejects(later, { name: "TimeoutError" });
		assert.deepEqual(page.wrongs, []);
		await window.close();
	});

test("OT-21 past orders are reached page by page", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const past = [];
	for (let i = 0; i < 13; i++) {
		const order = await place(ana, kitchen, { again: true });
		if (i % 2 === 0)
			ok(await cancel(ana, order));
		else
			await drive(staff, order);
		past.push(order.id);
	}
	const page = await customerPage(window, ana, "#/orders");
	const more = page.getByRole("button", { name: "Show older orders" });
	await more.click();
	await page.locator(".past").nth(12).waitFor();

	const shown = await page.locator(".past").evaluateAll((rows) => rows.map((row) => row.dataset.key));
	assert.deepEqual(shown, past.reverse());
	assert.equal(await more.count(), 0);
	await window.close();
});

test("OT-04 two orders on their way share one stream, and each follows its own", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const [first, second] = [await place(ana, kitchen), await place(ana, kitchen, { again: true })];
	const page = await customerPage(window, ana, "#/orders");
	await connection(page, "live");

	await move(staff, second, "confirmed");
	await tracker(page, second, "confirmed").waitFor();
	await tracker(page, first, "placed").waitFor();
	await move(staff, first, "confirmed");
	await tracker(page, first, "confirmed").waitFor();
	const last = new URL(streamRequests([page]).at(-1).url());
	assert.equal(last.searchParams.get("channels").split(",").length, 2);
	await window.close();
});

test("AC-13 signed out elsewhere: the page says so instead of looking alive", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	await place(ana, kitchen);
	const page = await customerPage(window, ana, "#/orders");
	await connection(page, "live");

	ok(await ana.post("/auth/logout-all"), 204);
	await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
	await window.close();
});
