/* The account page: what one device changes the others show, who is signed in where, one's data and its end. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ok } from "../e2e/lib/assert.mjs";
import { place } from "../e2e/lib/orders.mjs";
import { addressInAmsterdam, customer, freshEmail, logIn, PASSWORD } from "../e2e/lib/people.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { accountPage, customerPage, newWindow, openPage, signInOn } from "./browser.mjs";
import { linkOf } from "./mail.mjs";
import { hungryCustomer, newKitchen } from "./people.mjs";

const NEW_PASSWORD = "another horse battery";

const addressNamed = (page, label) => page.locator("#addresses .entry", { hasText: label });
const isUsual = (entry) => entry.getByText("usual", { exact: true });
const alertIn = (page, section) => page.locator(`#${section} [role=alert]`);
const signInButton = (page) => page.getByRole("button", { name: "Sign in", exact: true });

test("AC-03 AC-04 a name and a phone changed on one device show on the other at once", async () => {
	const windows = await Promise.all([newWindow(), newWindow()]);
	const ana = await customer();
	const [desk, phone] = await Promise.all(windows.map((window) => accountPage(window, ana)));

	await desk.getByLabel("Your name").fill("Ana Nova");
	await desk.getByLabel("Phone").fill("+31 6 1234-5678");
	await desk.getByRole("button", { name: "Save profile" }).click();
	for (const page of [desk, phone])
		await page.getByRole("heading", { name: "Ana Nova", level: 1 }).waitFor();
	await until(async () => (await phone.getByLabel("Phone").inputValue()) === "+31612345678", { what: "the phone on the other device" });
	const { name, phone: number } = ok(await ana.get("/me"));
	assert.deepEqual([name, number], ["Ana Nova", "+31612345678"]);

	ok(await ana.patch("/me", { name: "Ana Terza" }));
	for (const page of [desk, phone])
		await until(async () => (await page.getByLabel("Your name").inputValue()) === "Ana Terza", { what: "the third name in the form" });
	assert.deepEqual([...desk.wrongs, ...phone.wrongs], []);
	await Promise.all(windows.map((window) => window.close()));
});

test("AC-03 what is being typed survives a change from another device", async () => {
	const window = await newWindow();
	const ana = await customer();
	const page = await accountPage(window, ana);
	await page.getByLabel("Your name").fill("Half a na");
	ok(await ana.patch("/me", { phone: "+31612345678" }));
	await until(async () => (await page.getByLabel("Phone").inputValue()) === "+31612345678", { what: "the phone" });
	assert.equal(await page.getByLabel("Your name").inputValue(), "Half a na");
	await window.close();
});

test("AC-07 AC-17 the answers to a change and to a new address are lost: the page tries again, and each has happened once", async () => {
	const window = await newWindow();
	const ana = await customer();
	const page = await accountPage(window, ana);
	const lose = (path) => page.route(path, async (route) => {
		await route.fetch();
		await route.abort("connectionreset");
	}, { times: 1 });
	await lose("**/api/v1/me");
	await page.getByLabel("Your name").fill("Ana Nova");
	await page.getByRole("button", { name: "Save profile" }).click();
	await page.getByText("Your profile is saved").waitFor();

	await page.getByRole("button", { name: "Add an address" }).click();
	await page.getByLabel("Name it").fill("Work");
	await page.getByLabel("Street and number").fill("Damrak 1");
	await page.getByLabel("Postal code").fill("1012 LG");
	await lose("**/api/v1/me/addresses");
	await page.getByRole("button", { name: "Save address" }).click();
	await addressNamed(page, "Work").waitFor();
	assert.equal(ok(await ana.get("/me")).name, "Ana Nova");
	assert.equal(ok(await ana.get("/me/addresses")).items.length, 1);
	await window.close();
});

test("AC-03 a phone that is none is said beside it", async () => {
	const window = await newWindow();
	const page = await accountPage(window, await customer());
	await page.getByLabel("Phone").fill("12");
	await page.getByRole("button", { name: "Save profile" }).click();
	await page.locator("#phone-error").waitFor();
	assert.equal(await page.getByLabel("Phone").getAttribute("aria-invalid"), "true");
	await window.close();
});

