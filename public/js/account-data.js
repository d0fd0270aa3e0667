/* One's own data: a copy of all of it, and its end. */
import { explain } from "./feedback.js";
import { attempt, errorsByField, field, quietForm, valuesOf } from "./form.js";
import { html } from "./html.js";

export const initialData = {
	eraseForm: { ...quietForm, isOpen: false },
};

/* What one types to show that he means it. */
const OATH = "erase me";

/* ---- what is shown ---- */

const fatesView = () => html`
	<div class="fates">
		<div>
			<h3>What goes, at once and for good</h3>
			<ul>
				<li>your name, e-mail, phone, password and addresses</li>
				<li>your cards, here and at the payment company</li>
				<li>every device’s session, and where it was signed in from</li>
				<li>your name, notes and address in past orders and in what was told about them</li>
			</ul>
		</div>
		<div>
			<h3>What stays, and why</h3>
			<ul>
				<li>that orders were made, what was in them and what they cost, under a number that says nothing of you: the
					restaurants’ books need them</li>
				<li>that money was paid or given back: the law wants books kept for years</li>
			</ul>
		</div>
	</div>`;

const eraseFormView = ({ isBusy, error }) => {
	const errors = errorsByField(error);
	return html`
		<form class="stack erase-form" data-key="erase-form" data-action="erase">
			${field("Your password", "password", "password", "current-password", { id: "erase-password", error: errors.password })}
			${field(`Type “${OATH}” to confirm`, "oath", "text", "off", { id: "erase-oath", pattern: `\\s*${OATH}\\s*` })}
			<div class="form-error" role="alert">${error && html`<p>${explain(error)}</p>`}</div>
			<div class="row">
				<button class="button" data-look="danger" disabled=${isBusy}>${isBusy ? "Erasing…" : "Erase my account for good"}</button>
				<button class="button" type="button" data-action="closeErase">Keep my account</button>
			</div>
		</form>`;
};

export const dataView = ({ role, eraseForm }) => html`
	<section class="panel card" id="data" data-key="data" aria-labelledby="data-title">
		<h2 id="data-title" tabindex="-1">Your data</h2>
		<p class="muted">Everything that FoodFast holds of you, in one file that people and programs can read (JSON).</p>
		<div><a class="button" href=${`/api/v1/me/export?as=${role}`} download>Download my data</a></div>
	</section>
	<section class="panel card" id="erase" data-key="erase" aria-labelledby="erase-title">
		<h2 id="erase-title" tabindex="-1">Erase your account</h2>
		${fatesView()}
		${eraseForm.isOpen
			? eraseFormView(eraseForm)
			: html`<div><button class="button" data-look="danger-quiet" data-action="openErase" data-focus="erase">Erase my account…</button></div>`}
	</section>`;

/* ---- what can be done ---- */

export class OwnData {
	#api;
	#store;
	#erased;

	/** `erased()` takes over when there is nobody any more. */
	constructor({ api, store, erased }) {
		this.#api = api;
		this.#store = store;
		this.#erased = erased;
	}

	actions = {
		openErase: () => this.#open(true),
		closeErase: () => this.#open(false),
		erase: (form) => this.#erase(form),
	};

	#open(isOpen) {
		this.#store.update({ eraseForm: { ...initialData.eraseForm, isOpen } });
	}

	async #erase(form) {
		const { password } = valuesOf(form);
		if (await attempt(this.#store, "eraseForm", () => this.#api.delete("/me", { password })))
			this.#erased();
	}
}
