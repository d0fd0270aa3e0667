/* Paying by card on the customer's page: accepted, declined, asked back by the bank, given back; and the invoice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { here } from "../e2e/lib/instance.mjs";
import { drive, move } from "../e2e/lib/orders.mjs";
import { customer, demo } from "../e2e/lib/people.mjs";
import { Sandbox } from "../e2e/lib/sandbox.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { accountPage, customerPage, newWindow, openPage, placedOrder, staffPage, ticket, tracker } from "./browser.mjs";
import { hungryCustomer, newKitchen, staffAt } from "./people.mjs";

const kitchen = await newKitchen();
const staff = kitchen.owner;
const sandbox = new Sandbox();

const ordersOf = async (person) => ok(await person.get("/orders?limit=100")).items;

async function withCards(...tokens) {
	const ana = await hungryCustomer();
	for (const token of tokens)
		ok(await ana.post("/me/payment-methods", { token }), 201);
	return ana;
}

/* A page with soup in the basket. */
async function atCheckout(window, person) {
	const page = await customerPage(window, person, `#/restaurant/${kitchen.id}`);
	await page.getByRole("button", { name: "Add Soup" }).click();
	return page;
}

const chooseCard = (page, last4) => page.getByLabel(new RegExp(`ending in ${last4}`)).check();
const pressOrder = (page) => page.getByRole("button", { name: /^Order for/ }).click();
const panel = (page, stage) => page.locator(`.pay-panel[data-stage=${stage}]`);
const complaint = (page) => page.locator(".payments [role=alert] p").first();

async function orderBy(page, last4) {
	await chooseCard(page, last4);
	await pressOrder(page);
}

/* The order's payment is STATUS for its customer. */
const paid = (person, order, status) =>
	until(async () => ok(await person.get(`/orders/${order.id}`)).payment.status === status, { within: 10_000, what: `a payment that is ${status}` });

test("AC-05 cards on the account page: added by a token, made usual, removed; the other device follows", async () => {
	const windows = await Promise.all([newWindow(), newWindow()]);
	const ana = await customer();
	const [page, other] = await Promise.all(windows.map((window) => accountPage(window, ana)));
	const card = (where, last4) => where.locator("#cards .entry", { hasText: last4 });
	const add = async (label) => {
		await page.getByRole("button", { name: "Add a card" }).click();
		await page.getByLabel("Test card").selectOption({ label });
		await page.getByRole("button", { name: "Add card", exact: true }).click();
	};

	await page.getByRole("button", { name: "Add a card" }).click();
	await page.getByText("FoodFast never sees it").waitFor();
	assert.equal(await page.locator("#cards input").count(), 0, "there is no field for a number");
	await page.getByRole("button", { name: "Cancel" }).click();

	await add("Visa: is accepted");
	await card(other, "4242").getByText("usual").waitFor();
	await add("Mastercard: is accepted");
	await card(other, "4444").waitFor();
	await page.getByRole("button", { name: "Make Mastercard ending in 4444 the usual card" }).click();
	await card(other, "4444").getByText("usual", { exact: true }).waitFor();
	await page.getByRole("button", { name: "Remove Visa ending in 4242" }).click();
	await page.getByRole("button", { name: "Remove the card" }).click();
	await card(other, "4242").waitFor({ state: "detached" });
	assert.deepEqual([...page.wrongs, ...other.wrongs], []);
	await Promise.all(windows.map((window) => window.close()));
});

