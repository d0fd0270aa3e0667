/*
 * Signing in, as every page shows it: the demo account by one click, an account of
 * one's own by a form, a new one where the role may register itself, and the mail
 * for those who forgot their password.
 */
import { ApiError } from "./api.js";
import { explain } from "./feedback.js";
import { errorsByField, field, valuesOf } from "./form.js";
import { html } from "./html.js";
import { demoAccounts, register, signIn, takeWord } from "./session.js";

/* Who somebody of a role is, and where he finds what is his. */
const roleWords = {
	customer: { who: "a customer", page: "customer.html" },
	restaurant: { who: "a restaurant’s staff", page: "restaurant.html" },
	driver: { who: "a driver", page: "account.html?as=driver" },
	agent: { who: "an agent", page: "account.html?as=agent" },
	admin: { who: "an admin", page: "account.html?as=admin" },
};

const elsewhereView = ({ who, page }) => html`<p>This is the account of ${who}. <a href=${page}>Open its page</a></p>`;

const registerFields = (errors) => html`
	${field("Your name", "name", "text", "name", { error: errors.name })}
	${field("E-mail", "email", "email", "email", { error: errors.email })}
	${field("Phone", "phone", "tel", "tel", { optional: true, placeholder: "+31612345678 (optional)", error: errors.phone })}
	${field("Password", "password", "password", "new-password", { minlength: 8, error: errors.password })}`;

const signInFields = (errors) => html`
	${field("E-mail", "email", "email", "username", { error: errors.email })}
	${field("Password", "password", "password", "current-password", { error: errors.password })}`;

const forgotFields = (errors) => html`
	${field("E-mail", "email", "email", "username", { error: errors.email })}`;

/* To add a form: a row, and its action below. */
const forms = {
	"sign-in": { action: "signIn", fields: signInFields, button: "Sign in" },
	"register": { action: "register", fields: registerFields, button: "Create account" },
	"forgot": { action: "forgotPassword", fields: forgotFields, button: "Send me a link" },
};

const formView = ({ mode, isBusy, error }) => {
	const { action, fields, button } = forms[mode];
	return html`
		<form class="stack" data-key=${mode} data-action=${action} novalidate>
			${fields(errorsByField(error))}
			<button class="button" data-look="primary" disabled=${isBusy}>${isBusy ? "One moment…" : button}</button>
		</form>`;
};

const modeLink = (mode, text) => html`<button class="link" type="button" data-action="signInMode" data-mode=${mode}>${text}</button>`;

const modeSwitch = (mode, mayRegister) => html`
	<div class="hint">
		${mode === "register" && html`<p>Already have an account? ${modeLink("sign-in", "Sign in")}</p>`}
		${mode === "forgot" && html`<p>It came back to you? ${modeLink("sign-in", "Sign in")}</p>`}
		${mode === "sign-in" && html`
			<p>${modeLink("forgot", "Forgot your password?")}</p>
			${mayRegister && html`<p>New here? ${modeLink("register", "Create an account")}</p>`}`}
	</div>`;

const demoButton = (role, { isBusy }) => html`
	<button class="button button-wide" data-look="primary" data-action="demoSignIn" data-role=${role} disabled=${isBusy} data-focus=${`demo-${role}`}>
		Continue as ${demoAccounts[role].label.toLowerCase()}
	</button>`;

/**
 * `roles`: whose demo accounts are offered; `state`: {mode: 'sign-in'|'register'|'forgot', isBusy, error, elsewhere, word};
 * `words`: {title, lead, mayRegister}.
 */
export const signInView = (roles, state, { title, lead, mayRegister }) => html`
	<section class="sign-in card">
		<h1 tabindex="-1">${title}</h1>
		<p class="lead">${lead}</p>
		<div class="word" role="status">${state.word && html`<p class="callout">${state.word}</p>`}</div>
		${roles.map((role) => demoButton(role, state))}
		<p class="divider"><span>or use your own account</span></p>
		<div class="form-error" role="alert">
			${state.error && html`<p>${explain(state.error)}</p>`}
			${state.elsewhere && elsewhereView(roleWords[state.elsewhere])}
		</div>
		${formView(state)}
		${modeSwitch(state.mode, mayRegister)}
	</section>`;

/* `word`: what is to be said before anything else, such as why one is here. */
export const initialSignIn = { mode: "sign-in", isBusy: false, error: null, elsewhere: null, word: null };

/** The same, with the word that the page before left. */
export const openSignIn = () => ({ ...initialSignIn, word: takeWord() });

/** The actions of signInView; `entered(session, role)` once somebody of one of these roles is in. */
export const signInActions = ({ roles, api, store, entered }) => {
	const set = (change) => store.update(({ signIn: state }) => ({ signIn: { ...state, ...change } }));

	const attempt = async (job) => {
		set({ isBusy: true, error: null, elsewhere: null, word: null });
		try {
			await job();
		} catch (error) {
			if (!(error instanceof ApiError))
				throw error;
			set({ error });
		} finally {
			set({ isBusy: false });
		}
	};
	const enter = (how) => attempt(async () => {
		const { role, session } = await how();
		if (roles.includes(role))
			entered(session, role);
		else
			set({ elsewhere: role });
	});
	/* The same words whether there is such an account or not: that is nobody's business. */
	const sendLink = ({ email }) => attempt(async () => {
		await api.post("/auth/forgot-password", { email });
		set({ mode: "sign-in", word: `If ${email} has an account here, a mail is on its way to it. Its link works once, for an hour.` });
	});

	return {
		demoSignIn: ({ dataset }) => enter(() => signIn(api, demoAccounts[dataset.role])),
		signIn: (form) => form.reportValidity() && enter(() => signIn(api, valuesOf(form))),
		register: (form) => form.reportValidity() && enter(() => register(api, valuesOf(form))),
		forgotPassword: (form) => form.reportValidity() && sendLink(valuesOf(form)),
		signInMode: ({ dataset }) => set({ mode: dataset.mode, error: null, elsewhere: null, word: null }),
	};
};
