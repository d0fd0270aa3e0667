/* Cards as people see them: what they are called, and a form to add one. */
import { explain } from "./feedback.js";
import { html } from "./html.js";

/*
 * What the gateway's own field would hand over for a card number: a token. These are the gateway's tokens for tests;
 * each behaves as its words say, every time.
 */
export const testCards = [
	{ token: "pm_card_visa", label: "Visa", does: "is accepted" },
	{ token: "pm_card_mastercard", label: "Mastercard", does: "is accepted" },
	{ token: "pm_card_amex", label: "American Express", does: "is accepted" },
	{ token: "pm_card_authenticationRequired", label: "Visa", does: "the bank asks you first" },
	{ token: "pm_card_chargeDeclined", label: "Visa", does: "is declined" },
	{ token: "pm_card_chargeDeclinedInsufficientFunds", label: "Visa", does: "not enough money on it" },
	{ token: "pm_card_chargeDeclinedExpiredCard", label: "Visa", does: "has expired" },
];

const brands = {
	visa: "Visa", mastercard: "Mastercard", amex: "American Express", discover: "Discover", diners: "Diners Club", jcb: "JCB", unionpay: "UnionPay",
};

/** 'Visa ending in 4242' */
export const describeCard = ({ brand, last4 }) => `${brands[brand] ?? brand ?? "Card"} ending in ${last4}`;

/** '04/30' */
export const describeExpiry = ({ exp_month: month, exp_year: year }) =>
	`${String(month).padStart(2, "0")}/${String(year % 100).padStart(2, "0")}`;

/** Whether the month that the card is good for is over. */
export const isExpired = ({ exp_month: month, exp_year: year }, now) =>
	year * 12 + month - 1 < now.getFullYear() * 12 + now.getMonth();

const testCard = ({ token, label, does }) => html`<option value=${token}>${label}: ${does}</option>`;

/** The page's actions must have saveCard and closeCardForm. */
export const cardFormView = ({ error, isBusy }) => html`
	<form class="stack card-form" data-key="card-form" data-action="saveCard">
		<label class="field"><span>Test card</span>
			<select name="token" data-focus="card-token">${testCards.map(testCard)}</select>
		</label>
		<p class="hint">No real money moves here, so you choose a test card. In a real shop the payment company’s own field stands in
			this place: the number goes to it alone, and FoodFast never sees it.</p>
		${error && html`<p class="field-error" role="alert">${explain(error)}</p>`}
		<div class="row">
			<button class="button" data-look="primary" disabled=${isBusy}>${isBusy ? "Adding the card…" : "Add card"}</button>
			<button class="button" type="button" data-action="closeCardForm">Cancel</button>
		</div>
	</form>`;
