/*
 * The sandbox gateway of an instance, as its owner plays with it: faults, webhooks, the bank's challenge, its clock, and
 * what it has really charged.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { exchange } from "./http.mjs";
import { here } from "./instance.mjs";

export class Sandbox {
	constructor(instance = here) {
		this.instance = instance;
	}

	/* tools/foodfast chooses its port, and writes it down. */
	get origin() {
		return readFileSync(`${this.instance.runDir}/sandbox-url`, "utf8").trim();
	}

	/* Asks for PATH, and takes no refusal; resolves with the body. */
	async #control(method, path, body) {
		const headers = body === undefined ? {} : { "Content-Type": "application/json" };
		const reply = await exchange(new URL(path, this.origin), { method, headers, body: body && JSON.stringify(body) });
		assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.text}`);
		return reply.body;
	}

	/* From now on, or TIMES often, calls of METHOD and PATH (a prefix) meet DO: delay, cut_before, cut_after, error, stored_error, refuse, decline, rate_limit. */
	fault(fault) {
		return this.#control("POST", "/sandbox/faults", fault);
	}

	calm() {
		return this.#control("DELETE", "/sandbox/faults");
	}

	/* MODE: on, lose or hold; DELAY_MS, COPIES, SHUFFLE. */
	webhooks(way) {
		return this.#control("PUT", "/sandbox/webhooks", { mode: "on", delay_ms: 0, copies: 1, shuffle: false, ...way });
	}

	/* Sends what was held. */
	release() {
		return this.#control("POST", "/sandbox/webhooks/release", {});
	}

	/* What the customer answers his bank about the payment INTENT (its id, or an order's next_action). */
	challenge(intent, approve) {
		const id = typeof intent === "string" ? intent : new URL(intent.redirect_to_url.url).pathname.split("/").at(-1);
		return this.#control("POST", `/sandbox/challenges/${id}`, { approve });
	}

	/* All PaymentIntents of an order, with what was captured and refunded of each. */
	async charges(orderId) {
		return (await this.#control("GET", `/sandbox/charges?order_id=${orderId}`)).items;
	}

	/* Its clock runs ahead by as many seconds more. */
	advance(seconds) {
		return this.#control("POST", "/sandbox/clock", { advance_s: seconds });
	}

	/* Refunds that take days are done, or fail. */
	settleRefunds() {
		return this.#control("POST", "/sandbox/settle-refunds", {});
	}
}