test("PY-01 PY-06 a new card at the checkout: placed, charged when the kitchen accepts, invoice when it is delivered", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const page = await atCheckout(window, ana);
	await page.getByRole("button", { name: "By card" }).click();
	await page.getByLabel("Test card").selectOption("pm_card_visa");
	await page.getByRole("button", { name: "Add card", exact: true }).click();
	await page.getByLabel(/ending in 4242/).waitFor();
	assert.ok(await page.getByLabel(/ending in 4242/).isChecked(), "what one adds one means to use");
	await pressOrder(page);

	const order = await placedOrder(page);
	await tracker(page, order, "placed").getByText(/charged when the restaurant accepts/).waitFor();
	await move(staff, order, "confirmed");
	await tracker(page, order, "confirmed").locator("[data-kind=payment][data-status=captured]").waitFor();
	await tracker(page, order).getByText(/, paid by card/).waitFor();
	await drive(staff, { ...order, status: "confirmed" });
	const [invoice] = await Promise.all([page.waitForEvent("popup"), tracker(page, order, "delivered").getByRole("link", { name: /^Invoice/ }).click()]);
	const { number, restaurant } = ok(await ana.get(`/orders/${order.id}`));
	await invoice.getByText(number).first().waitFor();
	await invoice.getByText(restaurant.name).first().waitFor();
	const printed = await openPage(window, invoice.url());
	await printed.emulateMedia({ media: "print" });
	assert.equal(await printed.evaluate(() => getComputedStyle(document.querySelector("table")).borderCollapse), "collapse", "it is laid out as an invoice");
	assert.deepEqual(printed.wrongs, []);
	assert.deepEqual(page.wrongs, []);
	await window.close();
});

test("PY-05 a declined card: said beside the choice, the basket kept, and another card pays the same order", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_visa", "pm_card_chargeDeclinedInsufficientFunds");
	const screen = await staffPage(await newWindow(), await staffAt(kitchen));
	const page = await atCheckout(window, ana);
	await orderBy(page, "9995");
	assert.match(await complaint(page).textContent(), /not enough money/);
	await page.locator(".basket-line").waitFor();
	await page.locator(".strip[data-status=awaiting_payment]").waitFor();
	const [waiting] = await ordersOf(ana);
	assert.equal(waiting.status, "awaiting_payment");
	assert.equal(await ticket(screen, waiting).count(), 0, "the kitchen doesn't hear of it");

	await page.reload();
	await page.locator(".basket-line").waitFor();
	await orderBy(page, "4242");
	await placedOrder(page);
	await tracker(page, waiting, "placed").waitFor();
	await ticket(screen, waiting).waitFor();
	assert.equal((await ordersOf(ana)).length, 1);
	const charges = await sandbox.charges(waiting.id);
	assert.equal(charges.filter(({ status }) => status === "requires_capture").length, 1);
	await screen.context().close();
	await window.close();
});

test("PY-05 a declined card, and the order paid from its own panel: the basket that was kept for it is empty", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_visa", "pm_card_chargeDeclined");
	const page = await atCheckout(window, ana);
	await orderBy(page, "0002");
	await complaint(page).waitFor();
	await page.goto("customer.html#/orders");
	await page.reload();
	await page.getByLabel("Pay with").selectOption({ label: "Visa ending in 4242" });
	await page.getByRole("button", { name: /^Pay / }).click();
	await page.locator(".tracker[data-status=placed]").waitFor();
	await page.goto("customer.html#/basket");
	await page.getByText("Nothing in it yet").waitFor();
	assert.equal((await ordersOf(ana)).length, 1);
	await window.close();
});

test("PY-05 a declined card, paid on another device: here the basket is empty, and the order followed", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_visa", "pm_card_chargeDeclined");
	const page = await atCheckout(window, ana);
	await orderBy(page, "0002");
	await complaint(page).waitFor();
	const [order] = await ordersOf(ana);
	const { items } = ok(await ana.get("/me/payment-methods"));
	ok(await ana.post(`/orders/${order.id}/payment`, { payment_method_id: items.find(({ last4 }) => last4 === "4242").id }));
	await page.locator(".strip[data-status=placed]").waitFor();
	await page.getByText("Nothing in it yet").waitFor();
	await window.close();
});

test("PY-05 a declined card, then cash: a new order, and the first one is cancelled", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_chargeDeclined");
	const page = await atCheckout(window, ana);
	await orderBy(page, "0002");
	await complaint(page).waitFor();
	await page.getByLabel("In cash, at the door").check();
	await pressOrder(page);
	await page.locator(".tracker[data-status=placed]").waitFor();
	const orders = await ordersOf(ana);
	assert.deepEqual(orders.map(({ status, payment }) => [status, payment.method]).sort(), [["cancelled", "card"], ["placed", "cash"]]);
	await window.close();
});

