/*
 * A real Chromium for the page tests. Every page that is opened here keeps what went wrong on it (errors, console
 * errors, violations of the Content-Security-Policy) in `page.wrongs`, what it asked for in `page.asked`, and its
 * WebSockets in `page.sockets`.
 */
import { after } from "node:test";
import { chromium } from "playwright-core";
import { here } from "../e2e/lib/instance.mjs";
import { PASSWORD } from "../e2e/lib/people.mjs";

const FLAGS = [
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
];

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
after(() => browser.close());

/* One person's browser: cookies and storage of its own. */
export async function newWindow(options = {}) {
	const context = await browser.newContext({ baseURL: here.url.href, locale: "en-GB", reducedMotion: "reduce", ...options });
	context.setDefaultTimeout(10_000);
	return context;
}

export async function openPage(context, path) {
	const page = await context.newPage();
	page.wrongs = [];
	page.asked = [];
	page.sockets = [];
	page.on("pageerror", (error) => page.wrongs.push(error.stack));
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type()))
			page.wrongs.push(message.text());
	});
	page.on("request", (request) => page.asked.push(request));
	page.on("websocket", (socket) => page.sockets.push(socket));
	await page.goto(path);
	return page;
}

/* Opens PATH and signs PERSON in by the form. */
export async function signInOn(context, path, { email }, password = PASSWORD) {
	const page = await openPage(context, path);
	await page.getByLabel("E-mail").fill(email);
	await page.getByLabel("Password").fill(password);
	await page.getByRole("button", { name: "Sign in", exact: true }).click();
	return page;
}

/* The customer's page with PERSON signed in, and its list of restaurants there. */
export async function customerPage(context, person, route = "") {
	const page = await signInOn(context, `customer.html${route}`, person);
	await page.locator(".layout").waitFor();
	return page;
}

/* The account page with PERSON signed in, and live. */
export async function accountPage(context, person) {
	const page = await signInOn(context, "account.html", person);
	await page.locator("#devices .entry").first().waitFor();
	await connection(page, "live");
	return page;
}

/* The kitchen's page with PERSON signed in, and live. */
export async function staffPage(context, person) {
	const page = await signInOn(context, "restaurant.html", person);
	await connection(page, "live");
	return page;
}

/* The developers' page with PERSON signed in. */
export async function streamsPage(context, person) {
	const page = await signInOn(context, "streams.html", person);
	await page.locator(".setup .chip").first().waitFor();
	return page;
}

/* Another tab of somebody who is signed in in this window. */
export async function anotherTab(context, path, ready) {
	const page = await openPage(context, path);
	await page.locator(ready).waitFor();
	return page;
}

/* All there are, as the pages call them. */
export const TRANSPORTS = ["sse", "websocket", "socket.io", "long-poll", "short-poll"];

/* Waits until the page says that its connection is in STATE. */
export const connection = (page, state) => page.locator(`.connection[data-state=${state}]`).waitFor();

export const ticket = (page, order) => page.locator(`.ticket[data-order="${order.id}"]`);

/* The order's card in the column of STATUS. */
export const ticketIn = (page, order, status) =>
	page.locator(`[data-column=${status}] .ticket[data-order="${order.id}"]`);

export const tracker = (page, order, status) =>
	page.locator(`.tracker[data-order="${order.id}"]${status ? `[data-status=${status}]` : ""}`);

export const alarm = (page, state) => page.locator(`body[data-alarm=${state}]`).waitFor();

/* Chooses the transport in the page's menu. (A tab in the background is drawn, and so clicked, only now and then.) */
export async function chooseTransport(page, transport) {
	await page.bringToFront();
	await page.locator(".connection summary").click();
	await page.locator(`input[name=transport][value="${transport}"]`).check();
	await page.locator(".connection summary").click();
}

/* Chooses it, and waits until it is the one in use and live. */
export async function useTransport(page, transport) {
	await chooseTransport(page, transport);
	await page.locator(`.connection[data-transport="${transport}"][data-state=live]`).waitFor();
}

/* The requests by which pages of this window hold a stream. */
export const streamRequests = (pages) =>
	pages.flatMap((page) => page.asked).filter((request) => new URL(request.url()).pathname === "/stream");

/* The order that stands in the tracker of a page that has just placed one. */
export async function placedOrder(page) {
	const found = page.locator(".tracker").first();
	await found.waitFor();
	return { id: await found.getAttribute("data-order"), status: "placed" };
}
