import assert from "node:assert/strict";
import { test } from "node:test";
import { earlierPosition, formatCursor, mergeWants, parseCursor } from "../../../public/js/cursor.js";

const at = (seq, epoch = "e1") => ({ epoch, seq });

test("OT-15 a cursor is read into positions, and written back", () => {
	const positions = parseCursor("e1/order:a=7,restaurant:b=0");
	assert.deepEqual([...positions], [["order:a", at(7)], ["restaurant:b", at(0)]]);
	assert.equal(formatCursor(positions), "e1/order:a=7,restaurant:b=0");
});

test("OT-15 what is no cursor has no positions", () => {
	for (const text of [null, undefined, "", "0", "e1/", "e1/order:a", "e1/order:a=x"])
		assert.equal(parseCursor(text).size, 0, String(text));
});

test("OT-15 channels without a position stay out of the cursor; none at all is no cursor", () => {
	assert.equal(formatCursor(new Map([["a", null], ["b", at(2)]])), "e1/b=2");
	assert.equal(formatCursor(new Map([["a", null]])), null);
	assert.equal(formatCursor(new Map()), null);
});

test("OT-15 positions of two epochs make a cursor that the server answers by reset", () => {
	const mixed = new Map([["a", at(9, "now")], ["b", at(3, "old")]]);
	assert.equal(formatCursor(mixed, "now"), "old/a=9,b=3");
});

test("RL-08 the earlier of two positions lacks nothing that either needs", () => {
	assert.deepEqual(earlierPosition(at(3), at(5)), at(3));
	assert.deepEqual(earlierPosition(null, at(5)), at(5));
	assert.deepEqual(earlierPosition(at(5), null), at(5));
	assert.equal(earlierPosition(null, null), null);
	assert.deepEqual(earlierPosition(at(1, "now"), at(9, "old"), "now"), at(9, "old"));
});

test("RL-08 the tabs' wants are merged, each channel from where the slowest tab stands", () => {
	const wants = new Map([
		["tab 1", new Map([["order:a", at(7)], ["order:b", null]])],
		["tab 2", new Map([["order:a", at(4)]])],
		["tab 3", new Map()],
	]);
	assert.deepEqual([...mergeWants(wants)], [["order:a", at(4)], ["order:b", null]]);
});
