/* What all forms share: a labelled field with what is wrong with it, and sending with one's hands tied meanwhile. */
import { ApiError } from "./api.js";
import { html } from "./html.js";

/** What was typed into a form, by name. */
export const valuesOf = (form) => Object.fromEntries(new FormData(form));

/** The details of an ApiError by field: {'email': '…', 'address/city': '…'}. */
export const errorsByField = (error) =>
	Object.fromEntries((error?.errors ?? []).map(({ pointer, detail }) => [pointer.slice(1), detail]));

/**
 * One line of a form. `more`: {optional, minlength, maxlength, pattern, placeholder, value, hint, error}; `id` tells apart
 * fields of one name in several forms of a page.
 */
export const field = (label, name, type, autocomplete, { id = name, ...more } = {}) => html`
	<label class="field">
		<span>${label}</span>
		<input name=${name} type=${type} autocomplete=${autocomplete} required=${!more.optional}
			minlength=${more.minlength} maxlength=${more.maxlength} pattern=${more.pattern} placeholder=${more.placeholder} value=${more.value} data-focus=${`field ${id}`}
			aria-invalid=${more.error ? "true" : null} aria-describedby=${more.error ? `${id}-error` : more.hint ? `${id}-hint` : null}>
		${more.hint && html`<span class="field-hint" id=${`${id}-hint`}>${more.hint}</span>`}
		${more.error && html`<span class="field-error" id=${`${id}-error`}>${more.error}</span>`}
	</label>`;

/** How a form is that nobody has sent. */
export const quietForm = { isBusy: false, error: null };

/**
 * Runs `job` while `state[name].isBusy`; an ApiError becomes `state[name].error`. Resolves to whether it went well.
 * A second call while the first runs does nothing.
 */
export const attempt = async (store, name, job) => {
	const set = (change) => store.update((state) => ({ [name]: { ...state[name], ...change } }));

	if (store.state[name].isBusy)
		return false;
	set({ isBusy: true, error: null });
	try {
		await job();
		return true;
	} catch (error) {
		if (!(error instanceof ApiError))
			throw error;
		set({ error });
		return false;
	} finally {
		set({ isBusy: false });
	}
};
