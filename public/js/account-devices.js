/* Where one is signed in, and how to end that from here. */
import { getAll } from "./api.js";
import { ask, explain, notify } from "./feedback.js";
import { html } from "./html.js";
import { formatDay } from "./time.js";

export const initialDevices = {
	/* Null until they are loaded. */
	devices: null,
};

/* ---- what is shown ---- */

const deviceView = ({ id, device, ip, created_at: since, last_used_at: last, current }) => html`
	<li class="entry" data-key=${id} data-device=${id}>
		<div>
			<strong>${device ?? "A device"}</strong> ${current && html`<span class="badge" data-look="good">this one</span>`}
			<p class="muted">from ${ip ?? "somewhere"}, since <time datetime=${since}>${formatDay(since)}</time>${last && html`, last used <time datetime=${last}>${formatDay(last)}</time>`}</p>
		</div>
		${!current && html`<button class="button" data-look="danger-quiet" data-action="endDevice" data-id=${id}
			aria-label=${`Sign out ${device ?? "the device"} since ${formatDay(since)}`}>Sign out</button>`}
	</li>`;

export const devicesView = ({ devices }) => html`
	<section class="panel card" id="devices" data-key="devices" aria-labelledby="devices-title">
		<h2 id="devices-title" tabindex="-1">Devices</h2>
		<p class="muted">You are signed in here. A device that you sign out stops within a second.</p>
		<ul class="entries" aria-busy=${String(devices === null)}>${(devices ?? []).map(deviceView)}</ul>
		${devices?.length > 1 && html`
			<div><button class="button" data-look="danger-quiet" data-action="endOtherDevices">Sign out all others</button></div>`}
	</section>`;

/* ---- what can be done ---- */

export class Devices {
	#api;
	#store;

	constructor({ api, store }) {
		this.#api = api;
		this.#store = store;
	}

	actions = {
		endDevice: ({ dataset }) => this.#end([dataset.id]),
		endOtherDevices: () => this.#endOthers(),
	};

	async load() {
		this.#store.update({ devices: (await getAll(this.#api, "/me/sessions")).items });
	}

	/* One that has ended by itself meanwhile is what was wanted. */
	async #end(ids) {
		try {
			await Promise.all(ids.map((id) => this.#api.delete(`/me/sessions/${id}`).catch((error) => {
				if (error.status !== 404)
					throw error;
			})));
			notify(ids.length === 1 ? "That device is signed out." : "All other devices are signed out.", "good");
		} catch (error) {
			notify(explain(error), "bad");
		}
		await this.load();
	}

	async #endOthers() {
		const others = this.#store.state.devices.filter(({ current }) => !current).map(({ id }) => id);
		const answer = await ask({
			title: "Sign out all other devices?",
			text: "Only this one stays signed in. If you suspect somebody, change your password too.",
			confirm: "Sign them out",
			dismiss: "Keep them",
			danger: true,
		});
		if (answer !== null)
			await this.#end(others);
	}
}
