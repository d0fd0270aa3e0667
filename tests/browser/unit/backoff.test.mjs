import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "../../../public/js/backoff.js";

test("OT-15 waits longer each time, up to a limit", () => {
	const waits = [1, 2, 3, 4, 20].map((attempt) => backoffMs(attempt, { random: () => 1 }));
	assert.deepEqual(waits, [500, 1000, 2000, 4000, 30_000]);
});

test("OT-15 clients that were cut together don't come back together", () => {
	assert.equal(backoffMs(3, { random: () => 0 }), 1000);
	assert.equal(backoffMs(3, { random: () => 0.5 }), 1500);
});

test("OT-09 never sooner than the server asked for", () => {
	assert.ok(backoffMs(1, { retryAfterS: 7, random: () => 0 }) >= 7000);
});
