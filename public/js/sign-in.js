/*
 * Signing in, as every page shows it: the demo account by one click, an account of
 * one's own by a form, and a new one where the role may register itself.
 */
import { ApiError } from "./api.js";
import { explain } from "./feedback.js";
import { html } from "./html.js";
import { demoAccounts, register, signIn } from "./session.js";

const pages = { customer: "customer.html", restaurant: "restaurant.html" };

const field = (label, name, type, autocomplete, more = {}) => html`
	<label class="field">
		<span>${label}</span>
		<input name=${name} type=${type} autocomplete=${autocomplete} required=${!more.optional}
			minlength=${more.minlength} placeholder=${more.placeholder}
			aria-invalid=${more.error ? "true" : null} aria-describedby=${more.error ? `${name}-error` : null}>
		${more.error && html`<span class="field-error" id=${`${name}-error`}>${more.error}</span>`}
	</label>`;

const errorsByField = (error) =>
	Object.fromEntries((error?.errors ?? []).map(({ pointer, detail }) => [pointer.slice(1), detail]));

const registerFields = (errors) => html`
	${field("Your name", "name", "text", "name", { error: errors.name })}
	${field("E-mail", "email", "email", "email", { error: errors.email })}
	${field("Phone", "phone", "tel", "tel", { optional: true, placeholder: "+31612345678 (optional)", error: errors.phone })}
	${field("Password", "password", "password", "new-password", { minlength: 8, error: errors.password })}`;

const signInFields = (errors) => html`
	${field("E-mail", "email", "email", "username", { error: errors.email })}
	${field("Password", "password", "password", "current-password", { error: errors.password })}`;

const formView = ({ mode, isBusy, error }) => html`
	<form class="stack" data-key=${mode} data-action=${mode === "register" ? "register" : "signIn"} novalidate>
		${mode === "register" ? registerFields(errorsByField(error)) : signInFields(errorsByField(error))}
		<button class="button" data-look="primary" disabled=${isBusy}>
			${isBusy ? "One moment…" : mode === "register" ? "Create account" : "Sign in"}
		</button>
	</form>`;

const modeSwitch = (mode) => html`
	<p class="hint">
		${mode === "register" ? "Already have an account?" : "New here?"}
		<button class="link" type="button" data-action="signInMode" data-mode=${mode === "register" ? "sign-in" : "register"}>
			${mode === "register" ? "Sign in" : "Create an account"}
		</button>
	</p>`;

const demoButton = (role, { isBusy }) => html`
	<button class="button button-wide" data-look="primary" data-action="demoSignIn" data-role=${role} disabled=${isBusy} data-focus=${`demo-${role}`}>
		Continue as ${demoAccounts[role].label.toLowerCase()}
	</button>`;

/**
 * `roles`: whose demo accounts are offered; `state`: {mode: 'sign-in'|'register', isBusy, error, elsewhere};
 * `words`: {title, lead, mayRegister}.
 */
export const signInView = (roles, state, { title, lead, mayRegister }) => html`
	<section class="sign-in card">
		<h1 tabindex="-1">${title}</h1>
		<p class="lead">${lead}</p>
		${roles.map((role) => demoButton(role, state))}
		<p class="divider"><span>or use your own account</span></p>
		<div class="form-error" role="alert">
			${state.error && html`<p>${explain(state.error)}</p>`}
			${state.elsewhere && html`<p>This is a ${state.elsewhere} account.
				${pages[state.elsewhere] && html`<a href=${pages[state.elsewhere]}>Open its page</a>`}</p>`}
		</div>
		${formView(state)}
		${mayRegister && modeSwitch(state.mode)}
	</section>`;

export const initialSignIn = { mode: "sign-in", isBusy: false, error: null, elsewhere: null };

/** The actions of signInView; `entered(session, role)` once somebody of one of these roles is in. */
export const signInActions = ({ roles, api, store, entered }) => {
	const set = (change) => store.update(({ signIn: state }) => ({ signIn: { ...state, ...change } }));

	const attempt = async (how) => {
		set({ isBusy: true, error: null, elsewhere: null });
		try {
			const { role, session } = await how();
			if (roles.includes(role))
				entered(session, role);
			else
				set({ elsewhere: role });
		} catch (error) {
			if (!(error instanceof ApiError))
				throw error;
			set({ error });
		} finally {
			set({ isBusy: false });
		}
	};
	const fieldsOf = (form) => Object.fromEntries(new FormData(form));

	return {
		demoSignIn: ({ dataset }) => attempt(() => signIn(api, demoAccounts[dataset.role])),
		signIn: (form) => form.reportValidity() && attempt(() => signIn(api, fieldsOf(form))),
		register: (form) => form.reportValidity() && attempt(() => register(api, fieldsOf(form))),
		signInMode: ({ dataset }) => set({ mode: dataset.mode, error: null, elsewhere: null }),
	};
};
