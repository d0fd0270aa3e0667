/*
 * What the links in our mails open: #confirm=TOKEN and #reset=TOKEN. A token is worth as
 * much as a password, so it leaves the address bar and the history before anything else.
 */
import { explain } from "./feedback.js";
import { attempt, errorsByField, field, quietForm, valuesOf } from "./form.js";
import { html } from "./html.js";

/* `link`: {kind: 'confirm'|'reset', token}, or null for a page that was opened in any other way. */
export const initialLinks = {
	link: null,
	linkForm: { ...quietForm, isDone: false },
};

/** {kind, token} of the fragment, or null. */
export const linkIn = (hash) => {
	const [, kind, token] = /^#(confirm|reset)=([\w.~-]+)$/.exec(hash) ?? [];
	return kind ? { kind, token } : null;
};

/** The link that the page was opened by; its token is nowhere in the browser afterwards. */
export const takeLink = () => {
	const link = linkIn(location.hash);
	if (link)
		history.replaceState(null, "", location.pathname + location.search);
	return link;
};

/* ---- what is shown ---- */

const wayOn = (text) => html`<p><button class="button button-wide" data-look="primary" data-action="leaveLink">${text}</button></p>`;

const confirmView = ({ isDone, error }) => html`
	<h1 tabindex="-1">${isDone ? "Your e-mail is confirmed" : error ? "This link doesn’t work" : "Confirming your e-mail…"}</h1>
	<div class="form-error" role="alert">${error && html`<p>${explain(error)}</p>`}</div>
	<div role="status">
		${isDone && html`<p>Thank you. Now we know that our mails reach you.</p>`}
		${error && html`<p>Each link works once, and not for ever. You can ask for another one on your account page.</p>`}
	</div>
	${(isDone || error) && wayOn("To your account")}`;

const resetFormView = ({ isBusy, error }) => html`
	<p class="lead">All your devices are signed out, and you sign in anew.</p>
	<div class="form-error" role="alert">${error && html`<p>${explain(error)}</p>`}</div>
	<form class="stack" data-action="resetPassword">
		${field("New password", "password", "password", "new-password", { minlength: 8, error: errorsByField(error).password, hint: "Eight characters or more." })}
		<button class="button" data-look="primary" disabled=${isBusy}>${isBusy ? "One moment…" : "Set this password"}</button>
	</form>`;

const resetView = (state) => html`
	<h1 tabindex="-1">${state.isDone ? "Your password is changed" : "Choose a new password"}</h1>
	${state.isDone
		? html`<p class="lead" role="status">All your devices are signed out. Sign in with the new one.</p>${wayOn("Sign in")}`
		: resetFormView(state)}`;

const views = { confirm: confirmView, reset: resetView };

export const linkView = ({ link, linkForm }) => html`
	<section class="sign-in card" data-key=${`link ${link.kind}`}>${views[link.kind](linkForm)}</section>`;

/* ---- what can be done ---- */

export class Links {
	#api;
	#store;
	#left;

	/** `left()`: the person is done with the link. */
	constructor({ api, store, left }) {
		this.#api = api;
		this.#store = store;
		this.#left = left;
	}

	actions = {
		resetPassword: (form) => this.#reset(form),
		leaveLink: () => this.#left(),
	};

	/** Shows what the link is for; a confirmation needs no more than that. */
	open(link) {
		this.#store.update({ ...initialLinks, link });
		return link.kind === "confirm" ? this.#send("/auth/confirm-email", { token: link.token }) : null;
	}

	#reset(form) {
		return this.#send("/auth/reset-password", { token: this.#store.state.link.token, ...valuesOf(form) });
	}

	async #send(path, body) {
		if (await attempt(this.#store, "linkForm", () => this.#api.post(path, body)))
			this.#store.update(({ link: { kind }, linkForm }) => ({ link: { kind }, linkForm: { ...linkForm, isDone: true } }));
	}
}
