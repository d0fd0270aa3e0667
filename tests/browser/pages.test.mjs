/* Every page as such: the policy it is served under, the keyboard, and people who see or hear it differently. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { drive, place } from "../e2e/lib/orders.mjs";
import { accountPage, connection, customerPage, newWindow, openPage, placedOrder, staffPage, streamsPage } from "./browser.mjs";
import { hungryCustomer, newKitchen, staffAt } from "./people.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const kitchen = await newKitchen();
const ana = await hungryCustomer();
const sanne = await staffAt(kitchen);
await place(ana, kitchen);
ok(await ana.post("/me/payment-methods", { token: "pm_card_visa" }), 201);
const delivered = await drive(kitchen.owner, await place(ana, kitchen, { again: true }));

/* The views that a person meets, each opened in a window of its own and ready to be looked at. */
const views = {
	"front page": (window) => openPage(window, ""),
	"customer's sign-in": (window) => openPage(window, "customer.html"),
	"restaurants": async (window) => {
		const page = await customerPage(window, ana);
		await page.locator(".restaurant-card").first().waitFor();
		return page;
	},
	"menu": async (window) => {
		const page = await customerPage(window, ana, `#/restaurant/${kitchen.id}`);
		await page.getByRole("button", { name: "Add Soup" }).waitFor();
		return page;
	},
	"basket": async (window) => {
		const page = await customerPage(window, ana, `#/restaurant/${kitchen.id}`);
		await page.getByRole("button", { name: "Add Soup" }).click();
		await page.evaluate(() => location.assign("#/basket"));
		await page.getByRole("button", { name: "Another address" }).click();
		return page;
	},
	"orders": async (window) => {
		const page = await customerPage(window, ana, "#/orders");
		await connection(page, "live");
		return page;
	},
	"a declined card": async (window) => {
		const page = await cardAtCheckout(window, "pm_card_chargeDeclined");
		await page.locator(".payments [role=alert] p").first().waitFor();
		await page.evaluate(() => location.assign("#/basket"));
		await page.getByRole("button", { name: "Another card" }).click();
		return page;
	},
	"the bank's question": async (window) => {
		const page = await cardAtCheckout(window, "pm_card_authenticationRequired");
		await page.locator(".pay-panel[data-stage=challenge] summary").click();
		await connection(page, "live");
		return page;
	},
	"account": async (window) => {
		const page = await accountPage(window, ana);
		await page.getByRole("button", { name: "Add an address" }).click();
		await page.getByRole("button", { name: "Add a card" }).click();
		await page.getByRole("button", { name: "Erase my account…" }).click();
		await page.locator("#cards .entry").first().waitFor();
		return page;
	},
	"invoice": async (window) => {
		await customerPage(window, ana);
		return openPage(window, `/api/v1/orders/${delivered.id}/invoice?as=customer`);
	},
	"a forgotten password": async (window) => {
		const page = await openPage(window, "account.html");
		await page.getByRole("button", { name: "Forgot your password?" }).click();
		return page;
	},
	"a new password": (window) => openPage(window, "account.html#reset=a-token"),
	"kitchen's sign-in": (window) => openPage(window, "restaurant.html"),
	"board": async (window) => {
		const page = await staffPage(window, sanne);
		await page.locator(".ticket").first().waitFor();
		return page;
	},
	"streams' sign-in": (window) => openPage(window, "streams.html"),
	"streams": async (window) => {
		const page = await streamsPage(window, sanne);
		await page.getByRole("button", { name: "Open all five" }).click();
		await page.locator(".pane[data-state=live]").nth(4).waitFor();
		await page.locator("[data-action=cutPane]").first().click();
		await page.locator(".mark[data-tone=warn]").waitFor();
		await page.locator(".frame summary").first().click();
		await page.locator(".pane[data-state=live]").nth(4).waitFor();
		return page;
	},
	"connection menu": async (window) => {
		const page = await staffPage(window, sanne);
		await page.locator(".connection summary").click();
		return page;
	},
};

/* A page on which somebody has just ordered by a card of TOKEN. */
async function cardAtCheckout(window, token) {
	const person = await hungryCustomer();
	ok(await person.post("/me/payment-methods", { token }), 201);
	const page = await customerPage(window, person, `#/restaurant/${kitchen.id}`);
	await page.getByRole("button", { name: "Add Soup" }).click();
	await page.getByLabel(/ending in/).check();
	await page.getByRole("button", { name: /^Order for/ }).click();
	return page;
}

const looks = ["light", "dark"].flatMap((colorScheme) =>
	[{ width: 360, height: 740 }, { width: 1440, height: 900 }].map((viewport) => ({ colorScheme, viewport })));

/* A new look fades in; half-way its colours are nobody's. */
const settled = (page) => page.evaluate(async () => {
	await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
	const fades = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
	await Promise.allSettled(fades.map(({ finished }) => finished));
});

const findings = async (page) => {
	/* Evaluated by the debugger, which the page's policy does not bind. */
	await page.evaluate(axeSource);
	const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
	return violations
		.filter(({ impact }) => impact === "serious" || impact === "critical")
		.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n")}`);
};

