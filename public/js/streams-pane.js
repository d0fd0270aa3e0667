/*
 * A pane: one probe, its log of frames, and the buttons that harm its connection. The log
 * only ever grows at its end (and is forgotten at its start), so its rows are put there
 * once instead of being drawn anew with the rest; what comes together is drawn together.
 */
import { announce, explain } from "./feedback.js";
import { html, render } from "./html.js";
import { Probe, shortChannel } from "./stream-probe.js";
import { transports } from "./stream-transports.js";
import { formatMoment } from "./time.js";

const DRAW_MS = 30;
const ROWS_KEPT = 400;
const OFFLINE_S = 10;

const statuses = {
	connecting: "Connecting",
	live: "Live",
	reconnecting: "Reconnecting",
	offline: "Offline",
	paused: "Paused",
	refused: "Refused",
	ended: "Ended",
	stopped: "Closed",
};

const arrivals = {
	live: "live",
	replayed: "replayed",
	doubled: "doubled",
	skipped: "after a hole",
	control: "stream",
	sent: "sent",
	answered: "answered",
};

const formatBytes = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);

/* ---- rows ---- */

const line = (row, arrived, { what, where, raw }) => html`
	<li class="frame" data-arrived=${arrived}>
		<details>
			<summary>
				<time class="frame-time">${formatMoment(row.at)}</time>
				<span class="badge">${arrivals[arrived]}</span>
				<span class="frame-what">${what}</span>
				<span class="frame-where">${where}</span>
				<span class="frame-size">${formatBytes(row.bytes)}</span>
			</summary>
			<pre tabindex="0"><code>${JSON.stringify(raw, null, "  ")}</code></pre>
		</details>
	</li>`;

const rowViews = {
	frame: (row) => line(row, row.arrived, {
		what: row.frame.type,
		where: row.frame.channel && html`<span title=${row.frame.channel}>${shortChannel(row.frame.channel)}</span> ${row.frame.seq && html`<b>${row.frame.seq}</b>`}`,
		raw: row.frame,
	}),
	message: (row) => line(row, row.direction, { what: row.body.type ?? "reply", where: row.body.channel && shortChannel(row.body.channel), raw: row.body }),
	note: ({ at, tone, text }) => html`
		<li class="mark" data-tone=${tone}><time>${formatMoment(at)}</time> <span>${text}</span></li>`,
};

/* ---- the head ---- */

const option = ([name, { label }], current) => html`<option value=${name} selected=${name === current}>${label}</option>`;

const figure = (name, label, value, isAlarming = false) => html`
	<div class="figure" data-figure=${name} data-alarming=${String(isAlarming)}><dt>${label}</dt><dd>${value}</dd></div>`;

const figures = ({ counters, behindBy }) => html`
	<dl class="figures">
		${figure("live", "live", counters.live)}
		${figure("replayed", "replayed", counters.replayed)}
		${figure("doubled", "doubled", counters.doubled, counters.doubled > 0)}
		${figure("skipped", "missing", counters.skipped, counters.skipped > 0)}
		${figure("behind", "behind", behindBy, behindBy > 0)}
		${figure("frames", "frames", counters.frames)}
		${figure("bytes", "as JSON", formatBytes(counters.bytes))}
		${figure("connections", "connections", counters.connections)}
	</dl>`;

const button = (id, action, label, more = {}) => html`
	<button class="button" type="button" data-action=${action} data-pane=${id} data-focus=${`${action}-${id}`} disabled=${more.isDisabled}>${label}</button>`;

const buttons = (id, { status, canSend, role, transport }) => {
	const isHere = ["live", "connecting", "reconnecting"].includes(status);
	return html`
		<div class="pane-buttons">
			${button(id, "cutPane", "Cut", { isDisabled: status !== "live" })}
			${isHere ? button(id, "pausePane", "Pause") : button(id, "resumePane", "Resume")}
			${button(id, "offlinePane", `Offline ${OFFLINE_S} s`, { isDisabled: !isHere })}
			${role === "restaurant" && transports[transport].canSend && button(id, "acknowledgeOver", "Acknowledge by socket", { isDisabled: !canSend })}
		</div>`;
};

