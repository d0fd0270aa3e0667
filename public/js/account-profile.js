/* Who one is: name, phone, e-mail and its confirmation, the password. */
import { explain, notify } from "./feedback.js";
import { attempt, errorsByField, field, quietForm, valuesOf } from "./form.js";
import { html } from "./html.js";
import { rememberUser } from "./session.js";

export const initialProfile = {
	user: null,
	profileForm: quietForm,
	passwordForm: quietForm,
	/* Whether the mail that confirms the address was asked for here. */
	confirmation: { ...quietForm, isSent: false },
};

/* ---- what is shown ---- */

const errorView = (error) => html`<div class="form-error" role="alert">${error && html`<p>${explain(error)}</p>`}</div>`;

const confirmationView = ({ user, confirmation: { isBusy, isSent, error } }) => html`
	<div class="callout stack" data-key="confirmation">
		<p>${isSent ? `A mail is on its way to ${user.email}. Open its link on any device.` : `Is ${user.email} really yours? Confirm it by the link that we sent you.`}</p>
		${errorView(error)}
		<div><button class="button" type="button" data-action="sendConfirmation" data-focus="confirmation" disabled=${isBusy}>Send the mail again</button></div>
	</div>`;

export const profileView = (state) => {
	const { user, profileForm: { isBusy, error } } = state;
	const errors = errorsByField(error);
	return html`
		<section class="panel card" id="profile" data-key="profile" aria-labelledby="profile-title">
			<h2 id="profile-title" tabindex="-1">Profile</h2>
			<p>You sign in as <strong class="email">${user.email}</strong>
				${user.email_confirmed && html`<span class="badge" data-look="good">confirmed</span>`}</p>
			${user.email_confirmed === false && confirmationView(state)}
			<form class="stack" data-action="saveProfile">
				${field("Your name", "name", "text", "name", { maxlength: 100, value: user.name, error: errors.name })}
				${field("Phone", "phone", "tel", "tel", { optional: true, placeholder: "+31612345678", value: user.phone ?? "", error: errors.phone,
					hint: "For the driver, if you can’t be found. With + and the country’s number." })}
				${errorView(error)}
				<div><button class="button" data-look="primary" disabled=${isBusy}>Save profile</button></div>
			</form>
		</section>`;
};

export const passwordView = ({ user, passwordForm: { isBusy, error } }) => {
	const errors = errorsByField(error);
	return html`
		<section class="panel card" id="password" data-key="password" aria-labelledby="password-title">
			<h2 id="password-title" tabindex="-1">Password</h2>
			<form class="stack" data-action="changePassword">
				<input class="visually-hidden" name="username" autocomplete="username" value=${user.email} tabindex="-1" aria-hidden="true" readonly>
				${field("Password now", "current", "password", "current-password", { error: errors.current })}
				${field("New password", "new", "password", "new-password", { minlength: 8, error: errors.new, hint: "Eight characters or more. Your other devices are signed out." })}
				${errorView(error)}
				<div><button class="button" data-look="primary" disabled=${isBusy}>Change password</button></div>
			</form>
		</section>`;
};

/* ---- what can be done ---- */

/* Typed values stand in the way of those that come later, until the form forgets that they were typed. */
const forgetTyping = (form) => queueMicrotask(() => queueMicrotask(() => form.reset()));

export class Profile {
	#api;
	#store;
	#role;

	constructor({ api, store, role }) {
		this.#api = api;
		this.#store = store;
		this.#role = role;
	}

	actions = {
		saveProfile: (form) => this.#save(form),
		changePassword: (form) => this.#changePassword(form),
		sendConfirmation: () => this.#sendConfirmation(),
	};

	/** Resolves to the cursor from which the user's events go on. */
	async load() {
		const { body, cursor } = await this.#api.get("/me");
		this.#learn(body);
		return cursor;
	}

	#learn(user) {
		this.#store.update({ user });
		rememberUser(this.#role, user);
	}

	async #save(form) {
		const { user } = this.#store.state;
		const typed = valuesOf(form);
		const phone = typed.phone.replaceAll(/[\s()-]/g, "") || null;
		const changes = {
			...(typed.name.trim() !== user.name ? { name: typed.name.trim() } : {}),
			...(phone !== (user.phone ?? null) ? { phone } : {}),
		};
		const saved = await attempt(this.#store, "profileForm", async () =>
			this.#learn((await this.#api.patch("/me", changes)).body));
		if (!saved)
			return;
		forgetTyping(form);
		notify("Your profile is saved, on all your devices.", "good");
	}

	async #changePassword(form) {
		const { current, new: wanted } = valuesOf(form);
		const changed = await attempt(this.#store, "passwordForm", () => this.#api.put("/me/password", { current, new: wanted }));
		if (!changed)
			return;
		form.reset();
		notify("Your password is changed. Your other devices are signed out.", "good");
	}

	async #sendConfirmation() {
		const sent = await attempt(this.#store, "confirmation", () => this.#api.post("/me/email-confirmation"));
		if (sent)
			this.#store.update(({ confirmation }) => ({ confirmation: { ...confirmation, isSent: true } }));
	}
}
