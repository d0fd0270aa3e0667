/* The pages by HTTPS and HTTP/2, where all tabs of a browser share one connection and lighttpd's eight streams on it. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { move, place } from "../e2e/lib/orders.mjs";
import { freePort, Site } from "../fault/lib/site.mjs";
import { anotherTab, connection, customerPage, newWindow, staffPage, ticketIn, tracker, useTransport } from "./browser.mjs";
import { hungryCustomer, newKitchen, staffAt } from "./people.mjs";

const site = await Site.create({ tlsPort: await freePort() });
after(() => site.forget());
await site.up();

/* {status, protocol} of a request of this tab's own. */
const restAnswers = (tab) => tab.evaluate(async () => {
	const role = location.pathname.includes("restaurant") ? "restaurant" : "customer";
	const answer = await fetch("/api/v1/me", { headers: { "session-role": role } });
	await answer.text();
	return { status: answer.status, protocol: performance.getEntriesByName(answer.url).at(-1).nextHopProtocol };
});

test("RL-08 AC-18 twenty tabs of one browser over HTTP/2: all are live, REST still answers, and their cookies are Secure", async () => {
	const window = await newWindow({ baseURL: site.url.href, ignoreHTTPSErrors: true });
	const kitchen = await newKitchen({ instance: site });
	const ana = await hungryCustomer({ instance: site });
	const order = await place(ana, kitchen);
	const customers = [await customerPage(window, ana, "#/orders")];
	const kitchens = [await staffPage(window, await staffAt(kitchen))];
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
	const allAnswer = async () =>
		assert.deepEqual(await Promise.all(tabs.map(restAnswers)), Array(20).fill({ status: 200, protocol: "h2" }));

	await move(kitchen.owner, order, "confirmed");
	await allSee("confirmed");
	await allAnswer();
	await useTransport(customers[5], "websocket");
	await useTransport(kitchens[5], "socket.io");
	await move(kitchen.owner, order, "preparing");
	await allSee("preparing");
	await allAnswer();

	const cookies = await window.cookies();
	assert.deepEqual(cookies.map(({ name }) => name).sort(), ["customer", "restaurant"].map((role) => `__Host-foodfast_${role}_${site.port}`));
	assert.ok(cookies.every(({ secure, httpOnly, sameSite }) => secure && httpOnly && sameSite === "Lax"));
	assert.deepEqual(tabs.flatMap((tab) => tab.wrongs), []);
	await window.close();
});

test("AC-18 who opens a page by plain HTTP is on it by HTTPS", async () => {
	const window = await newWindow({ baseURL: site.plain.href, ignoreHTTPSErrors: true });
	const page = await window.newPage();
	await page.goto("/customer.html?from=a%20link#/orders");
	assert.equal(page.url(), new URL("/customer.html?from=a%20link#/orders", site.url).href);
	await window.close();
});
