/* One address as a form, wherever it is asked for: at the checkout and in the account. */
import { field, errorsByField, valuesOf } from "./form.js";
import { explain } from "./feedback.js";
import { html } from "./html.js";

/** 'Home, Damrak 1, Amsterdam' */
export const describeAddress = ({ label, line1, city }) => [label, line1, city].filter(Boolean).join(", ");

/* The city that it is in comes first, and is what the browser chooses by itself. */
const knownFirst = (cities, { city }) => [...cities].sort((a, b) => (b.name === city) - (a.name === city));

const cityChoice = (cities, address) => html`
	<label class="field"><span>City</span>
		<select name="city">${knownFirst(cities, address).map(({ id, name }) => html`<option value=${id} data-key=${id}>${name}</option>`)}</select>
	</label>`;

/** `address`: the one to be changed, or nothing for a new one. The page's actions must have saveAddress and closeAddressForm. */
export const addressFormView = ({ error, isBusy, address = {} }, cities) => {
	const errors = errorsByField(error);
	const line = (label, name, autocomplete, more) => field(label, name, "text", autocomplete,
		{ id: `address-${name}`, value: address[name], error: errors[name], ...more });
	return html`
		<form class="stack address-form" data-key=${`address-form ${address.id ?? "new"}`} data-action="saveAddress" data-id=${address.id}>
			${line("Name it", "label", "off", { placeholder: "Home", maxlength: 40 })}
			${line("Street and number", "line1", "address-line1", { maxlength: 200 })}
			${line("Flat, floor (optional)", "line2", "address-line2", { maxlength: 200, optional: true })}
			${line("Postal code", "postal_code", "postal-code", { maxlength: 20 })}
			${cityChoice(cities, address)}
			${error && html`<p class="field-error" role="alert">${explain(error)}</p>`}
			<div class="row">
				<button class="button" data-look="primary" disabled=${isBusy}>Save address</button>
				<button class="button" type="button" data-action="closeAddressForm">Cancel</button>
			</div>
		</form>`;
};

/* A place in the same city stays where it is on the map; in another it is that city's middle, until somebody knows better. */
const placeOf = ({ name, lat, lng }, known) => (known?.city === name ? { city: name } : { city: name, lat, lng });

/** The body of a POST or, where it was `known` before, a PATCH of it. */
export const addressFrom = (form, cities, known) => {
	const { city: cityId, line2, ...fields } = valuesOf(form);
	const city = cities.find(({ id }) => id === cityId);
	const second = line2 ? { line2 } : known?.line2 ? { line2: null } : {};
	return { ...fields, ...second, ...placeOf(city, known) };
};
