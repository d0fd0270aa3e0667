/*
 * What stands above the panes: whom to watch as, which channels, how; what to make happen;
 * and how the panes compare. Views only: streams.js has the actions.
 */
import { html } from "./html.js";
import { transports } from "./stream-transports.js";

const starts = [
	["now", "from now on"],
	["kept", "from the first that is kept"],
	["cursor", "after a cursor"],
];

const heartbeats = ["15", "25", "40", "55"].map((seconds) => [seconds, `every ${seconds} s`]);

const options = (rows, current) =>
	rows.map(([value, label]) => html`<option value=${value} selected=${value === current}>${label}</option>`);

const select = (label, name, rows, current) => html`
	<label class="field">
		<span>${label}</span>
		<select name=${name} data-action="setUp" data-focus=${name}>${options(rows, current)}</select>
	</label>`;

/** The channel names in what was typed. */
export const namesIn = (text) => [...new Set(text.split(/[\s,]+/).filter(Boolean))];

const chip = ({ channel, label }, chosen) => html`
	<button class="chip" type="button" data-key=${channel} data-focus=${channel} data-action="toggleChannel" data-channel=${channel}
		aria-pressed=${String(chosen.includes(channel))} title=${channel}>${label}</button>`;

const channelField = ({ setup, suggestions }) => html`
	<div class="field-channels">
		<label class="field">
			<span>Channels</span>
			<input name="channels" data-action="typeChannels" data-on="input" value=${setup.channels} required spellcheck="false" autocomplete="off"
				autocapitalize="off" placeholder="user:ID, order:ID, restaurant:ID">
		</label>
		<div class="chips" role="group" aria-label="Your channels">
			${(suggestions[setup.role] ?? []).map((each) => chip(each, namesIn(setup.channels)))}
		</div>
	</div>`;

const setupView = (state) => {
	const { sessions, setup } = state;
	const people = Object.entries(sessions).map(([role, { user }]) => [role, `${user.name} (${role})`]);
	const ways = Object.entries(transports).map(([name, { label }]) => [name, label]);
	return html`
		<form class="setup card" data-action="openPane" data-key="setup">
			${channelField(state)}
			<div class="setup-row">
				${select("Watch as", "role", people, setup.role)}
				${select("Transport", "transport", ways, setup.transport)}
				${select("Start", "from", starts, setup.from)}
				${setup.from === "cursor" && html`
					<label class="field field-cursor" data-key="cursor">
						<span>Cursor</span>
						<input name="cursor" data-action="setUp" required spellcheck="false" autocomplete="off" placeholder="EPOCH/CHANNEL=SEQ,…" value=${setup.cursor}>
					</label>`}
				${select("SSE heartbeat", "heartbeatS", heartbeats, setup.heartbeatS)}
			</div>
			<div class="setup-buttons">
				<button class="button" data-look="primary">Open a pane</button>
				<button class="button" type="button" data-action="openAll" data-focus="openAll">Open all five</button>
				<p class="hint">Panes that wait on an HTTP answer (server-sent events, long poll) take one of the six connections
					that a browser opens to a site; sockets do not count.</p>
			</div>
		</form>`;
};

const deed = (name, label, role) => html`
	<button class="button" type="button" data-action="deed" data-deed=${name} data-role=${role} data-focus=${`${name}-${role}`}>${label}</button>`;

const deedsOf = {
	customer: [["order", "Place an order"], ["cancel", "Cancel the latest"]],
	restaurant: [["acknowledge", "Acknowledge an order"], ["advance", "Move an order on"]],
};

const deedGroup = ([role, { user }]) => html`
	<div class="deed-group" role="group" aria-label=${`As ${user.name}, ${role}`} data-key=${role}>
		<span class="muted">as ${role}</span>
		${(deedsOf[role] ?? []).map(([name, label]) => deed(name, label, role))}
		${deed("rename", "Change my name", role)}
	</div>`;

const deedsView = ({ sessions, said }) => html`
	<section class="deeds" aria-labelledby="deeds-title" data-key="deeds">
		<h2 id="deeds-title">Make something happen</h2>
		${Object.entries(sessions).map(deedGroup)}
		<p class="muted" role="status">${said}</p>
	</section>`;

const lagText = ({ label, medianMs }, index) =>
	`${label} ${index === 0 || medianMs === 0 ? "first" : `+${Math.round(medianMs)} ms`}`;

const compareView = ({ comparison }) => comparison && html`
	<section class="comparison card" aria-labelledby="comparison-title" data-key="comparison" data-common=${comparison.common} data-same=${String(comparison.faulty.length === 0)}>
		<h2 id="comparison-title">Side by side</h2>
		<p>${comparison.faulty.length === 0
			? html`<span class="badge" data-look="good">identical</span> ${comparison.common} ${comparison.common === 1 ? "event" : "events"} in every pane, none missing, none doubled.`
			: html`<span class="badge" data-look="warn">different</span> ${comparison.faulty.map(({ label }) => label).join(", ")}: events are missing or doubled.`}</p>
		<p class="muted">${comparison.lags.every(({ medianMs }) => medianMs !== null)
			? `Usual order of arrival: ${comparison.lags.map(lagText).join(", ")}.`
			: "When the same event comes live to all of them, this says who had it first."}</p>
	</section>`;

/** The bench of whoever is signed in. */
export const benchView = (state) => html`
	<div class="bench" data-key="bench">
		<div class="intro">
			<h1 tabindex="-1">Streams, frame by frame</h1>
			<p class="lead">Watch the same channels over any transport, side by side. Cut the connection, and see what was missed come back, once and in order.</p>
		</div>
		${setupView(state)}
		${deedsView(state)}
		${compareView(state)}
		${!state.hasPanes && html`<p class="empty" data-key="empty">No pane is open. Open one, or all five, then make something happen.</p>`}
	</div>`;

const person = ([role, { user }]) => html`
	<div class="person" data-key=${role}>
		<p><strong>${user.name}</strong> <span class="badge">${role}</span><br><span class="muted">${user.email}</span></p>
		<button class="button" type="button" data-action="signOut" data-role=${role}>Sign out</button>
	</div>`;

/** The header's menu: who is signed in here, side by side, and one more. */
export const peopleView = ({ sessions }) => {
	const [first] = Object.values(sessions);
	return first && html`
		<details class="menu people">
			<summary data-focus="account"><span class="avatar" aria-hidden="true">${first.user.name.slice(0, 1)}</span><span class="visually-hidden">Accounts</span></summary>
			<div class="menu-body menu-right">
				${Object.entries(sessions).map(person)}
				<button class="button button-wide" type="button" data-action="signInToo">Sign in as somebody else too</button>
			</div>
		</details>`;
};