test("AC-03 AC-04 the address book: add, make usual, change, remove; another device follows", async () => {
	const windows = await Promise.all([newWindow(), newWindow()]);
	const ana = await hungryCustomer();
	const [page, other] = await Promise.all(windows.map((window) => accountPage(window, ana)));

	await page.getByRole("button", { name: "Add an address" }).click();
	await page.getByLabel("Name it").fill("Work");
	await page.getByLabel("Street and number").fill("Damrak 1");
	await page.getByLabel("Flat, floor (optional)").fill("3rd floor");
	await page.getByLabel("Postal code").fill("1012 LG");
	await page.getByRole("button", { name: "Save address" }).click();
	await addressNamed(other, "Damrak 1, 3rd floor, 1012 LG Amsterdam").waitFor();

	await page.getByRole("button", { name: "Make Work the usual address" }).click();
	await isUsual(addressNamed(other, "Work")).waitFor();
	assert.equal(await isUsual(addressNamed(other, "Home")).count(), 0);

	await page.getByRole("button", { name: "Change Home" }).click();
	assert.equal(await page.getByLabel("Street and number").inputValue(), addressInAmsterdam().line1);
	await page.getByLabel("Street and number").fill("Prinsengracht 265");
	await page.getByRole("button", { name: "Save address" }).click();
	await addressNamed(other, "Prinsengracht 265").waitFor();
	const home = ok(await ana.get("/me/addresses")).items.find(({ label }) => label === "Home");
	assert.equal(home.lat, addressInAmsterdam().lat, "it stays where it is on the map");

	await page.getByRole("button", { name: "Remove Home" }).click();
	await page.getByRole("button", { name: "Remove the address" }).click();
	await addressNamed(other, "Home").waitFor({ state: "detached" });
	assert.deepEqual([...page.wrongs, ...other.wrongs], []);
	await Promise.all(windows.map((window) => window.close()));
});

test("AC-24 AC-13 devices: one is signed out from here, then all others; their pages say so", async () => {
	const windows = await Promise.all([newWindow(), newWindow(), newWindow()]);
	const ana = await customer();
	const there = await accountPage(windows[1], ana);
	const kitchenTable = await customerPage(windows[2], ana, "#/orders");
	const here = await accountPage(windows[0], ana);
	const rows = here.locator("#devices .entry");
	assert.equal(await rows.count(), 4, "the two pages, this one, and the client that registered");
	assert.equal(await rows.filter({ hasText: "this one" }).count(), 1);
	assert.match(await rows.first().textContent(), /Chrome on Linux/);

	const { items } = ok(await ana.get("/me/sessions"));
	const first = items.filter(({ device }) => device === "Chrome on Linux").sort((a, b) => (a.id < b.id ? -1 : 1))[0];
	await here.locator(`[data-device="${first.id}"]`).getByRole("button", { name: "Sign out" }).click();
	await there.getByText("You are signed out").waitFor();
	await here.locator(`[data-device="${first.id}"]`).waitFor({ state: "detached" });
	assert.equal(await rows.count(), 3);

	await here.getByRole("button", { name: "Sign out all others" }).click();
	await here.getByRole("button", { name: "Sign them out" }).click();
	await until(async () => (await rows.count()) === 1, { what: "one device to be left" });
	await kitchenTable.reload();
	await signInButton(kitchenTable).waitFor();
	assert.equal((await ana.get("/me")).status, 401);
	await here.getByRole("heading", { name: "Profile" }).waitFor();
	await Promise.all(windows.map((window) => window.close()));
});

test("AC-24 a new password signs the other devices out, and the old one is none any more", async () => {
	const windows = await Promise.all([newWindow(), newWindow()]);
	const ana = await customer();
	const [page, other] = await Promise.all(windows.map((window) => accountPage(window, ana)));
	const change = async (current, wanted) => {
		await page.getByLabel("Password now").fill(current);
		await page.getByLabel("New password").fill(wanted);
		await page.getByRole("button", { name: "Change password" }).click();
	};

	await change("not my password", NEW_PASSWORD);
	await alertIn(page, "password").getByText(/not your password/).waitFor();
	await change(PASSWORD, NEW_PASSWORD);
	await page.getByText("Your password is changed").waitFor();
	await other.getByText("You are signed out").waitFor();
	assert.equal(await page.getByLabel("Password now").inputValue(), "");
	assert.equal((await ana.post("/auth/login", { email: ana.email, password: PASSWORD })).status, 401);
	await logIn({ email: ana.email, password: NEW_PASSWORD });
	await Promise.all(windows.map((window) => window.close()));
});

test("AC-16 a forgotten password: the same words for everybody, a link that works once and leaves no trace", async () => {
	const window = await newWindow();
	const ana = await customer();
	const page = await openPage(window, "customer.html");
	const ask = async (email) => {
		await page.getByRole("button", { name: "Forgot your password?" }).click();
		await page.getByLabel("E-mail").fill(email);
		await page.getByRole("button", { name: "Send me a link" }).click();
		return (await page.locator(".word p").textContent()).replace(email, "…");
	};
	assert.equal(await ask(freshEmail("nobody")), await ask(ana.email));

	const link = await linkOf(ana.email, "reset");
	await page.goto(link);
	await page.getByRole("heading", { name: "Choose a new password" }).waitFor();
	assert.equal(new URL(page.url()).hash, "");
	await page.getByLabel("New password").fill(NEW_PASSWORD);
	await page.getByRole("button", { name: "Set this password" }).click();
	await page.getByRole("heading", { name: "Your password is changed" }).waitFor();
	assert.ok(!page.asked.some((request) => request.url().includes(link.split("#reset=")[1])), "the token is in no address");
	assert.equal((await ana.get("/me")).status, 401, "all sessions end");

	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByLabel("E-mail").fill(ana.email);
	await page.getByLabel("Password").fill(NEW_PASSWORD);
	await signInButton(page).click();
	await page.getByRole("heading", { name: "Profile" }).waitFor();

	await page.goto("customer.html");
	await page.goto(link);
	await page.getByLabel("New password").fill("a third horse battery");
	await page.getByRole("button", { name: "Set this password" }).click();
	await page.getByRole("alert").locator("p").waitFor();
	await window.close();
});

