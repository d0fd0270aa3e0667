/* The address book: where orders can go. */
import { addressFormView, addressFrom } from "./address-form.js";
import { getAll } from "./api.js";
import { ask, explain, notify } from "./feedback.js";
import { attempt, quietForm } from "./form.js";
import { html } from "./html.js";

export const initialAddresses = {
	/* Null until they are loaded. */
	addresses: null,
	cities: [],
	/* `open`: the id of the address that is being changed, 'new', or null. */
	addressForm: { ...quietForm, open: null },
};

/* ---- what is shown ---- */

const linesOf = ({ line1, line2, postal_code: code, city }) => [line1, line2, [code, city].filter(Boolean).join(" ")].filter(Boolean);

const addressView = (address) => html`
	<li class="entry" data-key=${address.id} data-address=${address.id}>
		<div>
			<strong>${address.label}</strong> ${address.default && html`<span class="badge" data-look="good">usual</span>`}
			<p class="muted">${linesOf(address).join(", ")}</p>
		</div>
		<div class="row">
			${!address.default && html`<button class="button" data-action="makeAddressUsual" data-id=${address.id} data-focus=${`usual ${address.id}`}
				aria-label=${`Make ${address.label} the usual address`}>Make usual</button>`}
			<button class="button" data-action="changeAddress" data-id=${address.id} data-focus=${`change ${address.id}`} aria-label=${`Change ${address.label}`}>Change</button>
			<button class="button" data-look="danger-quiet" data-action="removeAddress" data-id=${address.id} aria-label=${`Remove ${address.label}`}>Remove</button>
		</div>
	</li>`;

const entryView = ({ addressForm, cities }) => (address) => (addressForm.open === address.id
	? html`<li data-key=${address.id}>${addressFormView({ ...addressForm, address }, cities)}</li>`
	: addressView(address));

export const addressesView = (state) => {
	const { addresses, addressForm, cities } = state;
	return html`
		<section class="panel card" id="addresses" data-key="addresses" aria-labelledby="addresses-title">
			<h2 id="addresses-title" tabindex="-1">Addresses</h2>
			${addresses?.length === 0 && html`<p class="empty">None yet. The first one becomes your usual one.</p>`}
			<ul class="entries" aria-busy=${String(addresses === null)}>${(addresses ?? []).map(entryView(state))}</ul>
			${addressForm.open === "new"
				? addressFormView(addressForm, cities)
				: html`<div><button class="button" data-action="newAddress" data-focus="new-address">Add an address</button></div>`}
		</section>`;
};

/* ---- what can be done ---- */

export class Addresses {
	#api;
	#store;

	constructor({ api, store }) {
		this.#api = api;
		this.#store = store;
	}

	actions = {
		newAddress: () => this.#open("new"),
		changeAddress: ({ dataset }) => this.#open(dataset.id),
		closeAddressForm: () => this.#open(null),
		saveAddress: (form) => this.#save(form),
		makeAddressUsual: ({ dataset }) => this.#tell(() => this.#api.patch(`/me/addresses/${dataset.id}`, { default: true })),
		removeAddress: ({ dataset }) => this.#remove(dataset.id),
	};

	async load() {
		this.#store.update({ addresses: (await getAll(this.#api, "/me/addresses")).items });
	}

	async loadCities() {
		this.#store.update({ cities: (await getAll(this.#api, "/cities")).items });
	}

	#open(open) {
		this.#store.update({ addressForm: { ...initialAddresses.addressForm, open } });
		if (open)
			queueMicrotask(() => queueMicrotask(() => document.querySelector(".address-form input")?.focus()));
	}

	#find(id) {
		return this.#store.state.addresses.find((address) => address.id === id);
	}

	async #save(form) {
		const { cities, addressForm: { open } } = this.#store.state;
		const known = this.#find(open);
		const body = addressFrom(form, cities, known);
		const saved = await attempt(this.#store, "addressForm", () =>
			(known ? this.#api.patch(`/me/addresses/${open}`, body) : this.#api.post("/me/addresses", body)));
		if (!saved)
			return;
		this.#open(null);
		await this.load();
	}

	async #tell(job) {
		try {
			await job();
			await this.load();
		} catch (error) {
			notify(explain(error), "bad");
		}
	}

	async #remove(id) {
		const { label } = this.#find(id);
		const answer = await ask({
			title: `Remove ${label}?`,
			text: "Orders that went there keep it. New ones can’t choose it any more.",
			confirm: "Remove the address",
			danger: true,
		});
		if (answer !== null)
			await this.#tell(() => this.#api.delete(`/me/addresses/${id}`));
	}
}
