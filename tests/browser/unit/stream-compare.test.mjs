/* Transports side by side. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareProbes } from "../../../public/js/stream-compare.js";

const probe = (label, seen, doubled = 0) => ({ label, doubled, seen: new Map(Object.entries(seen)) });

test("DV-12 probes that have the same events are the same, and the fastest comes first", () => {
	const { common, faulty, lags } = compareProbes([
		probe("poll", { "a 4": 1000, "a 5": 1400, "b 1": 1500 }),
		probe("sse", { "a 4": 990, "a 5": 1100, "b 1": 1200 }),
	]);
	assert.equal(common, 3);
	assert.deepEqual(faulty, []);
	assert.deepEqual(lags, [{ label: "sse", medianMs: 0 }, { label: "poll", medianMs: 300 }]);
});

test("DV-12 who joined later lacks nothing; who has a hole, or had something twice, is named", () => {
	const late = compareProbes([probe("sse", { "a 1": 1, "a 2": 2, "a 3": 3 }), probe("poll", { "a 3": 3 })]);
	assert.deepEqual([late.common, late.faulty], [1, []]);

	const holed = compareProbes([probe("sse", { "a 1": 1, "a 3": 3 }), probe("poll", { "a 1": 1, "a 2": 2 }), probe("ws", { "a 1": 1 }, 1)]);
	assert.deepEqual(holed.faulty.map(({ label }) => label), ["sse", "ws"]);
});

test("DV-12 what one of them had only by replay says nothing about its speed", () => {
	const { common, lags } = compareProbes([probe("sse", { "a 1": 5 }), probe("poll", { "a 1": null })]);
	assert.equal(common, 1);
	assert.deepEqual(lags.map(({ medianMs }) => medianMs), [null, null]);
});
