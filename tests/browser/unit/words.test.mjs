/* Money, times and pictures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { artFor } from "../../../public/js/art.js";
import { formatMoney } from "../../../public/js/money.js";
import { formatElapsed, minutesBetween } from "../../../public/js/time.js";

test("OT-20 money is written with its currency's own digits", () => {
	assert.match(formatMoney(1250, "EUR"), /12[.,]50/);
	assert.match(formatMoney(1250, "GBP"), /£/);
	assert.match(formatMoney(1250, "JPY"), /1.?250/);
});

test("OT-20 elapsed time in words; a clock that is wrong shows no negative time", () => {
	const from = "2026-11-21T18:00:00.000Z";
	const after = (minutes) => Date.parse(from) + minutes * 60_000;
	assert.deepEqual([-5, 0.5, 7, 65].map((minutes) => formatElapsed(from, after(minutes))), ["just now", "just now", "7 min", "1 h 05"]);
	assert.equal(minutesBetween(from, after(-5)), 0);
});

test("DV-10 a dish always has the same picture, which its name suggests", () => {
	assert.deepEqual(artFor("id-1", "Pizza Margherita"), artFor("id-1", "Pizza Margherita"));
	assert.equal(artFor("id-1", "Pizza Margherita").drawing, "pizza");
	assert.equal(artFor("id-1", "Number 7", "Sushi").drawing, "sushi");
	assert.ok(artFor("id-1", null, undefined).drawing);
	const tints = new Set(Array.from({ length: 50 }, (_, i) => artFor(`id-${i}`).tint));
	assert.equal(tints.size, 8);
});
