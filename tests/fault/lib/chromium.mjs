/*
 * A real EventSource, in Chromium: the browser's own reconnection with its own Last-Event-ID. Where it gives up (an answer that is
 * no stream), the page begins a new one after the cursor that it composes itself, as our pages do.
 */
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import { PASSWORD } from "../../e2e/lib/people.mjs";

const FLAGS = [
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const COLLECT_MS = 300;

/* Runs in the page: watches CHANNELS as ROLE, and may be told to watch others. */
function watchInPage({ channels, role }) {
	const state = { records: [], channels, places: {}, epoch: undefined };
	const tell = (kind, data) => state.records.push({ kind, data, at: Date.now() });
	const cursor = () => (state.epoch ? `${state.epoch}/${state.channels.map((channel) => `${channel}=${state.places[channel] ?? 0}`).join(",")}` : "0");
	const take = (frame) => {
		state.places[frame.channel] = frame.seq;
		tell("event", frame);
	};
	state.open = () => {
		state.source?.close();
		const source = state.source = new EventSource(`/stream?${new URLSearchParams({ channels: state.channels.join(","), after: cursor(), as: role })}`);
		source.onmessage = ({ data }) => {
			const frame = JSON.parse(data);
			if (frame.channel)
				return take(frame);
			state.epoch ??= frame.epoch;
			if (frame.type === "stream.open")
				tell("opened", frame);
		};
		source.onerror = () => {
			tell("cut");
			if (source.readyState === EventSource.CLOSED)
				setTimeout(() => source === state.source && state.open(), 300);
		};
	};
	state.open();
	window.chaos = state;
}

/* The transport of a watch in PAGE, where its person is signed in. It lives until the watch is stopped. */
const liveIn = (page) => async (watch) => {
	let asked = watch.takeUp();
	await page.evaluate(watchInPage, { channels: asked, role: watch.person.user.role });
	while (!watch.isStopped) {
		for (const { kind, data, at } of await page.evaluate(() => window.chaos.records.splice(0)))
			records[kind](watch, data, at);
		const wanted = watch.takeUp();
		if (wanted.some((channel) => !asked.includes(channel)))
			await page.evaluate((channels) => { Object.assign(window.chaos, { channels }).open(); }, asked = wanted);
		await pause(COLLECT_MS);
	}
	await page.evaluate(() => window.chaos.source.close());
};

const records = {
	opened: (watch, frame) => watch.opened(frame),
	event: (watch, event, at) => watch.take(event, at),
	cut: (watch) => watch.closed("", "error"),
};

export class Browser {
	static async open(site) {
		const browser = new Browser();
		browser.site = site;
		browser.chromium = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS, handleSIGINT: false });
		return browser;
	}

	/* A row for `transports`, for PERSON, signed in by cookie in a window of his own. */
	async transportFor(person) {
		const context = await this.chromium.newContext({ baseURL: this.site.url.href });
		const page = await context.newPage();
		await page.goto("/favicon.svg");
		const status = await page.evaluate(async (form) => {
			const answer = await fetch("/api/v1/auth/login", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(form) });
			return answer.status;
		}, { email: person.email, password: PASSWORD, cookie: true });
		if (status !== 200)
			throw new Error(`Chromium could not sign in: ${status}`);
		return { name: "EventSource in Chromium", patienceMs: null, live: liveIn(page) };
	}

	close() {
		return this.chromium.close();
	}
}
