import assert from "node:assert/strict";
import { test } from "node:test";
import { describeCard, describeExpiry, isExpired, testCards } from "../../../public/js/cards.js";
import { challengeOf, describeAttempt, stageOf } from "../../../public/js/payment-view.js";
import { formatCountdown } from "../../../public/js/time.js";

const next_action = { type: "redirect_to_url", url: "http://bank.example/challenge/pi_1" };
const waiting = (payment, more = {}) => ({ id: "o", status: "awaiting_payment", payment: { method: "card", ...payment }, ...more });

test("PY-05 what an order's payment waits for: the bank, its customer there, or another card", () => {
	assert.equal(stageOf(waiting({ status: "pending" })), "waiting");
	assert.equal(stageOf(waiting({ status: "requires_action", next_action })), "challenge");
	assert.equal(stageOf(waiting({ status: "requires_action", next_action }), "o"), "returned");
	assert.equal(stageOf(waiting({ status: "requires_action", next_action }), "another"), "challenge");
	assert.equal(stageOf(waiting({ status: "failed" })), "declined");
	assert.equal(stageOf(waiting({ status: "authorized" }, { status: "placed" })), null);
});

test("PY-05 somebody who is wanted by his bank, but nobody knows where, is not sent anywhere", () => {
	assert.equal(stageOf(waiting({ status: "requires_action" })), "waiting");
	assert.equal(challengeOf(waiting({ status: "requires_action" })), null);
	assert.equal(challengeOf(waiting({ status: "requires_action", next_action })), next_action.url);
});

test("PY-02 PY-05 payments and refunds in words, those unknown to this page as they are", () => {
	const method = { brand: "visa", last4: "4242" };
	const say = (entry) => describeAttempt({ kind: "payment", method, ...entry }, "€5.00");
	assert.equal(say({ status: "captured" }), "€5.00 paid by Visa ending in 4242");
	assert.equal(say({ status: "failed", reason: "insufficient_funds" }), "Visa ending in 4242 was declined");
	assert.equal(say({ status: "captured", method: undefined }), "€5.00 paid by card");
	assert.equal(say({ status: "quite_new" }), "€5.00, payment quite new");
	assert.equal(say({ kind: "refund", status: "succeeded", reason: "cold soup" }), "€5.00 given back: cold soup");
	assert.equal(say({ kind: "refund", status: "pending" }), "€5.00 on its way back to you");
});

test("AC-05 a card by its brand and last digits, and until when it is good", () => {
	assert.equal(describeCard({ brand: "amex", last4: "0005" }), "American Express ending in 0005");
	assert.equal(describeCard({ brand: "newcomer", last4: "1" }), "newcomer ending in 1");
	const card = { exp_month: 4, exp_year: 2030 };
	assert.equal(describeExpiry(card), "04/30");
	assert.equal(isExpired(card, new Date(2030, 3, 30)), false, "the whole month");
	assert.equal(isExpired(card, new Date(2030, 4, 1)), true);
});

test("PY-05 no card number is anywhere on a page: test cards are tokens", () => {
	for (const { token } of testCards)
		assert.match(token, /^pm_card_\w+$/);
	assert.equal(new Set(testCards.map(({ token }) => token)).size, testCards.length);
});

test("PY-05 the time that is left to pay, never below none", () => {
	assert.deepEqual([15 * 60_000, 843_000, 59_001, 0, -5000].map(formatCountdown), ["15:00", "14:03", "1:00", "0:00", "0:00"]);
});