test("PY-03 PY-05 the bank wants to hear from its customer: he says yes, comes back, and the order is placed", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_authenticationRequired");
	const page = await atCheckout(window, ana);
	await orderBy(page, "3184");
	await panel(page, "challenge").getByText("Your bank wants to hear from you").waitFor();
	assert.match(await page.locator(".countdown").textContent(), /^1[45]:\d\d$/);
	const [order] = await ordersOf(ana);

	await page.getByRole("link", { name: "Go to your bank" }).click();
	await page.getByRole("button", { name: "Approve" }).click();
	await tracker(page, order, "placed").waitFor();
	const { pathname, search, hash } = new URL(page.url());
	assert.deepEqual([pathname, search, hash], ["/customer.html", "", "#/orders"]);
	assert.equal(await page.locator(".pay-panel").count(), 0);
	await window.close();
});

test("PY-03 PY-05 he says no: the reason, also after a reload, and another card", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_authenticationRequired", "pm_card_visa");
	const page = await atCheckout(window, ana);
	await orderBy(page, "3184");
	await page.getByRole("link", { name: "Go to your bank" }).click();
	await page.getByRole("button", { name: "Refuse" }).click();
	await panel(page, "declined").waitFor();
	await page.reload();
	await panel(page, "declined").getByText(/confirm/).waitFor();
	const [order] = await ordersOf(ana);

	await page.getByLabel("Pay with").selectOption({ label: "Visa ending in 4242" });
	await page.getByRole("button", { name: /^Pay / }).click();
	await tracker(page, order, "placed").waitFor();
	await page.locator("[data-kind=payment][data-status=authorized]").waitFor();
	await window.close();
});

test("PY-05 a second card that is declined too is said in the order's panel, which stays", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_authenticationRequired", "pm_card_chargeDeclinedExpiredCard");
	const page = await atCheckout(window, ana);
	await orderBy(page, "3184");
	await panel(page, "challenge").getByText("Pay with another card").click();
	const choice = page.getByLabel("Pay with");
	const [chosen] = await choice.selectOption({ label: "Visa ending in 0069" });
	const left = await page.locator(".countdown").textContent();
	await until(async () => (await page.locator(".countdown").textContent()) !== left, { what: "the countdown to go on" });
	assert.equal(await choice.inputValue(), chosen, "what was chosen stays, whatever else is drawn anew");
	await page.getByRole("button", { name: /^Pay / }).click();
	await panel(page, "declined").getByText(/has expired/).waitFor();
	await window.close();
});

test("PY-05 a bank that takes its time: the page says so, and the stream tells the rest", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_visa");
	const page = await atCheckout(window, ana);
	const her = await here.value(`select gateway_id from payment.customer where user_id = '${ana.user.id}'`);
	await sandbox.fault({ method: "POST", path: "/v1/payment_intents", customer: her, times: 1, do: "delay", delay_ms: 7000 });
	await orderBy(page, "4242");
	await panel(page, "waiting").getByText("Asking your bank").waitFor();
	const [order] = await ordersOf(ana);
	await tracker(page, order, "placed").waitFor();
	await window.close();
});

test("PY-02 a refund shows at once, with its reason, and is said to a screen reader", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_visa");
	const page = await atCheckout(window, ana);
	await orderBy(page, "4242");
	const order = await placedOrder(page);
	await move(staff, order, "confirmed");
	await paid(ana, order, "captured");
	const agent = await demo("agent");
	ok(await agent.post(`/orders/${order.id}/refunds`, { amount: 100, reason: "The soup was cold" }), 201);
	await tracker(page, order).getByText("€1.00 given back: The soup was cold").waitFor();
	await tracker(page, order).getByText(/partly refunded/).waitFor();
	await page.locator("#announcer", { hasText: "partly refunded" }).waitFor({ state: "attached" });
	await window.close();
});

test("PY-03 an order that isn't paid in time is cancelled, and its customer is told so kindly", async () => {
	const window = await newWindow();
	const ana = await withCards("pm_card_authenticationRequired");
	const page = await atCheckout(window, ana);
	await orderBy(page, "3184");
	await panel(page, "challenge").waitFor();
	const [order] = await ordersOf(ana);
	await here.psql(`update payment.payment set deadline_at = now() where order_id = '${order.id}'`);
	await tracker(page, order, "cancelled").getByText(/wasn’t paid within 15 minutes/).waitFor();
	assert.equal(await page.locator(".pay-panel").count(), 0);
	await tracker(page, order).getByText(/nothing was charged/).first().waitFor();
	await window.close();
});
