/* Customers who order while things break, and go on until they have an answer, as the pages do. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { basketOf } from "../../e2e/lib/orders.mjs";
import { customer } from "../../e2e/lib/people.mjs";
import { inParallel } from "../../e2e/lib/wait.mjs";

/* What a client may meet while a part is away. 500 is lighttpd's word for a program that was killed in mid-request. */
const TRY_AGAIN = [409, 500, 502, 503, 504];

/*
 * Sends until there is an answer that is no "try again", always under the same key. A connection that breaks
 * counts as no answer. REFUSALS gets the problems on the way.
 */
export async function persist(person, path, body, { refusals = [], within = 20_000 } = {}) {
	const headers = { "Idempotency-Key": randomUUID() };
	const deadline = performance.now() + within;
	for (;;) {
		const reply = await person.post(path, body, headers).catch((error) => ({ status: 0, text: error.message }));
		const mayTryAgain = reply.status === 0 || (TRY_AGAIN.includes(reply.status) && reply.body?.code !== "duplicate_order");
		if (!mayTryAgain)
			return reply;
		refusals.push(reply);
		assert.ok(performance.now() < deadline, `no answer from ${path} within ${within} ms, last: ${reply.status} ${reply.text}`);
		await pause(50);
	}
}

/* COUNT orders by PEOPLE at KITCHENS, WIDTH at once; resolves with {orders, refusals} when all are placed. ONANSWER is told of each. */
export async function rush({ people, kitchens, count, width = 4, onAnswer = () => {} }) {
	const refusals = [];
	const orders = await inParallel(count, width, async (turn) => {
		const kitchen = kitchens[turn % kitchens.length];
		const reply = await persist(people[turn % people.length], "/orders", basketOf(kitchen, { again: true }), { refusals });
		assert.equal(reply.status, 201, `${reply.status} ${reply.text}`);
		onAnswer();
		return { ...reply.body, kitchen };
	});
	return { orders, refusals };
}

/* New customers of SITE. */
export const crowd = (site, count) => inParallel(count, 3, () => customer({ instance: site }));

/* No answer on the way was a fault of ours: 503 comes with a Retry-After, and nothing is a 500. */
export function assertHonest(refusals) {
	for (const { status, headers, text } of refusals) {
		assert.notEqual(status, 500, text);
		if (status === 503)
			assert.match(headers["retry-after"] ?? "", /^\d+$/, text);
	}
}