test("AC-01 AC-04 the mail's link confirms the e-mail, and the open page learns it", async () => {
	const window = await newWindow();
	const ana = await customer();
	const page = await accountPage(window, ana);
	await page.getByText("really yours?").waitFor();
	await page.getByRole("button", { name: "Send the mail again" }).click();
	await page.getByText("A mail is on its way").waitFor();

	const link = await openPage(window, await linkOf(ana.email, "confirm"));
	await link.getByRole("heading", { name: "Your e-mail is confirmed" }).waitFor();
	assert.equal(new URL(link.url()).hash, "");
	await page.locator("#profile .badge", { hasText: "confirmed" }).waitFor();
	await link.getByRole("button", { name: "To your account" }).click();
	await link.getByRole("heading", { name: "Profile" }).waitFor();

	await link.goto("customer.html");
	await link.goto("account.html#confirm=this-is-no-token");
	await link.getByRole("heading", { name: "This link doesn’t work" }).waitFor();
	await window.close();
});

test("AC-23 all that is held of one comes as a file", async () => {
	const window = await newWindow();
	const ana = await hungryCustomer();
	const page = await accountPage(window, ana);
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download my data" }).click()]);
	assert.match(download.suggestedFilename(), /\.json$/);
	const text = await readFile(await download.path(), "utf8");
	assert.doesNotThrow(() => JSON.parse(text));
	for (const known of [ana.email, addressInAmsterdam().line1])
		assert.ok(text.includes(known), known);
	await window.close();
});

test("AC-23 erasing needs the password and the words; afterwards there is nobody", async () => {
	const windows = await Promise.all([newWindow(), newWindow()]);
	const ana = await hungryCustomer();
	const [page, other] = await Promise.all(windows.map((window) => accountPage(window, ana)));
	const erase = async (password, oath) => {
		await page.getByLabel("Your password").fill(password);
		await page.getByLabel("Type “erase me” to confirm").fill(oath);
		await page.getByRole("button", { name: "Erase my account for good" }).click();
	};

	await page.getByRole("button", { name: "Erase my account…" }).click();
	await page.getByText("What stays, and why").waitFor();
	await erase(PASSWORD, "yes");
	assert.equal(await page.locator(".erase-form :invalid").count(), 1);
	await erase("not my password", "erase me");
	await alertIn(page, "erase").getByText(/not your password/).waitFor();
	ok(await ana.get("/me"));

	await erase(PASSWORD, "erase me");
	await page.getByRole("heading", { name: "You are erased" }).waitFor();
	await other.getByText("You are signed out").waitFor();
	assert.equal((await ana.post("/auth/login", { email: ana.email, password: PASSWORD })).status, 401);
	await page.reload();
	await signInButton(page).waitFor();
	await Promise.all(windows.map((window) => window.close()));
});

test("AC-23 nobody is erased while an order of his is on its way", async () => {
	const window = await newWindow();
	const ana = await customer();
	const order = await place(ana, await newKitchen());
	const page = await accountPage(window, ana);
	await page.getByRole("button", { name: "Erase my account…" }).click();
	await page.getByLabel("Your password").fill(PASSWORD);
	await page.getByLabel("Type “erase me” to confirm").fill("erase me");
	await page.getByRole("button", { name: "Erase my account for good" }).click();
	await alertIn(page, "erase").getByText(/under way/).waitFor();
	assert.equal(ok(await ana.get(`/orders/${order.id}`)).status, "placed");
	await window.close();
});

test("AC-22 AC-25 staff have an account page too, beside a customer's in the same browser", async () => {
	const window = await newWindow();
	const ana = await customer({ name: "Ana Zijdelings" });
	await accountPage(window, ana);
	const page = await openPage(window, "account.html?as=restaurant");
	await page.getByRole("button", { name: /demo restaurant/ }).click();
	await page.getByRole("heading", { name: "Devices" }).waitFor();
	assert.equal(await page.locator("#cards").count(), 0, "cards are for those who order");
	await page.getByRole("link", { name: "Run a kitchen" }).waitFor();

	await page.locator("summary", { hasText: "Account" }).click();
	await page.getByRole("link", { name: /Ana Zijdelings/ }).click();
	await page.getByRole("heading", { name: "Ana Zijdelings" }).waitFor();
	await window.close();
});

test("AC-16 somebody else's role signs in on the account page", async () => {
	const window = await newWindow();
	const page = await signInOn(window, "account.html", { email: "driver@foodfast.example" }, "foodfast-demo");
	await page.getByRole("heading", { name: "Profile" }).waitFor();
	assert.match(page.url(), /as=driver/);
	await window.close();
});