for (const [name, open] of Object.entries(views))
	test(`DV-10 ${name}, light and dark, phone and desk: nothing serious for axe, no error, nothing wider than the screen`, async () => {
		const window = await newWindow();
		const page = await open(window);
		for (const { colorScheme, viewport } of looks) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize(viewport);
			await settled(page);
			const look = `${colorScheme}, ${viewport.width} px`;
			assert.deepEqual(await findings(page), [], look);
			const width = await page.evaluate(() => document.documentElement.scrollWidth);
			assert.ok(width <= viewport.width, `${look}: ${width} px wide`);
		}
		/* A browser calls a declined card an error too. */
		assert.deepEqual(page.wrongs.filter((wrong) => !/status of 402/.test(wrong)), []);
		await window.close();
	});

test("RL-12 DV-10 a strict policy holds on every page, and lets no inline script or style through", async () => {
	const window = await newWindow();
	for (const path of ["", "customer.html", "restaurant.html", "account.html", "streams.html", "vendor/socket.io.esm.min.js"]) {
		const page = await openPage(window, path);
		const headers = (await page.request.get(path)).headers();
		assert.match(headers["content-security-policy"], /default-src 'none'/);
		assert.doesNotMatch(headers["content-security-policy"], /unsafe/);

		const ran = await page.evaluate(() => {
			const script = document.createElement("script");
			script.textContent = "globalThis.injected = true";
			document.body.append(script);
			return Boolean(globalThis.injected);
		});
		assert.equal(ran, false);
	}
	await window.close();
});

test("RL-12 what a person typed is shown as text, never as markup", async () => {
	const hostile = "<img src=x onerror=document.title='broken'><b>bold</b> \"'&lt;";
	const windows = await Promise.all([newWindow(), newWindow()]);
	const eve = await hungryCustomer({ name: hostile });
	const screen = await staffPage(windows[0], sanne);
	const page = await customerPage(windows[1], eve, `#/restaurant/${kitchen.id}`);
	await page.getByRole("button", { name: "Add Bread" }).click();
	await page.getByLabel("Note for Bread").fill(hostile);
	await page.getByRole("button", { name: /^Order for/ }).click();
	const { id } = await placedOrder(page);

	const card = screen.locator(`.ticket[data-order="${id}"]`);
	await card.locator(".ticket-customer").waitFor();
	assert.equal(await card.locator(".ticket-customer").textContent(), hostile);
	assert.equal(await card.locator(".item-note").textContent(), hostile);
	assert.equal(await card.locator("img, b").count(), 0);
	assert.deepEqual([...page.wrongs, ...screen.wrongs], []);
	await Promise.all(windows.map((window) => window.close()));
});

/* Presses Tab until what has the focus fits; a person would give up after a hundred. */
const tabTo = async (page, selector) => {
	for (let i = 0; i < 100; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector))
			return;
	}
	assert.fail(`the keyboard doesn't reach ${selector}`);
};

const hasVisibleFocus = (page) => page.evaluate(() => {
	const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
	return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
});

test("DV-10 OT-01 an order by keyboard alone: sign-in, search, menu, basket, order, transport, cancel", async () => {
	const window = await newWindow();
	const bo = await hungryCustomer();
	const { city } = ok(await bo.get(`/restaurants/${kitchen.id}`));
	const page = await openPage(window, "customer.html");
	await tabTo(page, "input[name=email]");
	await page.keyboard.type(bo.email);
	await tabTo(page, "input[name=password]");
	await page.keyboard.type("correct horse battery");
	await page.keyboard.press("Enter");

	await page.locator(".restaurant-card").first().waitFor();
	await tabTo(page, "select[data-action=chooseCity]");
	await page.keyboard.type(city);
	await page.keyboard.press("Shift+Tab");
	await page.keyboard.type(kitchen.name);
	await page.locator(`.restaurant-card[href$="${kitchen.id}"]`).waitFor();
	await page.locator(".restaurant-card").nth(1).waitFor({ state: "detached" });
	await tabTo(page, ".restaurant-card");
	assert.ok(await hasVisibleFocus(page));
	await page.keyboard.press("Enter");

	await page.locator(".dish").first().waitFor();
	await tabTo(page, ".button-add");
	await page.keyboard.press("Enter");
	await page.keyboard.press("Enter");
	await page.locator(".quantity", { hasText: "2" }).waitFor();
	assert.ok(await page.evaluate(() => document.activeElement.matches(".button-add")), "the focus stays where it was");
	await tabTo(page, "[data-action=placeOrder]");
	assert.ok(await hasVisibleFocus(page));
	await page.keyboard.press("Enter");
	await placedOrder(page);

	await tabTo(page, ".connection summary");
	await page.keyboard.press("Enter");
	await tabTo(page, "input[name=transport]");
	await page.keyboard.press("ArrowDown");
	await page.locator(".connection[data-transport=websocket][data-state=live]").waitFor();
	await page.keyboard.press("Escape");

	await tabTo(page, "[data-action=cancelOrder]");
	await page.keyboard.press("Enter");
	await page.locator("dialog[open]").waitFor();
	await tabTo(page, "dialog [value=confirm]");
	await page.keyboard.press("Enter");
	await page.locator(".tracker[data-status=cancelled]").waitFor();
	assert.deepEqual(page.wrongs, []);
	await window.close();
});

test("OT-20 RN-02 what changes is said to a screen reader", async () => {
	const window = await newWindow();
	const own = await newKitchen();
	const screen = await staffPage(window, await staffAt(own));
	const order = await place(ana, own);
	await screen.locator("#announcer", { hasText: order.number }).waitFor({ state: "attached" });
	assert.equal(await screen.locator("#announcer").getAttribute("aria-live"), "polite");
	await screen.getByRole("alert").getByText("A new order is waiting").waitFor();
	await window.close();
});