const headView = (id, probe, label) => html`
	<div class="pane-top">
		<label class="field">
			<span class="visually-hidden">Transport of pane ${id}</span>
			<select data-action="paneTransport" data-pane=${id} data-focus=${`transport-${id}`}>
				${Object.entries(transports).map((row) => option(row, probe.transport))}
			</select>
		</label>
		<span class="pane-status" data-state=${probe.status}><span class="dot" aria-hidden="true"></span><span role="status">${statuses[probe.status]}</span></span>
		<button class="button button-round" type="button" data-action="closePane" data-pane=${id} aria-label=${`Close pane ${id}: ${label}`}>✕</button>
	</div>
	<p class="pane-channels">
		<span class="muted">${probe.role}</span>
		${probe.channels.map((channel) => html`<code title=${channel}>${shortChannel(channel)}</code> `)}
		${probe.carrier && html`<span class="badge">by ${probe.carrier}</span>`}
	</p>
	${figures(probe)}
	<p class="pane-cursor"><span class="muted">Cursor</span> <code>${probe.cursor ?? "none yet"}</code></p>
	${buttons(id, probe)}`;

/* ---- the pane ---- */

const frameView = (id) => html`
	<section class="pane card" data-pane=${id}>
		<div class="pane-head"></div>
		<div class="log" role="log" aria-live="off" tabindex="0"><ol></ol></div>
	</section>`;

export class Pane {
	#head;
	#log;
	#rows;
	#waiting = [];
	#timer = null;
	#changed;

	/** `options`: what a Probe takes; `changed()` follows every change, `signedOut()` a session's end. */
	constructor(id, options, { changed, signedOut }) {
		this.id = id;
		this.element = frameView(id).firstElementChild;
		this.#head = this.element.querySelector(".pane-head");
		this.#log = this.element.querySelector(".log");
		this.#rows = this.element.querySelector("ol");
		this.#changed = changed;
		this.probe = new Probe({
			...options,
			transports,
			handlers: {
				onRow: (row) => this.#take(row),
				onChange: () => this.#drawSoon(),
				onSignedOut: signedOut,
			},
		});
		this.#draw();
	}

	get label() {
		return transports[this.probe.transport].label;
	}

	goOffline() {
		this.probe.goOffline(OFFLINE_S);
	}

	/** Shows again what is, where a control has been touched in vain. */
	redraw() {
		this.#draw();
	}

	/** Sends `message` over the pane's socket. */
	async send(message) {
		const { error, detail } = (await this.probe.send(message)) ?? {};
		announce(error ? explain({ code: error, message: detail }) : "Answered");
	}

	close() {
		this.probe.stop();
		clearTimeout(this.#timer);
		this.#timer = null;
		this.element.remove();
	}

	#take(row) {
		this.#waiting.push(row);
		this.#drawSoon();
		if (row.kind === "note" && row.tone !== "plain")
			announce(`${this.label}: ${row.text}`);
	}

	#drawSoon() {
		this.#timer ??= setTimeout(() => this.#draw(), DRAW_MS);
	}

	#draw() {
		this.#timer = null;
		this.element.setAttribute("aria-label", `Pane ${this.id}: ${this.label}`);
		this.element.dataset.transport = this.probe.transport;
		this.element.dataset.state = this.probe.status;
		this.#log.setAttribute("aria-label", `Frames of pane ${this.id}`);
		render(this.#head, headView(this.id, this.probe, this.label));
		this.#drawRows(this.#waiting.splice(0));
		this.#changed();
	}

	/* Who has scrolled back to read is left where he is. */
	#drawRows(rows) {
		const isAtEnd = this.#log.scrollTop + this.#log.clientHeight > this.#log.scrollHeight - 40;

		this.#rows.append(...rows.slice(-ROWS_KEPT).map((row) => rowViews[row.kind](row)));
		while (this.#rows.childElementCount > ROWS_KEPT)
			this.#rows.firstElementChild.remove();
		if (isAtEnd && rows.length > 0)
			this.#log.scrollTop = this.#log.scrollHeight;
	}
}
