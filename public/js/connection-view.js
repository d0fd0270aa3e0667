/*
 * The connection indicator, which tells the truth: whether what the page shows is what
 * the kitchen and the log know. And the menu to choose how the news travels.
 */
import { html } from "./html.js";
import { transports } from "./stream-transports.js";

const states = {
	idle: () => ({ label: "Standing by", detail: "Nothing is on its way, so no stream is open." }),
	connecting: () => ({ label: "Connecting", detail: "The first connection is being made." }),
	live: () => ({ label: "Live", detail: "Everything that has happened is on this screen." }),
	behind: ({ behindBy }) => ({ label: "Behind", detail: `${behindBy} ${behindBy === 1 ? "event has" : "events have"} not arrived yet; fetching.` }),
	reconnecting: ({ attempt }) => ({ label: "Reconnecting", detail: `The connection was lost. Attempt ${Math.max(1, attempt)}; nothing will be missed.` }),
	offline: () => ({ label: "Offline", detail: "This device has no network. What you see may be old." }),
};

const choice = ([name, { label, hint }], { transport, missing }) => html`
	<label class="choice">
		<input type="radio" name="transport" value=${name} data-action="useTransport" checked=${name === transport} disabled=${missing.includes(name)}>
		<span>${label} <small>${missing.includes(name) ? "not installed on this site" : hint}</small></span>
	</label>`;

/** `connection`: the stream's state. The page's actions must have useTransport. */
export const connectionView = (connection) => {
	const { label, detail } = states[connection.connection](connection);
	return html`
		<details class="menu connection" data-state=${connection.connection} data-transport=${connection.transport}>
			<summary data-focus="connection">
				<span class="dot" aria-hidden="true"></span>
				<span class="connection-label" role="status">${label}</span>
			</summary>
			<div class="menu-body">
				<p class="connection-detail">${detail}</p>
				<fieldset>
					<legend>How news reaches this page</legend>
					${Object.entries(transports).map((row) => choice(row, connection))}
				</fieldset>
				<a href="streams.html">Look at the stream itself</a>
			</div>
		</details>`;
};
